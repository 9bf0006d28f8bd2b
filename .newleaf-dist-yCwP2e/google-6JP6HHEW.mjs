import {
  accessTokens
} from "./chunk-TSDIZFEY.mjs";
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
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import {
  apiOptions,
  httpsUrl,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import {
  HOUR,
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/google.ts
import * as v3 from "valibot";

// lib/vendors/google/client.ts
import * as v2 from "valibot";

// lib/vendors/google/service-account.ts
import { createPrivateKey, sign } from "node:crypto";
import * as v from "valibot";
var projectId = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9.:-]{0,98}[a-z0-9]$/, "expected the id of a project such as my-project-123456")
);
var keyFile = v.object({
  type: v.literal("service_account"),
  project_id: projectId,
  private_key_id: v.string(),
  private_key: v.string(),
  client_email: v.string(),
  token_uri: httpsUrl
});
function serviceAccount(keyText) {
  const read = safeParse(keyFile, parsed(keyText));
  if (!read.success) throw notAKey(v.getDotPath(read.issues[0]) ?? void 0);
  const { project_id: project, private_key_id: keyId, client_email: email, token_uri: tokenUrl } = read.output;
  const key = privateKey(read.output.private_key);
  if (key?.asymmetricKeyType !== "rsa") throw notAKey("private_key");
  return { email, project, tokenUrl, key, keyId };
}
var notAKey = (field) => new Failure(
  "CONFIG_INVALID",
  `the key of the service account is not one in JSON as Google Cloud makes it${field === void 0 ? "" : ` (${field})`}`
);
function parsed(text) {
  try {
    return JSON.parse(text.reveal());
  } catch {
    return void 0;
  }
}
function privateKey(pem) {
  try {
    return createPrivateKey(pem);
  } catch {
    return void 0;
  }
}
function authorizationOf(account, scope, caCertificate, context) {
  const grant = () => ({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: assertion(account, scope, context.clock.now())
  });
  return accessTokens({ vendor: "Google", url: account.tokenUrl, caCertificate, grant }, context);
}
function assertion({ email, tokenUrl, key, keyId }, scope, now) {
  const iat = Math.floor(now.getTime() / SECOND);
  const header = { alg: "RS256", typ: "JWT", kid: keyId };
  const payload = { iss: email, scope, aud: tokenUrl, iat, exp: iat + HOUR / SECOND };
  const signed = [header, payload].map((part) => base64url(JSON.stringify(part))).join(".");
  return new Secret(`${signed}.${base64url(sign("sha256", Buffer.from(signed), key))}`);
}
var base64url = (bytes) => Buffer.from(bytes).toString("base64url");

// lib/vendors/google/client.ts
var googleOptions = {
  serviceAccountKey: v2.pipe(secretReference, v2.description("Reference to the key of a service account, in JSON.")),
  project: v2.optional(
    v2.pipe(projectId, v2.description("The id of the project; that of the service account if absent."))
  ),
  ...apiOptions
};
async function openGoogle(given, { vendor, scope, ...api2 }, context) {
  const { endpoint = api2.endpoint, caCertificate } = given;
  const account = serviceAccount(await context.resolve(given.serviceAccountKey));
  const authorization = authorizationOf(account, scope, caCertificate, context);
  const rest = context.rest({ vendor, endpoint, caCertificate, headers: {}, authorization, explain });
  return { rest, project: given.project ?? account.project };
}
var said = v2.object({ reason: v2.fallback(v2.string(), "") });
var problem = v2.object({
  error: v2.object({ message: v2.fallback(v2.string(), ""), errors: v2.fallback(v2.array(said), []) })
});
var TOO_FAST = ["rateLimitExceeded", "userRateLimitExceeded"];
var TOO_MANY = "quotaExceeded";
var explain = explainedBy(problem, ({ error: { message: reason, errors } }) => {
  if (errors.some((each) => TOO_FAST.includes(each.reason))) return { code: "RATE_LIMITED", reason };
  return errors.some((each) => each.reason === TOO_MANY) ? { code: "REJECTED", reason } : { reason };
});

