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

// lib/dns/drivers/infomaniak.ts
import * as v from "valibot";
var options = v.strictObject(tokenOptions("Reference to an API token with the scopes dns:read and dns:write."));
var facts = {
  provider: "Infomaniak",
  documentation: "https://developer.infomaniak.com/docs/api/get/2/zones/%7Bzone%7D/records",
  permission: "an API token with the scopes `dns:read` and `dns:write`",
  twoValues: "a record each",
  ttl: 60,
  note: "The API takes 60 requests in a minute. A token that is not used for a year is deactivated."
};
var record = v.object({ id: numberId, source: v.string(), type: v.string(), target: v.string() });
var recordsAnswer = v.object({ data: v.array(record), pages: v.optional(v.number()) });
var doneAnswer = v.object({ result: v.literal("success") });
var driver = {
  options,
  facts,
  // recorded at version 1, whose paths Infomaniak has since replaced
  async open({ token, endpoint = "https://api.infomaniak.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "Infomaniak", endpoint, caCertificate, headers, explain }));
  }
};
var pathOf = ({ zone }) => `/2/zones/${encodeURIComponent(zone)}/records`;
var sourceOf = ({ relativeName }) => relativeName === "" ? "." : relativeName;
function provider(rest) {
  return recordsProvider({
    async list(location) {
      const source = sourceOf(location);
      return (await allRecords(location, rest)).filter((each) => each.type === "TXT" && (each.source.toLowerCase() || ".") === source).map(({ id, target }) => ({ id, value: unquoted(target) }));
    },
    async add(record2) {
      const body = { type: "TXT", source: sourceOf(record2), target: record2.value, ttl: facts.ttl };
      await rest.call({ method: "POST", path: pathOf(record2), body, answer: doneAnswer });
    },
    async remove(record2, id) {
      await rest.call({ method: "DELETE", path: `${pathOf(record2)}/${id}`, answer: doneAnswer });
    }
  });
}
async function allRecords(location, rest) {
  const asked = { "filter[source]": sourceOf(location), "filter[types][]": "TXT", per_page: "100" };
  try {
    return await everyPage("a list of Infomaniak", 1, async (page) => {
      const path = `${pathOf(location)}?${new URLSearchParams({ ...asked, page: `${page}` })}`;
      const { data, pages = 1 } = await rest.call({ method: "GET", path, answer: recordsAnswer });
      return { items: data, next: page < pages ? page + 1 : void 0 };
    });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Infomaniak", location, error) : error;
  }
}
var said = v.object({ code: v.string(), description: v.fallback(v.string(), "") });
var problem = v.object({ error: v.object({ ...said.entries, errors: v.fallback(v.array(said), []) }) });
var explain = explainedBy(problem, ({ error }) => ({
  reason: [error, ...error.errors].map(({ code, description }) => `${description} (${code})`).join("; ")
}));
export {
  driver
};
