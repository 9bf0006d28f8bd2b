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

// lib/dns/drivers/digitalocean.ts
import * as v from "valibot";
var options = v.strictObject(tokenOptions("Reference to a personal access token that may read and update domains."));
var facts = {
  provider: "DigitalOcean",
  documentation: "https://docs.digitalocean.com/reference/api/",
  permission: "a token of its own with the scopes `domain:read`, `domain:create` and `domain:delete`",
  twoValues: "a record each",
  // The lowest that the API takes is 30.
  ttl: 60
};
var domainAnswer = v.object({ domain: v.object({ name: v.string() }) });
var recordsAnswer = v.object({
  domain_records: v.array(
    v.object({ id: numberId, type: v.string(), name: v.string(), data: v.nullish(v.string(), "") })
  ),
  links: v.object({ pages: v.optional(v.object({ next: v.optional(v.string()) })) })
});
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://api.digitalocean.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "DigitalOcean", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const recordsOf = zoneIds((location) => recordsPath(location, rest));
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const path = await recordsOf(location);
      const all = await everyPage("a list of DigitalOcean", 1, async (page) => {
        const asked = `${path}?${new URLSearchParams({ type: "TXT", per_page: "200", page: `${page}` })}`;
        const { domain_records, links } = await rest.call({ method: "GET", path: asked, answer: recordsAnswer });
        return { items: domain_records, next: links.pages?.next === void 0 ? void 0 : page + 1 };
      });
      return all.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === nameOf(location.relativeName)).map(({ id, data: value }) => ({ id, value }));
    },
    async add(record) {
      const body = { type: "TXT", name: nameOf(record.relativeName), data: record.value, ttl: facts.ttl };
      await rest.call({ method: "POST", path: await recordsOf(record), body, answer: anyAnswer });
    },
    async remove(record, id) {
      await rest.call({ method: "DELETE", path: `${await recordsOf(record)}/${id}`, answer: anyAnswer });
    }
  });
}
var nameOf = (relativeName) => relativeName === "" ? "@" : relativeName;
async function recordsPath(location, rest) {
  const path = `/v2/domains/${encodeURIComponent(location.zone)}`;
  try {
    await rest.call({ method: "GET", path, answer: domainAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("DigitalOcean", location) : error;
  }
  return `${path}/records`;
}
var problem = v.object({ id: v.string(), message: v.string() });
var explain = explainedBy(problem, (said) => ({ reason: `${said.message} (${said.id})` }));
export {
  domainAnswer,
  driver,
  recordsAnswer
};
