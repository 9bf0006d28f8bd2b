import {
  withoutCredentials
} from "./chunk-Q6T3FSH7.mjs";
import {
  LONGEST_WAIT,
  retryAfter
} from "./chunk-YS4H5Z3U.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  readOnce
} from "./chunk-AX7UU63R.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import {
  after
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  safeText
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/rest.ts
import * as v from "valibot";
var explainedBy = (problem, explain) => (status, body) => {
  const read = safeParse(problem, body);
  return read.success ? explain(read.output, status) : void 0;
};
var anyAnswer = v.unknown();
var textId = v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/));
var numberId = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
function createRest(http, options, { clock, ...retry }) {
  const { vendor } = options;
  let notBefore;
  async function exchange({ method, path, ...request }) {
    const fetched = await options.authorization?.current();
    const headers = fetched === void 0 ? options.headers : { ...options.headers, authorization: fetched };
    const response = await http.send({
      method,
      url: options.endpoint + path,
      headers: { accept: "application/json", ...revealed(headers), ...request.headers, ...typeOf(request) },
      ...contentOf(request)
    });
    const sent = [...Object.values(headers), ...Object.values(request.form ?? {})];
    return { response, fetched, secrets: sent.filter((value) => typeof value !== "string") };
  }
  async function send(request) {
    const first = await exchange(request);
    if (first.response.status !== 401 || first.fetched === void 0) return first;
    options.authorization?.discard(first.fetched);
    return exchange(request);
  }
  async function once(request) {
    if (notBefore !== void 0 && notBefore > clock.now()) throw coolingDown(vendor, notBefore);
    const { response, secrets } = await send(request);
    const body = parsed(response);
    if (response.status < 200 || response.status > 299 || options.isRefusal?.(body)) {
      const failure = refused(request, response, body, { ...options, secrets });
      if (failure.retry === "after") notBefore = failure.retryAfter;
      throw failure;
    }
    const otherwise = (what) => new Failure("ANSWER_INVALID", `${vendor} answered ${request.method} ${shown(request.path)} with ${what}`, {
      fields: { vendor, status: response.status }
    });
    if (isPage(response)) throw otherwise("a page that is none of its answers");
    const result = safeParse(request.answer, request.withHeaders ? { headers: response.headers, body } : body);
    if (result.success) return result.output;
    const path = v.getDotPath(result.issues[0]);
    throw otherwise(`something else than expected${path ? ` at ${path}` : ""}`);
  }
  return {
    call: (request) => {
      if (request.method !== "GET" && request.method !== "DELETE") return once(request);
      const repeated = () => retrySoon(() => once(request), { ...retry, clock });
      return request.method === "GET" ? readOnce(keyOf(options, request), repeated) : repeated();
    }
  };
}
var keyOf = (options, { path, headers, answer }) => [numberOf(options), numberOf(answer), path, JSON.stringify(headers ?? {})].join(" ");
var numbers = /* @__PURE__ */ new WeakMap();
var last = 0;
function numberOf(object) {
  const number2 = numbers.get(object) ?? ++last;
  numbers.set(object, number2);
  return number2;
}
var coolingDown = (vendor, until) => new Failure("RATE_LIMITED", `${vendor} asked newleaf to wait until ${until.toISOString()}`, {
  fields: { vendor },
  retryAfter: until
});
var isPage = ({ body }) => /^\s*</.test(body);
var revealed = (fields) => Object.fromEntries(
  Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value : value.reveal()])
);
function typeOf({ body, form }) {
  if (form !== void 0) return { "content-type": "application/x-www-form-urlencoded" };
  return body === void 0 ? {} : { "content-type": "application/json" };
}
function contentOf({ body, form }) {
  if (form !== void 0) return { body: new URLSearchParams(revealed(form)).toString() };
  return body === void 0 ? {} : { body: JSON.stringify(body) };
}
var shown = (path) => path.split("?")[0] ?? path;
function parsed({ body }) {
  if (body === "") return void 0;
  try {
    return JSON.parse(body);
  } catch {
    return void 0;
  }
}
function quoted(reason, sent) {
  const rest = withoutCredentials(reason, sent);
  return safeText(rest.replace(/[\w+/=]{48,}/g, "\u2026")).slice(0, 300);
}
function within(moment, now) {
  if (moment === void 0 || Number.isNaN(moment.getTime())) return void 0;
  return new Date(Math.min(moment.getTime(), after(now, LONGEST_WAIT.vendor).getTime()));
}
var codeOf = (status) => {
  if (status === 401 || status === 403) return "DENIED";
  if (status === 404 || status === 410) return "NOT_FOUND";
  if (status === 409 || status === 412) return "CONFLICT";
  if (status === 429) return "RATE_LIMITED";
  if (status === 408 || status >= 500) return "UNAVAILABLE";
  return status >= 400 ? "REJECTED" : "ANSWER_INVALID";
};
function refused({ method, path }, response, body, { vendor, explain, secrets }) {
  const { status, headers, receivedAt } = response;
  const { code, reason, fields, retryAfter: stated } = explain?.(status, body, headers) ?? {};
  const until = retryAfter(headers, receivedAt, LONGEST_WAIT.vendor) ?? within(stated, receivedAt);
  const isAsking = (status === 429 || status >= 500) && until !== void 0 && until > receivedAt;
  const said = reason === void 0 ? "" : `: ${quoted(reason, secrets)}`;
  return new Failure(
    isAsking ? "RATE_LIMITED" : code ?? codeOf(status),
    `${vendor} answered ${method} ${shown(path)} with ${status}${said}`,
    {
      fields: { vendor, status, requestId: headers["x-request-id"], ...fields },
      retryAfter: until
    }
  );
}

export {
  explainedBy,
  anyAnswer,
  textId,
  numberId,
  createRest,
  codeOf
};
