import {
  everyPage,
  explainWith,
  openLinode
} from "./chunk-UIEFJZCE.mjs";
import {
  port
} from "./chunk-LZYTEPEM.mjs";
import {
  numberId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import "./chunk-OMQYQBD3.mjs";
import {
  tokenOptions
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import {
  sendOnce
} from "./chunk-CWW5U2ZI.mjs";
import {
  thereAre
} from "./chunk-XYGE3QGH.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/balancers/drivers/linode/driver.ts
import * as v3 from "valibot";

// lib/balancers/drivers/linode/answers.ts
import * as v from "valibot";
var nodeBalancerAnswer = v.object({
  id: numberId,
  label: v.nullish(v.string(), ""),
  ipv4: v.nullish(v.string(), ""),
  ipv6: v.nullish(v.string(), ""),
  /** Any value: the NodeBalancer was made by a Kubernetes cluster. */
  lke_cluster: v.nullish(v.unknown(), null),
  tags: v.nullish(v.array(v.string()), [])
});
var configAnswer = v.object({
  id: numberId,
  port: v.number(),
  protocol: v.string(),
  /** `none` but for TCP (techdocs, Using Proxy Protocol with NodeBalancers). */
  proxy_protocol: v.nullish(v.string(), "none"),
  /** Empty for a certificate without a common name. */
  ssl_commonname: v.nullish(v.string(), ""),
  /** SHA-1, in upper case with colons. */
  ssl_fingerprint: v.nullish(v.string(), "")
});
var explain = explainWith("TARGET_BUSY");

// lib/balancers/drivers/linode/port.ts
import * as v2 from "valibot";
var listener = v2.strictObject({
  nodeBalancer: v2.pipe(
    v2.union([v2.pipe(v2.string(), v2.nonEmpty()), v2.pipe(v2.number(), v2.integer(), v2.minValue(1))]),
    v2.description("Label or id of the NodeBalancer.")
  ),
  port: v2.pipe(port, v2.description("The port it listens on."))
});
async function findSecure(given, rest) {
  const found = await findPort(given, rest);
  const { nodeBalancer, config } = found;
  if (config.protocol === "https") return found;
  if (config.protocol === "tcp") throw passesThrough(found);
  throw refused(
    `port ${config.port} of the NodeBalancer "${nodeBalancer.label}" speaks ${config.protocol}, and Linode makes it https only together with a certificate: \`newleaf placeholder --only <certificate>\` gives it a self-signed one, which newleaf then replaces`
  );
}
var passesThrough = ({ nodeBalancer: { label }, config: { port: port2 } }) => refused(
  `port ${port2} of the NodeBalancer "${label}" speaks tcp: it passes TLS through to its nodes, and https there would cut off those that end TLS themselves; docs/pass-through.md leads to https in a maintenance window`
);
async function findPort(wanted, rest) {
  const nodeBalancer = await findNodeBalancer(wanted.nodeBalancer, rest);
  const { id, label } = nodeBalancer;
  refuseController(nodeBalancer);
  const all = await configsOf(id, rest);
  const configs = all.filter(({ port: port2 }) => port2 === wanted.port);
  const config = configs.find(({ protocol }) => protocol !== "udp") ?? configs[0];
  if (config === void 0) {
    const ports = [...new Set(all.map(({ port: port2 }) => `${port2}`))];
    throw missing(`port ${wanted.port} on the NodeBalancer "${label}"${thereAre(`${wanted.port}`, ports)}`);
  }
  return { nodeBalancer, config };
}
var MADE_BY_CONTROLLER = /^ccm-[0-9a-f]{12}$/;
function refuseController({ label, lke_cluster, tags }) {
  const isMade = MADE_BY_CONTROLLER.test(label);
  if (lke_cluster === null && !isMade) return;
  const cluster = lke_cluster === null && tags.length > 0 ? ` (tags: ${tags.join(", ")})` : "";
  throw refused(
    `the NodeBalancer "${label}" belongs to a Kubernetes cluster${cluster}, whose controller overwrites its certificates; put the certificate into the TLS secret of the Service instead, and take this target out of the configuration`
  );
}
var configsOf = (id, rest) => everyPage(`/v4/nodebalancers/${id}/configs`, configAnswer, rest);
async function findNodeBalancer(given, rest) {
  const labelOrId = String(given);
  const what = `NodeBalancer "${labelOrId}"`;
  try {
    if (/^\d+$/.test(labelOrId)) {
      return await rest.call({ method: "GET", path: `/v4/nodebalancers/${labelOrId}`, answer: nodeBalancerAnswer });
    }
  } catch (cause) {
    throw isFailure(cause, "NOT_FOUND") ? await noNodeBalancer(labelOrId, rest, cause) : cause;
  }
  const found = await everyPage("/v4/nodebalancers", nodeBalancerAnswer, rest, { label: labelOrId });
  const [first, ...more] = found.filter(({ label }) => label === labelOrId);
  if (first === void 0) throw await noNodeBalancer(labelOrId, rest);
  if (more.length === 0) return first;
  throw refused(`Linode has more than one ${what}; configure the id of the one that is meant`);
}
async function noNodeBalancer(labelOrId, rest, cause) {
  const others = await everyPage("/v4/nodebalancers", nodeBalancerAnswer, rest).then(
    (all) => thereAre(
      labelOrId,
      all.map(({ label }) => label)
    ),
    () => "; check the configuration"
  );
  return missing(`NodeBalancer "${labelOrId}"${others}`, cause);
}
var missing = (what, cause) => new Failure("TARGET_MISSING", `Linode has no ${what}`, { cause });
var refused = (message) => new Failure("TARGET_REFUSED", message);

// lib/balancers/drivers/linode/shown.ts
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
var isSecure = ({ protocol }) => protocol === "https";
var serves = (config, { chainPem }) => isSecure(config) && plain(config.ssl_fingerprint) === plain(new X509Certificate(chainPem).fingerprint);
var plain = (fingerprint) => fingerprint.replaceAll(":", "").toLowerCase();
var endpointsOf = ({ ipv4, ipv6 }, { port: port2 }) => [ipv4, ipv6].filter((address) => isIP(address) !== 0).map((address) => ({ address, port: port2 }));
function heldAt(nodeBalancer, config) {
  const { port: port2, ssl_commonname } = config;
  const [sha1, covers] = [plain(config.ssl_fingerprint), ssl_commonname === "" ? [] : [ssl_commonname.toLowerCase()]];
  const bound = [{ listener: `${port2}`, effectiveFor: covers, endpoints: endpointsOf(nodeBalancer, config) }];
  return {
    ...{ loadBalancer: nodeBalancer.label, name: sha1, sha1, covers, bound },
    ...{ notAfter: void 0, managed: void 0 }
  };
}

// lib/balancers/drivers/linode/driver.ts
var options = v3.strictObject(
  tokenOptions("Reference to a personal access token with the scope nodebalancers:read_write.")
);
var driver = {
  options,
  listener,
  identity: ["nodeBalancer", "port"],
  supportedKeys: ["rsa-2048", "rsa-3072", "rsa-4096"],
  singleCertificate: true,
  open: async (given, context) => loadBalancer(await openLinode(given, context, explain))
};
function loadBalancer(rest) {
  return {
    async inspect(given, deployment) {
      const found = await findSecure(given, rest);
      return {
        resource: `linode:${found.nodeBalancer.id}/${found.config.id}`,
        serves: deployment !== void 0 && serves(found.config, deployment.certificate),
        endpoints: endpointsOf(found.nodeBalancer, found.config)
      };
    },
    async swap(given, { certificate }) {
      requireRsa(certificate);
      const found = await findSecure(given, rest);
      if (!serves(found.config, certificate)) await write(found, {}, certificate, rest);
    },
    async attachFirst(given, { certificate }, cutOffTls = false) {
      requireRsa(certificate);
      const found = await findPort(given, rest);
      requireNone(found);
      if (found.config.protocol === "tcp" && !cutOffTls) throw passesThrough(found);
      await write(found, { protocol: "https" }, certificate, rest);
    },
    /** Nothing stands there by name: what is replaced is gone. */
    async deleteUnused(_given, names) {
      return [...names];
    },
    async deleteById() {
      throw refused(
        "a port of a NodeBalancer always has a certificate, and none is held that no port uses; nothing was deleted"
      );
    },
    /** The vendor hands no key out, and keeps nothing of what was replaced. */
    async detach() {
      return false;
    },
    async list({ nodeBalancer }) {
      const found = await findNodeBalancer(nodeBalancer, rest);
      const secure = (await configsOf(found.id, rest)).filter(isSecure);
      return { certificates: secure.map((config) => heldAt(found, config)) };
    }
  };
}
async function write({ nodeBalancer, config }, more, certificate, rest) {
  const body = { ...more, ssl_cert: certificate.chainPem.trim(), ssl_key: certificate.privateKeyPem.reveal().trim() };
  const path = `/v4/nodebalancers/${nodeBalancer.id}/configs/${config.id}`;
  const answer = rest.call({ method: "PUT", path, body, answer: configAnswer });
  const outcomeUnknown = await sendOnce(answer);
  const now = outcomeUnknown ? (await configsOf(nodeBalancer.id, rest)).find(({ id }) => id === config.id) : await answer;
  if (now !== void 0 && serves(now, certificate)) return;
  throw outcomeUnknown ?? new Failure(
    "DEPLOY_FAILED",
    `the NodeBalancer "${nodeBalancer.label}" still shows another certificate on port ${config.port} after its update`
  );
}
function requireRsa({ keyAlgorithm }) {
  if (keyAlgorithm.startsWith("rsa-")) return;
  throw refused(`a NodeBalancer takes RSA keys only, not ${keyAlgorithm}; configure key: rsa-2048`);
}
function requireNone({ nodeBalancer: { label }, config: { port: port2, protocol, proxy_protocol } }) {
  const where = `port ${port2} of the NodeBalancer "${label}"`;
  if (protocol === "https") throw refused(`${where} has a certificate already; nothing was changed`);
  if (protocol === "udp") throw refused(`${where} speaks udp, where Linode allows no certificate`);
  if (proxy_protocol === "none") return;
  throw refused(
    `${where} sends its nodes the PROXY protocol, which goes with tcp only; set proxy_protocol to none, there and at the nodes`
  );
}
export {
  driver
};
