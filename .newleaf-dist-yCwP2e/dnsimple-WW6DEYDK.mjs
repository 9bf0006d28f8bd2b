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

// lib/dns/drivers/dnsimple.ts
import * as v from "valibot";
var options = v.strictObject(tokenOptions("Reference to an API access token with full access to the zones."));
var facts = {
  provider: "DNSimple",
  documentation: "https://developer.dnsimple.com/v2/zones/records/",
  permission: "an account access token with the scope Zones, full access, for these zones alone",
  twoValues: "a record each",
  ttl: 60,
  note: "Scopes of tokens need the plan Teams or a higher one; a token without them may do whatever its account may."
};
var accountsAnswer = v.object({ data: v.array(v.object({ id: numberId })) });
var recordsAnswer = v.object({
  data: v.array(v.object({ id: numberId, type: v.string(), name: v.string(), content: v.string() })),
  pagination: v.object({ total_pages: v.number() })
});
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://api.dnsimple.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "DNSimple", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const recordsOf = zoneIds((location) => recordsPath(location, rest));
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const path = `${await recordsOf(location)}?${filter(location)}&per_page=100`;
      const all = await everyPage("a list of DNSimple", 1, async (page) => {
        const answer = recordsAnswer;
        const { data, pagination } = await rest.call({ method: "GET", path: `${path}&page=${page}`, answer });
        return { items: data, next: page >= pagination.total_pages ? void 0 : page + 1 };
      });
      return all.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.relativeName).map(({ id, content }) => ({ id, value: unquoted(content) }));
    },
    async add(record2) {
      const body = { type: "TXT", name: record2.relativeName, content: quoted(record2.value), ttl: facts.ttl };
      try {
        await rest.call({ method: "POST", path: await recordsOf(record2), body, answer: anyAnswer });
      } catch (error) {
        if (!isFailure(error, "CONFLICT")) throw error;
      }
    },
    async remove(record2, id) {
      await rest.call({ method: "DELETE", path: `${await recordsOf(record2)}/${id}`, answer: anyAnswer });
    }
  });
}
var filter = ({ relativeName: name }) => new URLSearchParams({ type: "TXT", name });
async function recordsPath(location, rest) {
  const { data } = await rest.call({ method: "GET", path: "/v2/accounts", answer: accountsAnswer });
  for (const { id } of data) {
    const path = `/v2/${id}/zones/${encodeURIComponent(location.zone)}/records`;
    if (await isThere(`${path}?${filter(location)}`, rest)) return path;
  }
  throw noZone("DNSimple", location);
}
async function isThere(path, rest) {
  try {
    await rest.call({ method: "GET", path, answer: recordsAnswer });
    return true;
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return false;
    throw error;
  }
}
var problem = v.object({
  message: v.string(),
  errors: v.fallback(v.record(v.string(), v.array(v.string())), {})
});
var explain = explainedBy(problem, ({ message, errors }) => {
  const mistakes = Object.entries(errors).map(([field, said]) => `${field} ${said.join(", ")}`);
  const reason = [message, ...mistakes].join("; ");
  return /already exists/i.test(reason) ? { code: "CONFLICT", reason } : { reason };
});
export {
  accountsAnswer,
  driver,
  recordsAnswer
};