// lib/dns/drivers/google.ts
var options = v3.strictObject({
  ...googleOptions,
  managedZone: v3.optional(
    v3.pipe(
      v3.string(),
      v3.regex(/^[a-z][a-z0-9-]{0,62}$/, "expected the name of a managed zone such as example-com"),
      v3.description("The name of the managed zone, where several have its DNS name or none may be listed.")
    )
  )
});
var facts = {
  provider: "Google Cloud DNS",
  documentation: "https://docs.cloud.google.com/dns/docs/reference/rest/v1/changes",
  permission: "`dns.managedZones.list`, `dns.resourceRecordSets.list`, `.create`, `.update` and `.delete`, and `dns.changes.create`, in the project; with `managedZone`, `dns.managedZones.get` and the others on that zone alone. The role `roles/dns.admin` has them all",
  twoValues: "the set at the name is replaced in one change, which fails when it is not any more what was read",
  ttl: 60,
  note: "A name whose TXT records have a routing policy is refused."
};
var api = {
  vendor: "Google Cloud DNS",
  endpoint: "https://dns.googleapis.com",
  scope: "https://www.googleapis.com/auth/ndev.clouddns.readwrite"
};
var zoneAnswer = v3.object({
  id: v3.pipe(v3.string(), v3.regex(/^\d{1,20}$/)),
  name: v3.string(),
  dnsName: v3.string(),
  visibility: v3.optional(v3.string(), "public")
});
var zonesAnswer = v3.object({
  managedZones: v3.optional(v3.array(zoneAnswer), []),
  nextPageToken: v3.optional(v3.string())
});
var recordSet = v3.object({
  name: v3.string(),
  type: v3.string(),
  ttl: v3.number(),
  rrdatas: v3.optional(v3.array(v3.string()), []),
  routingPolicy: v3.optional(v3.unknown())
});
var setsAnswer = v3.object({ rrsets: v3.optional(v3.array(recordSet), []) });
var driver = {
  options,
  facts,
  async open({ managedZone, ...given }, context) {
    const { rest, project } = await openGoogle(given, api, context);
    return provider(rest, `/dns/v1/projects/${project}/managedZones`, managedZone);
  }
};
function provider(rest, zones, managedZone) {
  const pathOf = zoneIds((location) => zonePath(location, { zones, managedZone }, rest));
  return recordSetsProvider({
    check: pathOf,
    async read(location) {
      const version = await readSet(location, await pathOf(location), rest);
      return { values: (version?.rrdatas ?? []).map(unquoted), version };
    },
    async write(location, values, { values: before, version }) {
      const stay = (version?.rrdatas ?? []).filter((each) => values.includes(unquoted(each)));
      const rrdatas = [...stay, ...values.filter((value) => !before.includes(value)).map(quoted)];
      const fresh = { name: `${location.name}.`, type: "TXT", ttl: version?.ttl ?? facts.ttl, rrdatas };
      const body = {
        ...version !== void 0 && { deletions: [version] },
        ...rrdatas.length > 0 && { additions: [fresh] }
      };
      await change(await pathOf(location), body, rest);
    }
  });
}
async function zonePath(location, { zones, managedZone }, rest) {
  const { zone, provider: provider2 } = location;
  const all = await zonesAt(location, { zones, managedZone }, rest);
  const [found, another] = all.filter(
    ({ dnsName, visibility }) => dnsName.toLowerCase() === `${zone}.` && visibility === "public"
  );
  if (found === void 0) throw noZone(api.vendor, location);
  if (another === void 0) return `${zones}/${found.id}`;
  throw new Failure(
    "DNS_NO_ZONE",
    `Google Cloud DNS has several public zones ${zone} (${found.name} and ${another.name}): set managedZone to the one that is served`,
    { fields: { zone, provider: provider2 } }
  );
}
async function zonesAt(location, { zones, managedZone }, rest) {
  try {
    if (managedZone !== void 0) {
      return [await rest.call({ method: "GET", path: `${zones}/${managedZone}`, answer: zoneAnswer })];
    }
    return await everyPage("a list of Google Cloud DNS", "", async (pageToken) => {
      const query = new URLSearchParams({ dnsName: `${location.zone}.`, ...pageToken !== "" && { pageToken } });
      const page = await rest.call({ method: "GET", path: `${zones}?${query}`, answer: zonesAnswer });
      return { items: page.managedZones, next: page.nextPageToken };
    });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone(api.vendor, location, error) : error;
  }
}
async function readSet({ name }, path, rest) {
  const query = new URLSearchParams({ name: `${name}.`, type: "TXT" });
  const { rrsets } = await rest.call({ method: "GET", path: `${path}/rrsets?${query}`, answer: setsAnswer });
  const held = rrsets.find((each) => each.type === "TXT" && each.name.toLowerCase() === `${name}.`);
  if (held?.routingPolicy === void 0) return held;
  throw new Failure(
    "REJECTED",
    `the TXT records at ${name} have a routing policy: newleaf writes to a simple set alone`,
    { fields: { name } }
  );
}
async function change(path, body, rest) {
  try {
    await rest.call({ method: "POST", path: `${path}/changes`, body, answer: anyAnswer });
  } catch (error) {
    if (!isFailure(error, "NOT_FOUND")) throw error;
    throw new Failure("CONFLICT", "the set was removed after it had been read", { cause: error });
  }
}
export {
  driver,
  setsAnswer,
  zonesAnswer
};
