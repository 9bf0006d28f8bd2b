import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
import {
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
  bearer
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/gandi.ts
import * as v from "valibot";
var options = v.strictObject(
  tokenOptions("Reference to a personal access token that may manage the technical configuration of the domains.")
);
var facts = {
  provider: "Gandi LiveDNS",
  documentation: "https://api.gandi.net/docs/livedns/",
  permission: "a personal access token with \u201CManage domain name technical configurations\u201D, for these domains; API keys are not taken",
  twoValues: "the set at the name is read and written again, which the API does under no condition",
  ttl: 300,
  note: "Where two installations write values at one name in the same instant, one can be lost; the next run writes it again."
};
var setAnswer = v.object({ rrset_ttl: v.number(), rrset_values: v.array(v.string()) });
var driver = {
  options,
  facts,
  // recorded with an API key, which the documentation has since declared deprecated
  async open({ token, endpoint = "https://api.gandi.net", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "Gandi", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const domainOf = zoneIds((location) => domainPath(location, rest));
  const pathOf = async (location) => `${await domainOf(location)}/records/${location.relativeName === "" ? "@" : encodeURIComponent(location.relativeName)}/TXT`;
  return recordSetsProvider({
    check: domainOf,
    async read(location) {
      const version = await readSet(await pathOf(location), rest);
      return { values: version.rrset_values.map(unquoted), version };
    },
    async write(location, values, { values: before, version }) {
      const path = await pathOf(location);
      if (values.length === 0) {
        await rest.call({ method: "DELETE", path, answer: anyAnswer });
        return;
      }
      const stay = version.rrset_values.filter((each) => values.includes(unquoted(each))).map(plain);
      const fresh = values.filter((value) => !before.includes(value));
      const body = { rrset_values: [...stay, ...fresh], rrset_ttl: version.rrset_ttl };
      await rest.call({ method: "PUT", path, body, answer: anyAnswer });
    }
  });
}
var plain = (value) => /^"[\w-]+"$/.test(value) ? unquoted(value) : value;
async function domainPath(location, rest) {
  const path = `/v5/livedns/domains/${encodeURIComponent(location.zone)}`;
  try {
    await rest.call({ method: "GET", path, answer: anyAnswer });
    return path;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Gandi", location, error) : error;
  }
}
async function readSet(path, rest) {
  try {
    return await rest.call({ method: "GET", path, answer: setAnswer });
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return { rrset_ttl: facts.ttl, rrset_values: [] };
    throw error;
  }
}
var problem = v.object({ message: v.string() });
var explain = explainedBy(problem, (said) => ({ reason: said.message }));
export {
  driver,
  setAnswer
};
