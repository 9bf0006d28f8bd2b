import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
import {
  quoted,
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  inTurns
} from "./chunk-KNYWYU3O.mjs";
import {
  anyAnswer,
  explainedBy
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  endpointUrl,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/powerdns.ts
import * as v from "valibot";
var options = v.strictObject({
  endpoint: v.pipe(endpointUrl, v.description("Address of the HTTP API; /api/v1 is called below it.")),
  caCertificate: apiOptions.caCertificate,
  apiKey: v.pipe(secretReference, oneLine, v.description("Reference to the API key of the server, its api-key.")),
  server: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,100}$/, "expected the id of a server such as localhost"),
      v.description("The id of the server behind the API; localhost if absent.")
    ),
    "localhost"
  )
});
var facts = {
  provider: "PowerDNS Authoritative Server",
  documentation: "https://doc.powerdns.com/authoritative/http-api/zone.html",
  permission: "the server's `api-key`, which may do anything there; for less, use `rfc2136` with a TSIG key for the zone",
  twoValues: "the set at the name is read and written again, which the API does under no condition",
  ttl: 60,
  note: "The API speaks plain HTTP, and newleaf https alone: put a proxy with TLS before it. Secondaries of a primary zone are notified at once. Where two installations write values at one name in the same instant, one can be lost; the next run writes it again."
};
var record = v.object({ content: v.string(), disabled: v.fallback(v.boolean(), false) });
var recordSet = v.object({ name: v.string(), type: v.string(), ttl: v.number(), records: v.array(record) });
var zoneAnswer = v.object({ kind: v.fallback(v.string(), "Native"), rrsets: v.array(recordSet) });
var driver = {
  options,
  facts,
  async open({ endpoint, caCertificate, apiKey, server }, context) {
    const headers = { "x-api-key": await context.resolve(apiKey) };
    const rest = context.rest({ vendor: "PowerDNS", endpoint, caCertificate, headers, explain });
    return provider(oneAtATime(rest), `/api/v1/servers/${server}/zones`);
  }
};
function oneAtATime(rest) {
  const turn = inTurns(1);
  return { call: (request) => turn(() => rest.call(request)) };
}
function provider(rest, zones) {
  const pathOf = ({ zone }) => `${zones}/${encodeURIComponent(zone)}.`;
  return recordSetsProvider({
    async read(location) {
      const zone = await readZone(location, `${pathOf(location)}?${filter(location)}`, rest);
      const name = `${location.name}.`;
      const set = zone.rrsets.find((each) => each.type === "TXT" && each.name.toLowerCase() === name);
      const { ttl = facts.ttl, records = [] } = set ?? {};
      const values = records.filter(({ disabled }) => !disabled).map(({ content }) => unquoted(content));
      return { values, version: { ttl, records, isPrimary: /^(master|primary)$/i.test(zone.kind) } };
    },
    async write(location, values, { values: before, version }) {
      const { ttl, isPrimary } = version;
      const stay = version.records.filter(({ content, disabled }) => values.includes(unquoted(content)) !== disabled);
      const fresh = values.filter((value) => !before.includes(value));
      const records = [...stay, ...fresh.map((value) => ({ content: quoted(value), disabled: false }))];
      const rrsets = [{ name: `${location.name}.`, type: "TXT", ttl, changetype: "REPLACE", records }];
      await rest.call({ method: "PATCH", path: pathOf(location), body: { rrsets }, answer: anyAnswer });
      if (isPrimary) await rest.call({ method: "PUT", path: `${pathOf(location)}/notify`, answer: anyAnswer });
    }
  });
}
var filter = ({ name }) => new URLSearchParams({ rrset_name: `${name}.`, rrset_type: "TXT" });
async function readZone(location, path, rest) {
  try {
    return await rest.call({ method: "GET", path, answer: zoneAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("PowerDNS", location, error) : error;
  }
}
var problem = v.object({ error: v.string() });
var explain = explainedBy(problem, (said) => ({ reason: said.error }));
export {
  driver,
  zoneAnswer
};
