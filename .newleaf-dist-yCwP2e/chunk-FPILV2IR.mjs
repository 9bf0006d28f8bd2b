import {
  lazy
} from "./chunk-RHEELVZU.mjs";
import {
  httpDate,
  retryAfter
} from "./chunk-YS4H5Z3U.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import {
  HOUR,
  after
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure,
  safeText
} from "./chunk-PJWNEZVU.mjs";

// lib/acme/resources.ts
import * as v from "valibot";

// lib/types.ts
var NAME = "[a-z0-9][a-z0-9-]{0,62}";
var KEY_ALGORITHMS = ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"];
var VALIDATION_METHODS = ["dns-01", "dns-account-01", "dns-persist-01"];
var IMPORTED = "imported";
var SELF_SIGNED = "selfSigned";

// lib/acme/resources.ts
var url = v.pipe(v.string(), v.maxLength(2048), v.startsWith("https://"));
var text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(2048));
var spare = (schema) => v.fallback(v.optional(schema), void 0);
var optional2 = (schema) => v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => value === null || value === "" ? void 0 : value),
    v.optional(schema)
  )
);
var moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/),
  v.transform((date2) => new Date(date2)),
  v.date(),
  v.check((date2) => /^\d{4}-/.test(date2.toISOString()))
);
var meta = v.object({
  termsOfService: spare(text),
  externalAccountRequired: v.fallback(v.optional(v.boolean(), false), false),
  profiles: spare(v.record(v.string(), v.unknown())),
  /** What it is called in CAA records (RFC 8555 §9.7.6). */
  caaIdentities: spare(v.pipe(v.array(v.pipe(text, v.toLowerCase())), v.maxLength(100)))
});
var directoryResource = v.object({
  newNonce: url,
  newAccount: url,
  newOrder: url,
  revokeCert: spare(url),
  renewalInfo: spare(url),
  meta: v.fallback(v.optional(meta, {}), { externalAccountRequired: false })
});
var identifier = v.object({
  type: text,
  value: v.pipe(
    v.string(),
    v.toLowerCase(),
    v.transform((name) => name.replace(/(?<=.)\.$/, "")),
    v.regex(/^[a-z0-9*._:-]{1,255}$/)
  )
});
var problemDocument = v.object({
  type: spare(text),
  detail: spare(v.string()),
  /** Where a person is to go (RFC 8555 §7.3.3). */
  instance: spare(text),
  subproblems: spare(
    v.array(v.object({ type: spare(text), detail: spare(v.string()), identifier: spare(identifier) }))
  )
});
var accountResource = v.object({ status: optional2(v.picklist(["valid", "deactivated", "revoked"])) });
var urls = v.pipe(v.array(url), v.maxLength(200));
var identifiers = v.pipe(v.array(identifier), v.maxLength(200));
var orderParts = {
  expires: spare(moment),
  identifiers: spare(identifiers),
  authorizations: spare(urls),
  finalize: spare(url),
  certificate: spare(url),
  error: spare(problemDocument)
};
var orderResource = v.variant("status", [
  v.object({
    ...orderParts,
    status: v.literal("pending"),
    identifiers: optional2(identifiers),
    authorizations: urls,
    finalize: optional2(url)
  }),
  v.object({ ...orderParts, status: v.literal("ready"), finalize: url }),
  v.object({ ...orderParts, status: v.literal("valid"), certificate: optional2(url) }),
  v.object({ ...orderParts, status: v.picklist(["processing", "invalid"]) })
]);
var challenge = {
  type: v.picklist(VALIDATION_METHODS),
  url: spare(url),
  status: spare(v.picklist(["pending", "processing", "valid", "invalid"])),
  token: spare(text),
  /** Of dns-persist-01 (draft-ietf-acme-dns-persist-01 §3.1). */
  "issuer-domain-names": spare(v.pipe(v.array(text), v.minLength(1), v.maxLength(10))),
  error: spare(problemDocument)
};
var challengesOf = (method, schema) => v.pipe(
  v.array(v.unknown()),
  v.transform((all) => all.filter((each) => v.is(v.object({ type: v.literal(method) }), each))),
  v.array(schema)
);
var authorizationResource = (method) => v.variant("status", [
  v.object({
    status: v.literal("pending"),
    identifier,
    challenges: challengesOf(method, v.object({ ...challenge, url }))
  }),
  v.object({
    status: v.picklist(["valid", "invalid", "deactivated", "expired", "revoked"]),
    identifier: spare(identifier),
    challenges: v.fallback(v.optional(challengesOf(method, v.object(challenge)), []), [])
  })
]);
var renewalInfoResource = v.object({
  suggestedWindow: v.object({ start: moment, end: moment }),
  explanationURL: spare(text)
});
function parseAnswer(schema, data, { authority, operation }) {
  const result = safeParse(schema, data);
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]);
  throw new Failure(
    "ANSWER_INVALID",
    `${authority} answered with something else than expected${path ? ` at ${path}` : ""} when asked to ${operation}`,
    { fields: { authority } }
  );
}
function toOrder(location, resource) {
  const { status, identifiers: identifiers2 = [], authorizations = [], finalize, certificate, expires } = resource;
  return {
    url: location,
    status,
    names: [...new Set(identifiers2.map(({ value }) => value))],
    expires,
    authorizations: [...new Set(authorizations)],
    finalize,
    certificate
  };
}

