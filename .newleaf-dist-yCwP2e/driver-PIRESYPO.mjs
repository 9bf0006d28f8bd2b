import {
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  recordsProvider
} from "./chunk-P3WURF3N.mjs";
import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import {
  sha256
} from "./chunk-PPS7ITEI.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  anyAnswer,
  explainedBy
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/alidns/driver.ts
import { randomUUID } from "node:crypto";
import { domainToUnicode } from "node:url";
import * as v from "valibot";

// lib/dns/drivers/alidns/signing.ts
import { createHmac } from "node:crypto";
var ALGORITHM = "ACS3-HMAC-SHA256";
function signed({ host, name, version, parameters, time, nonce }, { id, secret }) {
  const query = Object.entries(parameters).map(([field, value]) => `${encoded(field)}=${encoded(value)}`).sort().join("&");
  const nothing = sha256("");
  const headers = {
    host,
    "x-acs-action": name,
    "x-acs-content-sha256": nothing,
    "x-acs-date": time.toISOString().replace(/\.\d+/, ""),
    "x-acs-signature-nonce": nonce,
    "x-acs-version": version
  };
  const lines = Object.entries(headers).map(([field, value]) => `${field}:${value}
`);
  const names = Object.keys(headers).join(";");
  const request = ["POST", "/", query, lines.join(""), names, nothing].join("\n");
  const signature = createHmac("sha256", secret.reveal()).update(`${ALGORITHM}
${sha256(request)}`).digest("hex");
  const authorization = `${ALGORITHM} Credential=${id},SignedHeaders=${names},Signature=${signature}`;
  return { path: `/?${query}`, headers: { ...headers, authorization } };
}
var encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

// lib/dns/drivers/alidns/driver.ts
var options = v.strictObject({
  accessKeyId: v.pipe(v.string(), v.regex(/^\w{1,128}$/), v.description("The AccessKey ID of a RAM user.")),
  accessKeySecret: v.pipe(
    secretReference,
    oneLine,
    v.description("Reference to the AccessKey secret that goes with it, with which requests are signed.")
  ),
  ...apiOptions
});
var facts = {
  provider: "Alibaba Cloud DNS",
  documentation: "https://www.alibabacloud.com/help/en/dns/api-describedomainrecords",
  permission: "a RAM user with `alidns:DescribeDomainRecords`, `alidns:AddDomainRecord` and `alidns:DeleteDomainRecord` on `acs:alidns::ACCOUNT:domain/ZONE`",
  twoValues: "a record each",
  ttl: 600,
  note: "Requests are signed with the time of the machine, which must be right. What is throttled is told no time to wait for."
};
var recordsAnswer = v.object({
  PageNumber: v.number(),
  PageSize: v.number(),
  TotalCount: v.number(),
  DomainRecords: v.object({
    Record: v.array(
      v.object({
        RecordId: v.pipe(v.string(), v.regex(/^\d{1,30}$/)),
        RR: v.string(),
        Type: v.string(),
        Value: v.string()
      })
    )
  })
});
var driver = {
  options,
  facts,
  async open({ accessKeyId: id, accessKeySecret, endpoint = "https://alidns.aliyuncs.com", caCertificate }, context) {
    const rest = context.rest({ vendor: "Alibaba Cloud", endpoint, caCertificate, headers: {}, explain });
    const key = { id, secret: await context.resolve(accessKeySecret) };
    return provider(acting(rest, new URL(endpoint).host, key, context), context);
  }
};
var acting = (rest, host, key, { clock }) => (name, parameters, answer) => {
  const action = { host, name, version: "2015-01-09", parameters, time: clock.now(), nonce: randomUUID() };
  return rest.call({ method: "POST", ...signed(action, key), answer });
};
var domainOf = ({ zone }) => domainToUnicode(zone) || zone;
var nameOf = ({ relativeName }) => relativeName || "@";
function provider(act, context) {
  return recordsProvider({
    async list(location) {
      const name = nameOf(location);
      const query = { DomainName: domainOf(location), RRKeyWord: name, TypeKeyWord: "TXT", PageSize: "500" };
      const all = await everyPage("a list of Alibaba Cloud", 1, async (page) => {
        const read = () => act("DescribeDomainRecords", { ...query, PageNumber: `${page}` }, recordsAnswer);
        const { DomainRecords, PageSize, TotalCount } = await retrySoon(read, context).catch(asNoZone(location));
        return { items: DomainRecords.Record, next: page * PageSize >= TotalCount ? void 0 : page + 1 };
      });
      return all.filter(({ Type, RR }) => Type === "TXT" && RR.toLowerCase() === name).map(({ RecordId, Value }) => ({ id: RecordId, value: unquoted(Value) }));
    },
    async add(record) {
      const named = { DomainName: domainOf(record), RR: nameOf(record) };
      const data = { Type: "TXT", Value: record.value, TTL: `${facts.ttl}` };
      try {
        await act("AddDomainRecord", { ...named, ...data }, anyAnswer);
      } catch (error) {
        if (!isFailure(error, "CONFLICT")) throw error;
      }
    },
    async remove(_record, RecordId) {
      await act("DeleteDomainRecord", { RecordId }, anyAnswer);
    }
  });
}
var asNoZone = (location) => (error) => {
  throw isFailure(error, "NOT_FOUND") ? noZone("Alibaba Cloud", location, error) : error;
};
var CODES = [
  [/^(InvalidAccessKeyId|Forbidden|NoPermission|SignatureDoesNotMatch|IncompleteSignature|InvalidTimeStamp)/, "DENIED"],
  [/^(InvalidDomainName\.NoExist|IncorrectDomainUser|DomainRecordNotBelongToUser)$/, "NOT_FOUND"],
  [/^DomainRecordDuplicate$/, "CONFLICT"],
  [/^(Throttling|ServiceUnavailable|InternalError|SignatureNonceUsed)/, "UNAVAILABLE"]
];
var explain = explainedBy(v.object({ Code: v.string(), Message: v.fallback(v.string(), "") }), (said) => {
  const reason = `${said.Message} (${said.Code})`;
  const code = CODES.find(([codes]) => codes.test(said.Code))?.[1];
  return code === void 0 ? { reason } : { code, reason };
});
export {
  driver,
  recordsAnswer
};
