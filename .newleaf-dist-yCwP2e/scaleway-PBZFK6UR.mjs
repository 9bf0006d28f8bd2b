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
  everyPage,
  explainWith,
  openScaleway
} from "./chunk-JECWC7SU.mjs";
import {
  anyAnswer
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
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/scaleway.ts
import * as v from "valibot";
var options = v.strictObject(
  tokenOptions("Reference to the secret key of an API key with the permission set DomainsDNSFullAccess.")
);
var facts = {
  provider: "Scaleway Domains and DNS",
  documentation: "https://www.scaleway.com/en/developers/api/domains-and-dns/",
  permission: "the permission set `DomainsDNSFullAccess`, on the project of the zone",
  twoValues: "a record each",
  ttl: 60,
  note: "A name that fits no zone never makes a new one."
};
var recordAnswer = v.object({ id: v.string(), name: v.string(), type: v.string(), data: v.string() });
var driver = {
  options,
  facts,
  open: async (given, context) => provider(await openScaleway(given, context, explainWith()))
};
function provider(rest) {
  const change = (record, what) => rest.call({
    method: "PATCH",
    path: recordsOf(record),
    // without the last flag a name that fits no zone makes a new zone
    body: { changes: [what], return_all_records: false, disallow_new_zone_creation: true },
    answer: anyAnswer
  });
  return recordsProvider({
    async list(location) {
      return (await allRecords(location, rest)).filter((each) => each.type === "TXT" && each.name.toLowerCase() === location.relativeName).map(({ id, data }) => ({ id, value: unquoted(data) }));
    },
    add(record) {
      const { relativeName: name, value: data } = record;
      return change(record, { add: { records: [{ name, type: "TXT", data, ttl: facts.ttl }] } });
    },
    remove: (record, id) => change(record, { delete: { id } })
  });
}
async function allRecords(location, rest) {
  try {
    const query = { name: location.relativeName, order_by: "name_asc", type: "TXT" };
    return await everyPage({ path: recordsOf(location), field: "records", item: recordAnswer, query }, rest);
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Scaleway", location, error) : error;
  }
}
var recordsOf = ({ zone }) => `/domain/v2beta1/dns-zones/${encodeURIComponent(zone)}/records`;
export {
  driver,
  recordAnswer
};