// lib/acme/problem.ts
var PREFIX = "urn:ietf:params:acme:error:";
var codes = {
  accountDoesNotExist: "ACME_ACCOUNT_MISSING",
  alreadyReplaced: "ACME_ALREADY_REPLACED",
  badCSR: "ACME_CSR",
  badNonce: "ACME_BAD_NONCE",
  badPublicKey: "ACME_CSR",
  caa: "ACME_CAA",
  connection: "ACME_VALIDATION_FAILED",
  dns: "ACME_VALIDATION_FAILED",
  externalAccountRequired: "ACME_ACCOUNT_REFUSED",
  incorrectResponse: "ACME_VALIDATION_FAILED",
  invalidContact: "ACME_ACCOUNT_REFUSED",
  invalidProfile: "ACME_PROFILE",
  orderNotReady: "ACME_ORDER_NOT_READY",
  rateLimited: "ACME_RATE_LIMITED",
  rejectedIdentifier: "ACME_NAME_REFUSED",
  serverInternal: "ACME_SERVER",
  tls: "ACME_VALIDATION_FAILED",
  unauthorized: "ACME_ACCOUNT_REFUSED",
  unsupportedContact: "ACME_ACCOUNT_REFUSED",
  unsupportedIdentifier: "ACME_NAME_REFUSED",
  userActionRequired: "ACME_TERMS_CHANGED"
};
var VERDICTS = ["ACME_CAA", "ACME_NAME_REFUSED", "ACME_CSR", "ACME_PROFILE"];
function problemFailure(answer, { authority, operation }) {
  const problem = parseProblem(answer.data);
  const wait = retryAfter(answer.headers, answer.receivedAt);
  const code2 = requestCode(problem, answer.status, wait);
  const limited = code2 === "ACME_RATE_LIMITED";
  return new Failure(code2, message(code2, `${authority} refused to ${operation}`, problem, answer.status), {
    fields: {
      authority,
      status: answer.status,
      ...facts(problem),
      ...code2 === "ACME_PAUSED" ? { unpauseUrl: unpauseUrl(problem) } : {}
    },
    retryAfter: limited ? wait ?? writtenMoment(problem, answer.receivedAt) : void 0
  });
}
function verdictFailure(otherwise, what, problem = emptyProblem, fields) {
  const typed = typeCode(problem);
  const code2 = VERDICTS.includes(typed) ? typed : otherwise;
  return new Failure(code2, message(code2, what, problem), { fields: { ...facts(problem), ...fields } });
}
function requestCode(problem, status, wait) {
  if (status < 400) return "ANSWER_INVALID";
  const code2 = typeCode(problem);
  if (code2 === "ACME_RATE_LIMITED" && wait === void 0 && unpauseUrl(problem)) return "ACME_PAUSED";
  if (status === 429 || status >= 500 && wait !== void 0) return "ACME_RATE_LIMITED";
  if (code2 !== "ACME_PROBLEM") return code2;
  if (status >= 500) return "ACME_SERVER";
  return status === 404 ? "NOT_FOUND" : code2;
}
function typeCode({ type, subproblems = [] }) {
  const found = [type, ...subproblems.map((each) => each.type)].map(code).find((each) => each !== void 0);
  return found ?? "ACME_PROBLEM";
}
var code = (type) => {
  const name = shortType(type);
  return name !== void 0 && Object.hasOwn(codes, name) ? codes[name] : void 0;
};
var shortType = (type) => type?.startsWith(PREFIX) ? type.slice(PREFIX.length) : void 0;
var parseProblem = (data) => {
  const result = safeParse(problemDocument, data);
  return result.success ? result.output : emptyProblem;
};
var emptyProblem = {
  type: void 0,
  detail: void 0,
  instance: void 0,
  subproblems: void 0
};
function message(code2, what, problem, status) {
  const kind = shortType(problem.type) ?? status;
  const words = [short(problem.detail ?? ""), ...addressToOpen(code2, problem)].filter((part) => part !== "").join(" ");
  return `${what}${kind === void 0 ? "" : ` (${short(String(kind))})`}${words === "" ? "" : `: ${words}`}`;
}
function addressToOpen(code2, problem) {
  const { detail = "", instance = "" } = problem;
  const address = code2 === "ACME_PAUSED" ? unpauseUrl(problem) : code2 === "ACME_TERMS_CHANGED" ? webAddress(instance) : void 0;
  return address === void 0 || short(detail).includes(address) ? [] : [address];
}
var short = (text2) => safeText(text2.slice(0, 300)).trim();
function facts({ type, instance, subproblems = [] }) {
  const problems = subproblems.slice(0, 20).map((each) => {
    const parts = [each.identifier?.value, shortType(each.type), each.detail];
    return short(parts.filter((part) => part !== void 0).join(": "));
  });
  const names = subproblems.slice(0, 100).flatMap(({ identifier: identifier2 }) => identifier2 ? [short(identifier2.value)] : []);
  return {
    type: type && short(type),
    instance: instance && webAddress(instance),
    ...problems.length === 0 ? {} : { problems },
    ...names.length === 0 ? {} : { names }
  };
}
var webAddress = (text2) => /https:\/\/[!-~]{1,1000}/.exec(text2)?.[0];
var unpauseUrl = ({ detail = "" }) => /temporarily prevented|unpause/i.test(detail) ? webAddress(detail) : void 0;
function writtenMoment({ detail = "" }, now) {
  const [, day, time] = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(detail) ?? [];
  const moment2 = day === void 0 ? void 0 : retryAfter({ "retry-after": (/* @__PURE__ */ new Date(`${day}T${time}Z`)).toUTCString() }, now);
  return moment2 ?? after(now, HOUR);
}

