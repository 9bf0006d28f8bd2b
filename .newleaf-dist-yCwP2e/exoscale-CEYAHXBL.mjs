import {
  settled
} from "./chunk-EHVUBVU3.mjs";
import {
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  recordsProvider
} from "./chunk-P3WURF3N.mjs";
import {
  noZone,
  zoneIds
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import "./chunk-OL4MPUJQ.mjs";
import {
  explainedBy,
  textId
} from "./chunk-RLQUZ55U.mjs";
import {
  withoutCredentials
} from "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import {
  MINUTE
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/exoscale.ts
import { createHmac } from "node:crypto";
import { domainToASCII } from "node:url";
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description("Reference to the key of an API key.")),
  apiSecret: v.pipe(
    secretReference,
    oneLine,
    v.description("Reference to its secret, with which requests are signed.")
  ),
  ...apiOptions
});
var facts = {
  provider: "Exoscale",
  documentation: "https://community.exoscale.com/reference/api/dns/record",
  permission: "an API key with a role that denies all services but `dns`, and allows there `list-dns-domains` and, for these domains, `list-dns-domain-records`, `create-dns-domain-record` and `delete-dns-domain-record`",
  twoValues: "a record each",
  // The API takes any, down to 0.
  ttl: 60,
  note: "The API is asked at the zone `ch-gva-2`; any other is as good: `endpoint: https://api-de-fra-1.exoscale.com`. Requests are signed with the time of the machine, which must be right."
};
var domainsAnswer = v.object({
  "dns-domains": v.array(v.object({ id: textId, "unicode-name": v.string() }))
});
var recordsAnswer = v.object({
  "dns-domain-records": v.array(
    v.object({ id: textId, type: v.string(), name: v.nullish(v.string(), ""), content: v.nullish(v.string(), "") })
  )
});
var operation = v.object({
  id: textId,
  state: v.string(),
  reason: v.nullish(v.string(), ""),
  message: v.nullish(v.string(), "")
});
var driver = {
  options,
  facts,
  async open({ endpoint = "https://api-ch-gva-2.exoscale.com", caCertificate, ...given }, context) {
    const key = await context.resolve(given.apiKey);
    const secret = await context.resolve(given.apiSecret);
    const rest = context.rest({ vendor: "Exoscale", endpoint, caCertificate, headers: {}, explain: explainWith(key) });
    return provider(signing(rest, { endpoint, key, secret, clock: context.clock }), context);
  }
};
function signing(rest, { endpoint, key, secret, clock }) {
  return {
    call(request) {
      const expires = Math.floor((clock.now().getTime() + 10 * MINUTE) / 1e3);
      const body = request.body === void 0 ? "" : JSON.stringify(request.body);
      const { pathname } = new URL(endpoint + request.path);
      const text = [`${request.method} ${pathname}`, body, "", "", expires].join("\n");
      const signature = createHmac("sha256", secret.reveal()).update(text).digest("base64");
      const authorization = `EXO2-HMAC-SHA256 credential=${key.reveal()},expires=${expires},signature=${signature}`;
      return rest.call({ ...request, headers: { ...request.headers, authorization } });
    }
  };
}
function provider(rest, time) {
  const recordsOf = zoneIds((location) => recordsPath(location, rest));
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const all = await rest.call({ method: "GET", path: await recordsOf(location), answer: recordsAnswer });
      return all["dns-domain-records"].filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.relativeName).map(({ id, content }) => ({ id, value: unquoted(content) }));
    },
    async add(record) {
      const body = { type: "TXT", name: record.relativeName, content: record.value, ttl: facts.ttl };
      const path = await recordsOf(record);
      await carriedOut(await rest.call({ method: "POST", path, body, answer: operation }), rest, time);
    },
    async remove(record, id) {
      const path = `${await recordsOf(record)}/${id}`;
      await carriedOut(await rest.call({ method: "DELETE", path, answer: operation }), rest, time);
    }
  });
}
async function recordsPath(location, rest) {
  const domains = await rest.call({ method: "GET", path: "/v2/dns-domain", answer: domainsAnswer });
  const found = domains["dns-domains"].find((each) => domainToASCII(each["unicode-name"]) === location.zone);
  if (found === void 0) throw noZone("Exoscale", location);
  return `/v2/dns-domain/${found.id}/record`;
}
var REASONS = /* @__PURE__ */ new Map([
  ["forbidden", "DENIED"],
  ["incorrect", "REJECTED"],
  ["not-found", "NOT_FOUND"],
  ["unsupported", "REJECTED"]
]);
async function carriedOut(first, rest, time) {
  const read = () => rest.call({ method: "GET", path: `/v2/operation/${first.id}`, answer: operation });
  const isPending = ({ state: state2 }) => state2 === "pending";
  const { state, reason, message } = await settled(first, { vendor: "Exoscale", isPending, read }, time);
  if (state === "success") return;
  const said = [message, reason || state].filter((each) => each !== "").join(", ");
  throw new Failure(
    REASONS.get(reason) ?? "UNAVAILABLE",
    `Exoscale could not carry out a change of TXT records: ${said}`
  );
}
var sentence = v.fallback(v.optional(v.string()), void 0);
var problem = v.object({ message: sentence, error: sentence, detail: sentence, title: sentence });
var explainWith = (key) => explainedBy(problem, ({ message, error, detail, title }) => {
  const reason = message ?? error ?? detail ?? title;
  return reason === void 0 ? void 0 : { reason: withoutCredentials(reason, [key]) };
});
export {
  domainsAnswer,
  driver,
  recordsAnswer
};
