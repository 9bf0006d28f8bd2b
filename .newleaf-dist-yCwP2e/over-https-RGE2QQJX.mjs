import {
  queryFor,
  readAnswer
} from "./chunk-4STTVOWK.mjs";
import {
  NoAnswer
} from "./chunk-UDRTLPII.mjs";
import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/over-https.ts
var MEDIA_TYPE = "application/dns-message";
var MAX_BYTES = 65535;
async function askOverHttps(url, question, timeout, http) {
  const dns = queryFor(question, 0).toString("base64url");
  const { status, headers, body } = await http.send({
    ...{ method: "GET", url: `${url}${url.includes("?") ? "&" : "?"}dns=${dns}`, timeout, maxBytes: MAX_BYTES },
    ...{ headers: { accept: MEDIA_TYPE }, encoding: "latin1" }
  }).catch((error) => {
    throw isFailure(error, "UNREACHABLE", "ANSWER_INVALID") ? new NoAnswer(error.code) : error;
  });
  const isMessage = status === 200 && headers["content-type"]?.toLowerCase().startsWith(MEDIA_TYPE);
  const answer = isMessage ? readAnswer(Buffer.from(body, "latin1"), 0, question) : void 0;
  if (answer === void 0) throw new NoAnswer(status === 200 ? "EBADRESP" : `HTTP ${status}`);
  return answer;
}
export {
  askOverHttps
};