// lib/acme/redirects.ts
var REDIRECTS = [301, 302, 303, 307, 308];
var MOST = 5;
var isRedirect = ({ status }) => REDIRECTS.includes(status);
async function followRedirects(from, ask, authority) {
  let url2 = from;
  for (let followed = 0; ; followed++) {
    const answer = await ask(url2).catch((error) => {
      throw followed > 0 && isFailure(error) ? error.with({ message: `${error.message}; it was asked at ${shown(url2)}, where it sends from ${shown(from)}` }) : error;
    });
    if (!isRedirect(answer)) return answer;
    url2 = target(answer, url2, authority);
    if (followed < MOST) continue;
    throw notFollowed(
      `${authority} sends its clients from one address to the next, at last to ${shown(url2)}`,
      authority
    );
  }
}
function target({ status, headers: { location = "" } }, base, authority) {
  const from = `${authority} sends its clients from ${shown(base)}`;
  if (location === "" || !URL.canParse(location, base))
    throw notFollowed(`${from} to no address (${status})`, authority);
  const { protocol, href } = new URL(location, base);
  if (protocol === "https:") return href;
  throw notFollowed(`${from} to ${shown(href)} (${status}), which is not https`, authority);
}
function shown(url2) {
  const { protocol, host, pathname } = new URL(url2);
  return `${protocol}//${host}${pathname}`.slice(0, 300);
}
var notFollowed = (what, authority) => new Failure("ANSWER_INVALID", `${what}: write the address of its directory as \`directory\``, {
  fields: { authority }
});

