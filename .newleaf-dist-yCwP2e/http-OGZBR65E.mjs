import {
  trusting
} from "./chunk-VBQICVWN.mjs";
import {
  mayBePrivate
} from "./chunk-DLERDGK6.mjs";
import {
  MINUTE,
  after
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/http.ts
import { lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { Agent, request as send } from "undici";

// lib/platform/breaker.ts
var MOST_TIME_OUTS = 3;
var PAUSE = MINUTE;
function createBreaker({ now }) {
  const silent = /* @__PURE__ */ new Map();
  return {
    check(api) {
      const known = silent.get(api);
      if (known === void 0 || known.timeOuts < MOST_TIME_OUTS) return;
      if (known.askedAgain > now()) {
        const why = `did not answer in time, ${known.timeOuts} times in a row, and is left alone for a minute`;
        throw new Failure("UNREACHABLE", `${api} ${why}`, { fields: { host: api } });
      }
      silent.set(api, { ...known, askedAgain: after(now(), PAUSE) });
    },
    answered(api) {
      silent.delete(api);
    },
    timedOut(api) {
      const timeOuts = (silent.get(api)?.timeOuts ?? 0) + 1;
      silent.set(api, { timeOuts, askedAgain: after(now(), PAUSE) });
    }
  };
}

// lib/platform/http.ts
var TIMEOUT = 3e4;
var MAX_BYTES = 1048576;
var USER_AGENT = "newleaf/0.1 (+https://www.rfc-editor.org/rfc/rfc8555)";
function createHttp(options) {
  const dispatcher = createAgent(options);
  const breaker = createBreaker(options.clock);
  return {
    async send(request) {
      const url = checkedUrl(request.url, options);
      const { timeout = TIMEOUT } = request;
      const time = Math.min(timeout, options.timeLeft());
      if (time <= 0) throw new Failure("OUT_OF_TIME", "no time is left in this run for another request");
      breaker.check(url.host);
      const signal = AbortSignal.timeout(time);
      try {
        const sent = send(url, {
          dispatcher,
          method: request.method,
          headers: { "user-agent": USER_AGENT, ...request.headers },
          body: request.body ?? null,
          signal
        });
        const answer = await until(signal, sent);
        const body = await readCapped(answer.body, request.maxBytes ?? MAX_BYTES, request.encoding);
        await turn();
        breaker.answered(url.host);
        return { status: answer.statusCode, headers: flat(answer.headers), body, receivedAt: options.clock.now() };
      } catch (error) {
        if (isTimeOut(error) && time === timeout) breaker.timedOut(url.host);
        throw unreachable(error, url);
      }
    },
    async close() {
      await dispatcher.destroy();
    }
  };
}
async function until(signal, work) {
  const { promise: over, reject } = Promise.withResolvers();
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end);
  try {
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
function createAgent({ caCertificate, privateAddresses, connections = 10, lookup = systemLookup }) {
  return new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout: 3e4,
    // longer than the pauses between two polls
    allowH2: false,
    connect: {
      timeout: 1e4,
      ...caCertificate !== void 0 && { secureContext: trusting(caCertificate) },
      lookup: privateAddresses === "refuse" ? publicLookup(lookup) : lookup
    }
  });
}
function checkedUrl(text, { privateAddresses }) {
  const url = URL.canParse(text) ? new URL(text) : void 0;
  const refuse = (why) => new Failure("URL_REFUSED", `a URL was refused: ${why}`, { fields: { host: url?.host } });
  if (url === void 0) throw refuse("it cannot be read");
  if (url.protocol !== "https:") throw refuse("only https is spoken");
  if (url.username !== "" || url.password !== "") throw refuse("it holds a user or a password");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (privateAddresses === "refuse" && (isIP(host) ? mayBePrivate(host) : /(^|\.)localhost$/i.test(host))) {
    throw refuse("it leads to this machine or a private network, which needs an explicit caCertificate");
  }
  return url;
}
var publicLookup = (lookup) => ((hostname, options, done) => lookup(hostname, { ...options, all: true }, (error, addresses) => {
  if (error) return done(error);
  if (addresses.some(({ address }) => mayBePrivate(address))) return done(leadsWithin(hostname));
  const [first] = addresses;
  return "all" in options && options.all === true ? done(null, addresses) : done(null, first?.address, first?.family);
}));
var leadsWithin = (host) => new Failure("URL_REFUSED", "a name leads to this machine or a private network", { fields: { host } });
async function readCapped(body, cap, encoding = "utf8") {
  const parts = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > cap) throw new Failure("ANSWER_INVALID", `an answer was larger than ${cap} bytes and was refused`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString(encoding);
}
var flat = (headers) => Object.fromEntries(
  Object.entries(headers).flatMap(
    ([name, value]) => value === void 0 ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]]
  )
);
var isTimeOut = (error) => {
  const { name, code } = error;
  return name === "TimeoutError" || code === "UND_ERR_CONNECT_TIMEOUT";
};
function unreachable(error, url) {
  const own = [error, error?.cause].find((each) => each instanceof Failure);
  if (own) return own;
  const { name, code, message = "" } = error;
  if (code === "UND_ERR_INVALID_ARG" && message.includes("header")) {
    const why = "a header has a character that no header may have, such as a line break: look at the token that is sent there";
    return new Failure("CONFIG_INVALID", `no request was sent to ${url.host}: ${why}`, { fields: { host: url.host } });
  }
  const what = name === "TimeoutError" ? "did not answer in time" : distrusted(code) ?? `could not be reached (${code ?? name ?? "unknown"})`;
  return new Failure("UNREACHABLE", `${url.host} ${what}`, { fields: { host: url.host }, cause: error });
}
var distrusted = (code = "") => {
  if (/^(?:UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|CERT_UNTRUSTED)/.test(code))
    return `answered, but its certificate is not trusted here (${code}): set caCertificate or NODE_EXTRA_CA_CERTS`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return `answered, but its certificate is not valid now (${code}): see whether the clock here is right`;
  return code === "ERR_TLS_CERT_ALTNAME_INVALID" ? `answered, but its certificate is for other names (${code}): see whether this is the right address` : void 0;
};
export {
  createHttp
};
