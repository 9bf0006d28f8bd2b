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
  tokenOptions
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  bearer
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/cloudflare.ts
import * as v from "valibot";
var options = v.strictObject(
  tokenOptions("Reference to an API token with the permissions Zone:Read and DNS:Edit, for the zones alone.")
);
var facts = {
  provider: "Cloudflare",
  documentation: "https://developers.cloudflare.com/api/resources/dns/subresources/records/",
  permission: "an API token with `Zone:Read` and `DNS:Edit`, for these zones; the global API key is not taken",
  twoValues: "a record each",
  ttl: 60
};
var zonesAnswer = v.object({
  result: v.array(v.object({ id: textId, name: v.string(), status: v.optional(v.string()) }))
});
var recordsAnswer = v.object({
  result: v.array(v.object({ id: textId, type: v.string(), name: v.string(), content: v.string() })),
  result_info: v.object({ total_pages: v.number() })
});
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://api.cloudflare.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "Cloudflare", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const recordsOf = zoneIds((location) => recordsPath(location, rest));
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const path = await recordsOf(location);
      const query = { type: "TXT", name: location.name, per_page: "100" };
      const all = await everyPage("a list of Cloudflare", 1, async (page) => {
        const asked = `${path}?${new URLSearchParams({ ...query, page: `${page}` })}`;
        const { result, result_info } = await rest.call({ method: "GET", path: asked, answer: recordsAnswer });
        return { items: result, next: page >= result_info.total_pages ? void 0 : page + 1 };
      });
      return all.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.name).map(({ id, content }) => ({ id, value: unquoted(content) }));
    },
    async add(record) {
      const body = { type: "TXT", name: record.name, content: quoted(record.value), ttl: facts.ttl };
      try {
        await rest.call({ method: "POST", path: await recordsOf(record), body, answer: anyAnswer });
      } catch (error) {
        if (!isFailure(error, "CONFLICT")) throw error;
      }
    },
    async remove(record, id) {
      await rest.call({ method: "DELETE", path: `${await recordsOf(record)}/${id}`, answer: anyAnswer });
    }
  });
}
async function recordsPath(location, rest) {
  const path = `/client/v4/zones?${new URLSearchParams({ name: location.zone, per_page: "50" })}`;
  const { result } = await rest.call({ method: "GET", path, answer: zonesAnswer });
  const found = result.filter(({ name }) => name.toLowerCase() === location.zone);
  const zone = found.find(({ status }) => status === "active") ?? found[0];
  if (zone === void 0) throw noZone("Cloudflare", location);
  return `/client/v4/zones/${zone.id}/dns_records`;
}
var said = v.object({ code: v.number(), message: v.fallback(v.string(), "") });
var problem = v.object({
  errors: v.array(v.object({ ...said.entries, error_chain: v.fallback(v.array(said), []) }))
});
var BAD_TOKEN = [6003, 1e4];
var ALREADY_THERE = [81057, 81058];
var GONE = [81044];
var explain = explainedBy(problem, (said2) => {
  const all = said2.errors.flatMap(({ error_chain, ...error }) => [error, ...error_chain]);
  const reason = all.map(({ code, message }) => `${message} (${code})`).join("; ");
  const isAny = (codes) => all.some(({ code }) => codes.includes(code));
  if (isAny(ALREADY_THERE)) return { code: "CONFLICT", reason };
  if (isAny(GONE)) return { code: "NOT_FOUND", reason };
  return isAny(BAD_TOKEN) ? { code: "DENIED", reason } : { reason };
});
export {
  driver,
  recordsAnswer,
  zonesAnswer
};