// lib/acme/right-clock.ts
var MOST_SKEW = HOUR;
function requireRightClock({ headers, receivedAt }, authority) {
  const theirs = httpDate(headers.date ?? "", receivedAt);
  if (theirs === void 0 || Math.abs(theirs.getTime() - receivedAt.getTime()) <= MOST_SKEW) return;
  throw new Failure(
    "CLOCK_WRONG",
    `the clock here says ${receivedAt.toISOString()}, and ${authority} says ${theirs.toISOString()}: set the clock; nothing is ordered until they agree`,
    { fields: { authority } }
  );
}

// lib/acme/transport.ts
function createTransport({ authority, directoryUrl, http, retry }) {
  const directory = lazy(async () => {
    const operation = { authority, operation: "show its directory" };
    const taken = (answer2) => isRedirect(answer2) ? answer2 : succeeded(answer2, operation);
    const answer = await followRedirects(directoryUrl, (url2) => get(url2, taken), authority);
    requireRightClock(answer, authority);
    return parseAnswer(directoryResource, answer.data, operation);
  });
  const cooldowns = /* @__PURE__ */ new Map();
  async function once(url2, taken, maxBytes) {
    const known = cooldowns.get(url2);
    if (known?.retryAfter !== void 0 && known.retryAfter > retry.clock.now()) throw known;
    try {
      return taken(await exchange(http, { method: "GET", url: url2, ...maxBytes !== void 0 && { maxBytes } }));
    } catch (error) {
      if (isFailure(error) && error.retry === "after") cooldowns.set(url2, error);
      throw error;
    }
  }
  const get = (url2, taken, maxBytes) => retrySoon(() => once(url2, taken, maxBytes), retry);
  async function onOwnHost(url2) {
    const [host] = hostOf(url2);
    const isOwn = (other) => host !== void 0 && hostOf(other).includes(host);
    if (isOwn(directoryUrl) || Object.values(await directory()).some(isOwn)) return url2;
    throw new Failure("URL_REFUSED", `${authority} named a URL that is not on one of its own hosts, or not https`, {
      fields: { authority, host }
    });
  }
  return {
    authority,
    directoryUrl,
    directory,
    send: async (method, url2, body, accept) => exchange(http, { method, url: await onOwnHost(url2), ...body !== void 0 && { body } }, accept),
    get: async (url2, operation, maxBytes) => get(await onOwnHost(url2), (answer) => succeeded(answer, { authority, operation }), maxBytes)
  };
}
async function exchange(http, request, accept = "application/json") {
  const type = request.body !== void 0 && { "content-type": "application/jose+json" };
  const answer = await http.send({ ...request, headers: { accept, ...type } });
  return { ...answer, data: parsed(answer.body) };
}
function succeeded(answer, operation) {
  if (answer.status < 200 || answer.status > 299) throw problemFailure(answer, operation);
  return answer;
}
function hostOf(value) {
  if (typeof value !== "string" || !URL.canParse(value)) return [];
  const { protocol, host } = new URL(value);
  return protocol === "https:" ? [host] : [];
}
function parsed(body) {
  if (!/^\s*[[{]/.test(body)) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

export {
  NAME,
  KEY_ALGORITHMS,
  VALIDATION_METHODS,
  IMPORTED,
  SELF_SIGNED,
  accountResource,
  orderResource,
  authorizationResource,
  renewalInfoResource,
  parseAnswer,
  toOrder,
  verdictFailure,
  createTransport,
  succeeded
};
