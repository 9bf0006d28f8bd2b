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

// lib/dns/drivers/porkbun.ts
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(secretReference, oneLine, v.description("Reference to the API key, which begins with pk1_.")),
  secretApiKey: v.pipe(
    secretReference,
    oneLine,
    v.description("Reference to the secret API key that goes with it, which begins with sk1_.")
  ),
  ...apiOptions
});
var facts = {
  provider: "Porkbun",
  documentation: "https://porkbun.com/llms/dns",
  permission: "an API key with its secret key, and API access switched on for the domain",
  twoValues: "a record each",
  ttl: 600,
  note: "A key may change every domain that has API access switched on: leave it off for the others."
};
var success = v.object({ status: v.literal("SUCCESS") });
var recordsAnswer = v.object({
  ...success.entries,
  records: v.array(
    v.object({
      id: v.union([v.pipe(v.string(), v.regex(/^\d{1,20}$/)), v.pipe(numberId, v.transform(String))]),
      name: v.string(),
      type: v.string(),
      content: v.nullish(v.string(), "")
    })
  )
});
var driver = {
  options,
  facts,
  async open({ apiKey, secretApiKey, endpoint = "https://api.porkbun.com", caCertificate }, context) {
    const headers = {
      "x-api-key": await context.resolve(apiKey),
      "x-secret-api-key": await context.resolve(secretApiKey)
    };
    return provider(context.rest({ vendor: "Porkbun", endpoint, caCertificate, headers, explain }));
  }
};
var DNS = "/api/json/v3/dns";
function provider(rest) {
  return recordsProvider({
    async list(location) {
      const { records } = await readZone(location, rest);
      return records.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.name).map(({ id, content }) => ({ id, value: unquoted(content) }));
    },
    async add({ zone, relativeName: name, value: content }) {
      const body = { name, type: "TXT", content, ttl: facts.ttl };
      await rest.call({ method: "POST", path: `${DNS}/create/${encodeURIComponent(zone)}`, body, answer: success });
    },
    async remove({ zone }, id) {
      const path = `${DNS}/delete/${encodeURIComponent(zone)}/${id}`;
      await rest.call({ method: "POST", path, body: {}, answer: success });
    }
  });
}
async function readZone(location, rest) {
  try {
    const path = `${DNS}/retrieve/${encodeURIComponent(location.zone)}`;
    return await rest.call({ method: "GET", path, answer: recordsAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Porkbun", location, error) : error;
  }
}
var problem = v.object({ message: v.string() });
var explain = explainedBy(problem, ({ message: reason }, status) => {
  if (status === 400 && /^invalid domain\b/i.test(reason)) return { code: "NOT_FOUND", reason };
  if (status === 400 && /\bapi (key|access)\b/i.test(reason)) return { code: "DENIED", reason };
  return { reason };
});
export {
  driver,
  recordsAnswer
};
