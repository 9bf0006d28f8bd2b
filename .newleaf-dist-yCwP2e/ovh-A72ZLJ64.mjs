import {
  quoted,
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

// lib/dns/drivers/ovh.ts
import { createHash } from "node:crypto";
import * as v from "valibot";
var keyOf = (description2) => v.pipe(secretReference, oneLine, v.description(description2));
var options = v.strictObject({
  applicationKey: keyOf("Reference to the application key."),
  applicationSecret: keyOf("Reference to the application secret, with which requests are signed."),
  consumerKey: keyOf("Reference to the consumer key, which says what the application may do."),
  ...apiOptions
});
var facts = {
  provider: "OVHcloud",
  documentation: "https://eu.api.ovh.com/console/?section=%2Fdomain&branch=v1",
  permission: "a consumer key for `GET`, `POST` and `DELETE` on `/domain/zone/ZONE/record` and `/domain/zone/ZONE/record/*`, and `POST` on `/domain/zone/ZONE/refresh`",
  twoValues: "a record each, published by a refresh of the zone",
  ttl: 60,
  note: "For Canada `endpoint` is `https://ca.api.ovh.com`, for the United States `https://api.us.ovhcloud.com`. Requests are signed with the time of the machine, which must be right. A refresh also publishes what others have changed in the zone and not yet published."
};
var idsAnswer = v.array(numberId);
var recordAnswer = v.object({ id: numberId, fieldType: v.string(), subDomain: v.string(), target: v.string() });
var driver = {
  options,
  facts,
  async open(given, context) {
    const { endpoint = "https://eu.api.ovh.com", caCertificate } = given;
    const consumer = await context.resolve(given.consumerKey);
    const secret = await context.resolve(given.applicationSecret);
    const headers = { "x-ovh-application": await context.resolve(given.applicationKey), "x-ovh-consumer": consumer };
    const rest = context.rest({ vendor: "OVHcloud", endpoint, caCertificate, headers, explain });
    return provider(signing(rest, { endpoint, secret, consumer, clock: context.clock }));
  }
};
function signing(rest, { endpoint, secret, consumer, clock }) {
  return {
    call(request) {
      const time = `${Math.floor(clock.now().getTime() / 1e3)}`;
      const body = request.body === void 0 ? "" : JSON.stringify(request.body);
      const text = [secret.reveal(), consumer.reveal(), request.method, endpoint + request.path, body, time].join("+");
      const signature = `$1$${createHash("sha1").update(text).digest("hex")}`;
      const headers = { ...request.headers, "x-ovh-timestamp": time, "x-ovh-signature": signature };
      return rest.call({ ...request, headers });
    }
  };
}
function provider(rest) {
  const records = recordsProvider({
    list: (location) => list(location, rest),
    async add(record) {
      const { relativeName: subDomain, value } = record;
      const body = { fieldType: "TXT", subDomain, target: quoted(value), ttl: facts.ttl };
      await rest.call({ method: "POST", path: `${pathOf(record)}/record`, body, answer: anyAnswer });
    },
    async remove(record, id) {
      await rest.call({ method: "DELETE", path: `${pathOf(record)}/record/${id}`, answer: anyAnswer });
    }
  });
  const publish = (location) => rest.call({ method: "POST", path: `${pathOf(location)}/refresh`, answer: anyAnswer });
  return {
    ...records,
    async addTxt(record) {
      await records.addTxt(record);
      await publish(record);
    },
    async removeTxt(record) {
      await records.removeTxt(record);
      await publish(record);
    }
  };
}
var pathOf = ({ zone }) => `/1.0/domain/zone/${encodeURIComponent(zone)}`;
async function list(location, rest) {
  const { relativeName } = location;
  const found = [];
  for (const id of await idsAt(location, rest)) {
    const record = await readRecord(`${pathOf(location)}/record/${id}`, rest);
    if (record?.fieldType !== "TXT" || record.subDomain.toLowerCase() !== relativeName) continue;
    found.push({ id, value: unquoted(record.target) });
  }
  return found;
}
async function idsAt(location, rest) {
  const query = new URLSearchParams({ fieldType: "TXT", subDomain: location.relativeName });
  try {
    return await rest.call({ method: "GET", path: `${pathOf(location)}/record?${query}`, answer: idsAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("OVHcloud", location, error) : error;
  }
}
async function readRecord(path, rest) {
  try {
    return await rest.call({ method: "GET", path, answer: recordAnswer });
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return void 0;
    throw error;
  }
}
var problem = v.object({ message: v.string(), errorCode: v.optional(v.string()) });
var NOT_LET_IN = ["INVALID_SIGNATURE", "INVALID_KEY", "INVALID_CREDENTIAL", "QUERY_TIME_OUT"];
var explain = explainedBy(problem, ({ message: reason, errorCode = "" }) => {
  return NOT_LET_IN.includes(errorCode) ? { code: "DENIED", reason } : { reason };
});
export {
  driver,
  idsAnswer,
  recordAnswer
};
