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
  numberId
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
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/bunny.ts
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description("Reference to an API key of the account, its AccessKey.")),
  ...apiOptions
});
var facts = {
  provider: "bunny.net",
  documentation: "https://docs.bunny.net/api-reference/core/dns-zone/add-dns-record",
  permission: "an API key of the account",
  twoValues: "a record each",
  ttl: 60,
  note: "What such a key may do is not limited to DNS: `_acme-challenge` delegated elsewhere needs no such key."
};
var TXT = 3;
var zone = v.object({
  Id: numberId,
  Domain: v.string(),
  Records: v.nullish(
    v.array(
      v.object({
        Id: numberId,
        Type: v.number(),
        Name: v.nullish(v.string(), ""),
        Value: v.nullish(v.string(), "")
      })
    ),
    []
  )
});
var zonesAnswer = v.object({
  Items: v.array(v.object({ Id: zone.entries.Id, Domain: zone.entries.Domain })),
  HasMoreItems: v.boolean()
});
var driver = {
  options,
  facts,
  async open({ apiKey, endpoint = "https://api.bunny.net", caCertificate }, context) {
    const headers = { accesskey: await context.resolve(apiKey) };
    return provider(context.rest({ vendor: "bunny.net", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const pathOf = zoneIds((location) => zonePath(location, rest));
  return recordsProvider({
    check: pathOf,
    async list(location) {
      const { Records } = await rest.call({ method: "GET", path: await pathOf(location), answer: zone });
      return Records.filter(({ Type, Name }) => Type === TXT && Name.toLowerCase() === location.relativeName).map(
        ({ Id, Value }) => ({ id: Id, value: unquoted(Value) })
      );
    },
    async add(record) {
      const body = { Type: TXT, Name: record.relativeName, Value: record.value, Ttl: facts.ttl };
      await rest.call({ method: "PUT", path: `${await pathOf(record)}/records`, body, answer: anyAnswer });
    },
    async remove(record, id) {
      await rest.call({ method: "DELETE", path: `${await pathOf(record)}/records/${id}`, answer: anyAnswer });
    }
  });
}
async function zonePath(location, rest) {
  const zones = await everyPage("a list of bunny.net", 1, async (page) => {
    const query = new URLSearchParams({ page: `${page}`, perPage: "100", search: location.zone });
    const { Items, HasMoreItems } = await rest.call({ method: "GET", path: `/dnszone?${query}`, answer: zonesAnswer });
    return { items: Items, next: HasMoreItems ? page + 1 : void 0 };
  });
  const found = zones.find(({ Domain }) => Domain.toLowerCase() === location.zone);
  if (found === void 0) throw noZone("bunny.net", location);
  return `/dnszone/${found.Id}`;
}
var problem = v.object({ Message: v.string() });
var explain = explainedBy(problem, (said) => ({ reason: said.Message }));
export {
  driver
};
