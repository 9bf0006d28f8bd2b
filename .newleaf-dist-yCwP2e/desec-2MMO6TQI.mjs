import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
import {
  quoted,
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  noZone,
  zoneIds
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import "./chunk-KNYWYU3O.mjs";
import {
  anyAnswer,
  explainedBy
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  tokenOptions
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/desec.ts
import * as v from "valibot";
var options = v.strictObject(
  tokenOptions("Reference to a token whose policies let it write TXT records in the domains.")
);
var facts = {
  provider: "deSEC",
  documentation: "https://desec.readthedocs.io/en/latest/dns/rrsets.html",
  permission: "a token with a policy that has `perm_write` for the type `TXT` in these domains, and no other",
  twoValues: "the set at the name is read and written again; only making a new set is under a condition",
  ttl: 3600,
  note: "Where two installations add values to one set in the same instant, one can be lost; the next run writes it again. deSEC takes a limited number of changes of a domain in a minute, in an hour and in a day, and says how long to wait."
};
var setAnswer = v.object({ type: v.string(), subname: v.string(), records: v.array(v.string()) });
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://desec.io", caCertificate }, context) {
    const headers = { authorization: new Secret(`Token ${(await context.resolve(token)).reveal()}`) };
    return provider(context.rest({ vendor: "deSEC", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const domainOf = zoneIds((location) => domainPath(location, rest));
  const setsOf = async (location) => `${await domainOf(location)}rrsets/`;
  const pathOf = async (location) => `${await setsOf(location)}${location.relativeName === "" ? "@" : encodeURIComponent(location.relativeName)}/TXT/`;
  return recordSetsProvider({
    check: domainOf,
    async read(location) {
      const version = await readSet(await pathOf(location), rest);
      return { values: (version ?? []).map(unquoted), version };
    },
    async write(location, values, { values: before, version }) {
      if (version === void 0) {
        const set = { subname: location.relativeName, type: "TXT", ttl: facts.ttl, records: values.map(quoted) };
        await rest.call({ method: "POST", path: await setsOf(location), body: set, answer: anyAnswer });
        return;
      }
      const stay = version.filter((each) => values.includes(unquoted(each)));
      const fresh = values.filter((value) => !before.includes(value));
      await replace(await pathOf(location), [...stay, ...fresh.map(quoted)], rest);
    }
  });
}
async function replace(path, records, rest) {
  try {
    await rest.call({ method: "PATCH", path, body: { records }, answer: anyAnswer });
  } catch (error) {
    if (!isFailure(error, "NOT_FOUND")) throw error;
    throw new Failure("CONFLICT", "the set was removed after it had been read", { cause: error });
  }
}
async function domainPath(location, rest) {
  const path = `/api/v1/domains/${encodeURIComponent(location.zone)}/`;
  try {
    await rest.call({ method: "GET", path, answer: anyAnswer });
    return path;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("deSEC", location, error) : error;
  }
}
async function readSet(path, rest) {
  try {
    return (await rest.call({ method: "GET", path, answer: setAnswer })).records;
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return void 0;
    throw error;
  }
}
var problem = v.object({
  non_field_errors: v.fallback(v.array(v.string()), []),
  detail: v.fallback(v.optional(v.string()), void 0)
});
var ALREADY_THERE = /Another RRset with the same subdomain and type exists/;
var explain = explainedBy(problem, ({ non_field_errors, detail }) => {
  const reason = [...detail === void 0 ? [] : [detail], ...non_field_errors].join(" ");
  if (reason === "") return void 0;
  return ALREADY_THERE.test(reason) ? { code: "CONFLICT", reason } : { reason };
});
export {
  driver,
  setAnswer
};
