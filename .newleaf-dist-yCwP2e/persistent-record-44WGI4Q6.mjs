import {
  issueValueOf
} from "./chunk-2QJLKBGU.mjs";
import {
  DAY,
  SECOND,
  after
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/policy/persistent-record.ts
var NEAREST_FIRST = ["lapsed", "wildcard", "account", "malformed", "issuer"];
function persistenceOf(values, request, now) {
  const read = values.map((text) => readRecord(text, request, now));
  const good = read.filter(({ flaw: flaw2 }) => flaw2 === void 0);
  if (good.length > 0) return good.some(({ until }) => until === void 0) ? {} : latest(good);
  const flaw = NEAREST_FIRST.find((each) => read.some((record) => record.flaw === each));
  const flawed = read.filter((record) => record.flaw === flaw);
  return { ...latest(flawed), error: wrong(flaw, flawed, request, now) };
}
var latest = (records) => {
  const times = records.flatMap(({ until }) => until?.getTime() ?? []);
  return times.length === 0 ? {} : { until: new Date(Math.max(...times)) };
};
function readRecord(text, { identities, accountUrl, isWildcard }, now) {
  const [issuer = ""] = text.split(";");
  if (!identities.includes(issuer.trim().toLowerCase())) return { text, flaw: "issuer" };
  const written = parametersOf(text);
  const until = timeOf(written?.get("persistuntil"));
  if (written === void 0 || until === "malformed" || !written.has("accounturi")) return { text, flaw: "malformed" };
  if (written.get("accounturi") !== accountUrl) return { text, flaw: "account" };
  if (isWildcard && written.get("policy")?.toLowerCase() !== "wildcard") return { text, flaw: "wildcard" };
  if (until === void 0) return { text };
  return { text, until, ...until <= now ? { flaw: "lapsed" } : {} };
}
function parametersOf(text) {
  const parsed = issueValueOf(text);
  const written = new Map(parsed?.parameters.map(([tag, value]) => [tag.toLowerCase(), value]));
  return written.size === parsed?.parameters.length ? written : void 0;
}
var timeOf = (text) => {
  if (text === void 0) return void 0;
  return /^\d{1,11}$/.test(text) ? new Date(Number(text) * SECOND) : "malformed";
};
var TTL = 3600;
var LASTS = 366 * DAY;
function recordFor(request, now) {
  const { domain, identities, accountUrl, isWildcard } = request;
  const until = Math.floor(after(now, LASTS).getTime() / DAY) * (DAY / SECOND);
  const parts = [`accounturi=${accountUrl}`, ...isWildcard ? ["policy=wildcard"] : [], `persistUntil=${until}`];
  const value = [identities[0], ...parts].join("; ");
  const strings = value.match(/.{1,255}/g) ?? [];
  return `_validation-persist.${domain}. ${TTL} IN TXT ${strings.map((each) => `"${each}"`).join(" ")}`;
}
function wrong(flaw, flawed, request, now) {
  const { domain, authority, identities } = request;
  const fields = { authority, names: [domain] };
  if (identities.length === 0) {
    const message2 = `the directory of ${authority} does not say what a persistent record is to call it (caaIdentities), so that nobody knows what to place for ${domain}`;
    return new Failure("ACME_NAME_REFUSED", message2, { fields });
  }
  const name = `_validation-persist.${domain}`;
  const record = recordFor(request, now);
  const [{ text, until } = { text: "" }] = flawed;
  const shown = `the record "${text.length > 200 ? `${text.slice(0, 200)}\u2026` : text}" at ${name}`;
  const add = `add \`${record}\``;
  const replace = `put \`${record}\` in its place`;
  const words = {
    issuer: `the TXT records at ${name} are for others than ${authority} (${identities.join(", ")}): ${add}`,
    malformed: `${shown} is malformed: ${replace}`,
    account: `${shown} names another account at ${authority} than newleaf\u2019s: ${add}`,
    wildcard: `${shown} lets ${authority} issue nothing for *.${domain}, for want of policy=wildcard: ${replace}`,
    lapsed: `${shown} lapsed on ${until?.toISOString() ?? "a day before"}: ${replace}`
  };
  const message = flaw === void 0 ? `there is no TXT record at ${name}, by which ${authority} is to validate: ${add}` : words[flaw];
  return new Failure("DNS_NO_RECORD", message, { fields: { ...fields, record } });
}
export {
  persistenceOf,
  recordFor
};
