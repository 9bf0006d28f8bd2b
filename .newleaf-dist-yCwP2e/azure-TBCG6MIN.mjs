import {
  accessTokens
} from "./chunk-TSDIZFEY.mjs";
import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
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

// lib/dns/drivers/azure.ts
import * as v2 from "valibot";

// lib/vendors/azure/client.ts
import * as v from "valibot";
var CLOUDS = {
  public: { login: "https://login.microsoftonline.com", management: "https://management.azure.com" },
  "us-government": { login: "https://login.microsoftonline.us", management: "https://management.usgovcloudapi.net" },
  china: { login: "https://login.partner.microsoftonline.cn", management: "https://management.chinacloudapi.cn" }
};
var uuid2 = (description2) => v.pipe(v.string(), v.uuid("expected a UUID, as the portal shows it"), v.description(description2));
var azureOptions = {
  tenant: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, "expected the id or a domain of a tenant"),
    v.description("The id of the tenant, or a domain of it.")
  ),
  clientId: uuid2("The id of the application."),
  clientSecret: v.pipe(secretReference, v.description("Reference to a client secret of the application: its value.")),
  subscription: uuid2("The id of the subscription."),
  resourceGroup: v.pipe(
    v.string(),
    v.regex(/^[\w().-]{0,89}[\w()-]$/, "expected the name of a resource group"),
    v.description("The name of the resource group.")
  ),
  cloud: v.optional(
    v.pipe(
      v.picklist(["public", "us-government", "china"]),
      v.description("The cloud that the tenant is in; public if absent.")
    ),
    "public"
  ),
  ...apiOptions
};
async function openAzure(given, vendor, context) {
  const { tenant, clientId: client_id, cloud, caCertificate } = given;
  const { login, management } = CLOUDS[cloud];
  const client_secret = await context.resolve(given.clientSecret);
  const scope = `${management}/.default`;
  const authorization = accessTokens(
    {
      ...{ vendor: "Microsoft Entra", url: `${login}/${tenant}/oauth2/v2.0/token`, caCertificate },
      grant: () => ({ grant_type: "client_credentials", client_id, client_secret, scope })
    },
    context
  );
  const { endpoint = management } = given;
  return context.rest({ vendor, endpoint, caCertificate, headers: {}, authorization, explain });
}
var said = v.object({ code: v.string(), message: v.fallback(v.string(), "") });
var problem = v.union([v.object({ error: said }), said]);
var explain = explainedBy(problem, (body) => {
  const { code, message } = "error" in body ? body.error : body;
  return { reason: `${code}: ${message}` };
});

// lib/dns/drivers/azure.ts
var options = v2.strictObject(azureOptions);
var facts = {
  provider: "Azure DNS",
  documentation: "https://learn.microsoft.com/en-us/rest/api/dns/record-sets",
  permission: "the actions `Microsoft.Network/dnsZones/read` and `Microsoft.Network/dnsZones/TXT/*` on the zone alone; the role DNS Zone Contributor has them and more",
  twoValues: "the set at the name is replaced under `If-Match`, which fails when it is not any more what was read",
  ttl: 60,
  note: "A client secret is taken, and no certificate, federated credential or managed identity: newleaf cannot see when it expires, the portal shows it."
};
var VENDOR = "Azure DNS";
var VERSION = "api-version=2018-05-01";
var etag = v2.pipe(v2.string(), v2.regex(/^[\x21-\x7e]{1,200}$/));
var setAnswer = v2.object({
  etag,
  properties: v2.object({
    TTL: v2.number(),
    TXTRecords: v2.optional(v2.array(v2.object({ value: v2.array(v2.string()) })), []),
    metadata: v2.optional(v2.record(v2.string(), v2.string()))
  })
});
var driver = {
  options,
  facts,
  async open(given, context) {
    const rest = await openAzure(given, VENDOR, context);
    const group = `/subscriptions/${given.subscription}/resourceGroups/${encodeURIComponent(given.resourceGroup)}`;
    return provider(rest, `${group}/providers/Microsoft.Network/dnsZones`);
  }
};
var textOf = ({ value }) => value.join("");
function provider(rest, zones) {
  const zoneOf = zoneIds((location) => zonePath(location, zones, rest));
  const pathOf = async (location) => `${await zoneOf(location)}/TXT/${location.relativeName === "" ? "@" : encodeURIComponent(location.relativeName)}?${VERSION}`;
  return recordSetsProvider({
    check: zoneOf,
    async read(location) {
      const version = await readSet(await pathOf(location), rest);
      return { values: (version?.properties.TXTRecords ?? []).map(textOf), version };
    },
    async write(location, values, { values: before, version }) {
      const path = await pathOf(location);
      const headers = version === void 0 ? { "if-none-match": "*" } : { "if-match": version.etag };
      if (values.length === 0) {
        await rest.call({ method: "DELETE", path, headers, answer: anyAnswer });
        return;
      }
      const { TTL = facts.ttl, TXTRecords = [], metadata } = version?.properties ?? {};
      const stay = TXTRecords.filter((each) => values.includes(textOf(each)));
      const fresh = values.filter((value) => !before.includes(value)).map((value) => ({ value: [value] }));
      const properties = { TTL, TXTRecords: [...stay, ...fresh], ...metadata !== void 0 && { metadata } };
      await rest.call({ method: "PUT", path, headers, body: { properties }, answer: anyAnswer });
    }
  });
}
async function zonePath(location, zones, rest) {
  const path = `${zones}/${encodeURIComponent(location.zone)}`;
  try {
    await rest.call({ method: "GET", path: `${path}?${VERSION}`, answer: anyAnswer });
    return path;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone(VENDOR, location, error) : error;
  }
}
async function readSet(path, rest) {
  try {
    return await rest.call({ method: "GET", path, answer: setAnswer });
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return void 0;
    throw error;
  }
}
export {
  driver,
  setAnswer
};
