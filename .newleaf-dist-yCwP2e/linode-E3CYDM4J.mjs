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
  everyPage,
  explainWith,
  openLinode
} from "./chunk-UIEFJZCE.mjs";
import {
  anyAnswer,
  numberId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import "./chunk-OMQYQBD3.mjs";
import {
  tokenOptions
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/linode.ts
import * as v from "valibot";
var options = v.strictObject(tokenOptions("Reference to a personal access token with the scope domains:read_write."));
var facts = {
  provider: "Linode (Akamai)",
  documentation: "https://techdocs.akamai.com/linode-api/reference/get-domains",
  permission: "a token of its own with the scope `domains:read_write`",
  twoValues: "a record each",
  // The API rounds to values of its own, of which this is the lowest in general use.
  ttl: 300,
  note: "A change is published after up to a minute, now and then later."
};
var domainAnswer = v.object({ id: numberId, domain: v.string(), type: v.string() });
var recordAnswer = v.object({
  id: numberId,
  type: v.string(),
  name: v.nullish(v.string(), ""),
  target: v.nullish(v.string(), "")
});
var driver = {
  options,
  facts,
  // A record is added and removed within a run: busy passes soon enough to try again.
  open: async (given, context) => provider(await openLinode(given, context, explainWith("UNAVAILABLE")))
};
function provider(rest) {
  const recordsOf = zoneIds((location) => recordsPath(location, rest));
  return recordsProvider({
    check: recordsOf,
    async list(location) {
      const { relativeName: name } = location;
      return (await everyPage(await recordsOf(location), recordAnswer, rest)).filter((each) => each.type === "TXT" && each.name.toLowerCase() === name).map(({ id, target: value }) => ({ id, value }));
    },
    async add(record) {
      const body = { type: "TXT", name: record.relativeName, target: record.value, ttl_sec: facts.ttl };
      await rest.call({ method: "POST", path: await recordsOf(record), body, answer: anyAnswer });
    },
    async remove(record, id) {
      await rest.call({ method: "DELETE", path: `${await recordsOf(record)}/${id}`, answer: anyAnswer });
    }
  });
}
async function recordsPath(location, rest) {
  const { zone, provider: provider2 } = location;
  const domains = await everyPage("/v4/domains", domainAnswer, rest, { domain: zone });
  const domain = domains.find((each) => each.domain.toLowerCase() === zone);
  if (domain === void 0) throw noZone("Linode", location);
  if (domain.type !== "master") {
    throw new Failure("DNS_NO_ZONE", `Linode holds ${zone} as a secondary only: its records are written elsewhere`, {
      fields: { zone, provider: provider2 }
    });
  }
  return `/v4/domains/${domain.id}/records`;
}
export {
  domainAnswer,
  driver,
  recordAnswer
};
