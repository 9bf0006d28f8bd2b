import {
  TIMEOUT
} from "./chunk-PA6H7JG2.mjs";
import {
  codeOf
} from "./chunk-RLQUZ55U.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/notify/post.ts
async function post(http, { to, url, headers, body }) {
  const { status } = await http.send({
    method: "POST",
    url: url.reveal(),
    headers: { "content-type": "application/json", ...headers },
    body,
    timeout: TIMEOUT
  });
  if (status >= 200 && status <= 299) return;
  throw new Failure(codeOf(status), `${to} answered a notice with ${status}`, { fields: { status } });
}

export {
  post
};
