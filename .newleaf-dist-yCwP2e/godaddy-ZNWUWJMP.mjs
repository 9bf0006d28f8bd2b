import {
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  recordsProvider
} from "./chunk-P3WURF3N.mjs";
import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  anyAnswer,
  explainedBy
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

// lib/dns/drivers/godaddy.ts
import * as v from "valibot";
var options = v.strictObject(
  tokenOptions("Reference to a personal access token with the scopes domains.domain:read and domains.dns:update.")
);
var facts = {
  provider: "GoDaddy",
  documentation: "https://developer.godaddy.com/en/docs/references/rest/domains/v3/records",
  permission: "a personal access token with the scopes `domains.domain:read` and `domains.dns:update`",
  twoValues: "a record each",
  ttl: 600,
  note: "This is the API v3; a key with a secret is for v1, whose keys end with 2026."
};
var recordsAnswer = v.object({
  items: v.nullish(
    v.array(v.object({ recordId: v.string(), type: v.string(), name: v.string(), data: v.string() })),
    []
  ),
  links: v.nullish(v.array(v.object({ rel: v.string() })), [])
});
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://api.godaddy.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "GoDaddy", endpoint, caCertificate, headers, explain }));
  }
};
var PAGE_SIZE = 100;
var pathOf = ({ zone }) => `/v3/domains/zones/${encodeURIComponent(zone)}/dns-records`;
var nameOf = ({ relativeName }) => relativeName || "@";
function provider(rest) {
  const list = (location) => listRecords(location, rest);
  return recordsProvider({
    list,
    async add(record) {
      const body = { type: "TXT", name: nameOf(record), data: record.value, ttl: facts.ttl };
      try {
        await rest.call({ method: "POST", path: pathOf(record), body, answer: anyAnswer });
      } catch (error) {
        if (!isFailure(error, "CONFLICT", "REJECTED")) throw error;
        if (!(await list(record)).some(({ value }) => value === record.value)) throw error;
      }
    },
    async remove(record, id) {
      const path = `${pathOf(record)}/${encodeURIComponent(id)}`;
      await rest.call({ method: "DELETE", path, answer: anyAnswer });
    }
  });
}
async function listRecords(location, rest) {
  const name = nameOf(location);
  const all = await everyPage("a list of GoDaddy", 1, async (page) => {
    const query = new URLSearchParams({ type: "TXT", name, page: `${page}`, pageSize: `${PAGE_SIZE}` });
    const { items, links } = await readPage(location, `${pathOf(location)}?${query}`, rest);
    const isLast = items.length < PAGE_SIZE && !links.some(({ rel }) => rel === "next");
    return { items, next: isLast ? void 0 : page + 1 };
  });
  return all.filter((each) => each.type === "TXT" && each.name.toLowerCase() === name).map(({ recordId: id, data }) => ({ id, value: unquoted(data) }));
}
async function readPage(location, path, rest) {
  try {
    return await rest.call({ method: "GET", path, answer: recordsAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("GoDaddy", location, error) : error;
  }
}
var explain = explainedBy(v.object({ message: v.string() }), ({ message }) => ({ reason: message }));
export {
  driver,
  recordsAnswer
};
