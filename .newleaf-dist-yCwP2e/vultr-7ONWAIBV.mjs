import {
  quoted,
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
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  bearer
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/vultr.ts
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description("Reference to an API key of a user with the permission dns.")),
  ...apiOptions
});
var facts = {
  provider: "Vultr",
  documentation: "https://www.vultr.com/api/#tag/dns",
  permission: "an API key of a service user with the permission `dns` alone",
  twoValues: "a record each",
  // No lowest is documented: this one new domains have of themselves.
  ttl: 300,
  note: "Where the access control of the user lists addresses, those that newleaf calls from must be among them: a key is refused with `Unauthorized IP address` from elsewhere."
};
var meta = v.object({ links: v.object({ next: v.nullish(v.string(), "") }) });
var domainsAnswer = v.object({ domains: v.array(v.object({ domain: v.string() })), meta });
var recordsAnswer = v.object({
  records: v.array(v.object({ id: textId, type: v.string(), name: v.string(), data: v.nullish(v.string(), "") })),
  meta
});
var driver = {
  options,
  facts,
  async open({ apiKey, endpoint = "https://api.vultr.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(apiKey)) };
    return provider(context.rest({ vendor: "Vultr", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const recordsOf = zoneIds((location) => recordsPath(location, rest));
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const path = await recordsOf(location);
      const all = await everyPage("a list of Vultr", "", async (cursor) => {
        const { records, meta: meta2 } = await rest.call({ method: "GET", path: pageOf(path, cursor), answer: recordsAnswer });
        return { items: records, next: meta2.links.next || void 0 };
      });
      return all.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.relativeName).map(({ id, data }) => ({ id, value: unquoted(data) }));
    },
    async add(record) {
      const body = { type: "TXT", name: record.relativeName, data: quoted(record.value), ttl: facts.ttl };
      await rest.call({ method: "POST", path: await recordsOf(record), body, answer: anyAnswer });
    },
    async remove(record, id) {
      await rest.call({ method: "DELETE", path: `${await recordsOf(record)}/${id}`, answer: anyAnswer });
    }
  });
}
var pageOf = (path, cursor) => `${path}?${new URLSearchParams({ per_page: "500", ...cursor === "" ? {} : { cursor } })}`;
async function recordsPath(location, rest) {
  const all = await everyPage("a list of Vultr", "", async (cursor) => {
    const path = pageOf("/v2/domains", cursor);
    const { domains, meta: meta2 } = await rest.call({ method: "GET", path, answer: domainsAnswer });
    return { items: domains, next: meta2.links.next || void 0 };
  });
  if (!all.some(({ domain }) => domain.toLowerCase() === location.zone)) throw noZone("Vultr", location);
  return `/v2/domains/${encodeURIComponent(location.zone)}/records`;
}
var problem = v.object({ error: v.string() });
var explain = explainedBy(problem, ({ error: reason }) => ({ reason }));
export {
  domainsAnswer,
  driver,
  recordsAnswer
};
