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
import {
  anyAnswer,
  explainedBy,
  textId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
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
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/ionos.ts
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(
    secretReference,
    oneLine,
    v.description("Reference to an API key: its public prefix, a dot, and its secret.")
  ),
  ...apiOptions
});
var facts = {
  provider: "IONOS",
  documentation: "https://developer.hosting.ionos.com/docs/dns",
  permission: "an API key of the account, which may do there whatever the APIs for developers can do",
  twoValues: "a record each",
  ttl: 60,
  note: "This is the DNS of domains and hosting at IONOS; Cloud DNS of IONOS Cloud has another API."
};
var zonesAnswer = v.array(v.object({ id: textId, name: v.string() }));
var record = v.object({ id: textId, name: v.string(), type: v.string(), content: v.string() });
var zoneAnswer = v.object({ records: v.optional(v.array(record), []) });
var driver = {
  options,
  facts,
  async open({ apiKey, endpoint = "https://api.hosting.ionos.com", caCertificate }, context) {
    const headers = { "x-api-key": await context.resolve(apiKey) };
    return provider(context.rest({ vendor: "IONOS", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const pathOf = zoneIds((location) => zonePath(location, rest));
  return recordsProvider({
    check: pathOf,
    async list(location) {
      const query = new URLSearchParams({ recordType: "TXT", recordName: location.name });
      const path = `${await pathOf(location)}?${query}`;
      const { records } = await rest.call({ method: "GET", path, answer: zoneAnswer });
      return records.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.name).map(({ id, content }) => ({ id, value: unquoted(content) }));
    },
    async add(record2) {
      const body = [{ name: record2.name, type: "TXT", content: record2.value, ttl: facts.ttl, disabled: false }];
      await rest.call({ method: "POST", path: `${await pathOf(record2)}/records`, body, answer: anyAnswer });
    },
    async remove(record2, id) {
      await rest.call({ method: "DELETE", path: `${await pathOf(record2)}/records/${id}`, answer: anyAnswer });
    }
  });
}
async function zonePath(location, rest) {
  const zones = await rest.call({ method: "GET", path: "/dns/v1/zones", answer: zonesAnswer });
  const zone = zones.find(({ name }) => name.toLowerCase() === location.zone);
  if (zone === void 0) throw noZone("IONOS", location);
  return `/dns/v1/zones/${zone.id}`;
}
var problem = v.array(v.object({ code: v.string(), message: v.fallback(v.string(), "") }));
var explain = explainedBy(problem, (said) => {
  const reason = said.map(({ code, message }) => message === "" ? code : `${message} (${code})`).join("; ");
  return said.some(({ code }) => code === "RECORD_NOT_FOUND") ? { code: "NOT_FOUND", reason } : { reason };
});
export {
  driver,
  zoneAnswer,
  zonesAnswer
};
