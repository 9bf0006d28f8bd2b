// lib/platform/json-text.ts
var DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
var escaped = (character) => character === "\n" ? character : [...character].flatMap(codeUnits).join("");
var codeUnits = (character) => Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`);
var jsonText = (value, indent = 0) => JSON.stringify(value, null, indent).replace(DECEIVING, escaped);

// lib/platform/log.ts
function createLog(sink, clock, fields = {}) {
  const at = (level) => (message, more = {}) => sink({ time: clock.now(), level, message, fields: { ...fields, ...more } });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (more) => createLog(sink, clock, { ...fields, ...more })
  };
}
var MAX_TEXT = 1e3;
var MAX_READ = 16 * MAX_TEXT;
var SECRET_SHAPES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bBearer +[^\s"']+/gi,
  // A signed request or token; the one in a link that a CA gives people to open is theirs to see.
  /(?<![?&]jwt=)\beyJ[\w-]{10,}\.[\w-]*\.[\w-]*/g
];
var masked = (text) => SECRET_SHAPES.reduce((rest, shape) => rest.replace(shape, "[secret]"), text);
function safeText(text) {
  const clean = masked(text.slice(0, MAX_READ)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}\u2026` : clean;
}
var safeValue = (value) => typeof value === "string" ? safeText(value) : Array.isArray(value) ? value.map((text) => safeText(String(text))) : value;
var jsonLines = (write) => ({ time, level, message, fields }) => {
  const safe = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safeValue(value)]));
  write(`${jsonText({ time: time.toISOString(), level, message: safeText(message), ...safe })}
`);
};

// lib/errors.ts
var codes = {
  // what the user wrote or sent
  CONFIG_INVALID: "never",
  EVENT_INVALID: "never",
  REFERENCE_UNRESOLVED: "never",
  // any answer, or none, from a server
  UNREACHABLE: "soon",
  UNAVAILABLE: "soon",
  RATE_LIMITED: "after",
  DENIED: "never",
  NOT_FOUND: "next run",
  CONFLICT: "next run",
  REJECTED: "never",
  ANSWER_INVALID: "next run",
  URL_REFUSED: "never",
  OUT_OF_TIME: "next run",
  // the certificate authority
  ACME_BAD_NONCE: "soon",
  ACME_SERVER: "soon",
  ACME_RATE_LIMITED: "after",
  ACME_PAUSED: "never",
  ACME_ACCOUNT_MISSING: "next run",
  ACME_ACCOUNT_REFUSED: "never",
  ACME_TERMS_CHANGED: "never",
  ACME_ALREADY_REPLACED: "next run",
  ACME_ORDER_NOT_READY: "next run",
  ACME_ORDER_GONE: "next run",
  ACME_ORDER_INVALID: "next run",
  ACME_UNDECIDED: "next run",
  ACME_VALIDATION_FAILED: "next run",
  ACME_NAME_REFUSED: "never",
  ACME_CAA: "never",
  ACME_PROFILE: "never",
  ACME_CSR: "never",
  ACME_PROBLEM: "next run",
  // the chain that came back
  CHAIN_INVALID: "next run",
  // DNS
  DNS_NO_ZONE: "never",
  DNS_NO_PROVIDER: "never",
  DNS_CNAME_LOOP: "never",
  DNS_LOOKUP_FAILED: "next run",
  DNS_NOT_PROPAGATED: "next run",
  DNS_NO_RECORD: "never",
  // secrets and state
  STATE_CONFLICT: "next run",
  SECRET_CONFLICT: "next run",
  STORE_UNREADABLE: "never",
  STORE_FOREIGN: "never",
  STORE_OUTDATED: "never",
  CERTIFICATE_MISSING: "never",
  STORE_FAILED: "next run",
  // balancers and what they serve
  TARGET_MISSING: "next run",
  TARGET_REFUSED: "never",
  TARGET_CONTESTED: "never",
  STAGING_REFUSED: "never",
  TARGET_BUSY: "next run",
  TARGET_FULL: "never",
  VERIFY_FAILED: "next run",
  DEPLOY_FAILED: "next run",
  // the run
  LOCKED: "next run",
  CLOCK_WRONG: "next run",
  LOCAL_TROUBLE: "next run",
  UNEXPECTED: "next run"
};
var FAILURE_CODES = Object.keys(codes);
var retryOf = (code) => codes[code] ?? "next run";
var isText = (value) => typeof value === "string";
var safeFields = (fields) => Object.fromEntries(
  Object.entries(fields).map(([name, value]) => [
    name,
    isText(value) ? safeText(value) : Array.isArray(value) ? value.map((each) => safeText(String(each))) : value
  ])
);
var Failure = class _Failure extends Error {
  name = "Failure";
  code;
  fields;
  retryAfter;
  /** The step of the renewal in which it happened. */
  step;
  constructor(code, message, { fields = {}, cause, retryAfter, step } = {}) {
    const shown = code === "CONFIG_INVALID" ? message.split("\n").map(safeText).join("\n") : safeText(message);
    super(shown, cause === void 0 ? void 0 : { cause });
    this.code = code;
    this.fields = safeFields(fields);
    this.retryAfter = retryAfter;
    this.step = step;
  }
  /** The same failure, with more that is known of it. A failure itself never changes: it may have been thrown more than once. */
  with({ message = this.message, fields, step = this.step }) {
    const { code, cause, retryAfter } = this;
    return new _Failure(code, message, { fields: { ...this.fields, ...fields }, cause, retryAfter, step });
  }
  get retry() {
    return codes[this.code];
  }
};
var isFailure = (error, ...wanted) => error instanceof Failure && (wanted.length === 0 || wanted.includes(error.code));
function toFailure(error) {
  if (error instanceof Failure) return error;
  const kind = error instanceof Error ? error.name : typeof error;
  const at = error instanceof Error ? framesOf(error) : [];
  return new Failure("UNEXPECTED", `an unexpected ${kind} was thrown${at[0] === void 0 ? "" : ` at ${at[0]}`}`, {
    fields: { at },
    cause: error
  });
}
var framesOf = ({ stack = "" }) => [...stack.matchAll(/^ {4}at (?:(?<name>[\w.<> ]+) \()?[^()\n]*?(?<file>[\w.-]+:\d+):\d+\)?$/gm)].slice(0, 5).map(({ groups }) => [groups?.name, groups?.file].filter((part) => part !== void 0).join(" "));

export {
  jsonText,
  createLog,
  safeText,
  jsonLines,
  retryOf,
  Failure,
  isFailure,
  toFailure
};
