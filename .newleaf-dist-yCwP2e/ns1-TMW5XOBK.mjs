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
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/ns1.ts
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description("Reference to an API key that may manage the zones.")),
  ...apiOptions
});
var facts = {
  provider: "IBM NS1 Connect",
  documentation: "https://ns1.com/api",
  permission: "an API key with the permissions to view and to manage zones, for these zones alone",
  twoValues: "the set at the name is read and written again, which the API does under no condition",
  ttl: 60,
  note: "Where two installations write values at one name in the same instant, one can be lost; the next run writes it again. A record that stands there already keeps its TTL, its filters and its metadata."
};
var answerSchema = v.looseObject({ answer: v.array(v.string()) });
var recordAnswer = v.object({ answers: v.array(answerSchema) });
var zoneAnswer = v.object({ zone: v.string() });
var driver = {
  options,
  facts,
  async open({ apiKey, endpoint = "https://api.nsone.net", caCertificate }, context) {
    const headers = { "x-nsone-key": await context.resolve(apiKey) };
    return provider(context.rest({ vendor: "NS1", endpoint, caCertificate, headers, explain }));
  }
};
function provider(rest) {
  const check = zoneIds((location) => checkZone(location, rest));
  return recordSetsProvider({
    check,
    async read(location) {
      const version = await readRecord(location, rest);
      if (version === void 0) await check(location);
      return { values: (version ?? []).map(textOf), version };
    },
    async write(location, values, { values: before, version }) {
      const path = recordPath(location);
      if (values.length === 0) return rest.call({ method: "DELETE", path, answer: anyAnswer });
      const stay = (version ?? []).filter((each) => values.includes(textOf(each)));
      const fresh = values.filter((value) => !before.includes(value)).map((value) => ({ answer: [value] }));
      const answers = [...stay, ...fresh];
      if (version !== void 0) return rest.call({ method: "POST", path, body: { answers }, answer: anyAnswer });
      const body = { zone: location.zone, domain: location.name, type: "TXT", ttl: facts.ttl, answers };
      return rest.call({ method: "PUT", path, body, answer: anyAnswer });
    }
  });
}
var textOf = ({ answer }) => unquoted(answer.join(""));
var zonePath = ({ zone }) => `/v1/zones/${encodeURIComponent(zone)}`;
var recordPath = (location) => `${zonePath(location)}/${encodeURIComponent(location.name)}/TXT`;
async function checkZone(location, rest) {
  try {
    await rest.call({ method: "GET", path: `${zonePath(location)}?records=false`, answer: zoneAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("NS1", location, error) : error;
  }
}
async function readRecord(location, rest) {
  try {
    return (await rest.call({ method: "GET", path: recordPath(location), answer: recordAnswer })).answers;
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return void 0;
    throw error;
  }
}
var problem = v.object({ message: v.string() });
var explain = explainedBy(problem, ({ message: reason }) => {
  if (/already exists/i.test(reason)) return { code: "CONFLICT", reason };
  return { reason };
});
export {
  driver,
  recordAnswer,
  zoneAnswer
};
