import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  codeOf
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  tokenOptions
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/duckdns.ts
import * as v from "valibot";
var options = v.strictObject(tokenOptions("Reference to the token of the account."));
var facts = {
  provider: "Duck DNS",
  documentation: "https://www.duckdns.org/spec.jsp",
  permission: "the token of the account, which may change all its domains",
  twoValues: "not at all: a domain has one value, for all names in it, so that these are validated in turns",
  ttl: void 0,
  note: "The names of a certificate in one domain are validated in turns, and of two certificates for names in it that are due in one run the second may have to wait for the next. What stands in a domain cannot be read: a value that somebody else wrote there is replaced, and goes with ours. There is no request that changes nothing, so that only the token is looked up before an order."
};
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://www.duckdns.org", caCertificate }, context) {
    const secret = await context.resolve(token);
    const http = context.http(caCertificate);
    const written = /* @__PURE__ */ new Map();
    async function update(domain, change) {
      const query = new URLSearchParams({ domains: domain, token: secret.reveal(), ...change, verbose: "true" });
      const { status, body } = await http.send({ method: "GET", url: `${endpoint}/update?${query}` });
      const fields = { vendor: "Duck DNS", status };
      if (status !== 200)
        throw new Failure(codeOf(status), `Duck DNS answered the update of ${domain} with ${status}`, { fields });
      if (/^OK\b/.test(body)) return;
      const isRefused = /^KO\b/.test(body);
      const what = isRefused ? "KO: the token is wrong, or the domain is not one of its account" : "something else than OK or KO";
      throw new Failure(
        isRefused ? "DENIED" : "ANSWER_INVALID",
        `Duck DNS answered the update of ${domain} with ${what}`,
        {
          fields
        }
      );
    }
    return {
      capacity: async (location) => ({ key: domainOf(location), most: 1 }),
      async addTxt(record) {
        const domain = domainOf(record);
        const before = written.get(domain);
        if (before !== void 0 && before !== record.value) throw taken(domain, record);
        written.set(domain, record.value);
        try {
          await update(domain, { txt: record.value });
        } catch (error) {
          if (before === void 0 && isFailure(error, "DENIED")) written.delete(domain);
          throw error;
        }
      },
      async removeTxt(record) {
        const domain = domainOf(record);
        if ((written.get(domain) ?? record.value) !== record.value) return;
        await update(domain, { txt: "", clear: "true" });
        written.delete(domain);
      }
    };
  }
};
function domainOf(location) {
  const domain = /(?:^|\.)([a-z0-9-]+)\.duckdns\.org$/.exec(location.name)?.[1];
  if (domain === void 0) throw noZone("Duck DNS", location);
  return domain;
}
var taken = (domain, { name }) => new Failure(
  "CONFLICT",
  `${name} needs a value while that of another certificate stands in ${domain}.duckdns.org, and Duck DNS holds one; the next run carries on`,
  { fields: { name } }
);
export {
  driver
};
