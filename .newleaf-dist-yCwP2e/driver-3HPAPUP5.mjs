import {
  everyPage,
  explainWith,
  openScaleway
} from "./chunk-JECWC7SU.mjs";
import {
  covers
} from "./chunk-RMULS5H3.mjs";
import {
  isManaged,
  lineageOf
} from "./chunk-2IQJ5RXQ.mjs";
import {
  gathered,
  oneByOne
} from "./chunk-KNYWYU3O.mjs";
import {
  requireTime
} from "./chunk-OL4MPUJQ.mjs";
import {
  anyAnswer,
  textId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import "./chunk-OMQYQBD3.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
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
import {
  MINUTE,
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure,
  toFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/balancers/drivers/scaleway/driver.ts
import * as v3 from "valibot";

// lib/balancers/drivers/scaleway/api.ts
import * as v from "valibot";
var loadBalancerAnswer = v.object({
  id: textId,
  name: v.string(),
  description: v.nullish(v.string(), ""),
  tags: v.nullish(v.array(v.string()), []),
  status: v.string(),
  instances: v.nullish(v.array(v.object({ status: v.string() })), []),
  ip: v.nullish(v.array(v.object({ ip_address: v.string() })), [])
});
var frontendAnswer = v.looseObject({
  id: textId,
  name: v.string(),
  inbound_port: v.number(),
  backend: v.object({ id: textId }),
  lb: v.object({ id: textId }),
  certificate_ids: v.nullish(v.array(textId), []),
  timeout_client: v.nullish(v.union([v.number(), v.string()])),
  connection_rate_limit: v.nullish(v.number()),
  enable_access_logs: v.nullish(v.boolean(), false),
  enable_http3: v.nullish(v.boolean(), false),
  updated_at: v.nullish(v.string(), "")
});
var certificateAnswer = v.object({
  id: textId,
  name: v.string(),
  /** `custom`, or one that Scaleway itself obtains: `letsencrypt`, which older answers spell `letsencryt`. */
  type: v.string(),
  status: v.string(),
  status_details: v.nullish(v.string()),
  common_name: v.nullish(v.string(), ""),
  subject_alternative_name: v.nullish(v.array(v.string()), []),
  /** In the year 1 while Scaleway has not obtained it yet. */
  not_valid_after: v.nullish(v.string(), "")
});
var LARGE_PAGES = { page_size: "100" };
function createScalewayApi(rest, zone2, projectId) {
  const root = `/lb/v1/zones/${zone2}`;
  const get = (path, answer) => rest.call({ method: "GET", path: root + path, answer });
  const list = (path, field, item, filter = {}) => everyPage({ path: root + path, field, item, query: { ...filter, order_by: "created_at_asc" } }, rest);
  return {
    zone: zone2,
    loadBalancer: (id) => get(`/lbs/${id}`, loadBalancerAnswer),
    /** The filter finds parts of names, too. */
    loadBalancersLike: (name) => list("/lbs", "lbs", loadBalancerAnswer, {
      name,
      ...projectId === void 0 ? {} : { project_id: projectId }
    }),
    loadBalancers: () => list("/lbs", "lbs", loadBalancerAnswer, projectId === void 0 ? {} : { project_id: projectId }),
    frontend: (id) => get(`/frontends/${id}`, frontendAnswer),
    frontendsOf: (lb) => list(`/lbs/${lb}/frontends`, "frontends", frontendAnswer, LARGE_PAGES),
    updateFrontend: (id, body) => rest.call({ method: "PUT", path: `${root}/frontends/${id}`, body, answer: frontendAnswer }),
    certificate: (id) => get(`/certificates/${id}`, certificateAnswer),
    certificatesOf: (lb) => list(`/lbs/${lb}/certificates`, "certificates", certificateAnswer, LARGE_PAGES),
    /** `pem` is one text: the key as PKCS#8, the leaf, then its issuers. */
    importCertificate: (lb, name, pem) => rest.call({
      method: "POST",
      path: `${root}/lbs/${lb}/certificates`,
      body: { name, custom_certificate: { certificate_chain: pem } },
      answer: certificateAnswer
    }),
    deleteCertificate: (id) => rest.call({ method: "DELETE", path: `${root}/certificates/${id}`, answer: anyAnswer })
  };
}
var explain = explainWith({
  transient_state: "TARGET_BUSY",
  locked: "TARGET_BUSY",
  resource_still_in_use: "TARGET_BUSY",
  quotas_exceeded: "TARGET_FULL"
});

// lib/balancers/drivers/scaleway/held.ts
var isImported = ({ type }) => !type.startsWith("letsenc");
var namesOf = ({ common_name, subject_alternative_name }) => [common_name, ...subject_alternative_name].filter((name) => name !== "").map((name) => name.toLowerCase());
function endOf({ not_valid_after }) {
  const end = new Date(not_valid_after);
  return end.getTime() > 0 ? end : void 0;
}
function heldBy({ name: loadBalancer2 }, frontends, known, environment) {
  const byId = new Map(known.map((certificate) => [certificate.id, namesOf(certificate)]));
  const isFirst = (id, name, ids) => ids.find((each) => covers(byId.get(each) ?? [], name)) === id;
  return known.map((certificate) => {
    const { id, name } = certificate;
    const names = namesOf(certificate);
    return {
      loadBalancer: loadBalancer2,
      name,
      id,
      covers: names,
      notAfter: endOf(certificate),
      managed: isImported(certificate) && isManaged(name, environment),
      bound: frontends.filter(({ certificate_ids: ids }) => ids.includes(id)).map(({ name: listener2, certificate_ids: ids }) => ({
        listener: listener2,
        effectiveFor: names.filter((each) => isFirst(id, each, ids))
      }))
    };
  });
}

// lib/balancers/drivers/scaleway/delete.ts
async function deleteUnusedAt(lb, names, api, { environment, log }) {
  const frontends = await api.frontendsOf(lb);
  const certificates = await api.certificatesOf(lb);
  const inUse = new Set(frontends.flatMap(({ certificate_ids }) => certificate_ids));
  const isGone = async (each) => !inUse.has(each.id) && await isDeleted(each, api, { log });
  const gone = [];
  for (const name of names.filter((each) => isManaged(each, environment))) {
    const left = [];
    for (const each of certificates.filter((one) => one.name === name && isImported(one))) {
      if (!await isGone(each)) left.push(each);
    }
    if (left.length === 0) gone.push(name);
  }
  return gone;
}
async function deleteByIdAt(lb, id, api) {
  const frontends = await api.frontendsOf(lb);
  if (frontends.some(({ certificate_ids }) => certificate_ids.includes(id))) return false;
  try {
    await api.deleteCertificate(id);
  } catch (error) {
    if (!isFailure(error, "NOT_FOUND")) throw error;
  }
  return true;
}
async function isDeleted({ id, name }, api, { log }) {
  try {
    await api.deleteCertificate(id);
    return true;
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return true;
    if (!isFailure(error, "REJECTED", "CONFLICT", "DENIED", "TARGET_BUSY")) throw error;
    log.warn("a superseded certificate was not deleted", { name, code: error.code, reason: error.message });
    return false;
  }
}
async function discard(object2, api, { log }) {
  try {
    await isDeleted(object2, api, { log });
  } catch (error) {
    const { code, message } = toFailure(error);
    log.warn("a certificate that could not be imported is still there", { name: object2.name, code, reason: message });
  }
}

// lib/balancers/drivers/scaleway/frontend.ts
import { isDeepStrictEqual } from "node:util";
function idsWith(own, { ids, known }) {
  const lineage = lineageOf(own.name);
  const isVersion = (id) => {
    const name = known.find((each) => each.id === id)?.name;
    return id === own.id || name !== void 0 && lineage !== void 0 && lineageOf(name) === lineage;
  };
  const index = ids.findIndex((id) => isVersion(id) || own.names.some((name) => mayServe(id, name, known)));
  if (index === -1) return [...ids, own.id];
  return [...ids.slice(0, index), own.id, ...ids.slice(index).filter((id) => !isVersion(id))];
}
function idsWithout(name, { ids, known }) {
  const lineage = lineageOf(name);
  const gone = known.filter((each) => each.name === name).map(({ id }) => id);
  const earlier = known.findLast(
    (each) => !gone.includes(each.id) && !ids.includes(each.id) && each.status === "ready" && lineageOf(each.name) === lineage
  );
  return ids.flatMap((id) => !gone.includes(id) ? [id] : earlier === void 0 ? [] : [earlier.id]);
}
var servesAll = (own, { ids, known }) => own.names.every((name) => ids.find((id) => id === own.id || mayServe(id, name, known)) === own.id);
var servedFor = (names, { ids, known }) => {
  const first = names.map((name) => ids.find((id) => mayServe(id, name, known)));
  return known.filter(({ id }) => first.includes(id)).map((certificate) => ({
    name: certificate.name,
    covers: namesOf(certificate),
    notAfter: endOf(certificate)
  }));
};
function mayServe(id, name, known) {
  const certificate = known.find((each) => each.id === id);
  return certificate === void 0 || covers(namesOf(certificate), name);
}
function settingsWith(frontend, certificateIds) {
  const { name, inbound_port, backend, timeout_client, connection_rate_limit } = frontend;
  const { enable_http3, enable_access_logs } = frontend;
  return {
    name,
    inbound_port,
    backend_id: backend.id,
    certificate_ids: certificateIds,
    enable_http3,
    enable_access_logs,
    connection_rate_limit: connection_rate_limit ?? 0,
    ...timeout_client === null || timeout_client === void 0 ? {} : { timeout_client }
  };
}
var NOT_SETTINGS = ["updated_at", "lb", "certificate", "certificate_ids"];
function changedSettings(before, now) {
  const of = (frontend) => ({
    ...frontend,
    backend: frontend.backend.id
  });
  const [one, other] = [of(before), of(now)];
  const names = /* @__PURE__ */ new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !NOT_SETTINGS.includes(name) && !isDeepStrictEqual(one[name], other[name])).sort();
}
var isSameUpdate = (answer, now) => Math.abs(Date.parse(answer.updated_at) - Date.parse(now.updated_at)) <= 1;

// lib/balancers/drivers/scaleway/listener.ts
import * as v2 from "valibot";

// lib/balancers/drivers/scaleway/load-balancer.ts
import { isIP } from "node:net";
var CONTROLLER_TAG = "managed-by-scaleway-cloud-controller-manager";
var CONTROLLER_DESCRIPTION = /^kubernetes service /;
var CONTROLLER_FRONTEND = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_tcp_\d+$/;
var isKubernetes = ({ tags, description: description3 }) => tags.includes(CONTROLLER_TAG) || CONTROLLER_DESCRIPTION.test(description3);
var isKubernetesFrontend = ({ name }) => CONTROLLER_FRONTEND.test(name);
function readinessOf({ status, instances }) {
  const states = [status, ...instances.map((instance) => instance.status)];
  if (states.some((state) => state === "error" || state === "locked")) return "failed";
  return states.every((state) => state === "ready" || state === "stopped") ? "ready" : "pending";
}
var endpointsOf = ({ ip }, { inbound_port: port }) => ip.filter(({ ip_address }) => isIP(ip_address) !== 0).map(({ ip_address: address }) => ({ address, port }));

// lib/balancers/drivers/scaleway/listener.ts
var ZONES = ["fr-par-1", "fr-par-2", "nl-ams-1", "nl-ams-2", "nl-ams-3", "pl-waw-1", "pl-waw-2", "pl-waw-3"];
var zone = v2.picklist(ZONES);
var listener = v2.strictObject({
  loadBalancer: v2.pipe(v2.string(), v2.nonEmpty(), v2.description("Name or id of the load balancer.")),
  frontend: v2.pipe(v2.string(), v2.nonEmpty(), v2.description("Name or id of its frontend.")),
  zone: v2.optional(v2.pipe(zone, v2.description("Its zone, if it is another than the balancer's own.")))
});
async function findListener(given, api) {
  const lb = await findLoadBalancer(given, api);
  const frontend = await findFrontend(lb, given.frontend, api);
  if (isKubernetes(lb) || isKubernetesFrontend(frontend)) {
    throw refused(
      `the load balancer "${lb.name}" belongs to Kubernetes, whose controller overwrites its certificates; annotate the Service with service.beta.kubernetes.io/scw-loadbalancer-certificate-ids instead, and take this target out of the configuration`
    );
  }
  if (frontend.inbound_port === 80) {
    throw refused(`the frontend "${frontend.name}" listens on port 80, where Scaleway allows no certificate`);
  }
  return { lb, frontend };
}
async function findLoadBalancer({ loadBalancer: nameOrId }, api) {
  const absent = { what: `load balancer "${nameOrId}"`, wanted: nameOrId, all: () => api.loadBalancers() };
  if (UUID.test(nameOrId)) return existing(absent, api.loadBalancer(nameOrId.toLowerCase()));
  return theOnly(absent, await api.loadBalancersLike(nameOrId));
}
async function findFrontend(lb, nameOrId, api) {
  const all = () => api.frontendsOf(lb.id);
  const absent = { what: `frontend "${nameOrId}" on the load balancer "${lb.name}"`, wanted: nameOrId, all };
  if (!UUID.test(nameOrId)) return theOnly(absent, await all());
  const frontend = await existing(absent, api.frontend(nameOrId.toLowerCase()));
  if (frontend.lb.id !== lb.id) throw await missing(absent);
  return frontend;
}
var UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
async function theOnly(absent, found) {
  const [first, ...more] = found.filter(({ name }) => name === absent.wanted);
  if (first === void 0) throw await missing(absent);
  if (more.length === 0) return first;
  throw refused(`Scaleway has more than one ${absent.what}; configure the id of the one that is meant`, {
    ids: [first, ...more].map(({ id }) => id)
  });
}
async function existing(absent, read) {
  try {
    return await read;
  } catch (cause) {
    throw isFailure(cause, "NOT_FOUND") ? await missing(absent, cause) : cause;
  }
}
async function missing({ what, wanted, all }, cause) {
  const others = await all().then(
    (each) => thereAre(
      wanted,
      each.map(({ name }) => name)
    ),
    () => "; check the configuration"
  );
  return new Failure("TARGET_MISSING", `Scaleway has no ${what} in this zone${others}`, { cause });
}
var refused = (message, fields = {}) => new Failure("TARGET_REFUSED", message, { fields });

// lib/balancers/drivers/scaleway/bind.ts
async function bindAll(group, arrange, api, context) {
  const [first] = group;
  if (first === void 0) return { isChanged: false, errors: [] };
  const own = group.map((each2) => each2.own);
  try {
    return { isChanged: await bind(first.swap.found, own, arrange, api, context), errors: [] };
  } catch (error) {
    if (group.length === 1) return { isChanged: false, errors: [[first.swap, error]] };
    if (!isFailure(error, "REJECTED", "CONFLICT", "NOT_FOUND", "DEPLOY_FAILED"))
      return { isChanged: true, errors: group.map(({ swap }) => [swap, error]) };
  }
  const each = [];
  for (const one of group) each.push(await bindAll([one], arrange, api, context));
  return { isChanged: each.some(({ isChanged }) => isChanged), errors: each.flatMap(({ errors }) => errors) };
}
var ROUNDS = 3;
async function bind({ lb, frontend: { id, name } }, own, arrange, api, { log }) {
  for (let round = 1; round <= ROUNDS; round++) {
    const before = await api.frontend(id);
    const ids = arrange(before, own);
    if (ids.join() === before.certificate_ids.join()) return round > 1;
    const { now, isOwnUpdate, outcomeUnknown } = await update(before, ids, api);
    const where = { loadBalancer: lb.name, frontend: now.name };
    const settings = changedSettings(before, now);
    if (settings.length > 0) {
      log.warn(
        isOwnUpdate ? "the update of a frontend changed other settings as well" : "somebody changed other settings of a frontend during its update; they stay as they are now",
        { ...where, settings }
      );
    }
    if (own.every((each) => now.certificate_ids.includes(each.id))) {
      if (now.certificate_ids.join() !== ids.join()) {
        log.warn("a frontend holds other certificates, or in another order, than it was told", where);
      }
      return true;
    }
    if (outcomeUnknown) throw outcomeUnknown;
    log.warn("somebody else took the new certificate from a frontend during its update", where);
  }
  throw new Failure("DEPLOY_FAILED", `the frontend "${name}" does not have the new certificate after its update`);
}
async function update(before, ids, api) {
  const answer = api.updateFrontend(before.id, settingsWith(before, ids));
  const outcomeUnknown = await sendOnce(answer);
  const now = await api.frontend(before.id);
  return { now, outcomeUnknown, isOwnUpdate: outcomeUnknown === void 0 && isSameUpdate(await answer, now) };
}

// lib/balancers/drivers/scaleway/ready.ts
var untilReady = ({ id, name }, api, time) => poll(`the load balancer "${name}"`, time, async () => {
  const lb = await api.loadBalancer(id);
  const state = readinessOf(lb);
  if (state !== "failed") return state === "ready";
  throw new Failure("DEPLOY_FAILED", `the load balancer "${name}" is out of order; the console shows its state`, {
    fields: { status: lb.status, instances: lb.instances.map(({ status }) => status) }
  });
});
var untilImported = ({ id, name, ...first }, api, time) => {
  let { status, status_details: details } = first;
  return poll(`the certificate ${name}`, time, async () => {
    if (status === "pending") ({ status, status_details: details } = await api.certificate(id));
    if (status !== "error") return status === "ready";
    throw new Failure("DEPLOY_FAILED", `Scaleway could not take the certificate ${name}`, {
      fields: { details: details?.slice(0, 300) }
    });
  });
};
var LONGEST = 2 * MINUTE;
var FIRST_PAUSE = SECOND / 10;
var GROWTH = 1.3;
var LONGEST_PAUSE = 2 * SECOND;
async function poll(what, { clock, timeLeft }, isReady) {
  let waited = 0;
  for (let pause = FIRST_PAUSE; !await isReady(); pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    waited += pause;
    if (waited > LONGEST) throw new Failure("TARGET_BUSY", `${what} is not ready yet; the next run carries on`);
    requireTime(timeLeft, pause);
    await clock.sleep(pause);
  }
}

// lib/balancers/drivers/scaleway/evictable.ts
function evictable(known, frontends, keep, environment) {
  const inUse = new Set(frontends.flatMap(({ certificate_ids }) => certificate_ids));
  const managed = known.filter((each) => isImported(each) && isManaged(each.name, environment));
  const namesInUse = new Set(managed.filter(({ id }) => inUse.has(id)).map(({ name }) => name));
  const newest = new Map(
    managed.filter(({ name, status }) => !namesInUse.has(name) && status !== "error").map(({ name }) => [lineageOf(name), name])
  );
  return managed.filter(
    ({ id, name, status }) => !inUse.has(id) && !keep.includes(name) && (status === "error" || newest.get(lineageOf(name)) !== name)
  );
}

// lib/balancers/drivers/scaleway/upload.ts
var MOST_CERTIFICATES = 200;
var versionsOf = ({ name, certificate }, known) => known.filter((each) => each.name === name && isImported(each) && isThis(certificate, each));
var isThis = ({ notAfter }, object2) => {
  const shown = endOf(object2);
  return shown === void 0 || Math.floor(shown.getTime() / 1e3) === Math.floor(notAfter.getTime() / 1e3);
};
async function quotaOf({ lb, known, keep }, api, { environment }) {
  const [held, limit] = [known.length, MOST_CERTIFICATES];
  if (held < limit) return { held, limit, room: limit - held };
  const spare = evictable(known, await api.frontendsOf(lb), keep, environment).length;
  return { held, limit, room: Math.max(0, limit - held + spare) };
}
async function upload(deployment, content, api, context) {
  const { lb, keep } = content;
  const isGone = async (object2) => {
    if (!await isDeleted(object2, api, context)) return false;
    content.known = content.known.filter(({ id }) => id !== object2.id);
    return true;
  };
  const failed = versionsOf(deployment, content.known).filter(({ status }) => status === "error");
  for (const each of failed) await isGone(each);
  let candidates;
  const evict = async () => {
    const others = content.known.filter(({ name }) => name !== deployment.name);
    candidates ??= evictable(others, await api.frontendsOf(lb), keep, context.environment);
    for (let next = candidates.shift(); next !== void 0; next = candidates.shift()) {
      if (!await isGone(next)) continue;
      context.log.info("a superseded certificate was deleted to make room", { name: next.name });
      return true;
    }
    return false;
  };
  for (; ; ) {
    try {
      if (content.known.length >= MOST_CERTIFICATES) throw full(content.known.length);
      const object2 = await imported(lb, deployment, api);
      content.known = [...content.known, object2];
      return object2;
    } catch (error) {
      if (!isFailure(error, "TARGET_FULL") || !await evict()) throw error;
    }
  }
}
async function imported(lb, deployment, api) {
  const { name, certificate } = deployment;
  const pem = [certificate.privateKeyPem.reveal(), certificate.chainPem].map((part) => `${part.trim()}
`).join("");
  const answer = api.importCertificate(lb, name, pem);
  const outcomeUnknown = await sendOnce(answer);
  const object2 = outcomeUnknown ? versionsOf(deployment, await api.certificatesOf(lb))[0] : await answer;
  if (object2 === void 0) throw outcomeUnknown;
  if (isThis(certificate, object2)) return object2;
  throw new Failure("DEPLOY_FAILED", `Scaleway shows another end of the certificate ${name} than it was sent`);
}
var full = (count) => new Failure(
  "TARGET_FULL",
  `the load balancer holds ${count} certificates of at most ${MOST_CERTIFICATES}, and none of newleaf's can be spared; delete some that no frontend uses`,
  { fields: { count, limit: MOST_CERTIFICATES } }
);

// lib/balancers/drivers/scaleway/swap.ts
async function swapAt(swaps, api, context) {
  const arrange = ({ certificate_ids: ids }, own, known) => own.reduce((bound, each) => idsWith(each, { ids: bound, known }), ids);
  return deployAt(swaps, arrange, api, context);
}
async function secureAt(found, deployment, api, context) {
  requireNone(found.frontend);
  const arrange = (frontend, own) => {
    requireNone(frontend);
    return own.map(({ id }) => id);
  };
  const [error] = await deployAt([{ found, deployment, keep: [] }], arrange, api, context);
  if (error !== void 0) throw error;
}
function requireNone({ name, certificate_ids }) {
  if (certificate_ids.length === 0) return;
  throw new Failure("TARGET_REFUSED", `the frontend "${name}" has a certificate already; nothing was changed`);
}
async function deployAt(swaps, arrange, api, context) {
  const [lb] = swaps.map(({ found }) => found.lb);
  if (lb === void 0) return [];
  const errors = /* @__PURE__ */ new Map();
  const trying = async (swap, work) => {
    try {
      return [await work()];
    } catch (error) {
      errors.set(swap, error);
      return [];
    }
  };
  await untilReady(lb, api, context);
  const content = { lb: lb.id, known: await api.certificatesOf(lb.id), keep: namesToKeep(swaps) };
  const imported2 = [];
  for (const swap of swaps)
    imported2.push(...await trying(swap, async () => ({ swap, own: await importedFor(swap, content, api, context) })));
  if (imported2.length > 0) await untilReady(lb, api, context);
  let isChanged = false;
  for (const [, group] of Map.groupBy(imported2, ({ swap }) => swap.found.frontend.id)) {
    const bound = await bindAll(group, (before, own) => arrange(before, own, content.known), api, context);
    isChanged ||= bound.isChanged;
    for (const [swap, error] of bound.errors) errors.set(swap, error);
  }
  if (isChanged) await untilReady(lb, api, context);
  return swaps.map((swap) => errors.get(swap));
}
var namesToKeep = (swaps) => [
  ...new Set(swaps.flatMap(({ keep, deployment }) => [...keep, deployment.name]))
];
async function importedFor({ found: { frontend }, deployment }, content, api, context) {
  const certificate = usable(versionsOf(deployment, content.known), frontend.certificate_ids) ?? await upload(deployment, content, api, context);
  try {
    await untilImported(certificate, api, context);
  } catch (error) {
    if (isFailure(error, "DEPLOY_FAILED")) await discard(certificate, api, context);
    throw error;
  }
  return ownCertificate(certificate.id, deployment);
}
var ownCertificate = (id, { name, certificate }) => ({
  id,
  name,
  names: certificate.names
});
function usable(versions, bound) {
  const good = versions.filter(({ status }) => status !== "error");
  return good.find(({ id }) => bound.includes(id)) ?? good[0];
}

// lib/balancers/drivers/scaleway/withdraw.ts
async function withdrawAt({ lb, frontend }, name, api, context) {
  await untilReady(lb, api, context);
  const known = await api.certificatesOf(lb.id);
  const before = await api.frontend(frontend.id);
  const ids = idsWithout(name, { ids: before.certificate_ids, known });
  if (ids.length === 0) return false;
  if (ids.join() === before.certificate_ids.join()) return true;
  const { now, outcomeUnknown } = await update(before, ids, api);
  if (now.certificate_ids.join() !== ids.join() && outcomeUnknown !== void 0) throw outcomeUnknown;
  await untilReady(lb, api, context);
  return now.certificate_ids.join() === ids.join();
}

// lib/balancers/drivers/scaleway/driver.ts
var options = v3.strictObject({
  zone: v3.pipe(zone, v3.description("The zone of the load balancers, for example fr-par-1; a target may name another.")),
  token: v3.pipe(
    secretReference,
    oneLine,
    v3.description("Reference to the secret key of an API key with the permission set LoadBalancersFullAccess.")
  ),
  projectId: v3.optional(
    v3.pipe(
      v3.string(),
      v3.uuid("expected the UUID of a project"),
      v3.description("Where to look for load balancers by name; in every project of the key if absent.")
    )
  ),
  ...apiOptions
});
var driver = {
  options,
  listener,
  identity: ["loadBalancer", "frontend", "zone"],
  supportedKeys: ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"],
  async open(given, context) {
    return loadBalancer(given, await openScaleway(given, context, explain), context);
  }
};
function loadBalancer(own, rest, context) {
  const apiFor = ({ zone: zone2 = own.zone }) => createScalewayApi(rest, zone2, own.projectId);
  const inTurn = oneByOne();
  const swap = swapsTogether(inTurn, context);
  return {
    async inspect(given, deployment, keep = []) {
      const api = apiFor(given);
      const { lb, frontend } = await findListener(given, api);
      const known = await api.certificatesOf(lb.id);
      const seen = {
        resource: `scaleway:${api.zone}/${lb.id}/${frontend.id}`,
        endpoints: endpointsOf(lb, frontend),
        quota: await quotaOf({ lb: lb.id, known, keep }, api, context),
        managed: known.filter((each) => isImported(each) && isManaged(each.name, context.environment)).map(nameOf)
      };
      if (deployment === void 0) return { ...seen, serves: false };
      const bound = { ids: frontend.certificate_ids, known };
      const versions = versionsOf(deployment, known);
      const serves = versions.some(({ id }) => servesAll(ownCertificate(id, deployment), bound));
      return serves ? { ...seen, serves } : { ...seen, serves, instead: servedFor(deployment.certificate.names, bound) };
    },
    async swap(given, deployment, keep = []) {
      const api = apiFor(given);
      await swap(api, { found: await findListener(given, api), deployment, keep });
    },
    async attachFirst(given, deployment) {
      const api = apiFor(given);
      const found = await findListener(given, api);
      await inTurn(found.lb.id, () => secureAt(found, deployment, api, context));
    },
    async deleteUnused(given, names) {
      const api = apiFor(given);
      const { id: lb } = await findLoadBalancer(given, api);
      return inTurn(lb, () => deleteUnusedAt(lb, names, api, context));
    },
    async deleteById(given, id) {
      const api = apiFor(given);
      const { id: lb } = await findLoadBalancer(given, api);
      return inTurn(lb, () => deleteByIdAt(lb, id, api));
    },
    async detach(given, name) {
      const api = apiFor(given);
      const found = await findListener(given, api);
      return inTurn(found.lb.id, () => withdrawAt(found, name, api, context));
    },
    async list(given) {
      const api = apiFor(given);
      const lb = await findLoadBalancer(given, api);
      const [frontends, certificates] = [await api.frontendsOf(lb.id), await api.certificatesOf(lb.id)];
      return { certificates: heldBy(lb, frontends, certificates, context.environment), limit: MOST_CERTIFICATES };
    }
  };
}
function swapsTogether(inTurn, context) {
  const zones = /* @__PURE__ */ new Map();
  return (api, swap) => {
    const together = zones.get(api.zone) ?? gathered(inTurn, (all) => swapAt(all, api, context));
    zones.set(api.zone, together);
    return together(swap.found.lb.id, swap);
  };
}
var nameOf = ({ name }) => name;
export {
  driver
};
