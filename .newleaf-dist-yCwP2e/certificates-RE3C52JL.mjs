import {
  mapConcurrently
} from "./chunk-K72UN6J4.mjs";
import {
  lazyByKey
} from "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  isAwsError,
  openAws
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import {
  covers
} from "./chunk-RMULS5H3.mjs";
import {
  oneByOne
} from "./chunk-KNYWYU3O.mjs";
import "./chunk-OL4MPUJQ.mjs";
import {
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import "./chunk-UFLIPYBE.mjs";
import {
  sendOnce
} from "./chunk-CWW5U2ZI.mjs";
import {
  thereAre
} from "./chunk-XYGE3QGH.mjs";
import {
  readOnce
} from "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import {
  MINUTE,
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/addresses.ts
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
async function addressesOf(host, find = lookup) {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await find(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (cause) {
    const { code = "no answer" } = cause;
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw new Failure("DNS_LOOKUP_FAILED", `the addresses of ${host} could not be looked up: ${code}`, {
      fields: { name: host, reason: code },
      cause
    });
  }
}

// lib/balancers/drivers/aws-acm/content.ts
var BLOCK = /-----BEGIN CERTIFICATE-----(?<body>[\s\S]*?)-----END CERTIFICATE-----/g;
var pemBlocks = (pem) => [...pem.matchAll(BLOCK)].map(([block]) => `${block}
`);
var ders = (pem) => [...pem.matchAll(BLOCK)].map(({ groups }) => (groups?.body ?? "").replace(/\s/g, ""));
function holds(content, { chainPem }) {
  const [held, wanted] = [ders(content), ders(chainPem)];
  return held[0] === wanted[0] && wanted.every((each) => held.includes(each));
}

// lib/balancers/drivers/aws-acm/api.ts
import {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  KeyAlgorithm,
  ListCertificatesCommand,
  ListTagsForCertificateCommand
} from "@aws-sdk/client-acm";

// lib/balancers/drivers/aws-acm/refusal.ts
var REASONS = [
  [
    /missing one or more (extended )?key usages/i,
    "it lacks a key usage that the one in its place has, and ACM lets none be taken away but client authentication; order with a profile that has it (an RSA certificate of the profiles tlsserver and shortlived lacks keyEncipherment), or import it as a new certificate"
  ],
  [
    /key (type|size|algorithm|length)|same key/i,
    "ACM takes no key of another kind or size in its place, and no certificate whose key is of another family than that of its issuer"
  ],
  [/chain/i, "ACM cannot follow its chain"],
  [/private key/i, "ACM cannot read its private key, or finds that it does not fit"],
  [/expired|not (yet )?valid|in effect/i, "by the clock of AWS it is not valid now"]
];
var REFUSED = ["ValidationException", "InvalidParameterException", "InvalidArgsException"];
var refusal = ({ action, on }) => (error) => {
  const { name = "", message = "", $metadata = {} } = error;
  const meaning = REFUSED.includes(name) ? REASONS.find(([words]) => words.test(message))?.[1] : void 0;
  if (meaning === void 0) throw error;
  throw new Failure("REJECTED", `${action} of ${on} was refused with ${name}: ${meaning}`, {
    fields: { action, on, error: name, status: $metadata.httpStatusCode, requestId: $metadata.requestId }
  });
};
function explained(error, on, acm) {
  if (!isFailure(error)) return error;
  const { fields } = error;
  if (isAwsError(error, "ResourceNotFoundException", "InvalidArnException")) return missing(on, acm, error);
  if (isAwsError(error, "LimitExceededException", "ServiceQuotaExceededException")) {
    return new Failure(
      "TARGET_FULL",
      `${acm} is at one of its quotas, by default 2,500 imported certificates and 5,000 imports within 365 days; delete certificates that nothing uses, or ask AWS for more`,
      { fields }
    );
  }
  if (isAwsError(error, "ConflictException", "ResourceInUseException", "RequestInProgressException")) {
    return new Failure("TARGET_BUSY", `${on} is being changed by somebody else; the next run carries on`, { fields });
  }
  return error;
}
var missing = (what, acm, cause) => new Failure("TARGET_MISSING", `${acm} has no certificate ${what}; check the configuration`, { cause });

// lib/balancers/drivers/aws-acm/api.ts
var EVERY_KEY = { keyTypes: Object.values(KeyAlgorithm) };
async function createAcm(aws) {
  const region = await openRegion(aws);
  return { name: region.name, ...shared(region.name, reading(region)), ...changing(region) };
}
async function openRegion(aws) {
  const client = new ACMClient(aws.config);
  const name = `ACM ${await aws.call({ action: "the region", on: "ACM" }, () => client.config.region())}`;
  return {
    client,
    name,
    async call(what, send) {
      try {
        return await aws.call(what, send);
      } catch (error) {
        throw explained(error, what.on, name);
      }
    }
  };
}
var shared = (name, { describe, content, list, tags }) => ({
  describe: (arn) => readOnce(`describe ${arn}`, () => describe(arn)),
  content: (arn) => readOnce(`content ${arn}`, () => content(arn)),
  list: () => readOnce(`list ${name}`, list),
  tags: (arn) => readOnce(`tags ${arn}`, () => tags(arn))
});
var reading = ({ client, name, call }) => ({
  async describe(arn) {
    const command = new DescribeCertificateCommand({ CertificateArn: arn });
    const { Certificate } = await call(
      { action: "DescribeCertificate", on: arn },
      (options) => client.send(command, options)
    );
    if (Certificate === void 0) throw unreadable("DescribeCertificate", arn);
    return Certificate;
  },
  async content(arn) {
    const command = new GetCertificateCommand({ CertificateArn: arn });
    const { Certificate, CertificateChain = "" } = await call(
      { action: "GetCertificate", on: arn },
      (options) => client.send(command, options)
    );
    if (Certificate === void 0) throw unreadable("GetCertificate", arn);
    return `${Certificate}
${CertificateChain}`;
  },
  list: () => everyPage(`the list of the certificates in ${name}`, "", async (token) => {
    const command = new ListCertificatesCommand({ Includes: EVERY_KEY, ...token && { NextToken: token } });
    const answer = await call({ action: "ListCertificates", on: name }, (options) => client.send(command, options));
    const items = (answer.CertificateSummaryList ?? []).map(
      ({ CertificateArn: arn = "", Type }) => ({ arn, imported: Type === "IMPORTED" })
    );
    return { items, next: answer.NextToken };
  }),
  async tags(arn) {
    const command = new ListTagsForCertificateCommand({ CertificateArn: arn });
    const { Tags = [] } = await call(
      { action: "ListTagsForCertificate", on: arn },
      (options) => client.send(command, options)
    );
    return Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
  }
});
var changing = ({ client, name, call }) => ({
  async importOver(arn, certificate) {
    const what = { action: "ImportCertificate", on: arn };
    const command = new ImportCertificateCommand({ CertificateArn: arn, ...parts(certificate) });
    await call(what, (options) => client.send(command, options).catch(refusal(what)));
  },
  async importNew(certificate, tags) {
    const what = { action: "ImportCertificate", on: name, once: true };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const command = new ImportCertificateCommand({ ...parts(certificate), Tags });
    const { CertificateArn } = await call(what, (options) => client.send(command, options).catch(refusal(what)));
    if (CertificateArn === void 0) throw unreadable("ImportCertificate", name);
    return CertificateArn;
  },
  async remove(arn) {
    const command = new DeleteCertificateCommand({ CertificateArn: arn });
    await call({ action: "DeleteCertificate", on: arn }, (options) => client.send(command, options));
  }
});
function parts({ chainPem, privateKeyPem }) {
  const [leaf = "", ...issuers] = pemBlocks(chainPem);
  return {
    Certificate: Buffer.from(leaf),
    PrivateKey: Buffer.from(privateKeyPem.reveal()),
    ...issuers.length === 0 ? {} : { CertificateChain: Buffer.from(issuers.join("")) }
  };
}
var unreadable = (action, on) => new Failure("ANSWER_INVALID", `the answer to ${action} of ${on} lacks what was asked for`);

// lib/balancers/drivers/aws-acm/find.ts
var NAME_TAG = "Name";
var CONCURRENCY = 4;
function finder(options, context) {
  const regions = lazyByKey();
  const known = /* @__PURE__ */ new Map();
  const acmIn = (region) => regions(region ?? "", async () => createAcm(await openAws({ ...options, region }, context)));
  return async (certificate) => {
    if (certificate.startsWith("arn:")) return { acm: await acmIn(certificate.split(":")[3]), arn: certificate };
    const acm = await acmIn(options.region);
    const found = known.get(certificate);
    if (found !== void 0) return { acm, arn: found };
    const named = await arnsByName(acm);
    for (const [name, [arn2, ...more2]] of named) if (arn2 !== void 0 && more2.length === 0) known.set(name, arn2);
    const [arn, ...more] = named.get(certificate) ?? [];
    if (more.length > 0) throw ambiguous(certificate, acm);
    return arn === void 0 ? { acm, arn, others: [...named.keys()] } : { acm, arn };
  };
}
async function arnsByName(acm) {
  const imported = (await acm.list()).filter(({ imported: imported2 }) => imported2);
  const tags = await mapConcurrently(imported, CONCURRENCY, ({ arn }) => acm.tags(arn));
  const named = /* @__PURE__ */ new Map();
  for (const [index, { arn }] of imported.entries()) {
    const name = tags[index]?.[NAME_TAG];
    if (name !== void 0) named.set(name, [...named.get(name) ?? [], arn]);
  }
  return named;
}
var ambiguous = (name, acm) => new Failure(
  "TARGET_REFUSED",
  `${acm.name} has more than one imported certificate whose tag ${NAME_TAG} is "${name}"; configure the ARN of the one that is meant`
);

// lib/balancers/drivers/aws-acm/held.ts
var MANAGED_TAG = "newleaf";
async function heldBy(acm, environment) {
  const all = await mapConcurrently(await acm.list(), CONCURRENCY, async ({ arn }) => {
    const [detail, tags] = await Promise.all([acm.describe(arn), acm.tags(arn)]);
    return { arn, detail, tags };
  });
  const entries = all.map(({ arn, detail, tags }) => ({
    arn,
    loadBalancer: acm.name,
    name: tags[NAME_TAG] || arn,
    id: arn,
    covers: namesOf(detail),
    notAfter: detail.NotAfter,
    managed: detail.Type === "IMPORTED" && tags[MANAGED_TAG] === environment,
    users: detail.InUseBy ?? []
  }));
  return entries.map(({ arn, users, ...entry }) => ({
    ...entry,
    bound: users.map((user) => {
      const others = entries.filter((other) => other.arn !== arn && other.users.includes(user));
      const effectiveFor = entry.covers.filter((name) => !others.some((other) => covers(other.covers, name)));
      return { listener: shortened(user), effectiveFor };
    })
  }));
}
var namesOf = ({ DomainName, SubjectAlternativeNames = [] }) => {
  const names = [...SubjectAlternativeNames, ...DomainName === void 0 ? [] : [DomainName]];
  return [...new Set(names.map((name) => name.toLowerCase()))];
};
var shortened = (arn) => {
  const [, , service = "", , , ...resource] = arn.split(":");
  return resource.length === 0 ? arn : `${service}:${resource.join(":")}`;
};

// lib/balancers/drivers/aws-acm/certificates.ts
var KEYS = {
  RSA_2048: "rsa-2048",
  RSA_3072: "rsa-3072",
  RSA_4096: "rsa-4096",
  EC_prime256v1: "ecdsa-p256",
  EC_secp384r1: "ecdsa-p384"
};
function openCertificates(options, context, find = addressesOf) {
  const locate = finder(options, context);
  const inTurn = oneByOne();
  return {
    async inspect({ certificate, hosts = [], port = 443 }, deployment) {
      const { acm, arn } = there(certificate, await locate(certificate));
      const key = keyOf(certificate, await acm.describe(arn));
      const [endpoints, content] = await Promise.all([
        endpointsOf(hosts, port, find),
        deployment === void 0 ? "" : acm.content(arn)
      ]);
      const isHeld = deployment !== void 0 && holds(content, deployment.certificate);
      return { resource: arn, serves: isHeld, endpoints, allowedKeys: [key], settles: SLOWLY };
    },
    async swap({ certificate }, deployment) {
      const { acm, arn } = there(certificate, await locate(certificate));
      await inTurn(arn, async () => {
        const key = keyOf(certificate, await acm.describe(arn));
        if (holds(await acm.content(arn), deployment.certificate)) return;
        if (key !== deployment.certificate.keyAlgorithm) throw otherKey(certificate, key, deployment.certificate);
        await acm.importOver(arn, deployment.certificate);
        await untilHeld(arn, deployment.certificate, acm, context);
      });
    },
    /** Nothing stands there by name: what is replaced is gone. */
    deleteUnused: async (_given, names) => [...names],
    deleteById: async ({ certificate }, id) => isDeleted(id, (await locate(certificate)).acm),
    async attachFirst({ certificate }, deployment) {
      const { acm, arn } = await locate(certificate);
      if (arn !== void 0) {
        await acm.describe(arn);
        throw refused(`${acm.name} has the certificate ${certificate} already; renewing puts another in its place`);
      }
      const tags = { [NAME_TAG]: certificate, [MANAGED_TAG]: context.environment };
      const outcomeUnknown = await sendOnce(acm.importNew(deployment.certificate, tags));
      if (outcomeUnknown !== void 0 && (await locate(certificate)).arn === void 0) throw outcomeUnknown;
    },
    /** ACM hands no key out, and keeps nothing of what was replaced. */
    async detach() {
      return false;
    },
    async list({ certificate }) {
      const { acm } = await locate(certificate);
      return { certificates: await heldBy(acm, context.environment) };
    }
  };
}
function there(certificate, { acm, arn, others = [] }) {
  if (arn !== void 0) return { acm, arn };
  throw new Failure(
    "TARGET_MISSING",
    `${acm.name} has no imported certificate whose tag ${NAME_TAG} is "${certificate}"${thereAre(certificate, others)}; correct it, or make one with \`newleaf placeholder --only <certificate>\``
  );
}
function keyOf(certificate, { Type, KeyAlgorithm: kind }) {
  if (Type !== "IMPORTED") {
    throw refused(
      `the certificate ${certificate} was issued through ACM, which renews it itself; nothing can be imported in its place: configure one that was imported, and have the load balancer refer to that`
    );
  }
  const key = KEYS[String(kind).replaceAll("-", "_")];
  if (key !== void 0) return key;
  throw refused(
    `the certificate ${certificate} has a key of the kind ${kind}, and ACM lets no other take its place: import a new one with an RSA 2048 key, and have the load balancer refer to that`
  );
}
async function isDeleted(arn, acm) {
  try {
    const { InUseBy = [] } = await acm.describe(arn);
    if (InUseBy.length > 0) return false;
    await acm.remove(arn);
  } catch (error) {
    if (!isFailure(error, "TARGET_MISSING")) throw error;
  }
  return true;
}
var otherKey = (certificate, key, { keyAlgorithm }) => refused(
  `the certificate ${certificate} in ACM has an ${key} key, and ACM lets no ${keyAlgorithm} take its place; configure key: ${key}, or import a new certificate and have the load balancer refer to that`
);
async function endpointsOf(hosts, port, find) {
  const found = hosts.map(async (host) => {
    const addresses2 = await find(host);
    if (addresses2.length > 0) return addresses2;
    throw new Failure("TARGET_MISSING", `there is no host ${host}: nothing can be verified there; check hosts`);
  });
  const addresses = new Set((await Promise.all(found)).flat());
  return [...addresses].map((address) => ({ address, port }));
}
var SLOWLY = { within: 5 * MINUTE, handshakes: 4 };
var PAUSES = [SECOND / 2, SECOND, 2 * SECOND, 4 * SECOND];
async function untilHeld(arn, certificate, acm, { clock }) {
  for (const pause of [...PAUSES, void 0]) {
    if (holds(await acm.content(arn), certificate)) return;
    if (pause !== void 0) await clock.sleep(pause);
  }
  throw new Failure(
    "DEPLOY_FAILED",
    `${acm.name} still shows another certificate, or another chain, at ${arn} after the import`
  );
}
var refused = (message) => new Failure("TARGET_REFUSED", message);
export {
  openCertificates
};
