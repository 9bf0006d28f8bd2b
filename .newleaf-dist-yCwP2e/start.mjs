import {
  generateKey
} from "./chunk-ZO3IAWW2.mjs";
import {
  checkedName
} from "./chunk-HK6W65LT.mjs";
import {
  NoAnswer,
  canonical,
  isWithin,
  parentOf,
  reasonText
} from "./chunk-UDRTLPII.mjs";
import {
  factsOf,
  fingerprintText
} from "./chunk-5U525ACZ.mjs";
import {
  sha256
} from "./chunk-PPS7ITEI.mjs";
import {
  namesAccount,
  prohibitionIn,
  recordNaming
} from "./chunk-2QJLKBGU.mjs";
import {
  IMPORTED,
  KEY_ALGORITHMS,
  NAME,
  SELF_SIGNED,
  VALIDATION_METHODS,
  accountResource,
  authorizationResource,
  createTransport,
  orderResource,
  parseAnswer,
  renewalInfoResource,
  toOrder,
  verdictFailure
} from "./chunk-FPILV2IR.mjs";
import {
  mapConcurrently
} from "./chunk-K72UN6J4.mjs";
import {
  lazyByKey
} from "./chunk-IJ2VQZUO.mjs";
import {
  lazy,
  lazyEach
} from "./chunk-RHEELVZU.mjs";
import {
  readCaCertificate
} from "./chunk-VBQICVWN.mjs";
import {
  MAX_CHAIN_BYTES,
  certificateFacts,
  certificatesOf,
  covers,
  ipAddress,
  ipOctets,
  keyAlgorithm,
  parseChain,
  pemOf,
  publicCertificate,
  readCertificates,
  readPem,
  sameNames,
  subjectAltNames
} from "./chunk-RMULS5H3.mjs";
import {
  certificateName,
  deploymentOf,
  isManaged,
  lineage,
  lineageFor,
  lineageOf
} from "./chunk-2IQJ5RXQ.mjs";
import {
  createSemaphore,
  givingWay,
  inTurns
} from "./chunk-KNYWYU3O.mjs";
import {
  RESERVE,
  requireTime,
  timeLeftUntil,
  watchForStop
} from "./chunk-OL4MPUJQ.mjs";
import {
  createRest
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import {
  LONGEST_WAIT,
  retryAfter
} from "./chunk-YS4H5Z3U.mjs";
import {
  anyReference,
  endpointUrl,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  nearest,
  suggestion,
  thereAre
} from "./chunk-XYGE3QGH.mjs";
import {
  createSharedReads
} from "./chunk-AX7UU63R.mjs";
import {
  OWN_SECRETS,
  Secret
} from "./chunk-GNHTNKVN.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import {
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  after,
  systemClock
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  createLog,
  isFailure,
  jsonLines,
  jsonText,
  retryOf,
  safeText,
  toFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/process.ts
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
function identify(pid = process.pid) {
  const incarnation2 = incarnationOf(pid);
  return { host: hostname(), pid, ...incarnation2 && { incarnation: incarnation2 } };
}
function isGone({ host, pid, incarnation: incarnation2 }, own) {
  const here = own.incarnation;
  if (incarnation2 === void 0 || here === void 0 || host !== own.host) return false;
  if (incarnation2.bootId !== here.bootId || incarnation2.pidNamespace !== here.pidNamespace) return false;
  if (!isThere(pid)) return true;
  const seen = statOf(pid);
  return seen !== void 0 && (seen.startTime !== incarnation2.startTime || ENDED.includes(seen.state));
}
var ENDED = ["Z", "X"];
function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code !== "ESRCH";
  }
}
function incarnationOf(pid) {
  const stat2 = statOf(pid);
  return unlessUnknown(() => {
    if (stat2 === void 0 || readlinkSync("/proc/self") !== String(process.pid)) return void 0;
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { bootId, pidNamespace: readlinkSync("/proc/self/ns/pid"), startTime: stat2.startTime };
  });
}
function statOf(pid) {
  return unlessUnknown(() => {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, startTime] = [fields[0], fields[19]];
    return state === void 0 || startTime === void 0 ? void 0 : { state, startTime };
  });
}
function unlessUnknown(read3) {
  try {
    return read3();
  } catch {
    return void 0;
  }
}

// cli/call.ts
var EXIT = { healthy: 0, unhealthy: 1, usage: 2, SIGINT: 130, SIGTERM: 143 };
var exitCode = (healthy, { interrupted }) => healthy ? EXIT.healthy : EXIT[interrupted()?.signal ?? "unhealthy"];
var options = {
  only: { type: "string", multiple: true },
  force: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  unattended: { type: "boolean", default: false },
  test: { type: "boolean", default: false },
  events: { type: "boolean", default: false },
  "cut-off-tls": { type: "boolean", default: false },
  file: { type: "string", multiple: true },
  yes: { type: "boolean", default: false },
  "delete-unused": { type: "boolean", default: false },
  unbound: { type: "boolean", default: false },
  managed: { type: "boolean", default: false },
  foreign: { type: "boolean", default: false }
};
var LONGEST_RUN = 60 * MINUTE;
var AFTER_SIGNAL = 25 * SECOND;
function hostContext({ io }, { sink, events: events2 }) {
  const left = timeLeftUntil(after(systemClock.now(), LONGEST_RUN), systemClock);
  return {
    env: io.env,
    process: identify(),
    clock: systemClock,
    log: createLog(sink, systemClock),
    ...events2 && { events: events2 },
    random: Math.random,
    timeLeft() {
      const interruption = io.interrupted();
      if (interruption === void 0) return left();
      return Math.min(left(), timeLeftUntil(after(interruption.at, AFTER_SIGNAL), systemClock)());
    }
  };
}
function processIo() {
  let interruption;
  let say = (text) => process.stderr.write(`
${text}
`);
  for (const [signal, again2] of [
    ["SIGINT", "Ctrl-C again stops"],
    ["SIGTERM", "Another one stops"]
  ]) {
    process.once(signal, () => {
      interruption ??= { signal, at: systemClock.now() };
      say(`Stopping, and cleaning up. ${again2} at once.`);
    });
  }
  const { stdin, stdout, stderr, env } = process;
  return {
    ...{ stdin, stdout, stderr, env, interrupted: () => interruption },
    whenInterrupted(draw) {
      say = draw;
    }
  };
}

// cli/main.ts
import { parseArgs } from "node:util";

// lib/policy/advice.ts
var LOOK = "see what keeps it from being renewed with `newleaf plan`, mend it, and run `newleaf renew --only ID`";
var PUT_BACK = "put it back into the configuration, or give its targets another certificate and end this one with `newleaf forget ID`";
var RESUME = "open the address that the authority names, and have the account resumed";
var ADVICE = {
  // failures
  CONFIG_INVALID: "correct the configuration",
  EVENT_INVALID: "correct the command or the event",
  REFERENCE_UNRESOLVED: "set the environment variable, or store the secret with `newleaf secret set`",
  DENIED: "see whether a token has expired or lost a right; docs/permissions.md lists what is needed",
  REJECTED: "see what was refused, and correct the configuration",
  URL_REFUSED: "correct the URL; a private address needs a caCertificate of its own",
  ACME_PAUSED: RESUME,
  ACME_ACCOUNT_REFUSED: "correct email and eab of the authority, or see at its site whether the account was deactivated",
  ACME_TERMS_CHANGED: "read the new terms of the authority, and agree to them at the address that it names",
  ACME_NAME_REFUSED: "take the name out, ask an authority that certifies it, or set `validation` of this one to what it offers",
  ACME_CAA: "allow the authority in the CAA records of the name",
  ACME_PROFILE: "choose a profile that the authority offers",
  ACME_CSR: "choose a key that the authority accepts",
  DNS_NO_ZONE: "delegate the zone of the name, or correct the name; if this network sees another DNS than the world, set `dns.resolvers`",
  DNS_NO_PROVIDER: "configure a DNS provider for the zone of the name",
  DNS_NO_RECORD: "place the record that is shown, in the zone of the name",
  DNS_CNAME_LOOP: "correct the CNAME of the name\u2019s challenge",
  STORE_UNREADABLE: "restore what is stored from a copy, or give the right master key",
  CERTIFICATE_MISSING: "bring a certificate with `newleaf import`, or have one ordered with `newleaf renew`",
  STORE_FOREIGN: "give each environment its own prefix or folder in the stores",
  STORE_OUTDATED: "put the newest copy of the secrets store back; if there is none, have another certificate ordered with `newleaf renew --force`, or bring one with `newleaf import`",
  TARGET_REFUSED: "free the listener from what else owns it, or take it out of the configuration",
  TARGET_CONTESTED: "stop whoever else changes the listener: another environment, a controller, a script; newleaf goes on once its own certificate is back, and `newleaf deploy` takes the listener over",
  STAGING_REFUSED: "try it at a load balancer that nobody uses yet, or name a production authority; `replaceTrusted: true` at the authority allows it",
  TARGET_FULL: "delete certificates at the load balancer that nobody uses",
  // conditions, and problems that a notice tells
  EXPIRED: LOOK,
  NO_CERTIFICATE: LOOK,
  EXPIRES_SOON: LOOK,
  EXPIRES_VERY_SOON: LOOK,
  UNCONFIGURED_EXPIRED: PUT_BACK,
  UNCONFIGURED_EXPIRES_VERY_SOON: PUT_BACK,
  UNCONFIGURED_EXPIRES_SOON: PUT_BACK,
  TLS_BROKEN: "see at the load balancer why its TLS handshakes fail; `newleaf deploy --only ID` swaps the certificate again",
  SERVES_OTHER: "see who else changes the listener; `newleaf deploy --only ID` swaps the certificate again",
  NOT_ANSWERING: "see whether the load balancer is up, and whether it may still be reached from where newleaf runs",
  NAMES_MISSING: "run `newleaf renew --only ID`",
  OTHER_AUTHORITY: "run `newleaf renew --only ID`",
  FAILED: "mend what the message names",
  BACK_OFF: "mend what failed",
  RETRY_AFTER: "wait until then; `--force` does not help, and is not tried",
  PAUSED: RESUME,
  BUDGET_SPENT: "wait until then: another order could use up the authority\u2019s own limit for these names",
  LOCKED: "let the other run end; if it is dead, run `newleaf unlock ID`",
  GIVEN_UP: "mend the load balancer and run `newleaf renew --only ID`, which tries it again, or drop it with `newleaf discard ID`",
  DEGRADED: "mend the names that are missing, or take them out of the configuration",
  NOT_DONE: "`newleaf status` says what stands in the way",
  OVERDUE: "see whether the schedule still starts newleaf",
  UNVERIFIED: "run newleaf where the address can be reached; if none can be, say `private: true` at this entry of `deploy`",
  NOT_LOOKED: "see what keeps this machine from opening connections",
  CLEAN_UP_FAILED: "see what keeps newleaf from removing it",
  LEFT_BEHIND: "see whether it is still there, and remove it by hand",
  VALIDATION_LAPSES: "put the record with a later persistUntil in its place; `newleaf plan` shows it once the old one has lapsed",
  OUT_OF_TIME: "give the function more time, or see in its log what it waits for"
};
var AFTERWARDS = {
  FAILED: "newleaf tries again by itself",
  BACK_OFF: "then run `newleaf renew --only ID` to try at once",
  PAUSED: "then run `newleaf renew --only ID`",
  DEGRADED: "then run `newleaf renew --only ID` to try at once",
  NOT_DONE: "then run it again",
  CLEAN_UP_FAILED: "newleaf tries again by itself"
};
var textOf = (code) => ADVICE[code];
var adviceFor = (code) => retryOf(code) === "never" ? textOf(code) : void 0;
function adviceOn(code, id, failure2) {
  const own = failure2 === void 0 ? void 0 : adviceFor(failure2);
  const parts = [own ?? textOf(code), AFTERWARDS[code]].filter((part) => part !== void 0);
  return parts.length === 0 ? void 0 : parts.join("; ").replaceAll("ID", id);
}

// lib/platform/lookup.ts
function lookup(table2, name) {
  const found2 = Object.hasOwn(table2, name) ? table2[name] : void 0;
  if (found2 === void 0) throw new Failure("CONFIG_INVALID", `nothing named "${name}" is configured`);
  return found2;
}
var mapValues = (table2, change) => Object.fromEntries(Object.entries(table2).map(([name, value]) => [name, change(value, name)]));

// lib/state/failures.ts
var ATTEMPTS = ["observe", "deploy", "repair", "cleanUp"];
var ORDERS = ["issue", "expand"];
var issuerOf = ({ authority, directory: directory2 }) => directory2 === void 0 ? { authority } : { authority, directory: directory2 };
var isSameIssuer = ({ directory: noted }, { directory: directory2 }) => noted === void 0 || directory2 === void 0 || noted === directory2;
function failuresAt({ authorities = {} }, issuer2) {
  const noted = authorities[issuer2.authority] ?? authorities[""] ?? {};
  return isSameIssuer(noted, issuer2) ? noted : {};
}
var failureIn = (failures, slot) => typeof slot === "string" ? failures[slot] : failuresAt(failures, slot.issuer)[slot.order];
var allFailures = (failures = {}) => [
  ...ATTEMPTS.flatMap((attempt) => failures[attempt] ? [{ attempt, ...failures[attempt] }] : []),
  ...Object.entries(failures.authorities ?? {}).flatMap(
    ([authority, each]) => ORDERS.flatMap((attempt) => each[attempt] ? [{ attempt, authority, ...each[attempt] }] : [])
  )
];
function withFailure(failures, slot, failure2) {
  if (typeof slot === "string") {
    const { [slot]: _earlier, ...rest } = failures;
    return failure2 === void 0 ? rest : { ...rest, [slot]: failure2 };
  }
  const { order: order2, issuer: issuer2 } = slot;
  const known2 = failuresAt(failures, issuer2);
  const [issue3, expand] = order2 === "issue" ? [failure2, known2.expand] : [known2.issue, failure2];
  const { [issuer2.authority]: _own, "": _unnamed, ...others } = failures.authorities ?? {};
  if (issue3 === void 0 && expand === void 0) return withAuthorities(failures, others);
  const { authority, directory: directory2 } = issuer2;
  const own = { ...directory2 && { directory: directory2 }, ...issue3 && { issue: issue3 }, ...expand && { expand } };
  return withAuthorities(failures, { ...others, [authority]: own });
}
function mapFailures(failures, change) {
  const kept2 = (of, names) => Object.fromEntries(
    names.flatMap((name) => {
      const failure2 = of[name] && change(of[name]);
      return failure2 === void 0 ? [] : [[name, failure2]];
    })
  );
  const authorities = Object.entries(failures.authorities ?? {}).flatMap(([name, each]) => {
    const orders = kept2(each, ORDERS);
    const { directory: directory2 } = each;
    return Object.keys(orders).length === 0 ? [] : [[name, { ...directory2 && { directory: directory2 }, ...orders }]];
  });
  return withAuthorities(kept2(failures, ATTEMPTS), Object.fromEntries(authorities));
}
function withFailuresOf(failures, others) {
  const { authorities = {}, ...rest } = others;
  const at = Object.entries(authorities).map(([name, each]) => {
    const known2 = failures.authorities?.[name];
    return [name, known2 && !isSameIssuer(known2, each) ? known2 : { ...known2, ...each }];
  });
  return withAuthorities({ ...failures, ...rest }, { ...failures.authorities, ...Object.fromEntries(at) });
}
function withAuthorities({ authorities: _earlier, ...failures }, authorities) {
  return Object.keys(authorities).length === 0 ? failures : { ...failures, authorities };
}
function withFailures({ failures: _earlier, ...document2 }, failures) {
  return Object.keys(failures).length === 0 ? document2 : { ...document2, failures };
}

// lib/report/json.ts
var VERSION = 1;
var errorJson = ({ code, message, step: step2, fields, retryAfter: retryAfter2 }) => ({
  ...{ code, message: safeText(message), advice: adviceFor(code), step: step2, fields, retryAfter: retryAfter2 }
});
var obstacleJson = ({ locations, reference, certificates, error }) => ({
  ...{ locations, reference, certificates, error: errorJson(error), advice: adviceFor(error.code) }
});
var healthJson = ({ healthy, conditions }) => ({
  healthy,
  conditions: conditions.map(({ code, severity, message, advice }) => ({
    ...{ code, severity, message: safeText(message), advice }
  }))
});
var decisionJson = (decision) => ({
  action: decision.action,
  reason: decision.action === "blocked" ? void 0 : decision.reason,
  until: decision.action === "wait" ? decision.until : void 0
});
var certificateJson = (certificate, authority, now) => ({
  ...factsOf(certificate),
  issuer: safeText(certificate.issuer),
  authority,
  daysLeft: Math.floor((certificate.notAfter.getTime() - now.getTime()) / DAY)
});
var unconfiguredJson = ({ id, current, targets, error }, now) => ({
  ...{ id, certificate: current && certificateJson(current, current.authority, now), targets },
  error: error && errorJson(error)
});
var failureJson = ({ code, message, at, notBefore }) => ({
  ...{ code, message: safeText(message), at, notBefore }
});
var targetResultJson = (target) => ({
  state: target.state,
  addresses: target.state === "failed" ? void 0 : target.addresses.map(({ address, port: port2, state, family, reason }) => ({
    ...{ address, port: port2, state, family, reason: reason && safeText(reason) }
  })),
  error: target.state === "failed" ? errorJson(target.error) : void 0
});
var probeResultJson = ({
  served,
  reason,
  address,
  port: port2,
  serverName,
  shows,
  answersSince
}) => ({
  ...{ address, port: port2, serverName, shows, reason: reason && safeText(reason), answersSince },
  ...{ fingerprint: served?.fingerprint, serial: served?.serial },
  ...{ keyAlgorithm: served?.keyAlgorithm, notAfter: served?.notAfter }
});
var eventsJson = (events2) => events2.map((event) => event.detail === void 0 ? event : { ...event, detail: safeText(event.detail) });

// lib/state/orphans.ts
import { isDeepStrictEqual } from "node:util";
var KEPT_FOR = 7 * DAY;
function forTargets(document2, targets, resources, now) {
  const configured = new Set(targets.map(({ id }) => id));
  const left = new Map(Object.entries(document2.targets).filter(([id]) => !configured.has(id)));
  const orphans = [...document2.orphans];
  const kept2 = {};
  for (const target of targets) {
    const { id, name, balancer, listener: listener2 } = target;
    const resource = resources[id] ?? document2.targets[id]?.resource;
    const where = { name, balancer, listener: listener2, ...resource === void 0 ? {} : { resource } };
    const former = document2.targets[id] ? id : formerIdOf(target, resource, left);
    const known2 = former === void 0 ? void 0 : document2.targets[former];
    if (former !== void 0) left.delete(former);
    const orphan = orphans.findIndex((each) => isSameListener(each, where));
    const [again2] = orphan < 0 ? [] : orphans.splice(orphan, 1);
    if (known2 === void 0 && again2 === void 0 && resource === void 0) continue;
    kept2[id] = rejoined({ ...known2 ?? UNKNOWN, ...where }, again2);
  }
  const isWhole = targets.every(({ id }) => kept2[id] !== void 0);
  if (!isWhole) for (const [id, entry] of left) kept2[id] = entry;
  else for (const entry of left.values()) orphans.push(...orphanOf(entry, now));
  const next = { ...document2, targets: kept2, orphans };
  return isDeepStrictEqual(next, document2) ? document2 : next;
}
var UNKNOWN = { verified: false, addresses: {}, objects: [], superseded: [] };
function formerIdOf({ name }, resource, left) {
  const same = [...left].find(
    ([, entry]) => resource !== void 0 && entry.resource === resource || entry.listener === void 0 && entry.name === name
  );
  return same?.[0];
}
var isSameListener = (orphan, target) => orphan.resource !== void 0 && orphan.resource === target.resource || orphan.balancer === target.balancer && isDeepStrictEqual(orphan.listener, target.listener);
var rejoined = (entry, again2) => again2 === void 0 ? entry : { ...entry, objects: [.../* @__PURE__ */ new Set([...entry.objects, ...again2.objects.map(({ object: object7 }) => object7)])] };
function orphanOf({ name, balancer, listener: listener2, resource, objects, superseded: superseded2 }, now) {
  if (objects.length === 0) return [];
  const timed = objects.map(
    (object7) => superseded2.find((each) => each.object === object7) ?? { object: object7, after: now }
  );
  return [{ name, balancer, ...listener2 && { listener: listener2 }, ...resource && { resource }, objects: timed, since: now }];
}
var keptUntil = ({ since }) => after(since, KEPT_FOR);
function deletableAt({ balancer, objects }, { targets, current }, now) {
  const needed = Object.values(targets).filter((entry) => entry.balancer === balancer).flatMap((entry) => entry.objects.filter((object7) => object7 !== current && !isOver(entry, object7, now)));
  return objects.flatMap(({ object: object7, after: from }) => from <= now && !needed.includes(object7) ? [object7] : []);
}
var isOver = ({ superseded: superseded2 }, object7, now) => superseded2.some((each) => each.object === object7 && each.after <= now);
var isSameOrphan = (one, other) => one.name === other.name && one.since.getTime() === other.since.getTime();
var withoutOrphaned = (document2, orphan, gone) => ({
  ...document2,
  orphans: document2.orphans.flatMap((each) => {
    if (!isSameOrphan(each, orphan)) return [each];
    const objects = each.objects.filter(({ object: object7 }) => !gone.includes(object7));
    return objects.length === 0 ? [] : [{ ...each, objects }];
  })
});

// lib/state/schedule.ts
var PREFIX = "wake/";
var FULL_SCANS = `${PREFIX}0000-swept/`;
var UNHEALTHY = `${PREFIX}0000-unhealthy/`;
var UNHEALTHY_KEY = new RegExp(`^${UNHEALTHY}(?<id>${NAME})/(?<code>[A-Z_]{1,40})$`);
var TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`;
var MARKER = new RegExp(`^${PREFIX}(?<time>${TIME})/(?<id>${NAME})$`);
var markerKey = (at, id) => `${PREFIX}${at.toISOString()}/${id}`;
function parseMarkerKey(key) {
  const { time: time2, id } = MARKER.exec(key)?.groups ?? {};
  if (time2 === void 0 || id === void 0) return void 0;
  const at = new Date(time2);
  return Number.isNaN(at.getTime()) ? void 0 : { id, at, key };
}
var listMarkers = (state, now) => state.list(PREFIX, markerKey(now, "~"));
var dueMarkers = (keys) => keys.map(parseMarkerKey).filter((marker) => marker !== void 0);
var OVERDUE = 3 * HOUR;
var overdueIn = (markers, now) => {
  const late = markers.filter(({ at }) => after(at, OVERDUE) < now);
  return [...new Set(late.map(({ id }) => id))].map((id) => ({ id, code: "OVERDUE" }));
};
async function moveMarker(state, id, from, to) {
  const key = markerKey(to, id);
  await mark(state, key);
  if (from === void 0) return;
  const old = markerKey(from, id);
  if (old !== key) await state.remove(old);
}
var isFullScanDone = (keys, now, hash) => keys.includes(fullScanKey(now, hash));
async function noteFullScan(state, now, hash, oldKeys) {
  const key = fullScanKey(now, hash);
  await mark(state, key);
  for (const old of oldKeys) if (old.startsWith(FULL_SCANS) && old !== key) await state.remove(old);
}
var fullScanKey = (now, hash) => `${FULL_SCANS}${now.toISOString().slice(0, 10)}-${hash}`;
async function mark(state, key) {
  try {
    await state.write(key, {}, void 0);
  } catch (error) {
    if (!isFailure(error, "STATE_CONFLICT")) throw error;
  }
}
var unhealthyIn = (keys) => keys.flatMap((key) => {
  const { id, code } = UNHEALTHY_KEY.exec(key)?.groups ?? {};
  return id === void 0 || code === void 0 ? [] : [{ id, code }];
});
async function removeMarkersOf(state, id) {
  const keys = await state.list(PREFIX);
  const own = keys.filter((key) => (parseMarkerKey(key)?.id ?? unhealthyIn([key])[0]?.id) === id);
  for (const key of own) await state.remove(key);
}
var unhealthyKey = ({ id, code }) => `${UNHEALTHY}${id}/${code}`;
async function markHealth(state, id, code, noted = []) {
  const earlier = noted.filter((each) => each.id === id);
  if (code !== void 0 && !earlier.some((each) => each.code === code)) await mark(state, unhealthyKey({ id, code }));
  for (const each of earlier) if (each.code !== code) await state.remove(unhealthyKey(each));
}

// lib/x509/lifetime.ts
var lifetime = ({ notBefore, notAfter }) => notAfter.getTime() - notBefore.getTime();
var shareLeft = (facts2, now) => (facts2.notAfter.getTime() - now.getTime()) / lifetime(facts2);
var lastSixth = (facts2) => after(facts2.notAfter, -lifetime(facts2) / 6);
var SHORT_LIVED = 10 * DAY;
var isShortLived = (facts2) => lifetime(facts2) < SHORT_LIVED;

// lib/policy/conditions.ts
var CONDITIONS = {
  EXPIRED: "critical",
  NO_CERTIFICATE: "critical",
  TLS_BROKEN: "critical",
  SERVES_OTHER: "critical",
  NOT_ANSWERING: "critical",
  EXPIRES_SOON: "critical",
  NAMES_MISSING: "critical",
  OTHER_AUTHORITY: "critical",
  FAILED: "critical",
  BACK_OFF: "critical",
  RETRY_AFTER: "critical",
  PAUSED: "critical",
  BUDGET_SPENT: "critical",
  LOCKED: "critical",
  GIVEN_UP: "critical",
  DEGRADED: "critical",
  NOT_DONE: "critical",
  OVERDUE: "critical",
  UNVERIFIED: "warning",
  NOT_LOOKED: "warning",
  CLEAN_UP_FAILED: "warning",
  LEFT_BEHIND: "info",
  ORPHANED: "info",
  VALIDATION_LAPSES: "info",
  PARTLY_VERIFIED: "info",
  PRIVATE: "info"
};
var CONDITION_CODES = Object.keys(CONDITIONS);
var condition = (code, id, message, failure2) => ({
  ...{ code, severity: CONDITIONS[code], message },
  advice: adviceOn(code, id, failure2)
});

// lib/policy/sentences.ts
var noCertificate = (lost) => lost === void 0 ? "there is no certificate yet" : `the secrets store does not hold the certificate any more: ${fingerprintText(lost)} was current, and ends on ${lost.notAfter.toISOString()}`;
var expired = ({ notAfter }) => `the certificate has expired, on ${notAfter.toISOString()}`;
var expiresSoon = ({ notAfter }, share) => `less than a ${share} of the certificate\u2019s life is left: it ends on ${notAfter.toISOString()}`;
var unrenewed = ({ notAfter }, targets, tense) => `it has left the configuration and is not renewed: what was brought to ${targets.join(", ")} ${tense} on ${notAfter.toISOString()}`;
var givenUp = ({ tries }, current) => `a new certificate was not taken in ${tries} tries, and is not tried again${current === void 0 ? "" : "; the current one stays"}`;
var LAPSES_SOON = 30 * DAY;
function validationLapses(until, now) {
  if (until === void 0 || after(until, -LAPSES_SOON) > now) return void 0;
  const message = `a record by which names are validated (dns-persist-01) ${until > now ? "lapses" : "has lapsed"}, on ${until.toISOString()}: nothing is issued for them after that`;
  return { message, since: after(until, -LAPSES_SOON) };
}
var leftBehind = ({ what }) => `newleaf has left behind, and does not try any more to remove: ${what.join(", ")}`;
function holderText({ process: process2, invocation }) {
  if (process2 !== void 0) return `${process2.host} process ${process2.pid}`;
  return invocation === void 0 ? "another run" : `function ${invocation.function} request ${invocation.requestId}`;
}
function locked(id, lease) {
  const { since, until } = lease;
  const from = since ? ` since ${since.toISOString()},` : ",";
  return `locked by ${holderText(lease)}${from} until ${until.toISOString()} at most; it may be dead: newleaf unlock ${id}`;
}
function budgetText(authority, { issued: issued2, within: within2 }) {
  const dates = issued2.map((date3) => date3.toISOString().slice(0, 10)).reverse();
  const time2 = `${Math.round(within2 / HOUR)} hours`;
  return `${authority} has issued ${issued2.length} for these names in ${time2} (${dates.join(", ")}); another authority may be configured; no more is ordered from ${authority}`;
}

// lib/x509/presented.ts
function compareServed(served, wanted) {
  if (served.fingerprint !== wanted.fingerprint) return "another";
  if (served.chainPem.startsWith(wanted.chainPem)) return "same";
  const sent = parseChain(served.chainPem).map(String);
  return parseChain(wanted.chainPem).every((each) => sent.includes(String(each))) ? "same" : "leaf alone";
}

// lib/platform/probe-result.ts
var familyOf = ({ keyAlgorithm: keyAlgorithm2 }) => keyAlgorithm2 === "other" ? void 0 : keyAlgorithm2.startsWith("rsa") ? "rsa" : "ecdsa";
var SHOWN = { same: "current", "leaf alone": "incomplete", another: "other" };
async function probeEndpoint(endpoint, serverName, wanted, probe) {
  const seen = (shows, more = {}) => ({
    ...{ address: endpoint.address, port: endpoint.port, serverName, shows, served: void 0, reason: void 0 },
    ...more
  });
  try {
    const handshake = await greet(endpoint, serverName, wanted && familyOf(wanted), probe);
    if (handshake.result !== "presented") return seen(handshake.result, { reason: handshake.reason });
    const { certificate: served } = handshake;
    return seen(wanted === void 0 ? "other" : SHOWN[compareServed(served, wanted)], { served });
  } catch (error) {
    if (!isFailure(error, "OUT_OF_TIME", "LOCAL_TROUBLE")) throw error;
    return seen("unknown", { reason: error.message });
  }
}
async function greet(endpoint, serverName, family, probe) {
  const first = await probe.handshake(endpoint, serverName, family);
  if (family === void 0 || first.result !== "broken" || first.silent) return first;
  const second = await probe.handshake(endpoint, serverName);
  return second.result === "presented" && familyOf(second.certificate) !== family ? second : first;
}
var endpointText = ({ address, port: port2 }) => `${address} port ${port2}`;
function endpointsCalled(text) {
  const { address, port: port2 } = /^(?<address>\S+) port (?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  return address === void 0 || port2 === void 0 ? [] : [{ address, port: Number(port2) }];
}
var answers = ({ shows }) => shows !== "refused" && shows !== "unreachable" && shows !== "unknown";

// lib/state/targets.ts
var entryOf = ({ targets }, { id, name, balancer, listener: listener2 }) => targets[id] ?? { name, balancer, listener: listener2, verified: false, addresses: {}, objects: [], superseded: [] };
var withEntry = (document2, { id }, entry) => ({
  ...document2,
  targets: { ...document2.targets, [id]: { ...entry, verified: isVerified(entry) } }
});
var answeringSince = (entry, probed) => ({
  ...probed,
  answersSince: entry?.addresses[endpointText(probed)]?.answersSince
});
var isLost = ({ shows, answersSince }) => answersSince !== void 0 && (shows === "refused" || shows === "unreachable");
function withProbes(document2, target, probes, now) {
  const entry = entryOf(document2, target);
  const addresses2 = { ...entry.addresses };
  for (const probed of probes.filter(answers)) {
    const at = endpointText(probed);
    const known2 = addresses2[at];
    const isShown = probed.shows === "current" && probed.served?.fingerprint === entry.deployed?.fingerprint;
    const verified = known2?.verified ?? (isShown ? now : void 0);
    addresses2[at] = { answersSince: known2?.answersSince ?? now, ...verified && { verified } };
  }
  return withEntry(document2, target, { ...entry, addresses: addresses2 });
}
function withVerification(document2, target, { fingerprint, object: object7 }, verifications, now) {
  const entry = entryOf(document2, target);
  const known2 = entry.deployed?.fingerprint === fingerprint ? entry.deployed : void 0;
  const addresses2 = Object.fromEntries(
    verifications.map((result) => {
      const at = endpointText(result);
      const { answersSince, verified } = entry.addresses[at] ?? {};
      if (result.state === "unverified") return [at, answersSince === void 0 ? {} : { answersSince }];
      return [at, { answersSince: answersSince ?? now, verified: (known2 && verified) ?? now }];
    })
  );
  const deployed = { fingerprint, object: object7, since: known2?.since ?? now };
  return withEntry(document2, target, { ...entry, deployed, addresses: addresses2 });
}
function isVerified({ addresses: addresses2 }) {
  const answering = Object.values(addresses2).filter(({ answersSince }) => answersSince !== void 0);
  return answering.length > 0 && answering.every(({ verified }) => verified !== void 0);
}
function isSettled(entry, current) {
  if (entry?.deployed === void 0 || entry.deployed.fingerprint !== current) return false;
  const ever = Object.values(entry.addresses).some(({ answersSince }) => answersSince !== void 0);
  return !ever || isVerified(entry);
}
var keptObjects = ({ objects, superseded: superseded2, deployed }, now) => {
  const over = superseded2.filter((entry) => entry.after <= now && entry.object !== deployed?.object);
  return objects.filter((object7) => !over.some((entry) => entry.object === object7));
};
var isDeletionDue = ({ targets, orphans }, now) => [...Object.values(targets).flatMap((each) => each.superseded), ...orphans.flatMap((each) => each.objects)].some(
  ({ after: after2 }) => after2 <= now
);
function withObject(document2, target, object7) {
  const entry = entryOf(document2, target);
  if (entry.objects.includes(object7)) return withEntry(document2, target, entry);
  return withEntry(document2, target, { ...entry, objects: [...entry.objects, object7] });
}

// lib/policy/serving.ts
function servingOfView(view) {
  if ("error" in view && view.probes === void 0) return { state: "failed", failure: view.error };
  const { probes = [] } = view;
  const first = (test) => probes.find(test);
  const broken = first(({ shows }) => shows === "broken");
  if (broken !== void 0)
    return { state: "broken", why: `${endpointText(broken)}, for ${broken.serverName}: ${broken.reason}` };
  if ("serves" in view && !view.serves)
    return { state: "other", why: "the API says that it serves another certificate" };
  const other = first(({ shows }) => shows === "other");
  if (other !== void 0)
    return { state: "other", why: `${endpointText(other)} shows ${anotherOf(other)} for ${other.serverName}` };
  const alone = first(({ shows }) => shows === "incomplete");
  if (alone !== void 0)
    return { state: "other", why: `${endpointText(alone)} shows it without the certificates of its issuers` };
  const lost = first(isLost);
  if (lost !== void 0)
    return { state: "lost", why: `${endpointText(lost)} does not answer any more: ${lost.reason}` };
  if (probes.some(({ shows }) => shows === "unknown")) return { state: "not looked" };
  const unseen2 = probes.filter(({ shows }) => shows !== "current").map(endpointText);
  const addresses2 = probes.length - unseen2.length;
  return addresses2 === 0 ? { state: "unverified" } : { state: "verified", addresses: addresses2, unseen: unseen2 };
}
var isAmiss = (probed) => probed.shows === "other" || probed.shows === "incomplete" || probed.shows === "broken" || isLost(probed);
var anotherOf = ({ served }) => served === void 0 ? "another certificate" : `another certificate (${fingerprintText(served)})`;
function servingOfResult(result) {
  if (result.state === "failed") return { state: "failed", failure: result.error };
  const unseen2 = result.addresses.filter(({ state }) => state === "unverified").map(endpointText);
  if (result.state === "unverified") return { state: "unverified" };
  return { state: "verified", addresses: result.addresses.length - unseen2.length, unseen: unseen2 };
}
function servingOfEntry(entry, current) {
  if (entry?.deployed === void 0) return { state: "unverified" };
  if (entry.deployed.fingerprint !== current)
    return { state: "other", why: "it has not been given the current certificate yet" };
  if (!entry.verified) return { state: "unverified" };
  const addresses2 = Object.entries(entry.addresses);
  const unseen2 = addresses2.filter(([, { verified }]) => verified === void 0).map(([address]) => address);
  return { state: "verified", addresses: Math.max(addresses2.length - unseen2.length, 1), unseen: unseen2 };
}

// lib/policy/health.ts
function healthOf(known2, now) {
  const found2 = [...ofLife(known2, now), ...ofTargets(known2), ...ofTries(known2, now)];
  const conditions = worstFirst(found2);
  return { healthy: conditions.every(({ severity }) => severity === "info"), conditions };
}
var firstCode = ({ healthy, conditions: [first] }) => healthy ? void 0 : first?.code ?? "NOT_DONE";
var failureText = ({ code, message }) => `${code}: ${message}`;
var rank = ({ code }) => CONDITION_CODES.indexOf(code);
var worstFirst = (found2) => [...found2].sort((one, other) => rank(one) - rank(other));
function ofLife({ spec, current, lost, authority }, now) {
  const say = (code, message) => condition(code, spec.id, message);
  if (current === void 0) return [say("NO_CERTIFICATE", noCertificate(lost))];
  const missing = spec.names.filter((name) => !covers(current.names, name));
  return [
    ...current.notAfter <= now ? [say("EXPIRED", expired(current))] : [],
    ...current.notAfter > now && lastSixth(current) < now ? [say("EXPIRES_SOON", expiresSoon(current, "sixth"))] : [],
    ...missing.length > 0 ? [say("NAMES_MISSING", `the certificate lacks ${missing.join(", ")}`)] : [],
    ...authority !== void 0 && !spec.authorities.includes(authority) ? [
      say(
        "OTHER_AUTHORITY",
        `the certificate is from ${authority}, and the configuration wants one from ${spec.authorities.join(" or ")}`
      )
    ] : []
  ];
}
var OF_TARGET = { broken: "TLS_BROKEN", other: "SERVES_OTHER", lost: "NOT_ANSWERING" };
function ofTargets({ spec, current, targets, document: { failures } }) {
  if (current === void 0) return [];
  const isRemembered = ({ code, message }) => allFailures(failures).some((failure2) => failure2.code === code && failure2.message === message);
  return spec.targets.flatMap(({ name, private: isPrivate }) => {
    const say = (code, message, failure2) => [
      condition(code, spec.id, `${name}: ${message}`, failure2)
    ];
    const probed = targets[name] ?? { state: "unverified" };
    if (probed.state === "verified") {
      const all = probed.addresses + probed.unseen.length;
      const where = probed.unseen.join(", ");
      return probed.unseen.length === 0 ? [] : say("PARTLY_VERIFIED", `verified at ${probed.addresses} of ${all}; never reached from here: ${where}`);
    }
    if (probed.state === "not looked") return say("NOT_LOOKED", "it could not be looked at from here");
    if (probed.state === "failed") {
      const { failure: failure2 } = probed;
      return isRemembered(failure2) ? [] : say("FAILED", failureText(failure2), failure2.code);
    }
    if ("why" in probed) return say(OF_TARGET[probed.state], probed.why);
    return isPrivate ? say("PRIVATE", "not seen from here, as the configuration says") : say("UNVERIFIED", "no handshake from here has ever reached it");
  });
}
var HELD = {
  locked: "LOCKED",
  "back-off": "BACK_OFF",
  "retry-after": "RETRY_AFTER",
  paused: "PAUSED",
  budget: "BUDGET_SPENT"
};
function ofTries({ spec, current, document: document2, held: held2, undone }, now) {
  const { failures, rejected: rejected2, nextLook: nextLook2 } = document2;
  const say = (code, message, failure2) => condition(code, spec.id, message, failure2);
  const remembered2 = allFailures(failures).map(({ attempt, code, message, notBefore }) => {
    const until = notBefore > now ? `; it is tried again from ${notBefore.toISOString()} on` : "";
    return say(codeOf(attempt, current), `${code}: ${safeText(message)}${until}`, code);
  });
  const lapsing = validationLapses(document2.persistUntil, now);
  const holds = held2 === void 0 || held2.reason === "fresh" ? void 0 : HELD[held2.reason];
  return [
    ...remembered2,
    // A back-off says no more than the failure that it comes from.
    ...held2 === void 0 || holds === void 0 || holds === "BACK_OFF" && remembered2.length > 0 ? [] : [say(holds, held2.message)],
    ...rejected2?.givenUp === "tries" ? [say("GIVEN_UP", givenUp(rejected2, current))] : [],
    // What failed and is remembered has been said.
    ...undone === void 0 || remembered2.some(({ message }) => message.startsWith(failureText(undone))) ? [] : [say("NOT_DONE", failureText(undone), undone.code)],
    ...nextLook2 !== void 0 && after(nextLook2, OVERDUE) < now ? [say("OVERDUE", `it was to be looked at on ${nextLook2.toISOString()}, and no run did`)] : [],
    ...document2.leftBehind ? [say("LEFT_BEHIND", leftBehind(document2.leftBehind))] : [],
    ...lapsing ? [say("VALIDATION_LAPSES", lapsing.message)] : [],
    ...(document2.orphans ?? []).map((orphan) => say("ORPHANED", orphanText(orphan)))
  ];
}
var codeOf = (attempt, current) => {
  if (attempt === "cleanUp") return "CLEAN_UP_FAILED";
  return attempt === "expand" && current !== void 0 ? "DEGRADED" : "BACK_OFF";
};
var orphanText = (orphan) => `${orphan.name} has left the configuration; newleaf tries until ${keptUntil(orphan).toISOString()} to delete there: ${orphan.objects.map(({ object: object7 }) => object7).join(", ")}`;
var healthSeen = ({
  spec,
  current,
  lost,
  authority,
  targets,
  decision
}, document2, now) => healthOf(
  {
    ...{ spec, current, lost, authority, document: document2, targets: mapValues(targets, servingOfView) },
    held: decision.action === "wait" ? decision : void 0,
    undone: decision.action === "blocked" ? decision.error : void 0
  },
  now
);

// lib/policy/unhealthy.ts
var unhealthy = (id, failure2) => ({
  healthy: false,
  conditions: [
    condition(
      failure2?.code === "LOCKED" ? "LOCKED" : "NOT_DONE",
      id,
      failure2 ? failureText(failure2) : "nothing is known",
      failure2?.code
    )
  ]
});
function unhealthyThough({ current, ...known2 }, failure2, now) {
  const { healthy, conditions } = unhealthy(known2.spec.id, failure2);
  const life = current === void 0 ? [] : ofLife({ ...known2, current }, now);
  return { healthy, conditions: worstFirst([...life, ...conditions]) };
}

// lib/state/document.ts
import * as v4 from "valibot";

// lib/state/future.ts
import { isDeepStrictEqual as isDeepStrictEqual2 } from "node:util";
var TOLERANCE = HOUR;
var LONGEST = { window: DAY, wait: LONGEST_WAIT.authority };
function withoutFuture(document2, now) {
  const latest2 = after(now, TOLERANCE);
  const until = { lease: latest2, window: after(latest2, LONGEST.window), cooldown: after(latest2, LONGEST.wait) };
  const { lease, window: window2, failures = {}, cooldowns = {}, issued: issued2, ...rest } = document2;
  const part = (isHidden) => {
    const isOfIt = (at, last) => at > last === isHidden;
    const failed2 = mapFailures(failures, (failure2) => isOfIt(failure2.at, latest2) ? failure2 : void 0);
    const waiting = Object.entries(cooldowns).filter(([, at]) => isOfIt(at, until.cooldown));
    return {
      issued: issued2.filter(({ at }) => isOfIt(at, latest2)),
      ...lease !== void 0 && isOfIt(lease.until, until.lease) ? { lease } : {},
      ...window2 !== void 0 && isOfIt(window2.checkAfter, until.window) ? { window: window2 } : {},
      ...Object.keys(failed2).length > 0 ? { failures: failed2 } : {},
      ...waiting.length > 0 ? { cooldowns: Object.fromEntries(waiting) } : {}
    };
  };
  return { known: { ...rest, ...part(false) }, hidden: part(true) };
}
function withHidden(document2, hidden) {
  const failures = withFailuresOf(document2.failures ?? {}, hidden.failures ?? {});
  const cooldowns = { ...document2.cooldowns, ...hidden.cooldowns };
  const { lease = hidden.lease, window: window2 = hidden.window } = document2;
  const others = hidden.issued?.filter((each) => !document2.issued.some((known2) => isDeepStrictEqual2(known2, each)));
  return {
    ...document2,
    issued: [...document2.issued, ...others ?? []],
    ...lease && { lease },
    ...window2 && { window: window2 },
    ...Object.keys(failures).length > 0 ? { failures } : {},
    ...Object.keys(cooldowns).length > 0 ? { cooldowns } : {}
  };
}
var datedOf = ({ window: window2, failures = {}, cooldowns, issued: issued2 }) => ({
  issued: issued2,
  failures: mapFailures(failures, (failure2) => failure2.code === "CLOCK_WRONG" ? void 0 : failure2),
  ...window2 && { window: window2 },
  ...cooldowns && { cooldowns }
});

// lib/state/schema.ts
import * as v2 from "valibot";

// lib/state/fields.ts
import * as v from "valibot";
var date2 = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
  v.check((moment) => v.is(v.pipe(v.string(), v.isoTimestamp()), moment.toISOString()))
);
var count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
var failure = v.exactOptional(
  v.object({
    count,
    code: v.string(),
    message: v.string(),
    step: v.exactOptional(v.string()),
    since: v.exactOptional(date2),
    at: date2,
    notBefore: date2,
    configHash: v.string(),
    references: v.exactOptional(v.object({ salt: v.string(), digest: v.string() }))
  })
);
var facts = {
  names: v.array(v.string()),
  serial: v.string(),
  fingerprint: v.string(),
  keyAlgorithm: v.picklist([...KEY_ALGORITHMS, "other"]),
  notBefore: date2,
  notAfter: date2,
  issuer: v.string()
};
var addresses = v.record(
  v.string(),
  v.object({ answersSince: v.exactOptional(date2), verified: v.exactOptional(date2) })
);
var rejected = v.exactOptional(
  v.object({
    fingerprint: v.string(),
    tries: count,
    since: date2,
    givenUp: v.exactOptional(v.picklist(["tries", "by hand"]))
  })
);
var window = {
  fingerprint: v.string(),
  start: date2,
  end: date2,
  checkAfter: date2,
  explanation: v.exactOptional(v.string())
};
var events = v.array(v.object({ at: date2, event: v.string(), detail: v.exactOptional(v.string()) }));
var problems = v.record(v.string(), v.object({ problems: v.array(v.string()), since: date2 }));
var txtRecord = { name: v.string(), value: v.string(), zone: v.string(), provider: v.string() };

// lib/state/schema.ts
var listener = v2.record(v2.string(), v2.union([v2.string(), v2.number(), v2.array(v2.string())]));
var issuer = { authority: v2.string(), directory: v2.exactOptional(v2.string()) };
var incarnation = v2.exactOptional(v2.object({ bootId: v2.string(), pidNamespace: v2.string(), startTime: v2.string() }));
var superseded = v2.array(v2.object({ object: v2.string(), after: date2 }));
var schema = v2.looseObject({
  v: v2.literal(2),
  environment: v2.exactOptional(v2.string()),
  fence: count,
  lease: v2.exactOptional(
    v2.object({
      ...{ holder: v2.string(), fence: count, until: date2, since: v2.exactOptional(date2) },
      process: v2.exactOptional(v2.object({ host: v2.string(), pid: count, incarnation })),
      invocation: v2.exactOptional(v2.object({ function: v2.string(), requestId: v2.string() }))
    })
  ),
  order: v2.exactOptional(
    v2.object({
      ...{ ...issuer, url: v2.string(), expires: v2.exactOptional(date2) },
      // An earlier version counted no runs.
      undecided: v2.exactOptional(v2.object({ step: v2.string(), since: date2, runs: v2.optional(count, 1) }))
    })
  ),
  challengeRecords: v2.array(v2.object({ ...txtRecord, order: v2.exactOptional(v2.string()), since: date2 })),
  targets: v2.record(
    v2.string(),
    v2.object({
      name: v2.string(),
      balancer: v2.string(),
      listener: v2.exactOptional(listener),
      resource: v2.exactOptional(v2.string()),
      deployed: v2.exactOptional(v2.object({ fingerprint: v2.string(), object: v2.string(), since: date2 })),
      verified: v2.boolean(),
      addresses,
      objects: v2.array(v2.string()),
      repairs: v2.exactOptional(v2.array(date2)),
      superseded
    })
  ),
  orphans: v2.array(
    v2.object({
      name: v2.string(),
      balancer: v2.string(),
      listener: v2.exactOptional(listener),
      resource: v2.exactOptional(v2.string()),
      objects: superseded,
      since: date2
    })
  ),
  leftBehind: v2.exactOptional(v2.object({ what: v2.array(v2.string()), since: date2 })),
  current: v2.exactOptional(v2.object({ ...facts, authority: v2.exactOptional(v2.string()) })),
  rejected,
  unfinished: v2.exactOptional(v2.object({ count, since: date2 })),
  window: v2.exactOptional(v2.object({ ...window, suggestedNow: v2.exactOptional(v2.boolean()) })),
  cooldowns: v2.exactOptional(v2.record(v2.string(), date2)),
  failures: v2.exactOptional(
    v2.object({
      observe: failure,
      deploy: failure,
      repair: failure,
      cleanUp: failure,
      authorities: v2.exactOptional(
        v2.record(v2.string(), v2.object({ directory: v2.exactOptional(v2.string()), issue: failure, expand: failure }))
      )
    })
  ),
  notified: v2.exactOptional(problems),
  persistUntil: v2.exactOptional(date2),
  issued: v2.array(
    v2.object({
      at: date2,
      names: v2.string(),
      authority: v2.exactOptional(v2.string()),
      directory: v2.exactOptional(v2.string())
    })
  ),
  events,
  nextLook: v2.exactOptional(date2)
});
var NEWER = v2.object({ v: v2.pipe(v2.number(), v2.minValue(3)) });

// lib/state/version-1.ts
import * as v3 from "valibot";
var schemaOfVersion1 = v3.looseObject({
  v: v3.literal(1),
  environment: v3.exactOptional(v3.string()),
  fence: count,
  claim: v3.exactOptional(v3.object({ owner: v3.string(), fence: count, until: date2 })),
  order: v3.exactOptional(v3.object({ authority: v3.string(), url: v3.string(), expires: v3.exactOptional(date2) })),
  txt: v3.array(v3.object(txtRecord)),
  targets: v3.record(
    v3.string(),
    v3.object({
      fingerprint: v3.string(),
      name: v3.string(),
      since: date2,
      verified: v3.boolean(),
      addresses: v3.exactOptional(addresses)
    })
  ),
  uploaded: v3.record(v3.string(), v3.array(v3.string())),
  retire: v3.array(v3.object({ target: v3.string(), name: v3.string(), after: date2 })),
  current: v3.exactOptional(v3.object({ ...facts, authority: v3.exactOptional(v3.string()) })),
  rejected,
  unfinished: v3.exactOptional(v3.object({ count, since: date2 })),
  window: v3.exactOptional(v3.object({ ...window, recalled: v3.exactOptional(v3.boolean()) })),
  waits: v3.exactOptional(v3.record(v3.string(), date2)),
  failures: v3.exactOptional(
    v3.object({ look: failure, issue: failure, widen: failure, deploy: failure, repair: failure })
  ),
  told: v3.exactOptional(problems),
  issued: v3.array(v3.object({ at: date2, names: v3.string() })),
  events,
  wake: v3.exactOptional(date2)
});
function carriedOver(old) {
  const {
    v: _2,
    claim,
    txt,
    targets,
    uploaded,
    retire,
    window: asked,
    waits,
    failures,
    told,
    issued: issued2,
    wake,
    ...same
  } = old;
  const { current, order: order2 } = old;
  const authority = order2?.authority ?? current?.authority ?? "";
  const names = [.../* @__PURE__ */ new Set([...Object.keys(targets), ...Object.keys(uploaded)])];
  const { recalled, ...range } = asked ?? {};
  const oldest = old.events.at(-1)?.at ?? current?.notBefore ?? /* @__PURE__ */ new Date(0);
  return {
    ...same,
    v: 2,
    ...claim && { lease: { holder: claim.owner, fence: claim.fence, until: claim.until } },
    challengeRecords: txt.map((record5) => ({ ...record5, since: oldest })),
    targets: Object.fromEntries(names.map((name) => [name, entryOf2(name, old)])),
    orphans: [],
    ...asked && { window: { ...range, ...recalled ? { suggestedNow: true } : {} } },
    ...waits && { cooldowns: waits },
    ...failures && { failures: failuresOf(failures, authority) },
    ...told && { notified: told },
    issued: issued2.map((each) => ({ ...each, ...current?.authority && { authority: current.authority } })),
    ...wake && { nextLook: wake }
  };
}
function entryOf2(name, { targets, uploaded, retire }) {
  const { fingerprint = "", name: object7 = "", since, verified = false, addresses: known2 = {} } = targets[name] ?? {};
  return {
    name,
    balancer: name.split("/", 1)[0] ?? name,
    ...since !== void 0 && fingerprint !== "" ? { deployed: { fingerprint, object: object7, since } } : {},
    verified,
    addresses: known2,
    objects: uploaded[name] ?? [],
    superseded: retire.filter(({ target }) => target === name).map((entry) => ({ object: entry.name, after: entry.after }))
  };
}
function failuresOf({ look, issue: issue3, widen, deploy: deploy3, repair }, authority) {
  const ofAuthority2 = { ...issue3 && { issue: issue3 }, ...widen && { expand: widen } };
  return {
    ...look && { observe: look },
    ...deploy3 && { deploy: deploy3 },
    ...repair && { repair },
    ...issue3 || widen ? { authorities: { [authority]: ofAuthority2 } } : {}
  };
}

// lib/state/document.ts
var MAX_EVENTS = 50;
var documentKey = (id) => `certificate/${id}`;
var emptyDocument = {
  v: 2,
  fence: 0,
  challengeRecords: [],
  targets: {},
  orphans: [],
  issued: [],
  events: []
};
function parseDocument(key, stored) {
  if (v4.is(NEWER, stored)) {
    throw new Failure("STORE_UNREADABLE", `the state document ${key} was written by a newer newleaf: run that one`);
  }
  const old = safeParse(schemaOfVersion1, stored);
  if (old.success) return carriedOver(old.output);
  const result = safeParse(schema, stored);
  if (result.success) return result.output;
  const path = v4.getDotPath((v4.is(v4.object({ v: v4.literal(1) }), stored) ? old : result).issues[0]);
  throw new Failure(
    "STORE_UNREADABLE",
    `the state document ${key} is damaged${path === null ? "" : ` at ${path}`}: restore it, or remove it to start anew`
  );
}
var leaseAt = ({ lease }, now) => lease !== void 0 && lease.until > now ? lease : void 0;
async function readDocument(id, { state, environment, clock, process: process2 }) {
  const key = documentKey(id);
  const stored = await state.read(key);
  if (stored === void 0) return { document: emptyDocument, hidden: {}, tag: void 0 };
  const document2 = parseDocument(key, stored.document);
  if (document2.environment !== void 0 && document2.environment !== environment) {
    throw new Failure(
      "STORE_FOREIGN",
      `the state document ${key} belongs to the environment "${document2.environment}", not to "${environment}": give each its own place in the state store`
    );
  }
  const now = clock.now();
  const { known: known2, hidden } = withoutFuture(document2, now);
  const lease = leaseAt(known2, now);
  const isAbandoned = process2 && lease?.process && isGone(lease.process, process2);
  if (!isAbandoned) return { document: known2, hidden, tag: stored.tag };
  return { document: { ...known2, lease: { ...lease, until: now } }, hidden, tag: stored.tag, abandoned: lease };
}
var withEvent = (document2, at, event, detail) => ({
  ...document2,
  events: [...document2.events, { at, event, ...detail === void 0 ? {} : { detail } }].slice(-MAX_EVENTS)
});

// lib/report/remembered.ts
var READS_AT_ONCE = 20;
var rememberedOf = (specs, memory) => mapConcurrently(specs, READS_AT_ONCE, (spec) => recall(spec, memory));
async function recall(spec, memory) {
  try {
    const { document: document2 } = await readDocument(spec.id, memory);
    return { spec, document: document2, error: void 0, health: healthIn(document2, spec, memory.clock.now()) };
  } catch (error) {
    const failure2 = toFailure(error);
    return { spec, document: void 0, error: failure2, health: unhealthy(spec.id, failure2) };
  }
}
function healthIn(document2, spec, now) {
  const { current } = document2;
  const targets = Object.entries(entriesOf(document2, spec)).map(([name, entry]) => [
    name,
    servingOfEntry(entry, current?.fingerprint)
  ]);
  return healthOf({ spec, current, authority: current?.authority, document: document2, targets: Object.fromEntries(targets) }, now);
}
var entriesOf = ({ targets }, spec) => Object.fromEntries(spec.targets.map(({ id, name }) => [name, targets[id]]));

// lib/report/documents.ts
var runJson = (report) => {
  const { environment, dryRun, whole, startedAt, finishedAt, certificates, unhealthy: unhealthy2, obstacles, ok } = report;
  return {
    ...{ v: VERSION, environment, dryRun, whole, startedAt, finishedAt },
    certificates: certificates.map((outcome) => outcomeJson(outcome, finishedAt)),
    unhealthy: unhealthy2,
    ok,
    obstacles: obstacles?.map(obstacleJson)
  };
};
var outcomeJson = (outcome, now) => ({
  id: outcome.id,
  result: outcome.result,
  ...healthJson(outcome.health),
  ...decisionJson(outcome.decision),
  certificate: outcome.certificate && certificateJson(outcome.certificate, void 0, now),
  targets: mapValues(outcome.targets, targetResultJson),
  error: outcome.error && errorJson(outcome.error),
  missing: outcome.missing,
  next: outcome.next
});
var refusalJson = (failure2, finishedAt) => ({
  ...{ v: VERSION, ok: false, finishedAt, error: errorJson(failure2) }
});
var lookedAtJson = (item, now) => ({
  id: item.spec.id,
  names: item.spec.names,
  ...healthJson(item.health),
  ...decisionJson(item.decision),
  certificate: item.current && certificateJson(item.current, item.authority, now),
  renewAt: item.renewAt,
  failure: item.failure && failureJson(item.failure),
  missing: item.missing,
  error: item.decision.action === "blocked" ? errorJson(item.decision.error) : void 0
});
var observedJson = (all, at, { events: events2 = false, unconfigured }) => ({
  ...{ v: VERSION, ok: all.every(({ item }) => item.health.healthy), at },
  certificates: all.map(({ item, targets, document: document2 }) => ({
    ...lookedAtJson(item, at),
    events: events2 && document2 ? eventsJson(document2.events) : void 0,
    targets: mapValues(targets, ({ serves, error, probes }) => ({
      ...{ serves, error: error && errorJson(error), addresses: probes.map(probeResultJson) }
    }))
  })),
  unconfigured: unconfigured?.map((each) => unconfiguredJson(each, at))
});

// lib/config/schema.ts
import * as v7 from "valibot";

// lib/acme/directories.ts
import * as v5 from "valibot";
var LETS_ENCRYPT_PROFILES = { tlsserver: 25, shortlived: 25 };
var SECTIGO = ["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"];
var directories = {
  letsencrypt: {
    url: "https://acme-v02.api.letsencrypt.org/directory",
    eab: false,
    caaIdentities: ["letsencrypt.org"],
    issuance: { certificates: 5, within: 7 * DAY },
    // https://letsencrypt.org/docs/rate-limits/
    namesByProfile: LETS_ENCRYPT_PROFILES
  },
  "letsencrypt-staging": {
    url: "https://acme-staging-v02.api.letsencrypt.org/directory",
    eab: false,
    staging: true,
    caaIdentities: ["letsencrypt.org"],
    namesByProfile: LETS_ENCRYPT_PROFILES
  },
  google: { url: "https://dv.acme-v02.api.pki.goog/directory", eab: true, caaIdentities: ["pki.goog"] },
  "google-staging": {
    url: "https://dv.acme-v02.test-api.pki.goog/directory",
    eab: true,
    staging: true,
    caaIdentities: ["pki.goog"]
  },
  zerossl: { url: "https://acme.zerossl.com/v2/DV90", eab: true, caaIdentities: SECTIGO },
  "sslcom-rsa": { url: "https://acme.ssl.com/sslcom-dv-rsa", eab: true, caaIdentities: ["ssl.com"] },
  "sslcom-ecc": { url: "https://acme.ssl.com/sslcom-dv-ecc", eab: true, caaIdentities: ["ssl.com"] }
};
var known = new Map(Object.entries(directories));
var knownByUrl = new Map([...known.values()].map((each) => [each.url, each]));
var directoryUrl = (written2) => known.get(written2)?.url ?? written2;
var knownAt = (url) => knownByUrl.get(URL.canParse(url) ? new URL(url).href : url);
var knownCaaIdentities = (url) => knownAt(url)?.caaIdentities ?? [];
var limitsOf = (url) => {
  const { issuance, namesByProfile } = knownAt(url) ?? {};
  return { ...issuance && { issuance }, ...namesByProfile && { namesByProfile } };
};
var directory = v5.pipe(
  v5.string("expected the name of a certificate authority or an https URL"),
  v5.check(
    (text) => known.has(text) || v5.is(endpointUrl, text),
    `expected an https URL or one of: ${[...known.keys()].join(", ")}`
  ),
  v5.transform(directoryUrl),
  v5.description("The ACME directory: a known name (letsencrypt, google, zerossl, \u2026) or an https URL.")
);
var email = v5.pipe(
  v5.string(),
  // Let's Encrypt refuses other contacts (https://letsencrypt.org/docs/expiration-emails/).
  v5.regex(/^[!-"$->@-~]+@[A-Za-z0-9.-]+$/, 'expected one e-mail address in ASCII, without "?" or "#"'),
  v5.description("Where the certificate authority may write to. Many no longer write at all.")
);
var authorityOptions = v5.pipe(
  v5.strictObject({
    directory,
    email: v5.optional(email),
    agreeToTerms: v5.pipe(
      v5.literal(true, "must be true: accounts are only given to those who agree to the terms of service"),
      v5.description("Says that you have read the terms of service of this authority and agree to them.")
    ),
    validation: v5.optional(
      v5.pipe(
        v5.picklist(VALIDATION_METHODS),
        v5.description(
          "How the authority is shown that a name is yours: dns-01, or one of the others where it offers them; dns-01 if not given. With dns-persist-01 you place a record once, and no DNS provider is needed."
        )
      )
    ),
    replaceTrusted: v5.optional(
      v5.pipe(
        v5.boolean(),
        v5.description(
          "Whether what a staging authority issues may take the place of a certificate that clients trust."
        )
      )
    ),
    caCertificate: v5.optional(
      v5.pipe(
        v5.string(),
        v5.nonEmpty(),
        v5.description("Path of a PEM file with the CA certificate that signed the directory\u2019s own: for a private CA.")
      )
    ),
    eab: v5.optional(
      v5.pipe(
        v5.strictObject({
          kid: v5.pipe(v5.string(), v5.nonEmpty(), v5.description("The key identifier that the authority gave you.")),
          hmac: v5.pipe(secretReference, v5.description("The base64url key that came with it, as a reference."))
        }),
        v5.description("External account binding: ties the ACME account to an account at the authority\u2019s site.")
      )
    )
  }),
  v5.forward(
    v5.check(
      ({ directory: directory2, eab }) => eab !== void 0 || !knownByUrl.get(directory2)?.eab,
      "this certificate authority needs an external account binding: eab.kid and eab.hmac, from its own site"
    ),
    ["eab"]
  )
);
function knownOf({
  directory: directory2,
  validation,
  replaceTrusted
}) {
  const { issuance } = limitsOf(directory2);
  const isSparing = knownByUrl.get(directory2)?.staging === true && replaceTrusted !== true;
  return {
    directory: directory2,
    ...issuance && { issuanceLimit: issuance },
    ...validation && { validation },
    ...isSparing && { untrusted: true }
  };
}

// lib/dns/policies.ts
var PROPAGATION_POLICIES = ["all", "majority"];

// lib/config/matching-files.ts
import { lstat, readdir, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
function problemOfPattern(pattern) {
  const names = namesIn(pattern);
  if (isAbsolute(pattern) || names.includes(".."))
    return "expected a path below the folder of the configuration, without ..";
  if (names.some((name) => name.includes("**"))) return "a * stands for a part of one name; write one for each folder";
  return names.length === 0 ? "must not be empty" : void 0;
}
var namesIn = (pattern) => pattern.split("/").filter((name) => name !== "" && name !== ".");
var matchingFiles = (pattern, folder) => matching(namesIn(pattern), folder, "");
async function matching([name, ...rest], folder, within2) {
  if (name === void 0) return [within2];
  const isLast = rest.length === 0;
  const names = name.includes("*") ? await matchingNames(name, join(folder, within2), isLast) : [name];
  const found2 = names.map((each) => matching(rest, folder, join(within2, each)));
  const paths = (await Promise.all(found2)).flat();
  return isLast && !name.includes("*") ? filter(paths, (path) => isThere2(join(folder, path))) : paths;
}
async function matchingNames(name, folder, isLast) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(absent([]));
  const isWanted2 = (entry) => entry.isSymbolicLink() || entry.isDirectory() !== isLast;
  return entries.filter((entry) => isLike(entry.name, name) && isWanted2(entry)).map((entry) => entry.name);
}
function isLike(name, pattern) {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop() ?? "";
  if (name.startsWith(".") || !name.startsWith(first) || !name.slice(first.length).endsWith(last)) return false;
  let rest = name.slice(first.length, name.length - last.length);
  return others.every((part) => {
    const at = rest.indexOf(part);
    rest = rest.slice(at + part.length);
    return at !== -1;
  });
}
var filter = async (paths, test) => {
  const wanted = await Promise.all(paths.map(test));
  return paths.filter((_2, index) => wanted[index]);
};
var isThere2 = (path) => lstat(path).then(() => true, absent(false));
async function liesWithin(folder, path) {
  const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, path)).catch(absent(void 0))]);
  if (file === void 0) return true;
  const way = relative(root, file);
  return !isAbsolute(way) && way.split(sep)[0] !== "..";
}
var absent = (value) => (error) => {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return value;
  throw error;
};

// lib/config/names.ts
import { isIP } from "node:net";
import { domainToASCII, domainToUnicode } from "node:url";
import * as v6 from "valibot";
var LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
var RESERVED = /(?:^|\.)[^.]{2}--/;
var TOO_LONG = "longer than the 253 characters of a DNS name";
var NOT_A_NAME = "not a DNS name";
var AN_ADDRESS = "an IP address; only DNS names can be proved with DNS";
function parseHost(text) {
  const host = text.replace(/\.$/, "");
  if (host.length > 1e3) return { problem: TOO_LONG };
  if (isIP(host.replace(/^\[|\]$/g, ""))) return { problem: AN_ADDRESS };
  const name = /[^\p{L}\p{M}\p{N}.。．-]/u.test(host) ? "" : domainToASCII(host);
  const labels = name.split(".");
  if (name.length > 253) return { problem: TOO_LONG };
  if (labels.some((label) => label.length > 63)) return { problem: "a label is longer than 63 characters" };
  const wellFormed = labels.every((label) => LABEL.test(label)) && /[a-z]/.test(labels.at(-1) ?? "");
  return wellFormed && !RESERVED.test(domainToUnicode(name)) ? { name } : { problem: NOT_A_NAME };
}
function parseCertificateName(text) {
  const address = ipAddress(text.replace(/^\[|\]$/g, ""));
  if (address !== void 0) return { name: address };
  const wildcard = text.startsWith("*.");
  const host = wildcard ? text.slice(2) : text;
  if (host.includes("*")) return { problem: "a wildcard stands only for the whole first label, as in *.example.com" };
  const { name, problem } = parseHost(host);
  if (problem !== void 0) return { problem };
  if (!name.includes(".")) return { problem: "needs a dot: no public authority certifies a single label" };
  if (wildcard && name.length > 251) return { problem: TOO_LONG };
  return { name: wildcard ? `*.${name}` : name };
}
var parsedBy = (parse) => v6.rawTransform(({ dataset, addIssue, NEVER }) => {
  const { name, problem } = parse(dataset.value);
  if (problem === void 0) return name;
  addIssue({ message: problem });
  return NEVER;
});
var certificateName2 = v6.pipe(
  v6.string("expected a DNS name"),
  v6.description(
    "A DNS name; *.name for a wildcard. Any script and case. With selfSigned or imported also an IP address."
  ),
  parsedBy(parseCertificateName)
);
var zoneName = v6.pipe(
  v6.string("expected the name of a DNS zone"),
  v6.description("The name of a DNS zone."),
  parsedBy(parseHost)
);
var zoneList = v6.pipe(
  v6.array(zoneName),
  v6.minLength(1),
  v6.description("The zones it may write to. Without: every zone that no other provider lists.")
);
function isWithin2(name, zones) {
  const labels = name.replace(/^\*\./, "").split(".");
  return labels.some((_2, index) => zones.has(labels.slice(index).join(".")));
}
var port = (text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535;
function isServerAddress(text) {
  if (isIP(text)) return true;
  const [, v62, v42, number5 = ""] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  return port(number5) && (isIP(v62 ?? "") === 6 || isIP(v42 ?? "") === 4);
}
var ADDRESSES = "an IP address, or one with a port as in 192.0.2.1:53 and [2001:db8::1]:53";
var serverAddress = v6.pipe(
  v6.string("expected an IP address"),
  v6.description("An IP address, with a port if it is not 53: 192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:5353."),
  v6.check(isServerAddress, `expected ${ADDRESSES}`)
);
var resolverAddress = v6.pipe(
  v6.string("expected an IP address or an https URL"),
  v6.description("As an address of a name server, or a URL such as https://dns.example/dns-query."),
  v6.check(
    (text) => isServerAddress(text) || /^https:\/\/[^\s#]+$/.test(text) && URL.canParse(text),
    `expected ${ADDRESSES}, or a URL as in https://dns.example/dns-query`
  )
);

// lib/config/schema.ts
var configName = v7.pipe(
  v7.string(),
  v7.regex(new RegExp(`^${NAME}$`), "a name has 1 to 63 lower-case letters, digits and hyphens, and no hyphen first")
);
var driverEntries = {
  use: v7.pipe(v7.string(), v7.description("The driver.")),
  options: v7.optional(v7.pipe(v7.record(v7.string(), v7.unknown()), v7.description("What this driver wants to know.")))
};
var section = (kind, description4) => v7.pipe(v7.strictObject(driverEntries), v7.description(description4), v7.metadata({ driverKind: kind }));
var provider = v7.pipe(
  v7.strictObject({
    ...driverEntries,
    zones: v7.optional(zoneList),
    together: v7.optional(
      v7.pipe(
        v7.boolean("expected true or false"),
        v7.description(
          "Whether other providers serve these zones as well, as secondary or side by side: values are written to each that says so."
        )
      )
    )
  }),
  v7.description("A DNS provider."),
  v7.metadata({ driverKind: "dns" })
);
var servers = (address, description4) => v7.optional(v7.pipe(v7.array(address), v7.minLength(1), v7.description(description4)));
var deployEntry = v7.looseObject({
  balancer: v7.pipe(v7.string(), v7.description("A name from balancers.")),
  private: v7.optional(
    v7.pipe(
      v7.boolean("expected true or false"),
      v7.description(
        "Whether no handshake can reach it from where newleaf runs: then it counts as healthy without having been seen."
      )
    )
  )
});
var certificateEntry = v7.strictObject({
  names: v7.pipe(
    v7.array(certificateName2),
    v7.minLength(1),
    v7.maxLength(100, "a certificate holds 100 names at most"),
    v7.description("The names it is for. The first one is shown where there is room for one only.")
  ),
  key: v7.optional(
    v7.pipe(
      v7.picklist(["auto", ...KEY_ALGORITHMS]),
      v7.description("The kind of key; auto: the one that the balancers prefer among those that all of them accept.")
    ),
    "auto"
  ),
  authorities: v7.optional(
    v7.pipe(
      v7.union([v7.pipe(v7.string(), v7.nonEmpty()), v7.pipe(v7.array(v7.string()), v7.minLength(1))]),
      v7.description(
        "Names from acme.authorities, asked in this order: the next one when one fails. Without: the first one there, and no other."
      )
    )
  ),
  profile: v7.optional(
    v7.pipe(
      v7.string(),
      v7.regex(/^[\w.-]{1,64}$/, "expected the name of a profile of the authority"),
      v7.description("The profile to ask the authority for, such as tlsserver or shortlived.")
    )
  ),
  imported: v7.optional(
    v7.pipe(
      v7.boolean(),
      v7.description(
        "Bought elsewhere and brought with `newleaf import`: it is deployed and watched, and never ordered."
      )
    ),
    false
  ),
  selfSigned: v7.optional(
    v7.pipe(
      v7.boolean(),
      v7.description(
        "For development: newleaf signs it with its own key, asks no authority and no DNS, and renews it like any other. No client trusts it that is not told to."
      )
    ),
    false
  ),
  days: v7.optional(
    v7.pipe(
      v7.number(),
      v7.integer(),
      v7.minValue(2),
      v7.maxValue(3650),
      v7.description("How long a self-signed certificate lives, in days; 90 if not given.")
    )
  ),
  // Without a default it may not be left out.
  deploy: v7.optional(
    v7.pipe(
      v7.array(v7.pipe(deployEntry, v7.metadata({ deployEntry: true }))),
      v7.minLength(1),
      v7.description("The listeners that serve it.")
    )
  )
});
var { names: _, ...fieldsWithDefaults } = certificateEntry.entries;
var includePattern = v7.pipe(
  v7.string(),
  v7.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed ? problemOfPattern(dataset.value) : void 0;
    if (message !== void 0) addIssue({ message });
  })
);
var named = (entry, description4) => v7.pipe(v7.record(configName, entry), v7.minEntries(1), v7.description(description4));
var dns = v7.pipe(
  v7.objectWithRest(
    {
      resolvers: servers(
        resolverAddress,
        "Resolvers to ask instead of those of the machine; with https:// those that answer over HTTPS (RFC 8484), where port 53 is closed."
      ),
      nameservers: servers(
        serverAddress,
        "Servers to ask in place of those that are authoritative for a zone: for split DNS and tests."
      ),
      propagation: v7.optional(
        v7.pipe(
          v7.picklist(PROPAGATION_POLICIES),
          v7.description(
            "How many of the name servers of a zone must show a value before the authority is asked to look."
          )
        )
      )
    },
    provider
  ),
  v7.description("The DNS providers by name, and which servers to ask.")
);
var documentSchema = v7.strictObject({
  $schema: v7.optional(v7.pipe(v7.string(), v7.description("For editors: where the JSON Schema of this document is."))),
  environment: v7.pipe(
    v7.string(),
    // Without hyphens: in names such as newleaf-prod-eu-shop-… only one environment and one id can be meant.
    v7.regex(/^[a-z0-9]{1,31}$/, "expected 1 to 31 lower-case letters and digits"),
    v7.description("Which installation this is, such as prod. Part of the name of everything that is created.")
  ),
  // These two may be left out where nothing is ordered.
  acme: v7.optional(
    v7.strictObject({
      authorities: named(authorityOptions, "The certificate authorities, the preferred one first.")
    })
  ),
  dns: v7.optional(dns),
  secrets: v7.optional(
    section("secrets", "Where keys and certificates are kept. Without: encrypted, in .newleaf/secrets.")
  ),
  state: v7.optional(section("state", "Where newleaf remembers what it was doing. Without: in .newleaf/state.")),
  balancers: named(section("balancers", "A load balancer account."), "The load balancer accounts by name."),
  include: v7.optional(
    v7.pipe(
      v7.union([includePattern, v7.pipe(v7.array(includePattern), v7.minLength(1))]),
      v7.description(
        "More files with certificates, each a map with the one key `certificates`: paths from the folder of this file on, in which * stands for any part of one name."
      )
    )
  ),
  defaults: v7.optional(
    v7.pipe(
      v7.strictObject(fieldsWithDefaults),
      v7.description("Fields that each certificate has as they stand here where it does not have them itself.")
    )
  ),
  // Those of the files that are included stand there as well when it is checked.
  certificates: named(certificateEntry, "The certificates by id."),
  notify: v7.optional(
    named(section("notify", "Where notices go."), "The notifiers by name: who is notified when something is wrong.")
  )
});

// lib/notify/test-notice.ts
async function sendTests({
  environment,
  notifiers,
  clock
}) {
  const sent = Object.entries(notifiers).map(async ([name, notifier]) => {
    const message = "this is a test: nothing is wrong; problems will be reported here";
    try {
      await notifier.send({ event: "test", environment, names: [], codes: [], message, since: clock.now() });
      return [name, void 0];
    } catch (error) {
      return [name, toFailure(error)];
    }
  });
  return Object.fromEntries(await Promise.all(sent));
}

// lib/observe/update-schedule.ts
var CONCURRENCY = 10;
async function updateSchedule(listing, scope, outcomes, deps) {
  const looked = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const known2 = new Set(scope.all.map(({ id }) => id));
  const others = unhealthyElsewhere(listing, ({ id }) => known2.has(id) && !looked.has(id) && scope.isAsked(id));
  if (scope.dryRun) return others;
  const { keys, markers, unhealthy: unhealthy2, at } = listing;
  await mapConcurrently(markers, CONCURRENCY, async ({ id, key }) => {
    const isDone = known2.has(id) ? isDoneBy(looked.get(id), key) : await isOfEnvironment(id, deps);
    if (isDone) await deps.state.remove(key);
  });
  await noteHealth(outcomes, unhealthy2, deps);
  for (const each of unhealthy2) {
    if (!known2.has(each.id) && await isOfEnvironment(each.id, deps))
      await markHealth(deps.state, each.id, void 0, [each]);
  }
  if (scope.fullScan !== void 0) {
    await markUnknown(
      scope.specs.filter(({ id }) => !looked.has(id)),
      at,
      deps
    );
    const everyone = outcomes.every(({ next, result }) => next !== void 0 || result === "waiting");
    if (everyone) await noteFullScan(deps.state, at, scope.fullScan, keys);
  }
  return others;
}
async function updateLooked(outcomes, begun, dryRun, deps) {
  if (dryRun) return [];
  const keys = await listMarkers(deps.state, begun);
  const looked = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  await mapConcurrently(dueMarkers(keys), CONCURRENCY, async ({ id, key }) => {
    if (isDoneBy(looked.get(id), key)) await deps.state.remove(key);
  });
  await noteHealth(outcomes, unhealthyIn(keys), deps);
  return [];
}
var isDoneBy = (outcome, key) => outcome?.next !== void 0 && markerKey(outcome.next, outcome.id) !== key;
var unhealthyElsewhere = ({ markers, unhealthy: unhealthy2, at }, isOther) => [
  ...unhealthy2.filter(isOther),
  ...overdueIn(markers, at).filter((late) => isOther(late) && !unhealthy2.some(({ id }) => id === late.id))
];
async function isOfEnvironment(id, deps) {
  try {
    await readDocument(id, deps);
    return true;
  } catch (error) {
    if (!isFailure(error, "STORE_FOREIGN", "STORE_UNREADABLE")) throw error;
    return error.code === "STORE_UNREADABLE";
  }
}
var noteHealth = (outcomes, noted, { state }) => mapConcurrently(outcomes, CONCURRENCY, async ({ id, health, error }) => {
  if (error?.code === "STORE_FOREIGN") return;
  const code = firstCode(health);
  if (code !== "LOCKED") await markHealth(state, id, code, noted);
});
var SOON = 30 * MINUTE;
async function markUnknown(given, now, { state }) {
  if (given.length === 0) return;
  const documents = new Set(await state.list(documentKey("")));
  const unknown3 = given.filter(({ id }) => !documents.has(documentKey(id)));
  await mapConcurrently(unknown3, CONCURRENCY, ({ id }) => moveMarker(state, id, void 0, after(now, SOON)));
}

// lib/observe/due.ts
async function findDue(all, request, deps) {
  const { only, attended = true, dryRun } = request;
  const isAsked2 = (id) => only === void 0 || only.includes(id);
  const named2 = all.filter(({ id }) => isAsked2(id));
  const begun = deps.clock.now();
  if (request.fullScan || request.force || only !== void 0 && attended) {
    const isFullScan2 = only === void 0;
    return {
      ...{ specs: named2, isFullScan: isFullScan2, unconfigured: [] },
      updateSchedule: async (outcomes) => updateLooked(outcomes, begun, dryRun, deps)
    };
  }
  const now = begun;
  const hash = configurationHash(all);
  const keys = await listMarkers(deps.state, now);
  const markers = dueMarkers(keys).filter(({ id }) => isAsked2(id));
  const isFullScan = only === void 0 && !isFullScanDone(keys, now, hash);
  const specs = only !== void 0 || isFullScan ? named2 : all.filter(({ id }) => markers.some((marker) => marker.id === id));
  const listing = { keys, markers, unhealthy: unhealthyIn(keys), at: now };
  const scope = { all, specs, isAsked: isAsked2, dryRun, fullScan: isFullScan ? hash : void 0 };
  const due = only === void 0 ? markers.map(({ id }) => id) : [];
  const unconfigured = [...new Set(due)].filter((id) => !all.some((spec) => spec.id === id));
  return {
    ...{ specs, isFullScan, unconfigured },
    updateSchedule: (outcomes) => updateSchedule(listing, scope, outcomes, deps)
  };
}
var configurationHash = (all) => sha256(
  all.map(({ id, configHash }) => `${id} ${configHash}`).sort().join("\n")
).slice(0, 16);

// lib/observe/inventory.ts
var atBalancers = (specs, balancers) => specs.map((spec) => ({
  ...spec,
  targets: spec.targets.filter(({ balancer }) => balancers.length === 0 || balancers.includes(balancer))
}));
async function inventoriesOf(specs, { balancers }) {
  const targets = specs.flatMap(({ targets: all }) => all);
  const asked = await Promise.all(
    targets.map(async ({ name: target, balancer, listener: listener2 }) => {
      try {
        const { certificates: held2, limit } = await lookup(balancers, balancer).list(listener2);
        return { balancer, target, held: held2, ...limit !== void 0 && { quota: { held: held2.length, limit } } };
      } catch (error) {
        return { balancer, target, error: toFailure(error) };
      }
    })
  );
  const seen = /* @__PURE__ */ new Set();
  return asked.filter((inventory) => {
    const loadBalancers = "held" in inventory ? inventory.held.map(({ loadBalancer }) => loadBalancer).join(" ") : inventory.target;
    const key = `${inventory.balancer} ${loadBalancers}`;
    return !seen.has(key) && seen.add(key);
  });
}

// lib/observe/on-the-wire.ts
import { X509Certificate } from "node:crypto";

// lib/x509/server-name.ts
var serverNameFor = (name) => name.replace(/^\*\./, "newleaf-probe.");

// lib/observe/on-the-wire.ts
var withWire = (inventories, deps) => Promise.all(
  inventories.map(
    async (inventory) => "error" in inventory ? inventory : { ...inventory, held: await Promise.all(inventory.held.map((held2) => completed(held2, deps))) }
  )
);
async function completed(held2, { probe }) {
  const { sha1, covers: covers2, notAfter, bound } = held2;
  if (sha1 === void 0 || notAfter !== void 0) return held2;
  for (const endpoint of bound.flatMap(({ endpoints = [] }) => endpoints)) {
    const serverName = serverNameFor(covers2[0] ?? endpoint.address);
    const { served } = await probeEndpoint(endpoint, serverName, void 0, probe);
    if (served === void 0 || sha1Of(served) !== sha1) continue;
    const { names, fingerprint } = served;
    const seen = bound.map((one) => one.endpoints === void 0 ? one : { ...one, effectiveFor: names });
    return { ...held2, fingerprint, covers: names, notAfter: served.notAfter, bound: seen, seenOnWire: true };
  }
  return held2;
}
var sha1Of = ({ chainPem }) => new X509Certificate(chainPem).fingerprint.replaceAll(":", "").toLowerCase();

// lib/observe/needed-objects.ts
var READS_AT_ONCE2 = 20;
async function neededObjects(specs, deps) {
  const needed = await mapConcurrently(specs, READS_AT_ONCE2, async ({ id }) => {
    const { document: document2 } = await readDocument(id, deps);
    return objectsIn(document2).map((object7) => [object7, id]);
  });
  return new Map(needed.flat());
}
var objectsIn = ({ targets, orphans }) => [
  ...Object.values(targets).flatMap(({ objects, superseded: superseded2, deployed, resource }) => [
    ...objects,
    ...superseded2.map(({ object: object7 }) => object7),
    ...deployed === void 0 ? [] : [deployed.object],
    ...resource === void 0 ? [] : [resource]
  ]),
  ...Object.values(orphans ?? []).flatMap(({ objects }) => objects.map(({ object: object7 }) => object7))
];

// lib/observe/owners.ts
async function withOwners(inventories, specs, deps) {
  const all = inventories.flatMap((inventory) => "held" in inventory ? inventory.held : []);
  if (!all.some(isOpen)) return inventories;
  const isOwn = await inStates(specs, deps);
  const owned = (held2) => isOpen(held2) && isOwn(held2.fingerprint) ? { ...held2, managed: true } : held2;
  return inventories.map(
    (inventory) => "held" in inventory ? { ...inventory, held: inventory.held.map(owned) } : inventory
  );
}
var isOpen = (held2) => held2.managed === void 0 && held2.fingerprint !== void 0;
async function inStates(specs, deps) {
  try {
    const needed = await neededObjects(specs, deps);
    return (fingerprint) => specs.some(({ id }) => needed.has(certificateName(deps.environment, id, fingerprint)));
  } catch (error) {
    const { code, message } = toFailure(error);
    deps.log.warn("the state could not be read, and does not tell which certificates are managed", {
      ...{ code, reason: message }
    });
    return () => false;
  }
}

// lib/renewal/delete.ts
async function deleteNamed(specs, { balancer, names }, deps, agree) {
  const own = atBalancers(specs, [balancer]);
  const all = await everythingAt(own, deps);
  const reasonAgainst = await reasonsIn(own, deps);
  const looked = [...new Set(names)].map((name) => {
    const found2 = called(name, all);
    const [one] = found2;
    if (one === void 0 || found2.length > 1) return { name, one: void 0, reason: notOne(name, found2, all) };
    return { name, one, reason: reasonAgainst(one.held) };
  });
  const named2 = looked.map(({ name, one, reason }) => ({ name, held: one?.held, deleted: false, reason }));
  const free = looked.flatMap(({ one, reason }) => {
    const id = one?.held.id;
    return one === void 0 || id === void 0 || reason !== void 0 ? [] : [{ ...one, id }];
  });
  if (free.length < looked.length || !await agree(free.map(({ held: held2 }) => held2))) return named2;
  const left = await remove(free, deps);
  return named2.map((each, at) => ({ ...each, deleted: left[at] === void 0, reason: left[at] }));
}
async function everythingAt(specs, deps) {
  const targets = specs.flatMap((spec) => spec.targets);
  const found2 = /* @__PURE__ */ new Map();
  for (const inventory of await inventoriesOf(specs, deps)) {
    const target = targets.find(({ name }) => name === inventory.target);
    if ("error" in inventory) throw inventory.error.with({ message: `${inventory.target}: ${inventory.error.message}` });
    if (target === void 0) continue;
    for (const held2 of inventory.held) found2.set(held2.id ?? `${held2.loadBalancer} ${held2.name}`, { held: held2, target });
  }
  return [...found2.values()];
}
function called(name, all) {
  const byId = all.filter(({ held: held2 }) => held2.id === name);
  return byId.length > 0 ? byId : all.filter(({ held: held2 }) => held2.name === name);
}
var notOne = (name, found2, all) => found2.length === 0 ? `nothing is called so${thereAre(
  name,
  all.map(({ held: held2 }) => held2.name)
)}` : `${found2.length} certificates are called so: name one by its id (${found2.map(({ held: held2 }) => held2.id ?? held2.loadBalancer).join(", ")})`;
async function reasonsIn(specs, deps) {
  const needed = await neededObjects(specs, deps);
  const replaced = await targetsAsHeld(specs, deps);
  return (held2) => {
    const { id, name, bound } = held2;
    if (bound.length > 0) return `it is bound: ${bound.map(({ listener: listener2 }) => listener2).join(", ")}`;
    const needs = needed.get(name) ?? (id === void 0 ? void 0 : needed.get(id));
    if (needs !== void 0) return `the certificate "${needs}" of the configuration needs it`;
    const target = replaced(held2);
    if (target !== void 0) return `it is what the target ${target.name} replaces in place`;
    if (id !== void 0) return void 0;
    return "newleaf has no way to delete it there; docs/delete-certificates.md tells what to do";
  };
}
async function targetsAsHeld(specs, { balancers }) {
  const targets = specs.flatMap((spec) => spec.targets);
  const looked = await Promise.all(
    targets.map(async (target) => {
      const asked = lookup(balancers, target.balancer).inspect(target.listener, void 0);
      return { target, resource: await asked.then(({ resource }) => resource).catch(() => void 0) };
    })
  );
  return ({ id, name }) => {
    const isIt = ({ target: { listener: listener2 }, resource }) => resource === void 0 ? Object.values(listener2).some((each) => each === id || each === name) : resource === id;
    return looked.find(isIt)?.target;
  };
}
async function remove(all, { balancers }) {
  const tried = [];
  for (const { id, target } of all) {
    const balancer = lookup(balancers, target.balancer);
    const gone = balancer.deleteById(target.listener, id);
    tried.push(
      await gone.then(
        (isGone2) => isGone2 ? void 0 : "a listener uses it by now",
        (error) => toFailure(error).message
      )
    );
  }
  const targets = [...new Set(all.map(({ target }) => target))];
  const lists = await Promise.all(
    targets.map((target) => lookup(balancers, target.balancer).list(target.listener).catch(toFailure))
  );
  return all.map(({ id, target }, at) => {
    const list3 = lists[targets.indexOf(target)];
    if (list3 === void 0 || !("certificates" in list3))
      return tried[at] ?? `it could not be read back: ${toFailure(list3).message}`;
    const isListed = list3.certificates.some((each) => each.id === id);
    return isListed ? tried[at] ?? "it is still listed" : void 0;
  });
}

// lib/policy/rejected.ts
var MOST_TRIES = 5;
var REFUSALS = ["VERIFY_FAILED", "TARGET_REFUSED", "REJECTED", "DEPLOY_FAILED"];
function isSetAside({ rejected: rejected2 }, pending, isAsked2) {
  if (rejected2?.givenUp === void 0 || pending?.certificate?.fingerprint !== rejected2.fingerprint) return false;
  return rejected2.givenUp === "by hand" || !isAsked2;
}
function withRejection(document2, fingerprint, results, now) {
  const refused3 = Object.values(results).some(
    (result) => result.state === "failed" && isFailure(result.error, ...REFUSALS)
  );
  if (!refused3) return document2;
  const earlier = document2.rejected?.fingerprint === fingerprint ? document2.rejected : void 0;
  const tries = (earlier?.tries ?? 0) + 1;
  const rejected2 = { fingerprint, tries, since: earlier?.since ?? now };
  return { ...document2, rejected: tries < MOST_TRIES ? rejected2 : { ...rejected2, givenUp: "tries" } };
}
var withoutRejection = ({ rejected: _over, ...document2 }) => document2;
var withDiscarded = (document2, fingerprint, now) => ({
  ...document2,
  rejected: { fingerprint, tries: document2.rejected?.tries ?? 0, since: now, givenUp: "by hand" }
});

// lib/secrets/codec.ts
import { createPrivateKey, X509Certificate as X509Certificate2 } from "node:crypto";
import * as v8 from "valibot";
var intent = v8.object({
  names: v8.array(v8.string()),
  key: v8.picklist(KEY_ALGORITHMS),
  authority: v8.string(),
  directory: v8.exactOptional(v8.string()),
  profile: v8.exactOptional(v8.string()),
  environment: v8.exactOptional(v8.string())
});
var schema2 = v8.variant("kind", [
  v8.object({ v: v8.literal(1), kind: v8.literal("key"), privateKeyPem: v8.string(), intent }),
  v8.object({
    v: v8.literal(1),
    kind: v8.literal("certificate"),
    chainPem: v8.string(),
    privateKeyPem: v8.string(),
    intent
  })
]);
var NEWER2 = v8.object({ v: v8.pipe(v8.number(), v8.minValue(2)) });
function encode(stored) {
  const { names, key, authority, directory: directory2, profile, environment } = stored.orderSpec;
  const wanted = { names, key, authority, directory: directory2, profile, environment };
  if (stored.kind === "key") {
    return new Secret(
      JSON.stringify({ v: 1, kind: "key", intent: wanted, privateKeyPem: stored.privateKeyPem.reveal() })
    );
  }
  const { certificate } = stored;
  return new Secret(
    JSON.stringify({
      v: 1,
      kind: "certificate",
      names: certificate.names,
      // the facts are for people; reading derives them from the chain again
      serial: certificate.serial,
      fingerprint: certificate.fingerprint,
      keyAlgorithm: certificate.keyAlgorithm,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      issuer: certificate.issuer,
      intent: wanted,
      chainPem: certificate.chainPem,
      privateKeyPem: certificate.privateKeyPem.reveal()
    })
  );
}
var BEGINNING = '{"v":1,"kind":"';
var isOfOurs = (text) => text.startsWith(BEGINNING) || BEGINNING.startsWith(text);
function decode(name, value) {
  const content = parsed(name, value);
  if (v8.is(NEWER2, content)) throw unreadable(name, "was written by a newer newleaf: run that one");
  const result = safeParse(schema2, content);
  if (!result.success && !v8.is(v8.object({ v: v8.unknown(), kind: v8.unknown() }), content)) throw foreign(name);
  if (!result.success) {
    const path = v8.getDotPath(result.issues[0]);
    throw unreadable(name, `is damaged${path === null ? "" : ` at ${path}`}`);
  }
  const { output } = result;
  const key = privateKey(name, output.privateKeyPem);
  const privateKeyPem = new Secret(output.privateKeyPem);
  if (output.kind === "key") return { kind: "key", privateKeyPem, orderSpec: output.intent };
  const facts2 = certificateOf(name, output.chainPem);
  if (!new X509Certificate2(facts2.chainPem).checkPrivateKey(key)) {
    throw unreadable(name, "is damaged: its key does not belong to its certificate");
  }
  return { kind: "certificate", certificate: { ...facts2, privateKeyPem }, orderSpec: output.intent };
}
var unreadable = (name, what, cause) => new Failure("STORE_UNREADABLE", `the secret ${name} ${what}`, { cause });
function parsed(name, value) {
  try {
    return JSON.parse(value.reveal());
  } catch {
    throw isOfOurs(value.reveal()) ? unreadable(name, "is damaged: it is no JSON") : foreign(name);
  }
}
var foreign = (name) => unreadable(
  name,
  "holds a value that newleaf did not write: create the secret without one, newleaf puts its own there"
);
function privateKey(name, pem) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unreadable(name, "is damaged: its private key cannot be read");
  }
}
function certificateOf(name, chainPem) {
  try {
    return publicCertificate(chainPem);
  } catch (cause) {
    throw unreadable(name, "is damaged: its certificate chain cannot be read", cause);
  }
}

// lib/secrets/certificate.ts
var secretName = (id) => `certificate/${id}`;
async function readStages(id, { secrets: secrets2, environment }, { isContested = false } = {}) {
  const name = secretName(id);
  const reading = secrets2.read(name, "pending");
  if (isContested) await reading;
  const [pending, current] = await Promise.all([reading, secrets2.read(name, "current")]);
  const found2 = current && staged(name, current, environment);
  return {
    current: found2 !== void 0 && isCertificate(found2) ? found2 : void 0,
    live: found2?.version,
    pending: pending && staged(name, pending, environment)
  };
}
async function readPrevious(id, { secrets: secrets2, environment }) {
  const name = secretName(id);
  const previous = await secrets2.read(name, "previous");
  const found2 = previous && staged(name, previous, environment);
  return found2 !== void 0 && isCertificate(found2) ? found2 : void 0;
}
function staged(name, { version, value }, environment) {
  const stored = decode(name, value);
  const { environment: owner = environment } = stored.orderSpec;
  if (owner === environment) return { version, stored };
  throw new Failure(
    "STORE_FOREIGN",
    `the secret ${name} belongs to the environment "${owner}", not to "${environment}": give each its own place in the secrets store`
  );
}
var isCertificate = (staged2) => staged2.stored.kind === "certificate";

// lib/renewal/lease.ts
import { randomUUID } from "node:crypto";
var LONGEST2 = 15 * MINUTE;
async function openLease(id, deps) {
  const { environment, clock, timeLeft, process: process2, invocation } = deps;
  const stored = await openDocument(id, deps);
  const holder = randomUUID();
  const fence = stored.document.fence + 1;
  const since = clock.now();
  let isHeld = false;
  const leased = (next) => {
    const until = after(clock.now(), Math.min(LONGEST2, Math.max(timeLeft(), MINUTE)));
    const who = { holder, ...process2 && { process: process2 }, ...invocation && { invocation } };
    return { ...next, environment, fence, lease: { ...who, fence, since, until } };
  };
  const save = (change) => stored.write((known2) => leased(change(known2)));
  return {
    get document() {
      return stored.document;
    },
    get isHeld() {
      return isHeld;
    },
    hearOfClock: stored.hearOfClock,
    get isClockWrong() {
      return stored.isClockWrong;
    },
    async hold(change) {
      const other = leaseAt(stored.document, clock.now());
      if (other !== void 0) throw new Failure("LOCKED", locked(id, other));
      await save(change);
      isHeld = true;
    },
    save,
    async ensureHeld() {
      const { document: document2, isLost: isLost2 } = stored;
      if (isLost2) throw held(id);
      if (leaseAt(document2, clock.now()) === void 0) await save((known2) => known2);
    },
    reload: async () => (await readDocument(id, deps)).document,
    async release(change) {
      await stored.write((known2) => {
        const { lease: _given, ...rest } = change(known2);
        return { ...rest, environment };
      });
      isHeld = false;
    }
  };
}
var WRITES = 3;
async function openDocument(id, deps) {
  const { state, log } = deps;
  const key = documentKey(id);
  let { document: document2, hidden, tag, abandoned: abandoned2 } = await readDocument(id, deps);
  const stored = withHidden(document2, hidden);
  let isLost2 = false;
  let isClockWrong2 = false;
  const write = async (changed) => {
    if (isLost2) throw held(id);
    const next = withHidden(changed, hidden);
    tag = await put(next);
    document2 = changed;
    const { lease: _over, ...others } = hidden;
    if (changed.lease) hidden = others;
    if (abandoned2 === void 0) return;
    const [by, since] = [holderText(abandoned2), abandoned2.since?.toISOString()];
    log.warn("the process that held the lock is gone; it is taken over", { certificate: id, by, since });
    abandoned2 = void 0;
  };
  async function put(next, left = WRITES) {
    try {
      return await state.write(key, next, tag);
    } catch (error) {
      if (!isFailure(error, "STATE_CONFLICT")) throw error;
    }
    const there = await state.read(key);
    if (there !== void 0 && JSON.stringify(there.document) === JSON.stringify(next)) return there.tag;
    if (there?.tag === tag && left > 1) return put(next, left - 1);
    isLost2 = true;
    throw held(id);
  }
  const inTurn2 = inTurns(1);
  return {
    get document() {
      return document2;
    },
    get isLost() {
      return isLost2;
    },
    get isClockWrong() {
      return isClockWrong2;
    },
    hearOfClock(clock) {
      isClockWrong2 = clock === "wrong";
      hidden = clock === "right" ? {} : { ...hidden, ...datedOf(stored) };
    },
    write: (change) => inTurn2(() => write(change(document2)))
  };
}
var held = (id) => new Failure("LOCKED", `another run is working on "${id}"; it goes on, this one leaves it alone`);
async function withLease(id, deps, work) {
  const lease = await openLease(id, deps);
  await lease.hold((document2) => document2);
  let done2;
  try {
    done2 = await work(lease);
  } catch (error) {
    await lease.release((document2) => document2).catch((thrown) => {
      const { code, message } = toFailure(thrown);
      deps.log.warn("the lock could not be given back; it ends by itself", { code, reason: message });
    });
    throw error;
  }
  await lease.release(done2.change);
  return done2.value;
}

// lib/renewal/discard.ts
var discard = ({ id }, deps) => withLease(id, deps, async () => {
  const { pending } = await readStages(id, deps);
  if (pending === void 0 || !isCertificate(pending)) return { value: void 0, change: (document2) => document2 };
  const { fingerprint } = pending.stored.certificate;
  const now = deps.clock.now();
  return {
    value: fingerprint,
    change(document2) {
      const without3 = withFailures(document2, withFailure(document2.failures ?? {}, "deploy", void 0));
      return withEvent(withDiscarded(without3, fingerprint, now), now, "discarded", fingerprint.slice(0, 16));
    }
  };
});

// lib/renewal/forget.ts
async function forget(id, deletesUnused, deps) {
  const { state, secrets: secrets2 } = deps;
  if (await state.read(documentKey(id)) === void 0)
    throw new Failure("EVENT_INVALID", `newleaf remembers nothing of a certificate "${id}"`);
  const lease = await openLease(id, deps);
  await lease.hold((document2) => document2);
  try {
    const noted = objectsIn2(lease.document);
    const gone = deletesUnused ? await deleteUnbound(noted, deps) : /* @__PURE__ */ new Set();
    const all = noted.flatMap(({ name, objects }) => objects.map((object7) => `${object7} at ${name}`));
    await lease.ensureHeld();
    const secretBecame = await secrets2.remove(secretName(id));
    await lease.ensureHeld();
    await removeMarkersOf(state, id);
    await state.remove(documentKey(id));
    return {
      ...{ id, secret: secretName(id), secretBecame },
      deleted: all.filter((each) => gone.has(each)),
      left: all.filter((each) => !gone.has(each))
    };
  } catch (error) {
    await lease.release((document2) => document2).catch(() => {
    });
    throw error;
  }
}
var objectsIn2 = ({ targets, orphans }) => [
  ...Object.values(targets).map(({ name, balancer, listener: listener2, objects }) => ({ name, balancer, listener: listener2, objects })),
  ...orphans.map(({ name, balancer, listener: listener2, objects }) => ({
    ...{ name, balancer, listener: listener2 },
    objects: objects.map(({ object: object7 }) => object7)
  }))
];
async function deleteUnbound(noted, { balancers, log }) {
  const gone = await Promise.all(
    noted.map(async ({ name, balancer, listener: listener2, objects }) => {
      if (listener2 === void 0 || !Object.hasOwn(balancers, balancer)) return [];
      try {
        return (await lookup(balancers, balancer).deleteUnused(listener2, objects)).map((each) => `${each} at ${name}`);
      } catch (error) {
        const { code, message } = toFailure(error);
        log.warn("certificates of it could not be deleted", { target: name, code, reason: message });
        return [];
      }
    })
  );
  return new Set(gone.flat());
}

// lib/renewal/import.ts
async function importCertificate(spec, certificate, deps) {
  const { id, names, selfSigned } = spec;
  if (!spec.imported && selfSigned === void 0) {
    throw refused(`newleaf orders ${id} itself; to bring it, write \`imported: true\` under certificates.${id}`);
  }
  const uncovered2 = names.filter((name) => !covers(certificate.names, name));
  if (uncovered2.length > 0) {
    throw refused(
      `the certificate does not cover ${uncovered2.join(", ")}, which certificates.${id} names; it covers ${certificate.names.join(", ") || "no name"}`
    );
  }
  const { keyAlgorithm: key } = certificate;
  if (key === "other") throw refused("the key is of a kind that no load balancer takes: bring ECDSA P-256 or RSA 2048");
  if (selfSigned !== void 0 && key !== spec.key)
    throw refused(`its key is ${key}, and that of ${id} is ${spec.key}: write \`key: ${key}\` under certificates.${id}`);
  await requireTaken(key, spec, deps);
  const { environment, secrets: secrets2, clock } = deps;
  const orderSpec = { names, key, authority: selfSigned === void 0 ? IMPORTED : SELF_SIGNED, environment };
  await withLease(id, deps, async () => {
    await secrets2.stage(secretName(id), encode({ kind: "certificate", certificate, orderSpec }));
    const detail = certificate.fingerprint.slice(0, 16);
    return { value: void 0, change: (document2) => withEvent(document2, clock.now(), "imported", detail) };
  });
}
async function requireTaken(key, { acceptedKeys = [key], targets }, { balancers }) {
  const require2 = (taken, where) => {
    if (taken.includes(key)) return;
    throw refused(
      `the key of the certificate is ${key}, and ${where} only ${taken.join(", ")}: bring one with such a key; nothing was changed`
    );
  };
  require2(acceptedKeys, "its targets take");
  const seen = await Promise.allSettled(
    targets.map(async ({ balancer, listener: listener2 }) => lookup(balancers, balancer).inspect(listener2, void 0))
  );
  for (const [index, view] of seen.entries())
    if (view.status === "fulfilled") require2(view.value.allowedKeys ?? [key], `${targets[index]?.name} takes`);
}
var refused = (message) => new Failure("EVENT_INVALID", message);

// lib/renewal/placeholder.ts
async function attachPlaceholder(spec, placeholder2, deps, cutOffTls = false) {
  const deployment = deploymentOf(placeholder2, spec, deps.environment);
  return withLease(spec.id, deps, async (lease) => {
    const placed = {};
    for (const target of spec.targets) {
      try {
        if (!cutOffTls) await requireNoHandshake(spec, target, deps);
        await lease.save((document2) => withObject(document2, target, deployment.name));
        await lookup(deps.balancers, target.balancer).attachFirst(target.listener, deployment, cutOffTls);
        placed[target.name] = void 0;
      } catch (error) {
        placed[target.name] = toFailure(error);
      }
    }
    const isPlaced = Object.values(placed).some((failure2) => failure2 === void 0);
    const change = (document2) => isPlaced ? withEvent(document2, deps.clock.now(), "placeholder") : document2;
    return { value: placed, change };
  });
}
async function requireNoHandshake({ names }, target, deps) {
  const [name = ""] = names;
  for (const endpoint of await endpointsOf(target, deps)) {
    const { result } = await deps.probe.handshake(endpoint, serverNameFor(name));
    if (result !== "presented") continue;
    throw new Failure(
      "TARGET_REFUSED",
      `clients complete a TLS handshake at ${endpointText(endpoint)} now, and would see a self-signed certificate instead; nothing was changed. To renew what newleaf has there, run \`newleaf renew\`; with --cut-off-tls only a listener that has a certificate already is refused`
    );
  }
}
async function endpointsOf({ balancer, listener: listener2 }, deps) {
  try {
    return (await lookup(deps.balancers, balancer).inspect(listener2, void 0)).endpoints;
  } catch (error) {
    if (isFailure(error, "TARGET_REFUSED", "TARGET_MISSING")) return [];
    throw error;
  }
}

// lib/renewal/prune.ts
async function prune(specs, { balancers, dryRun }, deps) {
  const asked = atBalancers(specs, balancers);
  const targets = asked.flatMap((spec) => spec.targets);
  const inventories = await inventoriesOf(asked, deps);
  const needed = await neededObjects(specs, deps);
  return Promise.all(
    inventories.map(async (inventory) => {
      const { balancer, target: name } = inventory;
      const unneeded = unneededOf(inventory, needed, deps);
      const target = targets.find((each) => each.balancer === balancer && each.name === name);
      const found2 = { balancer, target: name, unneeded };
      if ("error" in inventory) return { ...found2, deleted: [], error: inventory.error };
      if (dryRun || target === void 0 || unneeded.length === 0) return { ...found2, deleted: [], error: void 0 };
      try {
        return { ...found2, deleted: await remove2(target, unneeded, deps), error: void 0 };
      } catch (error) {
        return { ...found2, deleted: [], error: toFailure(error) };
      }
    })
  );
}
var unneededOf = (inventory, needed, { environment }) => {
  if ("error" in inventory) return [];
  const own = inventory.held.filter(({ name, managed }) => managed === true && isManaged(name, environment));
  const bound = new Set(own.filter((each) => each.bound.length > 0).map(({ name }) => name));
  return [...new Set(own.map(({ name }) => name))].filter((name) => !bound.has(name) && !needed.has(name));
};
async function remove2(target, names, { balancers }) {
  const balancer = lookup(balancers, target.balancer);
  await balancer.deleteUnused(target.listener, names);
  const left = new Set((await balancer.list(target.listener)).certificates.map(({ name }) => name));
  return names.filter((name) => !left.has(name));
}

// lib/events.ts
var about = (deps, subject) => ({
  ...deps,
  log: deps.log.with({ ...subject }),
  emit: (event) => deps.emit({ ...subject, ...event })
});
var toAll = (sinks, log) => (event) => {
  for (const sink of sinks) {
    try {
      sink(event);
    } catch (error) {
      warnOf(error, event, log);
    }
  }
};
function warnOf(error, { kind }, log) {
  try {
    const { code, message } = toFailure(error);
    log.warn("an event was not shown", { event: kind, code, reason: message });
  } catch {
  }
}

// lib/platform/in-store.ts
var inStore = (store, reading) => reading.catch((error) => {
  throw toFailure(error).with({ fields: { store } });
});

// lib/state/repairs.ts
var WEEK = 7 * DAY;
var MOST_REPAIRS = 3;
var isFoughtOver = ({ repairs = [] }) => repairs.length >= MOST_REPAIRS;
function withRepair(document2, target, now) {
  const entry = entryOf(document2, target);
  const recent = (entry.repairs ?? []).filter((at) => at <= now && at >= after(now, -WEEK));
  return withEntry(document2, target, { ...entry, repairs: [...recent, now].slice(-MOST_REPAIRS) });
}
function withoutOldRepairs(document2, target, now) {
  const last = document2.targets[target.id]?.repairs?.at(-1);
  return last === void 0 || last >= after(now, -WEEK) ? document2 : withoutRepairs(document2, [target]);
}
var withoutRepairs = (document2, targets) => targets.reduce((seen, target) => {
  const entry = seen.targets[target.id];
  if (entry?.repairs === void 0) return seen;
  const { repairs: _over, ...others } = entry;
  return withEntry(seen, target, others);
}, document2);

// lib/policy/contested.ts
function contention({ serves, instead = [] }, entry, contest) {
  if (serves || entry.deployed === void 0) return void 0;
  const other = instead.find((each) => isOfAnotherNewleaf(each, contest));
  if (other !== void 0)
    return contested(`${entry.name} serves ${other.name}, which another newleaf has put there`, entry.name);
  const [first] = entry.repairs ?? [];
  if (first === void 0 || !isFoughtOver(entry)) return void 0;
  const since = first.toISOString();
  return contested(
    `${entry.name} was put right three times since ${since}, and serves another certificate again`,
    entry.name
  );
}
function isOfAnotherNewleaf({ name, covers: covered, notAfter }, { spec: { id, names }, environment, now }) {
  const other = lineageOf(name);
  if (other === void 0 || other === lineage(environment, id)) return false;
  if (notAfter !== void 0 && notAfter <= now) return false;
  return names.some((wanted) => isManaged(name, environment) ? covered.includes(wanted) : covers(covered, wanted));
}
var contested = (what, target) => new Failure("TARGET_CONTESTED", `${what}: newleaf leaves it as it is`, { fields: { target } });

// lib/policy/cooldowns.ts
var DNS = "dns";
var balancerCalled = (name) => `balancers/${name}`;
var authorityAt = ({ authority, directory: directory2 = authority }) => `authorities/${directory2}`;
function together(one, other) {
  const latest2 = Object.entries(other).map(([who, until]) => {
    const known2 = one[who];
    return [who, known2 !== void 0 && known2 > until ? known2 : until];
  });
  return { ...one, ...Object.fromEntries(latest2) };
}
var cooldownIn = (who, error) => isFailure(error) && error.retry === "after" && error.retryAfter !== void 0 ? { [who]: error.retryAfter } : {};
function cooldownOf({ cooldowns = {} }, issuer2, now) {
  const until = cooldowns[authorityAt(issuer2)];
  return until !== void 0 && until > now ? until : void 0;
}
var cooldownsIn = (failures, issuers) => Object.fromEntries(
  issuers.flatMap((issuer2) => {
    const { issue: issue3, expand } = failuresAt(failures, issuer2);
    const times = [issue3, expand].flatMap((each) => each && retryOf(each.code) === "after" ? [each.notBefore] : []);
    const [latest2] = times.sort((one, other) => other.getTime() - one.getTime());
    return latest2 === void 0 ? [] : [[authorityAt(issuer2), latest2]];
  })
);
function withCooldowns({ cooldowns: _earlier, ...document2 }, cooldowns, now) {
  const left = Object.entries(cooldowns).filter(([, until]) => until > now);
  return left.length === 0 ? document2 : { ...document2, cooldowns: Object.fromEntries(left) };
}

// lib/policy/outdated.ts
function newerThanStored({ current: known2 }, { current, pending }, now) {
  if (known2 === void 0 || current === void 0 || known2.notAfter <= now) return void 0;
  const held2 = [current.certificate, ...pending?.kind === "certificate" ? [pending.certificate] : []];
  if (held2.some(({ fingerprint }) => fingerprint === known2.fingerprint)) return void 0;
  return known2.notBefore > current.certificate.notBefore ? known2 : void 0;
}
var lostFromStore = ({ current: known2 }, { current, pending }) => {
  const isToCome = pending?.kind === "certificate" && pending.certificate.fingerprint === known2?.fingerprint;
  return current === void 0 && !isToCome ? known2 : void 0;
};
function isOutdated({ spec: { id }, observed, now }) {
  const newer = newerThanStored(observed.document, observed, now);
  if (newer === void 0) return void 0;
  const which = newer.fingerprint.slice(0, 16);
  const message = `the secrets store holds an older certificate of ${id} than ${which}, which was current before: it is not deployed over the newer one`;
  return { action: "blocked", error: new Failure("STORE_OUTDATED", message) };
}

// lib/policy/renewal-time.ts
function backstop(facts2) {
  const left = isShortLived(facts2) ? 7 / 12 : 1 / 3;
  return after(facts2.notAfter, -lifetime(facts2) * left);
}
var suggestsNow = (window2, now) => window2 !== void 0 && window2.end <= now;
var fixedDraw = ({ serial }) => Number.parseInt(sha256(serial).slice(0, 8), 16) / 2 ** 32;
function renewalTime(facts2, window2) {
  const latest2 = backstop(facts2);
  if (window2 === void 0) return latest2;
  const chosen = after(window2.start, (window2.end.getTime() - window2.start.getTime()) * fixedDraw(facts2));
  return new Date(Math.min(chosen.getTime(), latest2.getTime()));
}

// lib/policy/staging.ts
import { X509Certificate as X509Certificate3 } from "node:crypto";
var issuersSparing = (views, context) => {
  const { issuers } = context;
  const rest = issuers.filter(({ untrusted }) => untrusted !== true);
  return rest.length > 0 && views.some((view) => trustedShown(view, context) !== void 0) ? rest : issuers;
};
function sparedByStaging(view, target, context) {
  if (!context.issuers.every(({ untrusted }) => untrusted)) return void 0;
  const shown3 = trustedShown(view, context);
  return shown3 && new Failure(
    "STAGING_REFUSED",
    `${target} serves a certificate that is not from a staging authority (${shown3.fingerprint.slice(0, 16)}, until ${shown3.notAfter.toISOString()}), and clients would not trust one from ${context.issuers.map(({ authority }) => authority).join(" or ")}`,
    { fields: { target } }
  );
}
function trustedShown(view, { spec, issuers, current, pending, now }) {
  if ("error" in view) return void 0;
  const own = [current, pending?.kind === "certificate" ? pending : void 0].filter((stored) => stored !== void 0).filter(
    ({ orderSpec }) => issuers.some(({ untrusted, directory: directory2 }) => untrusted && orderSpec.directory === directory2)
  );
  const isUntrusted = (served) => served.notAfter <= now || served.issuer.includes("(STAGING)") || own.some(({ certificate }) => certificate.issuer === served.issuer) || isSelfSigned(served) || !spec.names.some((name) => covers(served.names, name));
  return view.probes.flatMap(({ served }) => served ?? []).find((served) => !isUntrusted(served));
}
function isSelfSigned({ chainPem }) {
  const { subject, issuer: issuer2 } = new X509Certificate3(chainPem);
  return subject === issuer2;
}

// lib/observe/cooldowns.ts
function withCooldowns2(deps, cooldowns) {
  const { solver, balancers, clock } = deps;
  let heard = cooldowns;
  async function ask(who, work) {
    requireNoCooldown(heard, who, clock.now());
    try {
      return await work();
    } catch (error) {
      heard = together(heard, cooldownIn(who, error));
      throw error;
    }
  }
  const patient = (name, balancer) => {
    const who = balancerCalled(name);
    return {
      inspect: (listener2, deployment, keep) => ask(who, () => balancer.inspect(listener2, deployment, keep)),
      swap: (listener2, deployment, keep) => ask(who, () => balancer.swap(listener2, deployment, keep)),
      deleteUnused: (listener2, names) => ask(who, () => balancer.deleteUnused(listener2, names)),
      deleteById: (listener2, id) => ask(who, () => balancer.deleteById(listener2, id)),
      attachFirst: (listener2, deployment, cutOffTls) => ask(who, () => balancer.attachFirst(listener2, deployment, cutOffTls)),
      detach: (listener2, name2) => ask(who, () => balancer.detach(listener2, name2)),
      list: (listener2) => ask(who, () => balancer.list(listener2))
    };
  };
  return {
    deps: {
      ...deps,
      balancers: Object.fromEntries(Object.entries(balancers).map(([name, each]) => [name, patient(name, each)])),
      solver: {
        assigned: (record5) => solver.assigned(record5),
        locate: (...asked) => solver.locate(...asked),
        // asks name servers, not who runs them
        caa: (domain) => solver.caa(domain),
        capacity: (record5) => solver.capacity(record5),
        persistentRecords: (domain) => solver.persistentRecords(domain),
        check: (location) => ask(DNS, () => solver.check(location)),
        present: (records, ...hearers) => ask(DNS, () => solver.present(records, ...hearers)),
        cleanUp: (records) => ask(DNS, () => solver.cleanUp(records))
      }
    },
    heard: () => heard
  };
}
function requireNoCooldown(cooldowns, who, now) {
  const until = cooldowns[who];
  if (until === void 0 || until <= now) return;
  throw new Failure("RATE_LIMITED", `${who} asked newleaf to wait until ${until.toISOString()}`, {
    fields: { who },
    retryAfter: until
  });
}

// lib/observe/probes.ts
var AT_ONCE = 10;
var WORST = ["broken", "other", "incomplete", "refused", "unreachable", "unknown", "current"];
function probesOf(endpoints, names, current, probe) {
  const shown3 = current === void 0 ? names.slice(0, 1) : names.filter((name) => covers(current.names, name));
  const [first = "", ...others] = shown3.map(serverNameFor);
  const look = async (endpoint) => {
    const probed = await probeEndpoint(endpoint, first, current, probe);
    if (!answers(probed) || probed.shows === "broken") return probed;
    const more = await mapConcurrently(others, AT_ONCE, (name) => probeEndpoint(endpoint, name, current, probe));
    return [probed, ...more].sort((one, other) => WORST.indexOf(one.shows) - WORST.indexOf(other.shows))[0] ?? probed;
  };
  return Promise.all(endpoints.map(look));
}

// lib/observe/with-views.ts
function withViews(document2, targets, deployment, views, now) {
  if (deployment === void 0) return document2;
  const { name: object7, certificate } = deployment;
  const { fingerprint } = certificate;
  return targets.reduce((seen, target) => {
    const view = views[target.name];
    if (view === void 0 || "error" in view || !view.serves) return seen;
    const { deployed } = seen.targets[target.id] ?? {};
    const isNoted = deployed?.fingerprint === fingerprint;
    if (deployed !== void 0 && !isNoted && view.probes.some(isAmiss)) return withoutOldRepairs(seen, target, now);
    const known2 = isNoted ? seen : withVerification(seen, target, { fingerprint, object: object7 }, [], now);
    return withProbes(withoutOldRepairs(known2, target, now), target, view.probes, now);
  }, document2);
}

// lib/observe/observe.ts
async function observe(spec, read3, deps, { takesOver = false } = {}) {
  const document2 = takesOver ? withoutRepairs(read3, spec.targets) : read3;
  const stages = await inStore("secrets", readStages(spec.id, deps, { isContested: document2.lease !== void 0 }));
  const current = stages.current?.stored;
  const deployment = current && deploymentOf(current.certificate, spec, deps.environment);
  const { deps: patient } = withCooldowns2(deps, document2.cooldowns ?? {});
  const [advice, seen] = await Promise.all([
    renewalWindow(current, document2, deps),
    lookAtTargets(spec, deployment, document2, patient)
  ]);
  const now = deps.clock.now();
  const contest = { spec, environment: deps.environment, now };
  const held2 = { current, pending: stages.pending?.stored };
  const staging = { ...held2, spec, issuers: issuersOf(spec, deps), now };
  const resources = Object.fromEntries(seen.map(({ target, view }) => [target.id, resourceOf(view)]));
  const placed = forTargets(document2, spec.targets, resources, now);
  const targets = Object.fromEntries(
    seen.map(({ target, view }) => {
      const isContested = takesOver || "error" in view ? void 0 : contention(view, entryOf(placed, target), contest);
      const error = isContested ?? sparedByStaging(view, target.name, staging);
      return [target.name, error ? { error } : sinceWhen(view, target, placed)];
    })
  );
  const isOutdated2 = newerThanStored(placed, held2, now) !== void 0;
  const known2 = isOutdated2 ? placed : withCurrent(placed, current, advice.window, now);
  const noted = withViews(known2, spec.targets, deployment, targets, now);
  const cooldowns = seen.reduce(
    (all, { target, view }) => "error" in view ? together(all, cooldownIn(balancerCalled(target.balancer), view.error)) : all,
    document2.cooldowns ?? {}
  );
  return {
    document: noted,
    stages,
    ...held2,
    issuers: issuersSparing(
      seen.map(({ view }) => view),
      staging
    ),
    targets,
    cooldowns,
    ...advice,
    ...document2.window && { knownWindow: document2.window }
  };
}
var issuersOf = ({ authorities }, { authorities: known2 }) => authorities.map((authority) => {
  const { directory: directory2, issuanceLimit, untrusted } = known2[authority] ?? {};
  const limited = { ...issuanceLimit && { issuanceLimit }, ...untrusted && { untrusted } };
  return { ...issuerOf({ authority, directory: directory2 }), ...limited };
});
async function renewalWindow(current, document2, { authorities, clock, log }) {
  const nothing = { window: void 0, clockWrong: void 0, isClockRight: false };
  if (current === void 0) return nothing;
  const { certificate, orderSpec } = current;
  const { window: window2 } = document2;
  const isKnown2 = window2?.fingerprint === certificate.fingerprint && window2.checkAfter > clock.now();
  const known2 = isKnown2 ? { ...nothing, window: window2 } : nothing;
  if (isKnown2 && !isDeletionDue(document2, clock.now())) return known2;
  const issuer2 = authorities[orderSpec.authority];
  if (orderSpec.directory !== void 0 && orderSpec.directory !== issuer2?.directory) return known2;
  try {
    const suggested = await issuer2?.renewalWindow(certificate);
    if (suggestsNow(suggested, clock.now()))
      log.warn("the authority would have the certificate replaced now", { explanation: suggested?.explanation });
    return suggested === void 0 ? known2 : { ...nothing, window: suggested, isClockRight: true };
  } catch (error) {
    if (!isFailure(error, "CLOCK_WRONG")) throw error;
    return { ...known2, clockWrong: error };
  }
}
var viewsOf = async (spec, deps) => Object.fromEntries(
  (await lookAtTargets(spec, void 0, emptyDocument, deps)).map(({ target, view }) => [target.name, view])
);
function lookAtTargets(spec, deployment, document2, deps) {
  const probesAt = async (endpoints) => {
    const probes = await probesOf(endpoints, spec.names, deployment?.certificate, deps.probe);
    return probes.map((probed) => ({ ...probed, answersSince: void 0 }));
  };
  const look = async (target) => {
    const entry = entryOf(document2, target);
    try {
      const keep = keptObjects(entry, deps.clock.now());
      const view = await lookup(deps.balancers, target.balancer).inspect(target.listener, deployment, keep);
      requireKey(view, spec, target.name);
      return { ...view, probes: await probesAt(view.endpoints) };
    } catch (thrown) {
      const error = toFailure(thrown);
      if (error.retry !== "after") return { error };
      return { error, probes: await probesAt(Object.keys(entry.addresses).flatMap(endpointsCalled)) };
    }
  };
  return Promise.all(spec.targets.map(async (target) => ({ target, view: await look(target) })));
}
function requireKey({ allowedKeys }, { key, imported }, target) {
  if (imported || allowedKeys === void 0 || allowedKeys.includes(key)) return;
  throw new Failure(
    "TARGET_REFUSED",
    `the key of the certificate is to be ${key}, and ${target} takes only ${allowedKeys.join(", ")}: configure key: ${allowedKeys[0]}`,
    { fields: { target, key, takes: allowedKeys } }
  );
}
var resourceOf = (view) => "error" in view ? void 0 : view.resource;
function sinceWhen(view, target, document2) {
  const { probes } = view;
  if (probes === void 0) return view;
  const entry = entryOf(document2, target);
  return { ...view, probes: probes.map((probed) => answeringSince(entry, probed)) };
}
function withCurrent(document2, current, window2, now) {
  if (current === void 0) return document2;
  const { certificate, orderSpec } = current;
  const { authority } = orderSpec;
  const { fingerprint } = certificate;
  const isNoted = document2.current?.fingerprint === fingerprint && document2.current.authority === authority;
  const seen = isNoted ? document2 : { ...document2, current: { ...factsOf(certificate), authority } };
  if (window2 === void 0 || isKnown(document2.window, fingerprint, window2)) return seen;
  const { start, end, checkAfter, explanation } = window2;
  const earlier = document2.window?.fingerprint === fingerprint && document2.window.suggestedNow;
  return {
    ...seen,
    window: {
      ...{ fingerprint, start, end, checkAfter },
      ...explanation === void 0 ? {} : { explanation },
      ...earlier || suggestsNow(window2, now) ? { suggestedNow: true } : {}
    }
  };
}
var isKnown = (known2, fingerprint, { checkAfter }) => known2?.fingerprint === fingerprint && known2.checkAfter.getTime() === checkAfter.getTime();

// lib/observe/persistent-records.ts
var AT_ONCE2 = 10;
var MOST_NAMED = 20;
var isPersistent = (authority) => authority?.validation === "dns-persist-01";
var loadPolicy = lazy(() => import("./persistent-record-44WGI4Q6.mjs"));
async function seenRecords(names, { name, authority, accountUrl }, { solver, clock }) {
  const { persistenceOf } = await loadPolicy();
  const identities = await authority.caaIdentities();
  const domains = [...new Set(names.map((each) => each.replace(/^\*\./, "")))];
  return mapConcurrently(domains, AT_ONCE2, async (domain) => {
    const request = { domain, isWildcard: names.includes(`*.${domain}`), authority: name, identities, accountUrl };
    try {
      return { domain, ...persistenceOf(await solver.persistentRecords(domain), request, clock.now()) };
    } catch (error) {
      return { domain, error: toFailure(error) };
    }
  });
}
async function requirePersistentRecords({ names, profile }, { name, authority }, outside2) {
  await authority.check(profile === void 0 ? {} : { profile });
  const accountUrl = await authority.register();
  const seen = await seenRecords(names, { name, authority, accountUrl }, outside2);
  const wrong = seen.filter(({ error: error2 }) => error2 !== void 0);
  const [{ error, domain } = {}, ...others] = wrong;
  if (error === void 0 || domain === void 0) return;
  if (others.length === 0) throw error;
  const more = others.map((each) => each.domain);
  const shown3 = `${more.slice(0, MOST_NAMED).join(", ")}${more.length > MOST_NAMED ? " and others" : ""}`;
  const message = `${error.message}; and \`newleaf plan\` shows what to place for ${shown3}`;
  throw error.with({ message, fields: { names: [domain, ...more] } });
}
var noAccountYet = (authority) => new Failure(
  "DNS_NO_RECORD",
  `there is no account at ${authority} yet, which the records of dns-persist-01 must name: \`newleaf renew\` registers it, orders nothing, and shows the record to place`,
  { fields: { authority } }
);
async function withPersistUntil(document2, { names, authorities }, { authorities: known2, log, ...outside2 }) {
  const asked = authorities.flatMap((name) => {
    const authority = known2[name];
    return authority !== void 0 && isPersistent(authority) ? [{ name, authority }] : [];
  });
  const { persistUntil: before, ...rest } = document2;
  if (asked.length === 0) return before === void 0 ? document2 : rest;
  try {
    const seen = await Promise.all(
      asked.map(async ({ name, authority }) => {
        const accountUrl = await authority.accountUrl();
        return accountUrl === void 0 ? [] : seenRecords(names, { name, authority, accountUrl }, outside2);
      })
    );
    const records = seen.flat();
    if (records.some(({ error, until }) => error !== void 0 && until === void 0)) return document2;
    const times = records.flatMap(({ until }) => until?.getTime() ?? []);
    const first = times.length === 0 ? void 0 : Math.min(...times);
    if (first === before?.getTime()) return document2;
    return first === void 0 ? rest : { ...rest, persistUntil: new Date(first) };
  } catch (error) {
    log.debug("the persistent records could not be looked at", { reason: toFailure(error).message });
    return document2;
  }
}

// lib/policy/back-off.ts
function transition(failures, happened, at) {
  const set2 = (of, slot, error) => withFailure(
    of,
    slot,
    error && remember(error, failureIn(failures, slot), slot === "repair" ? { ...at, atMost: TO_PUT_BACK } : at)
  );
  const over = (of, ...slots) => slots.reduce((left, slot) => set2(left, slot, void 0), of);
  switch (happened.kind) {
    case "not-observed":
      return set2(failures, "observe", happened.error);
    case "fresh":
      return mapFailures(
        over(failures, "observe", "deploy", "repair"),
        (failure2) => isLasting(failure2, at) ? failure2 : void 0
      );
    case "not-issued":
      return set2(over(failures, "observe"), { order: happened.order, issuer: happened.issuer }, happened.error);
    case "issued":
      return issued(over(failures, "observe", "repair"), happened.isWhole);
    case "deployed":
      return set2(over(failures, "observe", "repair"), "deploy", happened.error);
    case "repaired": {
      const others = over(failures, "observe", ...happened.isPending ? [] : ["deploy"]);
      return set2(others, "repair", happened.error);
    }
    case "cleaned-up":
      return set2(over(failures, "observe"), "cleanUp", happened.error);
  }
}
function issued({ authorities = {}, ...others }, isWhole) {
  if (isWhole) return others;
  const expanding = Object.entries(authorities).flatMap(
    ([name, { issue: _over, ...each }]) => each.expand === void 0 ? [] : [[name, each]]
  );
  return expanding.length === 0 ? others : { ...others, authorities: Object.fromEntries(expanding) };
}
var isLasting = ({ notBefore, configHash }, at) => notBefore > at.now && configHash === at.configHash;
var isHeldBack = ({ notBefore, code }, now) => notBefore > now && retryOf(code) !== "after";
var LOOKED_AT_AGAIN = 15 * MINUTE;
var PUBLISHED_WITHIN = 30 * HOUR;
var PAUSES = [1 * MINUTE, 10 * MINUTE, 100 * MINUTE];
var TO_PUT_BACK = 30 * MINUTE;
function remember(failure2, earlier, { configHash, references, current, now, atMost = DAY }) {
  const again2 = earlier?.configHash === configHash ? earlier.count : 0;
  const since = (again2 === 0 ? void 0 : earlier?.since) ?? now;
  const usual = usualPause(failure2, again2, now.getTime() - since.getTime());
  const own = after(now, Math.min(usual, longestPause(current, now), atMost));
  const asked = failure2.retry === "after" ? failure2.retryAfter : void 0;
  return {
    count: again2 + 1,
    code: failure2.code,
    message: failure2.message,
    ...failure2.step === void 0 ? {} : { step: failure2.step },
    since,
    at: now,
    notBefore: asked !== void 0 && asked > now ? asked : own,
    configHash,
    ...references && { references }
  };
}
function usualPause({ code, retry }, again2, failing) {
  if (code === "DNS_NOT_PROPAGATED" && failing < PUBLISHED_WITHIN) return LOOKED_AT_AGAIN;
  return retry === "never" ? DAY : PAUSES[again2] ?? DAY;
}
function longestPause(current, now) {
  if (current === void 0) return DAY;
  return Math.max(HOUR, (lastSixth(current).getTime() - now.getTime()) / 2);
}
function nextOrder(failures, issuers) {
  const times = issuers.map((issuer2) => failuresAt(failures, issuer2).issue?.notBefore);
  const known2 = times.flatMap((time2) => time2 === void 0 ? [] : [time2.getTime()]);
  return known2.length < times.length || known2.length === 0 ? void 0 : new Date(Math.min(...known2));
}

// lib/policy/location.ts
function isUsedBy(location, { authorities, targets }) {
  const [section2, name, third] = location.split(".");
  if (section2 === "acme") return authorities.some((authority) => authority === third);
  if (section2 === "balancers") return targets.some(({ balancer }) => balancer === name);
  return section2 === "dns" || section2 === "secrets";
}
var OF_THE_ASKED = [
  ...["DENIED", "UNREACHABLE", "UNAVAILABLE", "RATE_LIMITED", "OUT_OF_TIME", "DNS_LOOKUP_FAILED"]
];
var isOfTheAsked = ({ code }) => OF_THE_ASKED.includes(code);
var OF_STORES = ["STORE_UNREADABLE", "STORE_FOREIGN", "STORE_FAILED"];
var CREDENTIAL = /\.(token|password)$/;
function locationIn(part, { code, fields }, references) {
  if (OF_STORES.includes(code)) return { location: part === "state" ? "state" : "secrets" };
  const inside = references.filter(({ location }) => location === part || location.startsWith(`${part}.`));
  if (code === "REFERENCE_UNRESOLVED") return inside.find(({ text }) => text === fields.reference) ?? { location: part };
  const [shown3, ...others] = inside.filter(({ location }) => CREDENTIAL.test(location));
  return code === "DENIED" && shown3 !== void 0 && others.length === 0 ? shown3 : { location: part };
}
function withLocation(failure2, part, references) {
  const isAbout = failure2.code === "REFERENCE_UNRESOLVED" || isOfTheAsked(failure2) && failure2.code !== "OUT_OF_TIME";
  if (!isAbout || failure2.fields.location !== void 0) return failure2;
  const { location, text } = locationIn(part, failure2, references);
  return failure2.with({ fields: { location, ...text === void 0 ? {} : { reference: text } } });
}

// lib/observe/reference-values.ts
async function digestNow(spec, { references, digestReferences, log }, salt) {
  const locations = references.map(({ location }) => location).filter((location) => isUsedBy(location, spec));
  if (locations.length === 0) return void 0;
  try {
    return await digestReferences(locations, salt);
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    log.debug("what the references stand for could not be read", { code, reason: message });
    return void 0;
  }
}
async function withNewValues(document2, spec, deps) {
  const now = deps.clock.now();
  const held2 = allFailures(document2.failures).filter((failure2) => isHeldBack(failure2, now));
  const salts = [...new Set(held2.flatMap(({ references }) => references?.salt ?? []))];
  if (document2.failures === void 0 || salts.length === 0) return document2;
  const digests = new Map(
    await Promise.all(salts.map(async (salt) => [salt, (await digestNow(spec, deps, salt))?.digest]))
  );
  const failures = mapFailures(document2.failures, (failure2) => {
    const { references } = failure2;
    const digest = references && digests.get(references.salt);
    const isAnother = digest !== void 0 && digest !== references?.digest;
    return isAnother && isHeldBack(failure2, now) ? { ...failure2, notBefore: now } : failure2;
  });
  return withFailures(document2, failures);
}

// lib/failures.ts
var latestRetry = (failures) => failures.reduce(
  (found2, each) => found2 === void 0 || waitsUntil(each) > waitsUntil(found2) ? each : found2,
  void 0
);
var earliestRetry = (failures) => failures.reduce(
  (found2, each) => found2 === void 0 || waitsUntil(each) < waitsUntil(found2) ? each : found2,
  void 0
);
var waitsUntil = ({ retry, retryAfter: retryAfter2 }) => retry === "after" ? retryAfter2?.getTime() ?? 0 : Number.NEGATIVE_INFINITY;

// lib/policy/challenge-records.ts
var KEPT_FOR2 = 3 * DAY;
var isKept = ({ order: url, since }, { order: order2 }, now) => order2 !== void 0 && order2.url === url && (order2.expires === void 0 || order2.expires > now) && after(since, KEPT_FOR2) > now;
var removable = (document2, now) => document2.challengeRecords.filter((record5) => !isKept(record5, document2, now));

// lib/policy/issuance-budget.ts
var RESERVED2 = 2;
var setOf = (names) => sha256([...names].sort().join(" ")).slice(0, 16);
function budgetSpent({ issued: issued2 }, names, issuer2, replaced, now) {
  const { issuanceLimit: limit } = issuer2;
  if (limit === void 0) return void 0;
  const most = isPressing(replaced, now) ? limit.certificates : Math.max(limit.certificates - RESERVED2, 1);
  const times = issued2.filter((each) => each.names === setOf(names) && isOf(each, issuer2) && after(each.at, limit.within) > now).map(({ at }) => at.getTime()).sort((one, other) => other - one);
  const blocking = times[most - 1];
  if (blocking === void 0) return void 0;
  const { within: within2 } = limit;
  return { until: after(new Date(blocking), within2), issued: times.map((time2) => new Date(time2)), within: within2 };
}
var isOf = ({ authority, directory: directory2 }, issuer2) => directory2 === void 0 || issuer2.directory === void 0 ? authority === void 0 || authority === issuer2.authority : isSameIssuer({ directory: directory2 }, issuer2);
var isPressing = ({ current, window: window2 }, now) => suggestsNow(window2, now) || current !== void 0 && isShortLived(current) && backstop(current) <= now;
var BACKDATED = HOUR;
var REMEMBERED = 7 * DAY;
function withIssued({ order: _done, ...document2 }, names, issuer2, now, { notBefore } = { notBefore: now }) {
  const at = new Date(Math.min(now.getTime(), after(notBefore, BACKDATED).getTime()));
  const earlier = document2.issued.filter((each) => after(each.at, REMEMBERED) > now);
  return { ...document2, issued: [...earlier, { at, names: setOf(names), ...issuerOf(issuer2) }] };
}

// lib/policy/order-spec.ts
var orderSpecOf = ({ names, key, profile }, issuer2, environment) => ({
  ...{ names, key },
  ...issuerOf(issuer2),
  ...profile === void 0 ? {} : { profile },
  environment
});
var matches = (ordered, spec, issuers) => sameSet(ordered.names, spec.names) && (spec.imported || ordered.key === spec.key) && ordered.profile === spec.profile && issuers.some((issuer2) => isFrom(ordered, issuer2));
var isFrom = (ordered, issuer2) => ordered.authority === issuer2.authority && isSameIssuer(ordered, issuer2);
var isSameOrder = (one, other) => sameSet(one.names, other.names) && one.key === other.key && one.profile === other.profile;
function reduced(spec, ordered) {
  const names = spec.names.filter((name) => ordered?.names.includes(name));
  return names.length === 0 || names.length === spec.names.length ? void 0 : { ...spec, names };
}
var orderKindOf = (spec, current, isDegraded) => !isDegraded && reduced(spec, current) !== void 0 ? "expand" : "issue";
function isReady({ current, pending }, spec, issuers, now) {
  if (pending?.kind !== "certificate" || pending.certificate.notAfter <= now) return false;
  const kept2 = reduced(spec, current?.orderSpec);
  const isWanted2 = (wanted) => matches(pending.orderSpec, wanted, issuers);
  return isWanted2(spec) || kept2 !== void 0 && isWanted2(kept2);
}
var uncovered = ({ names }, current) => current === void 0 ? [] : names.filter((name) => !current.names.includes(name));
var sameSet = (one, other) => one.length === other.length && one.every((name) => other.includes(name));

// lib/policy/holds.ts
var isAsked = ({ only, force, deploy: deploy3 = false, attended = true }) => force || deploy3 || only !== void 0 && attended;
var holdOf = (input, attempt) => heldBy(input.observed.document.failures?.[attempt], input);
function issuersFree(input, isDegraded) {
  const holds = input.observed.issuers.map((issuer2) => ({ issuer: issuer2, held: orderHeld(input, issuer2, isDegraded) }));
  const [first, ...others] = holds.flatMap(({ issuer: issuer2, held: held2 }) => held2 === void 0 ? [issuer2] : []);
  if (first !== void 0) return [first, ...others];
  const [soonest] = holds.flatMap(({ held: held2 }) => held2 ?? []).sort((one, other) => one.until.getTime() - other.until.getTime());
  return soonest ?? wait("paused", after(input.now, DAY), "the configuration names no authority; nothing is ordered");
}
function orderHeld(input, issuer2, isDegraded) {
  const { spec, observed, now } = input;
  const { document: document2, current, window: window2 } = observed;
  const failures = failuresAt(document2.failures ?? {}, issuer2);
  const kept2 = reduced(spec, current?.orderSpec);
  const order2 = orderKindOf(spec, current?.orderSpec, isDegraded);
  const urgent = isNewlySuggested(observed, now);
  const held2 = heldBy(failures[order2], input, urgent, issuer2.authority) ?? [failures.issue, failures.expand].filter((failure2) => failure2 !== void 0 && isTheCasWord(failure2)).map((failure2) => heldBy(failure2, input, urgent, issuer2.authority)).find((each) => each !== void 0);
  if (held2 !== void 0) return held2;
  const cooldown = cooldownOf(document2, issuer2, now);
  if (cooldown !== void 0) return wait("retry-after", cooldown, `${issuer2.authority} asked newleaf to wait`);
  const names = (isDegraded ? kept2 : spec)?.names ?? [];
  const spent = budgetSpent(document2, names, issuer2, { current: current?.certificate, window: window2 }, now);
  return spent && wait("budget", spent.until, budgetText(issuer2.authority, spent));
}
function heldBy(failure2, { spec, now, request }, urgent = false, authority) {
  if (failure2 === void 0) return void 0;
  const { code, notBefore: until, configHash } = failure2;
  if (retryOf(code) === "after" && until > now)
    return wait(
      "retry-after",
      until,
      `${code === "ACME_RATE_LIMITED" ? authority ?? "the authority" : "the last answer"} asked newleaf to wait (${code})`
    );
  if (isAsked(request) || configHash !== spec.configHash) return void 0;
  if (code === "ACME_PAUSED")
    return { action: "wait", reason: "paused", until: after(now, DAY), message: "the authority has paused the account" };
  if (until <= now || urgent || request.attended) return void 0;
  return wait("back-off", until, `it failed (${code}), and newleaf does not try again by itself`);
}
var isTheCasWord = ({ code }) => retryOf(code) === "after" || code === "ACME_PAUSED";
var isNewlySuggested = ({ knownWindow: known2, current, window: window2 }, now) => suggestsNow(window2, now) && known2 !== void 0 && known2.fingerprint === current?.certificate.fingerprint && known2.suggestedNow !== true && !suggestsNow(known2, now);
var wait = (reason, until, message) => ({
  action: "wait",
  reason,
  until,
  message: `${message} until ${until.toISOString()}`
});

// lib/policy/room.ts
function refusalOf(view) {
  if ("error" in view) return view.error;
  if (view.quota === void 0 || view.quota.room > 0) return void 0;
  const { held: held2, limit } = view.quota;
  return new Failure(
    "TARGET_FULL",
    `the load balancer holds ${held2} certificates of at most ${limit}, and none of newleaf's can be spared`,
    { fields: { count: held2, limit } }
  );
}
function refusalEverywhere(targets) {
  const refusals = Object.entries(targets).map(([name, view]) => {
    const refusal2 = refusalOf(view);
    return refusal2 === void 0 || "error" in view ? refusal2 : refusal2.with({ message: `${name}: ${refusal2.message}` });
  });
  const known2 = refusals.filter((refusal2) => refusal2 !== void 0);
  return known2.length < refusals.length ? void 0 : earliestRetry(known2);
}

// lib/policy/decide.ts
var GATES = [isLocked, isTroubleEverywhere];
var ORDERED = [
  ...[isForced, isPending, isAbsent, hasOtherNames, hasOtherConfig, isDue, isUnderWay],
  ...[isOutdated, isDrifted, isSomethingLeft, isBlind]
];
var DEPLOYED_ONLY = [
  ...[isPending, isMissing, isOutdated, isAskedFor],
  ...[isDrifted, isSomethingLeft, isBlind]
];
var MEANWHILE = [isOutdated, isDrifted, isSomethingLeft];
function decide(spec, observed, now, request) {
  const input = { spec, observed, now, request };
  return permitted(firstOf([...GATES, ...checksFor(input)], input) ?? fresh(input), input);
}
var checksFor = ({ spec, request }) => spec.imported || request.deploy ? DEPLOYED_ONLY : ORDERED;
function firstOf(checks, input) {
  for (const check4 of checks) {
    const decision = check4(input);
    if (decision !== void 0) return decision;
  }
  return void 0;
}
function permitted(wanted, input) {
  switch (wanted.action) {
    case "blocked":
      return lookedAtLater(wanted.error, input) ?? holdOf(input, "observe") ?? wanted;
    case "issue": {
      const error = refusalEverywhere(input.observed.targets);
      if (error !== void 0) return meanwhile(holdOf(input, "observe") ?? { action: "blocked", error }, input);
      const free = issuersFree(input, wanted.reason === "degraded");
      return "action" in free ? meanwhile(free, input) : { ...wanted, authorities: free };
    }
    case "deploy": {
      if (wanted.reason !== "pending") return holdOf(input, "repair") ?? wanted;
      const held2 = holdOf(input, "deploy");
      return held2 === void 0 ? wanted : meanwhile(held2, input);
    }
    case "clean-up":
      return holdOf(input, "cleanUp") ?? wanted;
    default:
      return wanted;
  }
}
function lookedAtLater({ retry, retryAfter: until, message }, input) {
  if (retry !== "after" || until === void 0 || until <= input.now) return void 0;
  const checks = checksFor(input).filter((check4) => check4 !== isBlind);
  return firstOf(checks, input) === void 0 ? { action: "wait", reason: "fresh", until, message } : void 0;
}
function meanwhile(held2, input) {
  const repair = firstOf(MEANWHILE, input);
  if (repair?.action === "deploy") return holdOf(input, "repair") ?? repair;
  return repair?.action === "clean-up" && holdOf(input, "cleanUp") === void 0 ? repair : held2;
}
function isLocked({ spec, observed, now }) {
  const lease = leaseAt(observed.document, now);
  if (lease === void 0) return void 0;
  const { until } = lease;
  return { action: "wait", reason: "locked", until, message: locked(spec.id, lease) };
}
function isTroubleEverywhere({ observed: { targets } }) {
  const views = Object.values(targets);
  const errors = views.flatMap((view) => "error" in view ? [view.error] : []);
  const error = errors.length < views.length ? void 0 : earliestRetry(errors);
  return error && { action: "blocked", error };
}
function isForced({ request: { force } }) {
  return force ? issue("forced", "a new certificate was requested by force") : void 0;
}
function isPending({ spec, observed, now, request }) {
  const ready = isReady(observed, spec, observed.issuers, now);
  if (!ready || isSetAside(observed.document, observed.pending, isAsked(request))) return void 0;
  return { action: "deploy", reason: "pending", message: "a new certificate is stored, and not active yet" };
}
function isAbsent({ observed }) {
  if (observed.current !== void 0) return void 0;
  return issue("absent", noCertificate(lostFromStore(observed.document, observed)));
}
function hasOtherNames({
  spec,
  observed: { document: document2, current, window: window2, issuers },
  now
}) {
  if (current === void 0 || sameSet(current.orderSpec.names, spec.names)) return void 0;
  const had = current.orderSpec.names;
  const added = spec.names.filter((name) => !had.includes(name));
  const removed = had.filter((name) => !spec.names.includes(name));
  const changes = [...added.map((name) => `+ ${name}`), ...removed.map((name) => `- ${name}`)].join(", ");
  const isRefused2 = issuers.every((issuer2) => {
    const failure2 = failuresAt(document2.failures ?? {}, issuer2).expand;
    return failure2?.configHash === spec.configHash;
  });
  if (isRefused2 && reduced(spec, current.orderSpec) !== void 0 && renewalTime(current.certificate, window2) <= now)
    return issue("degraded", `its renewal is due, and no certificate could be issued with ${added.join(", ")}`);
  return issue("names", `its names have changed: ${changes}`);
}
function hasOtherConfig({ spec, observed: { current, issuers } }) {
  if (current === void 0 || matches(current.orderSpec, spec, issuers)) return void 0;
  const { key, profile = "none", authority } = current.orderSpec;
  const differing = [
    ...key === spec.key ? [] : [`key ${key} \u2192 ${spec.key}`],
    ...profile === (spec.profile ?? "none") ? [] : [`profile ${profile} \u2192 ${spec.profile ?? "none"}`]
  ];
  const issuer2 = spec.authorities.includes(authority) ? `the directory of ${authority}` : `authority ${authority} \u2192 ${spec.authorities.join(" or ")}`;
  const what = differing.length > 0 ? differing.join(", ") : issuer2;
  return issue("config", `the configuration has changed: ${what}`);
}
function isDue({ observed: { current, window: window2 }, now }) {
  if (current === void 0) return void 0;
  const renewAt = renewalTime(current.certificate, window2);
  return renewAt <= now ? issue("due", `its renewal was due on ${renewAt.toISOString()}`) : void 0;
}
function isUnderWay({ spec, observed: { document: document2, pending, issuers } }) {
  if (document2.order === void 0 || pending?.kind !== "key" || !matches(pending.orderSpec, spec, issuers))
    return void 0;
  return issue("resumed", "an earlier run has begun an order");
}
function isMissing({ spec, observed, now }) {
  const { current, document: document2 } = observed;
  const { id, names, imported } = spec;
  const lacking = imported && current ? names.filter((name) => !covers(current.certificate.names, name)) : [];
  if (current !== void 0 && current.certificate.notAfter > now && lacking.length === 0) return void 0;
  const what = current === void 0 ? noCertificate(lostFromStore(document2, observed)) : lacking.length > 0 ? `the certificate does not cover ${lacking.join(", ")}` : "the certificate has expired";
  const how = imported ? `bring one with \`newleaf import ${id} --file FILE\`` : "order one with `newleaf renew`";
  return { action: "blocked", error: new Failure("CERTIFICATE_MISSING", `${id}: ${what}: ${how}`) };
}
function isAskedFor({ request: { deploy: deploy3 } }) {
  if (!deploy3) return void 0;
  return { action: "deploy", reason: "requested", message: "a deployment was requested" };
}
function isDrifted({ observed: { current, targets }, now }) {
  if (current === void 0 || current.certificate.notAfter <= now) return void 0;
  const elsewhere = Object.entries(targets).flatMap(
    ([name, view]) => "serves" in view && (!view.serves || view.probes.some(isAmiss)) ? [name] : []
  );
  if (elsewhere.length === 0) return void 0;
  return { action: "deploy", reason: "drift", message: `not served as it should be: ${elsewhere.join(", ")}` };
}
function isSomethingLeft(input) {
  const { spec, observed, now } = input;
  const { document: document2, clockWrong, current } = observed;
  const left = (reason, message) => ({
    action: "clean-up",
    reason,
    message
  });
  const values = removable(document2, now).length;
  if (values > 0) return left("challenge-records", `TXT values to be removed: ${values}`);
  if (clockWrong !== void 0 || current === void 0) return void 0;
  const over = spec.targets.flatMap(
    ({ id }) => document2.targets[id]?.superseded.filter((each) => each.after <= now) ?? []
  );
  if (over.length > 0) return left("superseded", `superseded certificates to be deleted: ${over.length}`);
  const orphaned = document2.orphans.filter((orphan) => orphan.objects.some((each) => each.after <= now));
  return orphaned.length === 0 ? void 0 : left(
    "orphans",
    `certificates to be deleted at targets that left the configuration: ${orphaned.map(({ name }) => name).join(", ")}`
  );
}
function isBlind({ observed: { targets } }) {
  const view = Object.values(targets).find((each) => "error" in each);
  return view && { action: "blocked", error: view.error };
}
function fresh({ spec: { imported }, observed: { current, window: window2 }, now }) {
  const end = current && (imported ? current.certificate.notAfter : renewalTime(current.certificate, window2));
  const until = end ?? now;
  const what = imported ? "it ends" : "it is renewed";
  const message = `all is as configured; ${what} on ${until.toISOString()}`;
  return { action: "wait", reason: "fresh", until, message };
}
var issue = (reason, message) => ({ action: "issue", reason, message });

// lib/renewal/plan.ts
var LOOKS_AT_ONCE = 10;
var plan = (specs, request, deps) => mapConcurrently(specs, LOOKS_AT_ONCE, async (spec) => {
  try {
    const { document: document2 } = await inStore("state", readDocument(spec.id, deps));
    const { observation, decision } = await observeAndDecide(spec, request, document2, deps);
    return planItem(spec, decision, observation, deps, document2);
  } catch (thrown) {
    return planItem(spec, { action: "blocked", error: toFailure(thrown) }, void 0, deps);
  }
});
async function observeAndDecide(spec, request, document2, deps) {
  try {
    const known2 = await withPersistUntil(await withNewValues(document2, spec, deps), spec, deps);
    const observation = await observe(spec, known2, deps, { takesOver: request.deploy === true });
    return { observation, decision: decide(spec, observation, deps.clock.now(), request) };
  } catch (thrown) {
    return { observation: void 0, decision: { action: "blocked", error: toFailure(thrown) } };
  }
}
function planItem(spec, decision, observation, { clock }, remembered2 = {}) {
  if (observation === void 0) {
    const error = decision.action === "blocked" ? decision.error : void 0;
    const { current: current2 } = remembered2;
    const health = unhealthyThough({ spec, current: current2, authority: current2?.authority }, error, clock.now());
    return { ...nothingSeen, spec, decision, health };
  }
  const { document: document2, targets, window: window2 } = observation;
  const current = observation.current?.certificate;
  const lost = lostFromStore(document2, observation);
  const authority = observation.current?.orderSpec.authority;
  return {
    ...{ spec, decision, authority, window: window2, targets, lost },
    current: current && factsOf(current),
    health: healthSeen({ spec, decision, current, lost, authority, targets }, document2, clock.now()),
    renewAt: current && !spec.imported ? renewalTime(current, window2) : void 0,
    failure: latest(allFailures(document2.failures)),
    missing: missingFrom(document2, spec, current),
    observed: true,
    pending: pendingIn(observation),
    superseded: Object.fromEntries(spec.targets.map((target) => [target.name, entryOf(document2, target).superseded])),
    orphaned: document2.orphans.flatMap(({ balancer, objects }) => objects.map((each) => ({ ...each, balancer })))
  };
}
var pendingIn = ({ pending }) => pending?.kind === "certificate" ? factsOf(pending.certificate) : void 0;
var nothingSeen = {
  current: void 0,
  lost: void 0,
  renewAt: void 0,
  window: void 0,
  targets: {},
  authority: void 0,
  failure: void 0,
  missing: [],
  observed: false,
  pending: void 0,
  superseded: {},
  orphaned: []
};
var missingFrom = ({ failures }, spec, current) => Object.values(failures?.authorities ?? {}).some(({ expand }) => expand !== void 0) ? uncovered(spec, current) : [];
var latest = (failures) => [...failures].sort((one, other) => other.at.getTime() - one.at.getTime())[0];

// lib/renewal/left-behind.ts
var SAID_FOR = 7 * DAY;
function leftBehind2(document2, what, now) {
  const earlier = document2.leftBehind?.what ?? [];
  const all = [.../* @__PURE__ */ new Set([...earlier, ...what])];
  const known2 = all.length > earlier.length ? unheard(document2) : document2;
  return withEvent({ ...known2, leftBehind: { what: all, since: now } }, now, "left behind", what.join(", "));
}
function withoutOldLeftBehind(document2, now) {
  if (document2.leftBehind === void 0 || after(document2.leftBehind.since, SAID_FOR) > now) return document2;
  const { leftBehind: _old, ...rest } = unheard(document2);
  return rest;
}
function unheard({ notified, ...document2 }) {
  const others = Object.entries(notified ?? {}).flatMap(([name, heard]) => {
    const problems2 = heard.problems.filter((code) => code !== "LEFT_BEHIND");
    return problems2.length > 0 ? [[name, { ...heard, problems: problems2 }]] : [];
  });
  return others.length > 0 ? { ...document2, notified: Object.fromEntries(others) } : document2;
}

// lib/renewal/collect.ts
var GRACE = 24 * HOUR;
function withSuperseded(document2, { staying, leaving }, now) {
  const targets = Object.entries(document2.targets).map(([id, entry]) => {
    const superseded2 = entry.objects.filter((object7) => object7 !== staying).map((object7) => {
      const known2 = entry.superseded.find((each) => each.object === object7);
      return known2 === void 0 || object7 === leaving ? { object: object7, after: after(now, GRACE) } : known2;
    });
    return [id, { ...entry, superseded: superseded2 }];
  });
  return { ...document2, targets: Object.fromEntries(targets) };
}
function withGrace(document2, target, now) {
  const leaving = entryOf(document2, target).deployed?.object;
  return leaving === void 0 ? document2 : later(document2, target, [leaving], now);
}
async function collect(spec, { fingerprint }, lease, deps) {
  for (const target of spec.targets) await collectAt(target, fingerprint, lease, deps);
  const current = certificateName(deps.environment, spec.id, fingerprint);
  for (const orphan of lease.document.orphans) await collectOrphan(orphan, current, lease, deps);
}
async function collectAt(target, fingerprint, lease, deps) {
  const { clock, log } = deps;
  const entry = entryOf(lease.document, target);
  const names = entry.superseded.flatMap((each) => each.after <= clock.now() ? [each.object] : []);
  if (names.length === 0) return;
  const postpone = (left) => lease.save((document2) => later(document2, target, left, clock.now()));
  if (!isSettled(entry, fingerprint)) {
    log.info("superseded certificates stay until the current one was seen at every address", { target: target.name });
    return postpone(names);
  }
  const gone = await deletedAt(target, names, lease, deps);
  if (gone.length > 0) await lease.save((document2) => without(document2, target, gone));
  if (gone.length < names.length) await postpone(names.filter((name) => !gone.includes(name)));
}
async function collectOrphan(orphan, current, lease, deps) {
  const { balancers, clock, log } = deps;
  const { name, balancer, listener: listener2, objects } = orphan;
  const due = objects.filter((each) => each.after <= clock.now());
  if (due.length === 0) return;
  const canBeAsked = listener2 !== void 0 && balancers[balancer] !== void 0;
  const names = deletableAt(orphan, { targets: lease.document.targets, current }, clock.now());
  const gone = canBeAsked && names.length > 0 ? await deletedAt({ name, balancer, listener: listener2 }, names, lease, deps) : [];
  await lease.save((document2) => {
    const left = objects.filter(({ object: object7 }) => !gone.includes(object7));
    if (left.length === 0) return withoutOrphaned(document2, orphan, gone);
    if (!canBeAsked || keptUntil(orphan) <= clock.now()) {
      log.warn("certificates are left behind at a target that left the configuration", {
        target: name,
        names: left.map(({ object: object7 }) => object7)
      });
      const what = left.map(({ object: object7 }) => `${object7} at ${name}`);
      return leftBehind2(
        withoutOrphaned(
          document2,
          orphan,
          objects.map(({ object: object7 }) => object7)
        ),
        what,
        clock.now()
      );
    }
    const again2 = after(clock.now(), GRACE);
    const postponed = {
      ...orphan,
      objects: left.map((each) => each.after > again2 ? each : { ...each, after: again2 })
    };
    return { ...document2, orphans: document2.orphans.map((each) => isSameOrphan(each, orphan) ? postponed : each) };
  });
}
async function deletedAt({ name, balancer, listener: listener2 }, names, lease, { balancers, log }) {
  try {
    await lease.ensureHeld();
    const gone = await balancers[balancer]?.deleteUnused(listener2, names) ?? [];
    const left = names.filter((each) => !gone.includes(each));
    if (left.length > 0) log.info("superseded certificates are still in use", { target: name, names: left });
    return gone;
  } catch (error) {
    if (isFailure(error, "LOCKED")) throw error;
    const { code, message } = toFailure(error);
    log.warn("superseded certificates could not be deleted", { target: name, code, reason: message });
    return [];
  }
}
function without(document2, target, gone) {
  const entry = entryOf(document2, target);
  return withEntry(document2, target, {
    ...entry,
    objects: entry.objects.filter((object7) => !gone.includes(object7)),
    superseded: entry.superseded.filter(({ object: object7 }) => !gone.includes(object7))
  });
}
function later(document2, target, names, now) {
  const entry = entryOf(document2, target);
  const superseded2 = entry.superseded.map(
    (each) => names.includes(each.object) ? { ...each, after: after(now, GRACE) } : each
  );
  return superseded2.length === 0 ? document2 : withEntry(document2, target, { ...entry, superseded: superseded2 });
}

// lib/renewal/step.ts
var worstCase = {
  lock: 10 * SECOND,
  key: 15 * SECOND,
  order: 30 * SECOND,
  validate: 60 * SECOND,
  finalize: 60 * SECOND,
  store: 15 * SECOND,
  deploy: 120 * SECOND,
  verify: 0,
  "roll back": 0,
  activate: 15 * SECOND,
  delete: 20 * SECOND
};
var STEPS = Object.keys(worstCase);
async function step(name, { emit, clock, timeLeft }, work) {
  const started = clock.now().getTime();
  try {
    requireTime(timeLeft, worstCase[name] === 0 ? 1 : worstCase[name] + RESERVE);
    emit({ kind: "step-started", step: name });
    const result = await work();
    emit({ kind: "step-done", step: name, ms: clock.now().getTime() - started });
    return result;
  } catch (error) {
    const thrown = toFailure(error);
    const failure2 = thrown.step === void 0 ? thrown.with({ step: name }) : thrown;
    emit({ kind: "step-failed", step: name, code: failure2.code, reason: failure2.message });
    throw failure2;
  }
}

// lib/renewal/activate.ts
async function activate(id, chosen, { live, pending, current }, lease, deps) {
  const nameOf3 = ({ stored }) => certificateName(deps.environment, id, stored.certificate.fingerprint);
  const names = { staying: nameOf3(chosen), leaving: current && nameOf3(current) };
  const isNew = names.staying !== names.leaving;
  const { certificate, orderSpec } = chosen.stored;
  const noted = { ...factsOf(certificate), authority: orderSpec.authority };
  await lease.save((document2) => {
    const next = isNew ? { ...withoutRejection(document2), current: noted } : document2;
    return withSuperseded(next, names, deps.clock.now());
  });
  if (chosen.version === live && chosen.version !== pending?.version) return;
  await step("activate", deps, async () => {
    const secret2 = secretName(id);
    try {
      await deps.secrets.activate(secret2, chosen.version, live);
    } catch (error) {
      if (!isFailure(error, "SECRET_CONFLICT")) throw error;
      await lease.save((document2) => document2);
      await deps.secrets.stage(secret2, encode(chosen.stored));
      await deps.secrets.activate(secret2, chosen.version, live);
    }
  });
}

// lib/renewal/challenge-records.ts
var TRIED_FOR = 7 * DAY;
var everyRecord = ({ challengeRecords }) => challengeRecords;
async function cleanUpRecords(lease, { solver, log, clock }, choose) {
  const chosen = choose(lease.document, clock.now());
  const isChosen = (record5) => includes(chosen, record5);
  const orWarn = async (work) => {
    try {
      await work();
      return void 0;
    } catch (error) {
      if (isFailure(error, "LOCKED")) throw error;
      const failure2 = toFailure(error);
      log.warn("TXT records are left; the next run removes them", { code: failure2.code, reason: failure2.message });
      return failure2;
    }
  };
  const assigned2 = async (records) => (await Promise.all(records.map(async (record5) => ({ record: record5, found: await solver.assigned(record5) })))).flatMap(
    ({ record: record5, found: found2 }) => found2 === void 0 ? [] : [{ record: record5, found: found2 }]
  );
  const remove3 = async (records) => {
    const known2 = await assigned2(records);
    await solver.cleanUp(known2.map(({ found: found2 }) => found2));
    return known2.map(({ record: record5 }) => record5);
  };
  try {
    const failed2 = await orWarn(async () => {
      await lease.ensureHeld();
      if (chosen.length === 0) return;
      const removed = await remove3(chosen);
      await lease.save(({ challengeRecords, ...document2 }) => {
        const left = challengeRecords.filter((record5) => !includes(removed, record5));
        return abandoned({ ...document2, challengeRecords: left }, isChosen, clock.now());
      });
    });
    if (failed2 === void 0) return void 0;
    const isOld = (record5) => isChosen(record5) && after(record5.since, TRIED_FOR) <= clock.now();
    if (!lease.document.challengeRecords.some(isOld)) return failed2;
    await orWarn(() => lease.save((document2) => abandoned(document2, isOld, clock.now())));
    return lease.document.challengeRecords.some(isChosen) ? failed2 : void 0;
  } catch (taken) {
    await orWarn(async () => {
      const { challengeRecords: theirs } = await lease.reload();
      const own = lease.document.challengeRecords.filter((record5) => !includes(theirs, record5));
      await remove3(own);
    });
    throw taken;
  }
}
function abandoned(document2, isGivenUp, now) {
  const given = document2.challengeRecords.filter(isGivenUp);
  if (given.length === 0) return document2;
  const what = given.map(({ name, provider: provider2 }) => `a TXT value at ${name} (${provider2})`);
  const challengeRecords = document2.challengeRecords.filter((record5) => !isGivenUp(record5));
  return leftBehind2({ ...document2, challengeRecords }, what, now);
}
var includes = (records, { name, value, provider: provider2 }) => records.some((each) => each.name === name && each.value === value && each.provider === provider2);

// lib/renewal/swap.ts
async function swap(target, deployment, probes, lease, { balancers, clock }) {
  await lease.save((document2) => {
    const kept2 = withGrace(document2, target, clock.now());
    return withObject(withProbes(kept2, target, probes, clock.now()), target, deployment.name);
  });
  const entry = entryOf(lease.document, target);
  const keep = lease.isClockWrong ? entry.objects : keptObjects(entry, clock.now());
  await lookup(balancers, target.balancer).swap(target.listener, deployment, keep);
}
function verificationOf(target, { certificate }, { endpoints, settles }, { spec, probes }, { document: document2 }) {
  const { addresses: addresses2 } = entryOf(document2, target);
  const wanted = spec.names.filter((each) => covers(certificate.names, each));
  const without3 = probes[target.name]?.filter(({ shows }) => shows === "unreachable").map(endpointText) ?? [];
  const known2 = (endpoint) => {
    const address = endpointText(endpoint);
    if (addresses2[address]?.answersSince !== void 0) return "answers";
    return without3.includes(address) ? "no way" : void 0;
  };
  return { names: wanted.length > 0 ? wanted : certificate.names, endpoints, known: known2, settles };
}
var saveVerification = ({ target, deployment: { name: object7, certificate }, addresses: addresses2, isRepair }, lease, { clock }) => lease.save((document2) => {
  const { fingerprint } = certificate;
  const verified = withVerification(document2, target, { fingerprint, object: object7 }, addresses2, clock.now());
  return isRepair ? withRepair(verified, target, clock.now()) : verified;
});
var wasServed = (target, { certificate }, { document: document2 }) => entryOf(document2, target).deployed?.fingerprint === certificate.fingerprint;

// lib/renewal/verify.ts
var SLOW = { within: 2 * MINUTE, handshakes: 4 };
var DEADLINE = { broken: 15 * SECOND, silence: 5 * SECOND };
var FIRST_PAUSE = 100;
var GROWTH = 1.5;
var LONGEST_PAUSE = 10 * SECOND;
var MOST_LOOKS = 200;
var AT_ONCE3 = 10;
async function verify(certificate, { names, endpoints, known: known2, settles = SLOW }, { probe, clock, timeLeft, log, emit }) {
  const serverNames = names.map(serverNameFor);
  const begun = clock.now().getTime();
  return Promise.all(endpoints.map(verifyAddress));
  async function verifyAddress(endpoint) {
    const rounds = Math.ceil(settles.handshakes / serverNames.length);
    let [reached, inARow, pause] = [known2(endpoint) === "answers", 0, FIRST_PAUSE];
    for (let looks = 1; ; looks++) {
      const probes = await mapConcurrently(
        serverNames,
        AT_ONCE3,
        (name) => probeEndpoint(endpoint, name, certificate, probe)
      );
      const wrong = probes.find(({ shows }) => shows !== "current");
      reached ||= probes.some(answers);
      inARow = wrong === void 0 ? inARow + 1 : 0;
      if (inARow === rounds) return shownBy(endpoint, probes[0]?.served);
      if (looks === MOST_LOOKS || isOver2(endpoint, wrong, reached, pause)) return end(endpoint, wrong, reached);
      if (wrong !== void 0) emit?.(waitingFor(endpoint));
      await clock.sleep(wrong === void 0 ? FIRST_PAUSE * GROWTH ** (inARow - 1) : pause);
      if (wrong !== void 0) pause = Math.min(pause * GROWTH, LONGEST_PAUSE);
    }
  }
  function isOver2(endpoint, wrong, reached, pause) {
    if (timeLeft() < pause + RESERVE) return true;
    if (wrong?.shows === "unreachable" && !reached && known2(endpoint) === "no way") return true;
    return wrong !== void 0 && isPastDeadline(wrong, reached);
  }
  function isPastDeadline(wrong, reached) {
    const inTime = isDown(wrong) ? Math.min(DEADLINE.broken, settles.within) : settles.within;
    return clock.now().getTime() - begun >= (reached ? inTime : DEADLINE.silence);
  }
  function end(endpoint, wrong, reached) {
    const where = endpointText(endpoint);
    if (wrong === void 0 || !isDown(wrong) && !isPastDeadline(wrong, reached))
      throw new Failure("OUT_OF_TIME", `no time was left to see what ${where} shows; the next run carries on`);
    const { serverName, shows, reason = "no answer" } = wrong;
    const fields = { address: where, serverName };
    if (shows === "unknown") throw new Failure("LOCAL_TROUBLE", `${where} cannot be looked at: ${reason}`, { fields });
    if (!reached) {
      log.warn("an address could not be reached", { ...fields, reason });
      return { ...endpoint, state: "unverified", reason };
    }
    throw new Failure(
      "VERIFY_FAILED",
      `the API has taken ${fingerprintText(certificate)}, but ${where} does not show it for ${serverName}: ${insteadOf(wrong)}`,
      { fields }
    );
  }
}
var waitingFor = (endpoint) => ({ kind: "waiting", step: "verify", what: `${endpointText(endpoint)} to serve it` });
var shownBy = (endpoint, served) => {
  const family = served && familyOf(served);
  return { ...endpoint, state: "verified", ...family && { family } };
};
var isDown = ({ shows }) => shows === "broken" || shows === "refused" || shows === "unreachable";
function insteadOf({ shows, served, reason = "" }) {
  if (shows === "incomplete")
    return "it shows it without the certificates of its issuers, so that clients cannot trust it";
  if (served === void 0) return reason;
  const { serial, notAfter } = served;
  const family = familyOf(served);
  return `it shows ${fingerprintText(served)} (serial ${serial})${family === void 0 ? "" : `, with an ${family.toUpperCase()} key`}, valid until ${notAfter.toISOString()}`;
}

// lib/renewal/roll-back.ts
async function rollBack(failure2, target, { spec, certificate: failed2, previous: current, probes }, lease, deps) {
  const { clock, log } = deps;
  if (isFailure(failure2, "OUT_OF_TIME", "LOCAL_TROUBLE")) return failure2;
  const balancer = lookup(deps.balancers, target.balancer);
  try {
    const isRepair = current?.fingerprint === failed2.fingerprint;
    const previous = isRepair ? await lastVerified(failure2, target, { spec, certificate: failed2 }, lease, deps) : current;
    if (previous === void 0 || previous.notAfter <= clock.now()) {
      const { name } = deploymentOf(failed2, spec, deps.environment);
      if (!isFailure(failure2, "VERIFY_FAILED") || isRepair && !isFirst(target, name, lease)) return failure2;
      const isOff = await step("roll back", deps, () => balancer.detach(target.listener, name));
      return also(
        failure2,
        isOff ? "it was taken off again, and the listener has what it had before" : "there is no earlier certificate to put back"
      );
    }
    const deployment = deploymentOf(previous, spec, deps.environment);
    const view = await balancer.inspect(target.listener, deployment);
    if (view.serves) return also(failure2, `the API says that ${fingerprintText(previous)} is still served, as before`);
    await step("roll back", deps, () => swap(target, deployment, [], lease, deps));
    const verification = verificationOf(target, deployment, view, { spec, probes }, lease);
    const addresses2 = await step("verify", deps, () => verify(previous, verification, deps));
    await saveVerification({ target, deployment, addresses: addresses2, isRepair: false }, lease, deps);
    const shown3 = addresses2.filter(({ state }) => state === "verified").length;
    return also(
      failure2,
      `${isRepair ? "the one before it" : "the current certificate"} was put back, and is shown at ${shown3} of ${addresses2.length} addresses (${fingerprintText(previous)})`
    );
  } catch (error) {
    if (isFailure(error, "LOCKED")) throw error;
    const { code, message } = toFailure(error);
    log.error("what was served before is not back", { code, reason: message });
    return also(failure2, `what was served before is not back: ${code}: ${message}`);
  }
}
async function lastVerified(failure2, target, { spec, certificate: { fingerprint: failed2 } }, lease, deps) {
  const { fingerprint = failed2 } = entryOf(lease.document, target).deployed ?? {};
  if (!isFailure(failure2, "VERIFY_FAILED") || fingerprint === failed2) return void 0;
  const earlier = (await readPrevious(spec.id, deps))?.stored.certificate;
  return earlier?.fingerprint === fingerprint ? earlier : void 0;
}
function isFirst(target, object7, { document: document2 }) {
  const { deployed, objects } = entryOf(document2, target);
  return deployed === void 0 && objects.includes(object7);
}
var also = (failure2, outcome) => failure2.with({ message: `${failure2.message}; ${outcome}` });

// lib/renewal/deploy.ts
async function deploy(delivery, lease, deps) {
  const results = delivery.spec.targets.map(async (target) => {
    const own = about(deps, { target: target.name });
    const error = delivery.spared[target.name];
    if (error !== void 0) return [target.name, { state: "failed", error }];
    return [target.name, await deployTo(target, delivery, lease, own)];
  });
  return Object.fromEntries(await Promise.all(results));
}
async function deployTo(target, delivery, lease, deps) {
  const deployment = deploymentOf(delivery.certificate, delivery.spec, deps.environment);
  let view;
  try {
    view = await lookup(deps.balancers, target.balancer).inspect(target.listener, deployment);
  } catch (error) {
    return { state: "failed", error: toFailure(error) };
  }
  try {
    if (!view.serves) {
      const probes = delivery.probes[target.name] ?? [];
      await step("deploy", deps, () => swap(target, deployment, probes, lease, deps));
    }
    const verification = verificationOf(target, deployment, view, delivery, lease);
    const addresses2 = await step("verify", deps, () => verify(deployment.certificate, verification, deps));
    const isRepair = !view.serves && wasServed(target, deployment, lease);
    await saveVerification({ target, deployment, addresses: addresses2, isRepair }, lease, deps);
    const isSeen2 = addresses2.some(({ state }) => state === "verified");
    return { state: isSeen2 ? "verified" : "unverified", addresses: addresses2 };
  } catch (error) {
    if (isFailure(error, "LOCKED")) throw error;
    const failure2 = toFailure(error);
    return { state: "failed", error: await rollBack(failure2, target, delivery, lease, deps) };
  }
}

// lib/policy/caa-refusal.ts
function caaRefusals(found2, issuer2) {
  const refused3 = /* @__PURE__ */ new Map();
  for (const { name, caa } of found2) {
    const prohibition = prohibitionIn(caa.records, { ...issuer2, isWildcard: name.startsWith("*.") });
    if (prohibition === void 0) continue;
    const key = JSON.stringify([caa.name, prohibition]);
    const known2 = refused3.get(key);
    if (known2 === void 0) refused3.set(key, { names: [name], caa, prohibition });
    else known2.names.push(name);
  }
  return [...refused3.values()].map((each) => ({ names: each.names, error: refusal(each, issuer2) }));
}
var accountNamed = (authority, accountUrl, { owner }, record5) => new Failure(
  "ACME_ACCOUNT_MISSING",
  `${authority} knows no account ${accountUrl} of the stored key, and ${recordsAt([record5], owner)} names it, so that no other is registered in its place: if it is gone for good, take accounturi out of that record`,
  { fields: { authority, records: [record5] } }
);
function refusal({ names, caa, prohibition }, { authority, accountUrl, method = "dns-01" }) {
  const { owner, name } = caa;
  const { why, records, allowing } = prohibition;
  const found2 = `${recordsAt(records, owner)}${owner === name ? "" : `, where a CNAME leads from ${name},`}`;
  const many = records.length > 1;
  const add = `add ${owner}. CAA ${allowing}`;
  const shown3 = some(names);
  const account2 = accountUrl === void 0 ? "not registered yet" : accountUrl;
  const words2 = {
    critical: `${many ? "are" : "is"} critical, of a kind that nobody knows, and forbid${many ? "" : "s"} every authority to issue for ${shown3}: take ${many ? "them" : "it"} away`,
    method: `allow${many ? "" : "s"} ${authority} other methods than ${method} for ${shown3}, and no order of newleaf\u2019s: ${add}`,
    account: `bind${many ? "" : "s"} ${shown3} to another account at ${authority} than newleaf\u2019s, which is ${account2}: ${add}`,
    malformed: `${many ? "are" : "is"} malformed, and so forbid${many ? "" : "s"} ${authority} to issue for ${shown3}: put ${owner}. CAA ${allowing} in ${many ? "their" : "its"} place`,
    authority: `forbid${many ? "" : "s"} ${authority} to issue for ${shown3}: ${add}`
  };
  return new Failure("ACME_CAA", `${found2} ${words2[why]}`, { fields: { authority, names, records } });
}
var recordsAt = (records, owner) => `the CAA record${records.length > 1 ? "s" : ""} ${some(records.map(short), " and ")} at ${owner}`;
var MOST_SHOWN = 3;
var some = (texts, between = ", ") => texts.length > MOST_SHOWN ? `${texts.slice(0, MOST_SHOWN).join(", ")} and ${texts.length - MOST_SHOWN} more` : texts.join(between);
var short = (record5) => record5.length > 200 ? `${record5.slice(0, 200)}\u2026` : record5;

// lib/observe/caa.ts
var AT_ONCE4 = 10;
var MOST_NAMED2 = 20;
async function findCaaRefusals(names, { name: authority, authority: port2 }, { solver, log }) {
  const identities = await port2.caaIdentities();
  if (identities.length === 0) return [];
  const { found: found2, unanswered } = await lookUp(names, solver);
  const [first] = unanswered;
  if (first !== void 0) {
    const silent = unanswered.slice(0, MOST_NAMED2).map(({ name }) => name);
    log.warn("CAA records could not be looked up; the authority decides", {
      names: silent,
      reason: first.error.message
    });
  }
  const accountUrl = found2.some(({ caa }) => namesAccount(caa.records)) ? await port2.accountUrl() : void 0;
  return caaRefusals(found2, { authority, identities, accountUrl, method: port2.validation });
}
async function requireCaa(names, asked, outside2) {
  const [first, ...others] = await findCaaRefusals(names, asked, outside2);
  if (first === void 0) return;
  const more = others.flatMap((each) => each.names);
  if (more.length === 0) throw first.error;
  const message = `${first.error.message}; other records forbid ${more.slice(0, MOST_NAMED2).join(", ")}`;
  throw first.error.with({ message, fields: { names: [...first.names, ...more] } });
}
async function requireUnbound(accountUrl, authority, names, solver) {
  const { found: found2, unanswered } = await lookUp(names, solver);
  for (const { caa } of found2) {
    const record5 = recordNaming(caa.records, accountUrl);
    if (record5 !== void 0) throw accountNamed(authority, accountUrl, caa, record5);
  }
  const [first] = unanswered;
  if (first !== void 0 && unanswered.length === names.length) throw first.error;
}
async function lookUp(names, solver) {
  const found2 = [];
  const unanswered = [];
  await mapConcurrently(names, AT_ONCE4, async (name) => {
    const silent = unanswered.filter(({ error }) => error.fields.reason === "ETIMEOUT");
    const [first] = silent;
    if (first !== void 0 && silent.length >= AT_ONCE4) return void unanswered.push({ name, error: first.error });
    try {
      const caa = await solver.caa(name.replace(/^\*\./, ""));
      if (caa !== void 0) found2.push({ name, caa });
    } catch (error) {
      if (!isFailure(error, "DNS_LOOKUP_FAILED")) throw error;
      unanswered.push({ name, error });
    }
  });
  return { found: found2, unanswered };
}

// lib/x509/chain.ts
import { createPrivateKey as createPrivateKey2 } from "node:crypto";

// lib/x509/issuers.ts
var LONGEST3 = 10;
var issuedBy = (certificate, issuer2) => certificate.checkIssued(issuer2) && certificate.verify(issuer2.publicKey);
var isSelfSigned2 = (certificate) => certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
var isExpired = ({ validToDate }, now) => validToDate <= now;
function withIssuers(leaf, others) {
  const chain = [leaf];
  for (let last = leaf; last !== void 0 && chain.length < LONGEST3; ) {
    const subject = last;
    last = isSelfSigned2(subject) ? void 0 : others.find((each) => !chain.includes(each) && issuedBy(subject, each));
    if (last !== void 0) chain.push(last);
  }
  return chain;
}

// lib/x509/chain.ts
var SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
var SKEW = HOUR;
var leafRules = {
  key: {
    broken: ([leaf], { key }) => !leaf.checkPrivateKey(key),
    message: "the certificate is for another key than the one it was ordered for"
  },
  names: {
    broken: ([leaf], { names }) => {
      const entries = subjectAltNames(leaf);
      const found2 = entries.map(({ value }) => value.toLowerCase());
      return entries.some(({ type }) => type !== "DNS") || !sameNames(found2, names);
    },
    message: "the certificate is not for exactly the names that were ordered"
  },
  "not before": { broken: ([leaf], { now }) => isEarly(leaf, now), message: "the certificate is not valid yet" },
  "not after": { broken: ([leaf], { now }) => isExpired(leaf, now), message: "the certificate has expired" },
  leaf: { broken: ([leaf]) => leaf.ca, message: "the certificate is one of an authority, not of a server" },
  /**
   * A certificate without an extended key usage is for any use (RFC 5280 §4.2.1.12), and openssl, nginx, HAProxy and browsers but
   * Apple's take it: authorities of companies issue such, and public ones do not. One that has the extension must name servers.
   */
  "server authentication": {
    broken: ([{ keyUsage }]) => keyUsage !== void 0 && !keyUsage.includes(SERVER_AUTH),
    message: "the certificate is not meant for servers: its extended key usage lacks serverAuth"
  },
  strength: { broken: ([leaf]) => isWeak(leaf), message: "the certificate has a signature or a key that is too weak" }
};
var issuerRules = {
  intermediate: {
    broken: ([, ...issuers]) => issuers.length === 0,
    message: "it lacks the intermediate certificate, without which clients do not trust the first one"
  },
  "not before": {
    broken: ([, ...issuers], { now }) => issuers.some((each) => isEarly(each, now)),
    message: "an issuer in it is not valid yet"
  },
  "not after": {
    broken: ([, ...issuers], { now }) => issuers.some((each) => isExpired(each, now)),
    message: "an issuer in it has expired"
  },
  authority: {
    // A root of version 1 has no extension to say so, and none is needed: whoever trusts it does so by itself.
    broken: ([, ...issuers]) => issuers.some((each) => !each.ca && !isSelfSigned2(each)),
    message: "it holds an issuer that is not a certificate authority"
  },
  strength: {
    broken: ([, ...issuers]) => issuers.some(isWeak),
    message: "it holds an issuer with a signature or a key that is too weak"
  }
};
var isEarly = ({ validFromDate }, now) => validFromDate > after(now, SKEW);
var isWeak = (certificate) => {
  const selfSigned = certificate.checkIssued(certificate);
  if (!selfSigned && /sha1|md5|md2/i.test(certificate.signatureAlgorithm ?? "")) return true;
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) < 2048;
};
function firstBroken(rules, chain, { privateKeyPem, names, now }, unasked = []) {
  const expected = { names, now, key: createPrivateKey2(privateKeyPem.reveal()) };
  const found2 = Object.entries(rules).find(
    ([rule, { broken }]) => !unasked.some((each) => each === rule) && broken(chain, expected)
  );
  return found2 && { rule: found2[0], message: found2[1].message };
}
function requireSound(chain, expectation, unasked) {
  const broken = firstBroken(leafRules, chain, expectation, unasked) ?? firstBroken(issuerRules, chain, expectation, unasked);
  if (broken !== void 0)
    throw new Failure("CHAIN_INVALID", `the certificate was refused: ${broken.message}`, {
      fields: { rule: broken.rule }
    });
  return publicCertificate(chain.map(String).join(""));
}
function checkChain(chainPem, expectation) {
  const chain = chainSent(chainPem, expectation);
  const wrong = firstBroken(leafRules, chain, expectation);
  if (wrong !== void 0)
    throw new Failure("CHAIN_INVALID", `a new chain was refused: ${wrong.message}`, { fields: { rule: wrong.rule } });
  const unusable2 = firstBroken(issuerRules, chain, expectation);
  if (unusable2 !== void 0) throw unusableChain(unusable2.message, { rule: unusable2.rule });
  return publicCertificate(chain.map(String).join(""));
}
function chainSent(chainPem, { privateKeyPem, now }) {
  const sent = readSent(chainPem);
  const key = createPrivateKey2(privateKeyPem.reveal());
  const leaf = sent.find((each) => each.checkPrivateKey(key)) ?? sent.find(({ ca }) => !ca);
  if (leaf === void 0) throw unusableChain("there is no certificate of a server in it");
  const isGone2 = (each) => isExpired(each, now);
  const others = sent.filter((each) => each !== leaf);
  const issuers = withIssuers(leaf, [...others.filter((each) => !isGone2(each)), ...others.filter(isGone2)]).slice(1);
  const end = issuers.findIndex(isGone2);
  return [leaf, ...end > 0 ? issuers.slice(0, end) : issuers];
}
function readSent(chainPem) {
  try {
    return readCertificates(chainPem);
  } catch (error) {
    throw isFailure(error, "CHAIN_INVALID") ? unusableChain(error.message) : error;
  }
}
var unusableChain = (what, fields = {}) => new Failure("ANSWER_INVALID", `a new certificate came in a chain that cannot be used: ${what}`, { fields });

// lib/x509/csr.ts
async function createCsr(names, privateKeyPem) {
  const { crypto } = (await import("acme-client")).default;
  const [, csr] = await crypto.createCsr({ altNames: [...names] }, privateKeyPem.reveal());
  return csr.toString();
}

// lib/renewal/of-authority.ts
function ofAuthority(name, error) {
  const failure2 = toFailure(error);
  return failure2.code === "OUT_OF_TIME" || failure2.fields.store !== void 0 ? failure2 : failure2.with({ fields: { authority: name } });
}

// lib/renewal/known-order.ts
var GIVEN_UP = { after: 6 * HOUR, runs: 3 };
var TIMEOUT = 10 * MINUTE;
var READS = 6;
var PAUSE = 2 * SECOND;
var NOT_OF_THE_ORDER = [
  ...["OUT_OF_TIME", "LOCKED", "CLOCK_WRONG", "LOCAL_TROUBLE", "REFERENCE_UNRESOLVED", "DENIED"],
  ...["STORE_FAILED", "STORE_UNREADABLE", "STORE_FOREIGN", "STORE_OUTDATED", "STATE_CONFLICT"],
  ...["SECRET_CONFLICT", "ACME_PAUSED", "ACME_TERMS_CHANGED", "ACME_ORDER_NOT_READY", "ACME_UNDECIDED"]
];
var isLasting2 = ({ retry, code }) => retry !== "soon" && retry !== "after" && !NOT_OF_THE_ORDER.includes(code);
var isUnclear = ({ code, fields }) => code === "ANSWER_INVALID" || code === "UNEXPECTED" || code === "ACME_PROBLEM" && fields.type === void 0;
async function knownOrder(issuer2, { order: known2 }, { authority, clock }) {
  if (known2 === void 0 || !isFrom(known2, issuer2)) return {};
  for (let read3 = 1; ; read3++) {
    try {
      const order2 = await authority.readOrder(known2.url);
      const over = whyOver(order2, known2, clock.now());
      return over === void 0 ? { order: order2 } : { over };
    } catch (thrown) {
      const failure2 = toFailure(thrown);
      if (failure2.fields.authority !== issuer2.authority) throw thrown;
      if (failure2.retry === "after") throw thrown;
      if (!isLasting2(failure2) && !hasExpired(known2.expires, clock.now())) throw thrown;
      if (!isUnclear(failure2) || read3 === READS) return { over: failure2.code };
    }
    await clock.sleep(PAUSE);
  }
}
var hasExpired = (expires, now) => expires !== void 0 && expires <= now;
function whyOver({ status: status3, expires }, { undecided: undecided3, ...known2 }, now) {
  if (status3 === "valid") return void 0;
  if (status3 === "invalid") return "invalid";
  if (hasExpired(expires ?? known2.expires, now)) return "expired";
  if (undecided3 === void 0 || status3 === "ready") return void 0;
  const isGivenUp = after(undecided3.since, GIVEN_UP.after) <= now && undecided3.runs >= GIVEN_UP.runs;
  return isGivenUp ? "undecided" : void 0;
}
async function stepFailed(step2, thrown, issuer2, { lease, clock, log }) {
  const failure2 = toFailure(thrown);
  const { order: order2 } = lease.document;
  if (failure2.fields.authority !== issuer2.authority || order2 === void 0) throw thrown;
  const { code } = failure2;
  if (code === "OUT_OF_TIME" || code === "ACME_UNDECIDED" || isUnclear(failure2)) {
    const since = await undecidedSince(step2, order2, lease, clock);
    const hadItsTime = code === "OUT_OF_TIME" && after(since, TIMEOUT) <= clock.now();
    throw hadItsTime ? undecided(issuer2, since) : thrown;
  }
  if (isLasting2(failure2) && (step2 !== "download" || code === "ACME_ORDER_GONE" || hasExpired(order2.expires, clock.now()))) {
    log.warn("an order is let go; the next run makes another", { why: code });
    await lease.save(({ order: _gone, ...rest }) => withEvent(rest, clock.now(), LET_GO, code));
  }
  throw thrown;
}
var LET_GO = "order let go";
async function undecidedSince(step2, { undecided: noted }, lease, clock) {
  const now = clock.now();
  const earlier = noted?.step === step2 && noted.since <= now ? noted : { since: now, runs: 0 };
  const undecided3 = { step: step2, since: earlier.since, runs: earlier.runs + 1 };
  await lease.save(({ order: order2, ...rest }) => ({ ...rest, ...order2 && { order: { ...order2, undecided: undecided3 } } }));
  return undecided3.since;
}
var undecided = ({ authority }, since) => ofAuthority(
  authority,
  new Failure("ACME_UNDECIDED", `${authority} has not decided since ${since.toISOString()}; a later run asks again`)
);

// lib/renewal/turns-of-values.ts
async function inTurnsOfValues(answers2, capacityOf) {
  const turns = [{ answers: [], held: /* @__PURE__ */ new Map() }];
  for (const answer of answers2) {
    const needed = await Promise.all(
      answer.records.map(async (record5) => ({ value: record5.value, capacity: await capacityOf(record5) }))
    );
    const hasRoom = ({ held: held2 }) => needed.every(({ capacity, value }) => {
      const values = (capacity && held2.get(capacity.key)) ?? /* @__PURE__ */ new Set();
      return capacity === void 0 || values.has(value) || values.size < capacity.most;
    });
    let turn = turns.find(hasRoom);
    if (turn === void 0) {
      turn = { answers: [], held: /* @__PURE__ */ new Map() };
      turns.push(turn);
    }
    turn.answers.push(answer);
    for (const { capacity, value } of needed) {
      if (capacity === void 0) continue;
      turn.held.set(capacity.key, (turn.held.get(capacity.key) ?? /* @__PURE__ */ new Set()).add(value));
    }
  }
  return turns.map((turn) => turn.answers);
}

// lib/renewal/validate.ts
async function validate(order2, locate, lease, authority, context) {
  const isStopped = watchForStop(context.timeLeft, context.clock);
  const found2 = await locate();
  const challenges = await authority.challenges(order2).catch(context.failed);
  const since = context.clock.now();
  const answers2 = challenges.map((challenge) => {
    const { domain, value } = challenge;
    if (value === void 0) return { challenge, records: [] };
    const locations = found2.filter((each) => each.domain === domain);
    if (locations.length === 0)
      throw new Failure("ACME_PROBLEM", `the authority asks for a proof of ${domain}, which was not ordered`);
    const records = locations.map(({ name, zone, provider: provider2 }) => ({
      name,
      zone,
      provider: provider2,
      value,
      order: order2.url,
      since
    }));
    return { challenge, records };
  });
  const turns = await inTurnsOfValues(answers2, (record5) => context.solver.capacity(record5));
  for (const turn of turns) await show(turn, lease, authority, { ...context, isStopped });
}
async function show(answers2, lease, authority, { solver, log, clock, emit, isStopped, failed: failed2 }) {
  const records = answers2.flatMap((answer) => answer.records);
  const earlier = lease.document.challengeRecords;
  let unwritten = [];
  let isValid = false;
  await lease.save((document2) => ({ ...document2, challengeRecords: together2(document2.challengeRecords, records) }));
  try {
    await solver.present(
      lease.document.challengeRecords.filter((record5) => includes(records, record5)),
      (servers2) => emit({ kind: "waiting", step: "validate", what: `${servers2[0] ?? "a name server"} to show the TXT value` }),
      (heard) => {
        unwritten = heard.filter((record5) => !includes(earlier, record5));
      }
    );
    await authority.answer(answers2.map(({ challenge }) => challenge));
    isValid = true;
  } catch (error) {
    if (unwritten.length > 0) await lease.save((document2) => without2(document2, unwritten));
    if (isFailure(error, "ACME_VALIDATION_FAILED", "ACME_ORDER_INVALID", "ACME_CAA")) {
      await lease.save(({ order: _dead, ...rest }) => rest);
    }
    await failed2(error);
  } finally {
    await cleanUpRecords(lease, { solver, log, clock }, isValid || isStopped() ? everyRecord : removable);
  }
}
var without2 = (document2, records) => ({
  ...document2,
  challengeRecords: document2.challengeRecords.filter((record5) => !includes(records, record5))
});
var together2 = (one, other) => [
  ...one,
  ...other.filter((record5) => !includes(one, record5))
];

// lib/renewal/issue.ts
async function issue2(spec, issuer2, stages, lease, deps) {
  const orderSpec = orderSpecOf(spec, issuer2, deps.environment);
  const { authority } = deps;
  authority.prepare();
  const key = await step("key", deps, () => pendingKey(spec, orderSpec, stages, lease, deps));
  const locate = locating(spec, issuer2, deps);
  const order2 = await step("order", deps, () => liveOrder(spec, issuer2, stages, lease, { ...deps, locate }));
  const failed2 = (of) => (error) => stepFailed(of, error, issuer2, { lease, ...deps });
  if (order2.status === "pending")
    await step(
      "validate",
      deps,
      () => validate(order2, locate, lease, authority, { ...deps, failed: failed2("validate") })
    );
  else await cleanUpRecords(lease, deps, everyRecord);
  const certificate = await step("finalize", deps, async () => {
    await lease.ensureHeld();
    const csr = await createCsr(spec.names, key.privateKeyPem);
    const valid = await authority.finalize(order2, csr).catch(failed2("finalize"));
    return authority.download(valid, (chainPem) => checked(chainPem, key, spec, deps)).catch(failed2("download"));
  }).catch((error) => noteUseless(error, spec, issuer2, lease, deps));
  return step("store", deps, async () => {
    const stored = { kind: "certificate", certificate, orderSpec };
    await lease.ensureHeld();
    const version = await deps.secrets.stage(secretName(spec.id), encode(stored));
    await lease.save((document2) => withIssued(document2, spec.names, issuer2, deps.clock.now(), certificate));
    return { version, stored };
  });
}
function locating(spec, { authority: name }, deps) {
  const { authority } = deps;
  if (isPersistent(authority))
    return lazy(async () => {
      await requirePersistentRecords(spec, { name, authority }, deps);
      return [];
    });
  const located = lazyEach((label) => checkedLocations(spec, label, deps));
  return async () => located(await authority.challengeLabel?.());
}
async function checkedLocations({ names }, label, { solver }) {
  const found2 = await solver.locate(names, label);
  await Promise.all(found2.map((location) => solver.check(location)));
  return found2;
}
var checked = (chainPem, { privateKeyPem }, { names }, { clock }) => ({ ...checkChain(chainPem, { names, privateKeyPem, now: clock.now() }), privateKeyPem });
async function pendingKey(spec, orderSpec, { pending }, lease, deps) {
  if (pending?.stored.kind === "key" && isSameOrder(pending.stored.orderSpec, orderSpec)) return pending.stored;
  if (lease.document.order !== void 0) await lease.save(({ order: _old, ...rest }) => rest);
  const fresh2 = { kind: "key", privateKeyPem: await generateKey(spec.key), orderSpec };
  await lease.ensureHeld();
  await deps.secrets.stage(secretName(spec.id), encode(fresh2));
  return fresh2;
}
async function liveOrder(spec, issuer2, stages, lease, deps) {
  const { order: known2, over } = await knownOrder(issuer2, lease.document, deps);
  if (known2 !== void 0) return known2;
  const allowed = requireCaa(spec.names, { name: issuer2.authority, authority: deps.authority }, deps);
  allowed.catch(() => void 0);
  await deps.locate();
  await allowed;
  await lease.ensureHeld();
  const order2 = await newOrder(spec, issuer2, stages, deps.authority);
  const { url, expires } = order2;
  const noted = { ...issuerOf(issuer2), url, ...expires === void 0 ? {} : { expires } };
  const now = deps.clock.now();
  await lease.save((document2) => ({
    ...over === void 0 ? document2 : withEvent(document2, now, LET_GO, over),
    order: noted
  }));
  if (over !== void 0) deps.log.warn("an order was let go, and another one was made", { why: over });
  return order2;
}
var newOrder = ({ names, profile }, issuer2, { current }, authority) => {
  const replaced = current?.stored;
  return authority.newOrder({
    names,
    ...profile === void 0 ? {} : { profile },
    ...replaced && isFrom(replaced.orderSpec, issuer2) ? { replaces: replaced.certificate } : {}
  });
};
async function noteUseless(error, { names }, issuer2, lease, { clock }) {
  if (isFailure(error, "CHAIN_INVALID"))
    await lease.save((document2) => withIssued(document2, names, issuer2, clock.now()));
  throw error;
}

// lib/renewal/fail-over.ts
var FOR_ANOTHER = 2 * MINUTE;
async function issueAtFirst(spec, { authorities, reason }, stages, lease, deps) {
  const isDegraded = reason === "degraded";
  const current = stages.current?.stored;
  const scope = (isDegraded ? reduced(spec, current?.orderSpec) : void 0) ?? spec;
  const order2 = orderKindOf(spec, current?.orderSpec, isDegraded);
  const happened = [];
  let last;
  for (const issuer2 of inTurn(authorities, scope, stages, lease, deps)) {
    if (last !== void 0 && deps.timeLeft() < FOR_ANOTHER) break;
    if (last !== void 0)
      deps.log.warn("another authority is asked", { authority: issuer2.authority, after: last.code });
    const authority = speakingFor(issuer2.authority, lookup(deps.authorities, issuer2.authority));
    try {
      const found2 = last === void 0 ? stages : await readStages(spec.id, deps);
      const chosen = await issue2(scope, issuer2, found2, lease, { ...deps, authority });
      return { chosen, happened: [...happened, { kind: "issued", isWhole: !isDegraded }] };
    } catch (thrown) {
      if (isFailure(thrown, "LOCKED")) throw thrown;
      const error = toFailure(thrown);
      last = error;
      if (error.fields.authority !== issuer2.authority) {
        const others = authorities.filter((each) => !happened.some((earlier) => earlier.issuer === each));
        const everywhere = others.map((each) => ({ kind: "not-issued", order: order2, issuer: each, error }));
        return { chosen: void 0, happened: [...happened, ...everywhere], error };
      }
      happened.push({ kind: "not-issued", order: order2, issuer: issuer2, error });
    }
  }
  return { chosen: void 0, happened, ...last && { error: last } };
}
function inTurn(authorities, scope, { pending }, { document: { order: order2 } }, { environment }) {
  const isUnderWay2 = (issuer2) => order2 !== void 0 && isFrom(order2, issuer2) && pending?.stored.kind === "key" && isSameOrder(pending.stored.orderSpec, orderSpecOf(scope, issuer2, environment));
  return [...authorities.filter(isUnderWay2), ...authorities.filter((issuer2) => !isUnderWay2(issuer2))];
}
function speakingFor(name, authority) {
  const own = async (work) => {
    try {
      return await work;
    } catch (error) {
      throw ofAuthority(name, error);
    }
  };
  return {
    ...authority,
    caaIdentities: () => own(authority.caaIdentities()),
    accountUrl: () => own(authority.accountUrl()),
    register: () => own(authority.register()),
    newOrder: (request) => own(authority.newOrder(request)),
    readOrder: (url) => own(authority.readOrder(url)),
    challenges: (order2) => own(authority.challenges(order2)),
    answer: (challenges) => own(authority.answer(challenges)),
    finalize: (order2, csrPem) => own(authority.finalize(order2, csrPem)),
    download: (order2, take) => own(authority.download(order2, take))
  };
}

// lib/x509/self-signed.ts
import { createHash, createPrivateKey as createPrivateKey3, createPublicKey, randomBytes, sign } from "node:crypto";
import { isIP as isIP2 } from "node:net";

// lib/x509/der-writer.ts
function element(tag, content) {
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.of(tag, length), content]);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.of(tag, 128 | octets.length), octets, content]);
}
var sequence = (...parts) => element(48, Buffer.concat(parts));
var set = (...parts) => element(49, Buffer.concat(parts));
var objectIdentifier = (hex) => element(6, Buffer.from(hex, "hex"));
var bitString = (octets) => element(3, Buffer.concat([Buffer.of(0), octets]));
function time(moment) {
  const digits = `${moment.toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  return moment.getUTCFullYear() < 2050 ? element(23, Buffer.from(digits.slice(2))) : element(24, Buffer.from(digits));
}

// lib/x509/self-signed.ts
var BACKDATED2 = HOUR;
var LONGEST_COMMON_NAME = 64;
var RSA = {
  hash: "sha256",
  identifier: sequence(objectIdentifier("2a864886f70d01010b"), element(5, Buffer.alloc(0)))
};
var P256 = { hash: "sha256", identifier: sequence(objectIdentifier("2a8648ce3d040302")) };
var P384 = { hash: "sha384", identifier: sequence(objectIdentifier("2a8648ce3d040303")) };
var SIGNATURES = {
  "ecdsa-p256": P256,
  "ecdsa-p384": P384,
  "rsa-2048": RSA,
  "rsa-3072": RSA,
  "rsa-4096": RSA
};
async function createSelfSigned({ names, key }, days, now) {
  const privateKeyPem = await generateKey(key);
  const privateKey2 = createPrivateKey3(privateKeyPem.reveal());
  const publicKey = createPublicKey(privateKey2).export({ type: "spki", format: "der" });
  const { hash, identifier } = SIGNATURES[key];
  const issuer2 = nameOf(names);
  const body = sequence(
    element(160, element(2, Buffer.of(2))),
    element(2, serialNumber()),
    identifier,
    issuer2,
    sequence(time(after(now, -BACKDATED2)), time(after(now, days * DAY))),
    issuer2,
    publicKey,
    element(163, extensions(names, publicKey))
  );
  const der = sequence(body, identifier, bitString(sign(hash, body, privateKey2)));
  const lines2 = der.toString("base64").match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----
${lines2.join("\n")}
-----END CERTIFICATE-----
`;
  return { ...publicCertificate(pem), privateKeyPem };
}
function nameOf(names) {
  const commonName2 = names.find((name) => name.length <= LONGEST_COMMON_NAME) ?? "self-signed";
  const attribute = (identifier, value) => set(sequence(objectIdentifier(identifier), element(12, Buffer.from(value))));
  return sequence(attribute("55040a", "newleaf self-signed"), attribute("550403", commonName2));
}
function extensions(names, publicKey) {
  const critical = element(1, Buffer.of(255));
  const extension = (identifier, value, ...flags) => sequence(objectIdentifier(identifier), ...flags, element(4, value));
  const keyIdentifier = createHash("sha256").update(publicKey).digest().subarray(0, 20);
  return sequence(
    extension("551d13", sequence(), critical),
    // basicConstraints: no authority
    extension("551d0f", element(3, Buffer.of(7, 128)), critical),
    // keyUsage: digitalSignature
    extension("551d25", sequence(objectIdentifier("2b06010505070301"))),
    // extKeyUsage: serverAuth
    extension("551d11", sequence(...names.map(generalName))),
    // subjectAltName
    extension("551d0e", element(4, keyIdentifier))
    // subjectKeyIdentifier
  );
}
var generalName = (name) => isIP2(name) === 0 ? element(130, Buffer.from(name, "latin1")) : element(135, ipOctets(name));
function serialNumber() {
  const octets = randomBytes(16);
  octets[0] = (octets[0] ?? 0) & 63 | 64;
  return octets;
}

// lib/renewal/self-sign.ts
async function selfSign(spec, lease, deps) {
  const issuer2 = { authority: SELF_SIGNED };
  try {
    const { days } = spec.selfSigned;
    const certificate = await step("key", deps, () => createSelfSigned(spec, days, deps.clock.now()));
    const stored = {
      ...{ kind: "certificate", certificate },
      orderSpec: orderSpecOf(spec, issuer2, deps.environment)
    };
    const version = await step("store", deps, async () => {
      await lease.ensureHeld();
      const staged2 = await deps.secrets.stage(secretName(spec.id), encode(stored));
      await lease.save((document2) => withIssued(document2, spec.names, issuer2, deps.clock.now(), certificate));
      return staged2;
    });
    return { chosen: { version, stored }, happened: [{ kind: "issued", isWhole: true }] };
  } catch (thrown) {
    if (isFailure(thrown, "LOCKED")) throw thrown;
    const error = toFailure(thrown);
    return { chosen: void 0, happened: [{ kind: "not-issued", order: "issue", issuer: issuer2, error }], error };
  }
}
var isSelfSigned3 = (spec) => spec.selfSigned !== void 0;

// lib/renewal/act.ts
async function act(spec, decision, observation, lease, outside2) {
  const { deps, heard } = withCooldowns2(outside2, observation.cooldowns);
  const tidied = await tidy(lease, deps);
  const done2 = await actOn(spec, decision, observation, lease, deps);
  return {
    ...done2,
    happened: [...done2.happened, ...tidied],
    error: done2.error ?? tidied.find(({ error }) => error !== void 0)?.error,
    cooldowns: heard()
  };
}
async function tidy(lease, deps) {
  if (removable(lease.document, deps.clock.now()).length === 0) return [];
  return [{ kind: "cleaned-up", error: await cleanUpRecords(lease, deps, removable) }];
}
async function actOn(spec, decision, observation, lease, deps) {
  const { current, stages } = observation;
  const nothing = { result: "kept", current, targets: {}, happened: [], error: void 0 };
  switch (decision.action) {
    case "clean-up":
      return { ...nothing, error: await collected(spec, observation, lease, deps) };
    case "issue": {
      const { chosen, happened, error } = isSelfSigned3(spec) ? await selfSign(spec, lease, deps) : await issueAtFirst(spec, decision, stages, lease, deps);
      if (chosen === void 0) return { ...nothing, happened, error };
      const done2 = await bring(spec, chosen, observation, lease, deps);
      return { ...done2, result: "renewed", happened: [...happened, { kind: "deployed", error: done2.error }] };
    }
    case "deploy": {
      const { pending } = stages;
      if (decision.reason === "pending" && pending !== void 0 && isCertificate(pending)) {
        await noteIssued(pending, lease, deps);
        const done3 = await bring(spec, pending, observation, lease, deps);
        return { ...done3, happened: [{ kind: "deployed", error: done3.error }] };
      }
      if (stages.current === void 0) return nothing;
      const done2 = await bring(spec, stages.current, observation, lease, deps);
      const isPending2 = pending !== void 0 && isCertificate(pending);
      return { ...done2, happened: [{ kind: "repaired", isPending: isPending2, error: done2.error }] };
    }
  }
}
async function noteIssued({ stored }, lease, deps) {
  if (lease.document.order === void 0) return;
  const { certificate, orderSpec } = stored;
  await lease.save((document2) => withIssued(document2, orderSpec.names, orderSpec, deps.clock.now(), certificate));
  await cleanUpRecords(lease, deps, removable);
}
async function bring(spec, chosen, observation, lease, deps) {
  const { certificate } = chosen.stored;
  const { current } = observation;
  const previous = current?.certificate;
  const probes = mapValues(observation.targets, (view) => "error" in view ? [] : view.probes);
  const spared = sparedAmong(observation.targets);
  const targets = await deploy({ spec, certificate, previous, probes, spared }, lease, deps);
  const failed2 = earliestRetry(Object.values(targets).flatMap((each) => each.state === "failed" ? [each.error] : []));
  const done2 = { result: "deployed", current, targets, happened: [], error: failed2 };
  try {
    if (mayBeActivated(targets)) {
      await activate(spec.id, chosen, observation.stages, lease, deps);
      const now = { ...done2, current: chosen.stored };
      const error = await collected(spec, { ...observation, current: chosen.stored }, lease, deps);
      return { ...now, error: failed2 ?? error };
    }
    if (certificate.fingerprint !== previous?.fingerprint)
      await lease.save((document2) => withRejection(document2, certificate.fingerprint, targets, deps.clock.now()));
    return done2;
  } catch (error) {
    if (isFailure(error, "LOCKED")) throw error;
    return { ...done2, error: toFailure(error) };
  }
}
var sparedAmong = (targets) => Object.fromEntries(
  Object.entries(targets).flatMap(
    ([name, view]) => "error" in view && isFailure(view.error, "TARGET_CONTESTED", "STAGING_REFUSED") ? [[name, view.error]] : []
  )
);
var mayBeActivated = (results) => {
  const all = Object.values(results);
  return all.some(({ state }) => state !== "failed") && !all.some((result) => result.state === "failed" && isFailure(result.error, "VERIFY_FAILED"));
};
async function collected(spec, { current, clockWrong }, lease, deps) {
  if (!isDeletionDue(lease.document, deps.clock.now()) || current === void 0 || clockWrong !== void 0)
    return void 0;
  try {
    await step("delete", deps, () => collect(spec, current.certificate, lease, deps));
    return void 0;
  } catch (error) {
    if (isFailure(error, "LOCKED")) throw error;
    return toFailure(error);
  }
}

// lib/renewal/settle.ts
import { isDeepStrictEqual as isDeepStrictEqual3 } from "node:util";

// lib/policy/next-look.ts
var WITHOUT_WINDOW = 6 * HOUR;
var AFTER_SWAP = HOUR;
var WHILE_HELD_BACK = 30 * MINUTE;
function nextLook(document2, upcoming, now) {
  const { failures = {} } = document2;
  const moments = failures.observe === void 0 ? momentsOf(document2, upcoming, now) : unseen(document2, upcoming, now);
  const all = [...moments, ...whileHeldBack(document2, now)];
  return soon(new Date(Math.min(...all.map((moment) => moment.getTime()))), now);
}
var whileHeldBack = ({ failures }, now) => allFailures(failures).some(
  (failure2) => failure2.references && retryOf(failure2.code) === "never" && isHeldBack(failure2, now)
) ? [after(now, WHILE_HELD_BACK)] : [];
function unseen({ failures }, { issuers, renewAt }, now) {
  const isAhead = renewAt !== void 0 && renewAt > now && nextOrder(failures ?? {}, issuers) === void 0;
  return [...failures?.observe ? [failures.observe.notBefore] : [], ...isAhead ? [renewAt] : []];
}
function momentsOf(document2, { spec, issuers, renewAt, isNew }, now) {
  const { failures = {}, targets, orphans } = document2;
  const { deploy: deploy3, repair, cleanUp } = failures;
  const retried = [deploy3, repair, cleanUp].flatMap((failure2) => failure2?.notBefore ?? []);
  const order2 = nextOrder(failures, issuers);
  const expanding = issuers.flatMap((issuer2) => failuresAt(failures, issuer2).expand?.notBefore ?? []);
  const isWaiting = renewAt !== void 0 && renewAt <= now && deploy3 !== void 0;
  const renewal = renewAt === void 0 || isWaiting ? void 0 : renewAt;
  const superseded2 = [
    ...spec.targets.flatMap(({ id }) => targets[id]?.superseded ?? []),
    ...orphans.flatMap(({ objects }) => objects)
  ];
  return [
    ...retried,
    ...expanding,
    ...order2 ? [order2] : renewal ? [renewal] : [],
    nextAdvice(document2, now),
    ...isNew ? [after(now, AFTER_SWAP)] : [],
    ...deploy3 === void 0 ? superseded2.map((entry) => entry.after) : []
  ];
}
var nextAdvice = ({ window: window2 }, now) => window2 !== void 0 && window2.checkAfter > now ? window2.checkAfter : after(now, WITHOUT_WINDOW);
function nextLookWhileHeld({ until }, document2, now) {
  const asked = document2.failures?.observe === void 0 ? nextAdvice(document2, now) : until;
  const all = [asked, until, ...whileHeldBack(document2, now)];
  return soon(new Date(Math.min(...all.map((moment) => moment.getTime()))), now);
}
var soon = (moment, now) => new Date(Math.min(Math.max(moment.getTime(), after(now, MINUTE).getTime()), after(now, DAY).getTime()));

// lib/policy/problems.ts
var SHORT_LIVES = [
  { code: "EXPIRED", share: 0, sentence: expired },
  { code: "EXPIRES_VERY_SOON", share: 1 / 12, sentence: (of) => expiresSoon(of, "twelfth") },
  { code: "EXPIRES_SOON", share: 1 / 6, sentence: (of) => expiresSoon(of, "sixth") }
];
var UNRENEWED = [
  { code: "UNCONFIGURED_EXPIRED", share: 0, tense: "has ended" },
  { code: "UNCONFIGURED_EXPIRES_VERY_SOON", share: 1 / 12, tense: "ends" },
  { code: "UNCONFIGURED_EXPIRES_SOON", share: 1 / 3, tense: "ends" }
];
var MANY_UNFINISHED = 3;
var ONCE = ["LEFT_BEHIND"];
function problemsOf({ failures, rejected: rejected2, unfinished, leftBehind: left, persistUntil }, spec, current, now) {
  const problem = (code, message, since) => {
    const advice = adviceOn(code, spec.id);
    return { code, message, since, ...advice && { advice } };
  };
  const lapsing = validationLapses(persistUntil, now);
  const short4 = current && SHORT_LIVES.find(({ share }) => shareLeft(current, now) < share);
  return [
    ...failed(failures, uncovered(spec, current)),
    ...rejected2?.givenUp === "tries" ? [problem("GIVEN_UP", givenUp(rejected2, current), rejected2.since)] : [],
    ...left === void 0 ? [] : [problem("LEFT_BEHIND", leftBehind(left), left.since)],
    ...lapsing ? [problem("VALIDATION_LAPSES", lapsing.message, lapsing.since)] : [],
    ...unfinished === void 0 || unfinished.count < MANY_UNFINISHED ? [] : [problem("OUT_OF_TIME", outOfTime(unfinished), unfinished.since)],
    ...current === void 0 || short4 === void 0 ? [] : [problem(short4.code, short4.sentence(current), after(current.notAfter, -short4.share * lifetime(current)))]
  ];
}
function unconfiguredProblems({
  id,
  current,
  targets
}, now) {
  if (current === void 0 || targets.length === 0) return [];
  const left = shareLeft(current, now);
  const short4 = UNRENEWED.find(({ share: share2 }) => left < share2);
  if (short4 === void 0) return [];
  const { code, share, tense } = short4;
  const advice = adviceOn(code, id);
  const since = after(current.notAfter, -share * lifetime(current));
  return [{ code, message: unrenewed(current, targets, tense), since, ...advice && { advice } }];
}
function failed(failures, without3) {
  const problems2 = allFailures(failures).map(({ attempt, code, message, step: step2, at, since = at }) => {
    const advice = adviceFor(code);
    const lacking = attempt === "expand" && without3.length > 0;
    return {
      ...{ code, message: `${lacking ? `missing names: ${without3.join(", ")}: ` : ""}${message}`, since },
      ...step2 && { step: step2 },
      ...advice && { advice }
    };
  });
  return problems2.filter(({ code }, index) => problems2.findIndex((each) => each.code === code) === index);
}
var outOfTime = ({ count: count2 }) => `${count2} runs in a row had not enough time to come to an end`;
var unheard2 = (problems2, notified) => problems2.filter(({ code }) => notified?.problems.includes(code) !== true);

// lib/renewal/notify.ts
var WORST_CASE = 15 * SECOND;
var LONGEST_MESSAGE = 500;
async function notify(document2, subject, deps) {
  const problems2 = problemsOf(document2, subject.spec, subject.current, deps.clock.now());
  return notifyOf(problems2, document2, subject, deps);
}
async function notifyOf(problems2, { notified: before = {}, ...rest }, subject, deps) {
  const notified = {};
  const sent = Object.entries(deps.notifiers).map(async ([name, notifier]) => {
    const own = { ...deps, log: deps.log.with({ notifier: name }) };
    const now = await notifyOne(notifier, before[name], problems2, subject, own);
    if (now.notified !== void 0) notified[name] = now.notified;
    return now.isPending;
  });
  const isPending2 = (await Promise.all(sent)).includes(true);
  return {
    document: Object.keys(notified).length > 0 ? { ...rest, notified } : rest,
    next: isPending2 ? after(deps.clock.now(), MINUTE) : subject.next,
    isPending: isPending2
  };
}
async function notifyOne(notifier, before, problems2, subject, deps) {
  let notified = before;
  const send = async (notice) => {
    requireTime(deps.timeLeft, WORST_CASE);
    await notifier.send(notice);
    deps.log.info("notice sent", { event: notice.event, codes: notice.codes });
  };
  try {
    for (const problem of unheard2(problems2, notified)) {
      await send(noticeOf(problem, subject, deps));
      notified = { problems: [...notified?.problems ?? [], problem.code], since: notified?.since ?? problem.since };
    }
    if (notified !== void 0 && problems2.every(isOnce)) {
      const resolved = notified.problems.filter((code) => !ONCE.includes(code));
      if (resolved.length > 0) await send(resolvedNotice({ ...notified, problems: resolved }, subject, deps));
      notified = problems2.length > 0 ? { ...notified, problems: problems2.map(({ code }) => code) } : void 0;
    }
    return { notified, isPending: false };
  } catch (error) {
    const { code, message } = toFailure(error);
    deps.log.error("a notice could not be sent", { code, reason: message });
    return { notified, isPending: true };
  }
}
var isOnce = ({ code }) => ONCE.includes(code);
var noticeOf = ({ code, message, ...problem }, subject, deps) => ({
  event: "problem",
  ...about2(subject, deps),
  codes: [code],
  message: safeText(message).slice(0, LONGEST_MESSAGE),
  ...problem
});
var resolvedNotice = ({ problems: problems2, since }, subject, deps) => ({
  event: "resolved",
  ...about2(subject, deps),
  codes: problems2,
  message: "the problems that were reported are resolved",
  since
});
var about2 = ({ spec, current, next }, { environment }) => ({
  environment,
  certificate: spec.id,
  names: spec.names,
  ...current && { fingerprint: current.fingerprint, serial: current.serial, expires: current.notAfter },
  next
});

// lib/renewal/settle.ts
var WORST_CASE2 = 15 * SECOND;
async function settle(item, observation, progress, lease, deps) {
  const known2 = endOf(item, observation, progress, lease, deps);
  const references = await referencesIn(known2, lease.document, deps);
  const end = references ? endOf(item, observation, { ...progress, references }, lease, deps) : known2;
  const outcome = (next, document2) => ({
    id: item.spec.id,
    result: end.result,
    decision: item.decision,
    certificate: end.current && factsOf(end.current),
    targets: progress.targets,
    error: progress.error,
    missing: missingFrom(document2, item.spec, end.current),
    next,
    health: healthAt(end, document2, deps.clock.now())
  });
  if (item.decision.action === "wait" && item.decision.reason === "locked") return outcome(void 0, end.document);
  if (item.decision.action === "blocked" && end.ranOut) return outcome(void 0, end.document);
  try {
    const { next, document: document2 } = await written(end, lease, deps);
    return outcome(next, document2);
  } catch (error) {
    if (progress.error === void 0 || isFailure(error, "LOCKED")) throw error;
    const { code, message } = toFailure(error);
    deps.log.warn("the time of the next look could not be saved", { code, reason: message });
    return outcome(void 0, end.document);
  }
}
async function referencesIn({ item, progress, document: document2 }, { failures }, deps) {
  const hasFailed = progress.happened.some((each) => "error" in each && each.error !== void 0);
  const soon2 = after(deps.clock.now(), WHILE_HELD_BACK);
  if (!hasFailed || !allFailures(document2.failures).some((failure2) => isHeldBack(failure2, soon2))) return void 0;
  const earlier = allFailures(failures).find((failure2) => failure2.references !== void 0);
  return digestNow(item.spec, deps, earlier?.references?.salt);
}
function endOf(item, observation, progress, lease, deps) {
  const { spec, decision } = item;
  const now = deps.clock.now();
  const { lease: _given, ...seen } = lease.isHeld ? lease.document : observation?.document ?? lease.document;
  const live = progress.current;
  const isNew = live !== void 0 && live.certificate.fingerprint !== item.current?.fingerprint;
  const window2 = isNew ? void 0 : item.window;
  const current = observation === void 0 ? seen.current : live?.certificate;
  const authority = observation === void 0 ? seen.current?.authority : live?.orderSpec.authority;
  const ranOut = progress.error?.code === "OUT_OF_TIME";
  const result = ranOut ? "waiting" : progress.error === void 0 ? progress.result : "failed";
  const known2 = isNew ? withCurrent(seen, live, window2, now) : seen;
  const document2 = remembered(known2, { item, progress, current, ranOut }, deps);
  const renewAt = live && !spec.imported ? renewalTime(live.certificate, window2) : void 0;
  const isHeld = decision.action === "wait" && decision.reason !== "fresh";
  const next = ranOut ? after(now, MINUTE) : isHeld ? nextLookWhileHeld(decision, document2, now) : cooldownOf2(item) ?? nextLook(document2, { spec, issuers: issuersOf(spec, deps), renewAt, isNew }, now);
  const targets = observation === void 0 ? Object.fromEntries(
    spec.targets.map(({ id, name }) => [name, servingOfEntry(seen.targets[id], current?.fingerprint)])
  ) : {
    ...mapValues(item.targets, servingOfView),
    ...mapValues(progress.targets, servingOfResult)
  };
  return { item, progress, ranOut, result, current, authority, targets, document: document2, next };
}
var cooldownOf2 = ({ decision, targets }) => decision.action === "wait" ? Object.values(targets).flatMap((view) => "error" in view && view.error.retry === "after" ? view.error.retryAfter ?? [] : []).sort((one, other) => other.getTime() - one.getTime())[0] : void 0;
function remembered(document2, { item, progress, current, ranOut }, deps) {
  const now = deps.clock.now();
  const { spec } = item;
  const at = { configHash: spec.configHash, references: progress.references, current, now };
  const earlier = document2.failures ?? {};
  const { happened } = progress;
  const through = (results) => results.reduce((known2, each) => transition(known2, each, at), earlier);
  const failures = ranOut ? earlier : through(happened);
  const isForgotten = ranOut || happened.some(({ kind }) => kind === "issued");
  const asked = through(happened.filter(({ kind }) => kind === "not-issued"));
  const refusedUntil = isForgotten ? cooldownsIn(asked, issuersOf(spec, deps)) : {};
  const cooldowns = together(together(document2.cooldowns ?? {}, progress.cooldowns), refusedUntil);
  return withUnfinished(withCooldowns(withFailures(document2, failures), cooldowns, now), ranOut, now);
}
function withUnfinished({ unfinished: earlier, ...document2 }, ranOut, now) {
  if (!ranOut) return document2;
  return { ...document2, unfinished: { count: (earlier?.count ?? 0) + 1, since: earlier?.since ?? now } };
}
function healthAt({ item, progress, current, authority, targets }, document2, now) {
  const { spec, decision, lost } = item;
  const held2 = decision.action === "wait" ? decision : void 0;
  return healthOf({ spec, current, lost, authority, document: document2, targets, held: held2, undone: progress.error }, now);
}
async function written(end, lease, deps) {
  const { item, progress, current } = end;
  const { spec, decision } = item;
  const { id } = spec;
  const before = lease.document;
  const now = deps.clock.now();
  const { document: notified, next } = await notify(end.document, { spec, current, next: end.next }, deps);
  const left = withoutOldLeftBehind(notified, now);
  if (!lease.isHeld) {
    const { nextLook: planned } = before;
    const isNews = !isDeepStrictEqual3(left, before) || planned === void 0 || planned > next || planned <= now;
    if (!isNews) return { next: planned, document: before };
    requireTime(deps.timeLeft, WORST_CASE2);
  }
  const document2 = { ...left, nextLook: next };
  await markHealth(deps.state, id, firstCode(healthAt(end, document2, now)));
  await moveMarker(deps.state, id, before.nextLook, next);
  if (lease.isHeld) {
    const detail = progress.error?.code ?? ("reason" in decision ? decision.reason : decision.error.code);
    await lease.release(() => withEvent(document2, now, end.result, detail));
  } else {
    await lease.release(() => document2).catch((error) => {
      if (!isFailure(error, "LOCKED")) throw error;
    });
  }
  return { next, document: document2 };
}

// lib/renewal/reconcile.ts
async function reconcile(spec, request, hear, deps) {
  for (let reading = 1; ; reading++) {
    const lease = await openLease(spec.id, deps);
    const { observation, decision } = await observeAndDecide(spec, request, lease.document, deps);
    const item = planItem(spec, decision, observation, deps);
    hear(item);
    if (observation?.isClockRight) lease.hearOfClock("right");
    if (observation?.clockWrong) lease.hearOfClock("wrong");
    try {
      const progress = await done(item, observation, lease, deps);
      if (progress.happened.some(isClockWrong)) lease.hearOfClock("wrong");
      return await settle(item, observation, progress, lease, deps);
    } catch (thrown) {
      if (reading === MOST_READINGS || lease.isHeld || !await isFree(thrown, lease, deps))
        return stopped(item, thrown);
    }
  }
}
var isClockWrong = (happened) => "error" in happened && isFailure(happened.error, "CLOCK_WRONG");
var MOST_READINGS = 3;
async function isFree(thrown, lease, { clock }) {
  if (!isFailure(thrown, "LOCKED")) return false;
  try {
    return leaseAt(await lease.reload(), clock.now()) === void 0;
  } catch {
    return false;
  }
}
async function done({ spec, decision }, observation, lease, deps) {
  const nothing = {
    ...{ result: "kept", targets: {}, current: observation?.current, cooldowns: observation?.cooldowns ?? {} },
    ...{ happened: [], error: void 0 }
  };
  if (decision.action === "blocked") {
    const { error } = decision;
    return { ...nothing, result: "failed", error, happened: [{ kind: "not-observed", error }] };
  }
  if (decision.action === "wait" && decision.reason === "fresh") return { ...nothing, happened: [{ kind: "fresh" }] };
  if (decision.action === "wait" || observation === void 0) return { ...nothing, result: "waiting" };
  await step("lock", deps, () => lease.hold(() => observation.document));
  return act(spec, decision, observation, lease, deps);
}
function stopped({ spec, decision, current, missing }, thrown) {
  const error = toFailure(thrown);
  const isTaken = isFailure(error, "LOCKED");
  const isLater = isTaken || isFailure(error, "OUT_OF_TIME");
  return {
    ...{ id: spec.id, decision, certificate: current, targets: {}, missing, next: void 0 },
    result: isLater ? "waiting" : "failed",
    error: isTaken ? void 0 : error,
    health: unhealthy(spec.id, error)
  };
}

// lib/renewal/spread.ts
function spread(specs) {
  const groups = [...Map.groupBy(specs, loadBalancerOf).values()];
  const longest = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_2, at) => groups.flatMap((group) => group[at] ?? [])).flat();
}
var loadBalancerOf = ({ targets: [first] }) => first?.name.split("/").slice(0, 2).join("/") ?? "";

// lib/renewal/renew-all.ts
var PERMITS = 30;
var CONCURRENCY2 = 300;
async function renewAll(specs, request, deps, hear = () => void 0) {
  const announced = (item) => {
    announce(item, deps);
    hear(item);
  };
  if (request.dryRun) {
    const items = await plan(specs, request, deps);
    items.forEach(announced);
    return items.map((item) => finished(asPlanned(item), deps));
  }
  const semaphore = createSemaphore(PERMITS);
  const outcomes = await mapConcurrently(spread(specs), CONCURRENCY2, async (spec) => {
    const own = about(deps, { certificate: spec.id });
    try {
      return finished(await semaphore.run(() => reconcile(spec, request, announced, own)), deps);
    } catch (thrown) {
      const error = toFailure(thrown);
      return finished(stopped(planItem(spec, { action: "blocked", error }, void 0, deps), error), deps);
    }
  });
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  return specs.flatMap(({ id }) => byId.get(id) ?? []);
}
function asPlanned({ spec, decision, current, missing, health }) {
  const known2 = { id: spec.id, decision, certificate: current, targets: {}, missing, health, error: void 0 };
  if (decision.action === "blocked") {
    const { error } = decision;
    return { ...known2, result: error.code === "OUT_OF_TIME" ? "waiting" : "failed", error, next: void 0 };
  }
  if (decision.action !== "wait") return { ...known2, result: "planned", next: void 0 };
  return { ...known2, result: decision.reason === "fresh" ? "kept" : "waiting", next: decision.until };
}
function finished(outcome, { emit }) {
  const { id, result, error, next } = outcome;
  const { code, message: reason, step: step2 } = error ?? {};
  emit({ kind: "certificate-finished", certificate: id, result, code, reason, step: step2, next });
  return outcome;
}
var announce = ({ spec, decision }, { emit }) => emit({
  kind: "planned",
  certificate: spec.id,
  names: spec.names,
  action: decision.action,
  reason: decision.action === "blocked" ? decision.error.code : decision.reason,
  why: decision.action === "blocked" ? decision.error.message : decision.message,
  until: decision.action === "wait" ? decision.until : void 0
});

// lib/renewal/unlock.ts
async function unlock(id, deps, agree) {
  const { state, clock } = deps;
  const { document: document2, hidden, tag } = await readDocument(id, deps);
  const lease = leaseAt(document2, clock.now());
  if (lease === void 0) return void 0;
  if (!await agree(lease)) return { lease, unlocked: false };
  const ended3 = { ...document2, lease: { ...lease, until: clock.now() } };
  await state.write(documentKey(id), withHidden(ended3, hidden), tag);
  return { lease, unlocked: true };
}

// lib/report/report.ts
var reportOf = (run2) => ({
  ...run2,
  ok: run2.certificates.every(
    ({ result, health }) => run2.dryRun ? result !== "failed" && result !== "waiting" : health.healthy
  ) && run2.unhealthy.length === 0 && (run2.obstacles ?? []).length === 0
});

// lib/policy/obstacles.ts
var OF_TARGETS = ["TARGET_MISSING", "TARGET_REFUSED", "TARGET_FULL", "TARGET_BUSY"];
function findingsIn({ spec, decision, observed, targets }) {
  const { id } = spec;
  const found2 = spec.targets.flatMap((target, index) => {
    const view = targets[target.name];
    const error = view && refusalOf(view);
    return error === void 0 ? [] : [{ location: locationOf(error, target, `certificates.${id}.deploy[${index}]`), error }];
  });
  const isAlone = decision.action === "blocked" && (!observed || found2.length === 0);
  const blocked = isAlone ? [{ location: blockedAt(decision.error, id), error: decision.error }] : [];
  return [...blocked, ...found2].map((each) => ({ ...each, certificates: [id] }));
}
var locationOf = ({ code }, { balancer }, entry) => OF_TARGETS.includes(code) ? entry : `balancers.${balancer}`;
var blockedAt = ({ fields: { store } }, id) => store === "secrets" || store === "state" ? store : `certificates.${id}`;
function obstaclesOf(findings, references) {
  const obstacles = /* @__PURE__ */ new Map();
  for (const finding of findings) {
    const { error, certificates } = finding;
    const { location, text } = locationIn(finding.location, error, references);
    const isSame = isOfTheAsked(error) ? location : generalized(finding);
    const key = `${error.code} ${isSame}`;
    const known2 = obstacles.get(key);
    obstacles.set(key, {
      error: known2?.error ?? error,
      locations: union3(known2?.locations, [location]),
      reference: known2?.reference ?? text,
      certificates: union3(known2?.certificates, certificates)
    });
  }
  return [...obstacles.values()];
}
var generalized = ({ error: { message }, certificates }) => certificates.reduce((text, id) => text.replaceAll(new RegExp(`(?<![\\w-])${id}(?![\\w-])`, "g"), "\u2026"), message);
var union3 = (one = [], other) => [.../* @__PURE__ */ new Set([...one, ...other])];

// lib/observe/preflight.ts
var AT_ONCE5 = 10;
async function preflight(items, deps) {
  const ordered = items.filter(({ spec }) => spec.imported !== true && spec.selfSigned === void 0);
  const [dns2, persistent, authorities, caa] = await Promise.all([
    checkDns(ordered, deps),
    checkPersistentRecords(ordered, deps),
    checkAuthorities(ordered, deps),
    checkCaa(ordered, deps)
  ]);
  const references = await checkReferences(items, dns2, deps);
  const seen = items.flatMap(findingsIn);
  return obstaclesOf([...references, ...seen, ...dns2.findings, ...persistent, ...authorities, ...caa], deps.references);
}
function sharing() {
  const all = /* @__PURE__ */ new Map();
  return {
    all,
    add(key, what, certificate, location) {
      const known2 = all.get(key) ?? { what, certificates: [], location };
      if (!known2.certificates.includes(certificate)) known2.certificates.push(certificate);
      all.set(key, known2);
    }
  };
}
var failureOf = (work) => work.then(
  () => void 0,
  (error) => toFailure(error)
);
async function checkDns(items, { solver, authorities }) {
  const domains = sharing();
  const labelOf = lazyEach((authority) => labelAt(lookup(authorities, authority)));
  for (const { spec } of items) {
    const writing = spec.authorities.filter((authority) => !isPersistent(authorities[authority]));
    const labels = new Set(await Promise.all(writing.map(labelOf)));
    for (const [index, name] of spec.names.entries()) {
      const domain = name.replace(/^\*\./, "");
      for (const label of labels)
        domains.add(keyOf({ domain, label }), { domain, label }, spec.id, `certificates.${spec.id}.names[${index}]`);
    }
  }
  const findings = [];
  const unlocated = /* @__PURE__ */ new Set();
  const zones = sharing();
  const asked = [...domains.all.values()].map(({ what }) => what);
  for (const { location, error, ...name } of await locateEach(asked, solver)) {
    const { certificates = [], location: written2 = "" } = domains.all.get(keyOf(name)) ?? {};
    if (error !== void 0) {
      findings.push({ location: error.code === "DNS_LOOKUP_FAILED" ? "dns" : written2, error, certificates });
      if (error.code !== "DNS_NO_PROVIDER") for (const id of certificates) unlocated.add(id);
    } else for (const id of certificates) zones.add(`${location.provider} ${location.zone}`, location, id, "");
  }
  const checked3 = await mapConcurrently([...zones.all.values()], AT_ONCE5, async ({ what, certificates }) => {
    const error = await failureOf(solver.check(what));
    return error === void 0 ? [] : [{ location: `dns.${what.provider}`, error, certificates }];
  });
  const providers = /* @__PURE__ */ new Map();
  for (const { what, certificates } of zones.all.values())
    providers.set(what.provider, [.../* @__PURE__ */ new Set([...providers.get(what.provider) ?? [], ...certificates])]);
  return {
    findings: [...findings, ...checked3.flat()],
    providers,
    unlocated: providers.size === 0 ? [...unlocated] : []
  };
}
var keyOf = ({ domain, label = "" }) => `${label} ${domain}`;
var labelAt = async (authority) => authority.challengeLabel?.().catch(() => void 0);
async function locateEach(asked, solver) {
  const located = async (label, domains) => (await solver.locate(domains, label)).map((location) => ({ domain: location.domain, label, location }));
  const groups = [...Map.groupBy(asked, ({ label }) => label)].map(async ([label, group]) => {
    const domains = group.map(({ domain }) => domain);
    try {
      return await located(label, domains);
    } catch {
      const each = mapConcurrently(
        domains,
        AT_ONCE5,
        (domain) => located(label, [domain]).catch((error) => [{ domain, label, error: toFailure(error) }])
      );
      return (await each).flat();
    }
  });
  return (await Promise.all(groups)).flat();
}
async function checkAuthorities(items, { authorities }) {
  const asked = sharing();
  for (const { spec } of items) {
    const { id, profile } = spec;
    for (const authority of spec.authorities)
      asked.add(`${authority} ${profile ?? ""}`, { authority, profile }, id, `certificates.${id}.profile`);
  }
  const checked3 = await mapConcurrently(
    [...asked.all.values()],
    AT_ONCE5,
    async ({ what, certificates, location: wanted }) => {
      const { authority, profile } = what;
      const work = lookup(authorities, authority).check(profile === void 0 ? {} : { profile });
      const error = await failureOf(work);
      if (error === void 0) return [];
      const own = `acme.authorities.${authority}`;
      const at = { ACME_PROFILE: wanted, ACME_ACCOUNT_REFUSED: `${own}.eab` };
      return [{ location: at[error.code] ?? own, error, certificates }];
    }
  );
  return checked3.flat();
}
async function checkCaa(items, deps) {
  const authorities = [...new Set(items.flatMap(({ spec }) => spec.authorities))];
  const checked3 = authorities.map(async (name) => {
    const names = sharing();
    for (const { spec } of items.filter((item) => item.spec.authorities.includes(name)))
      for (const [index, each] of spec.names.entries())
        names.add(each, each, spec.id, `certificates.${spec.id}.names[${index}]`);
    const authority = lookup(deps.authorities, name);
    const refusals = await findCaaRefusals([...names.all.keys()], { name, authority }, deps).catch(() => []);
    return refusals.map(({ names: [first = "", ...more], error }) => {
      const certificates = [first, ...more].flatMap((each) => names.all.get(each)?.certificates ?? []);
      return { location: names.all.get(first)?.location ?? "", error, certificates: [...new Set(certificates)] };
    });
  });
  return (await Promise.all(checked3)).flat();
}
async function checkPersistentRecords(items, deps) {
  const authorities = [...new Set(items.flatMap(({ spec }) => spec.authorities))];
  const checked3 = authorities.map(async (name) => {
    const authority = lookup(deps.authorities, name);
    if (!isPersistent(authority)) return [];
    const specs = items.flatMap(({ spec }) => spec.authorities.includes(name) ? [spec] : []);
    const certificates = specs.map(({ id }) => id);
    try {
      const accountUrl = await authority.accountUrl();
      if (accountUrl === void 0)
        return [{ location: `acme.authorities.${name}`, error: noAccountYet(name), certificates }];
      const seen = await seenRecords(
        [...new Set(specs.flatMap(({ names }) => names))],
        { name, authority, accountUrl },
        deps
      );
      return seen.flatMap(({ domain, error }) => error === void 0 ? [] : [findingAt(domain, error, specs)]);
    } catch {
      return [];
    }
  });
  return (await Promise.all(checked3)).flat();
}
function findingAt(domain, error, specs) {
  const using = specs.flatMap(({ id, names }) => {
    const index = names.findIndex((name) => name.replace(/^\*\./, "") === domain);
    return index === -1 ? [] : [{ id, location: `certificates.${id}.names[${index}]` }];
  });
  return { location: using[0]?.location ?? "dns", error, certificates: using.map(({ id }) => id) };
}
async function checkReferences(items, dns2, { references }) {
  const checked3 = await mapConcurrently(references, AT_ONCE5, async ({ location, check: check4 }) => {
    const users = usersOf(location, items, dns2);
    if (users.length === 0 && !location.startsWith("notify.")) return [];
    const error = await failureOf(check4());
    return error === void 0 ? [] : [{ location, error, certificates: users }];
  });
  return checked3.flat();
}
function usersOf(location, items, { providers, unlocated }) {
  const [section2, name = "", third = ""] = location.split(".");
  const ids = (uses) => items.flatMap(({ spec }) => uses(spec) ? [spec.id] : []);
  switch (section2) {
    case "acme":
      return ids(({ authorities }) => authorities.includes(third));
    case "balancers":
      return ids(({ targets }) => targets.some(({ balancer }) => balancer === name));
    case "dns":
      return [.../* @__PURE__ */ new Set([...providers.get(name) ?? [], ...unlocated])];
    case "secrets":
    case "state":
      return ids(() => true);
    default:
      return [];
  }
}

// lib/observe/unconfigured.ts
var READS_AT_ONCE3 = 20;
async function unconfiguredInState(configured, deps) {
  const prefix = documentKey("");
  const keys = await deps.state.list(prefix);
  return unconfiguredAmong(
    keys.map((key) => key.slice(prefix.length)),
    configured,
    deps
  );
}
async function unconfiguredAmong(ids, configured, deps) {
  const known2 = new Set(configured.map(({ id }) => id));
  const left = ids.filter((id) => !known2.has(id));
  const found2 = await mapConcurrently(left, READS_AT_ONCE3, (id) => recall2(id, configured, deps));
  return found2.filter((each) => each !== void 0);
}
async function recall2(id, configured, deps) {
  try {
    const { document: document2 } = await readDocument(id, deps);
    return { id, current: document2.current, targets: targetsOf(document2, configured), error: void 0 };
  } catch (error) {
    if (isFailure(error, "STORE_FOREIGN")) return void 0;
    return { id, current: void 0, targets: [], error: toFailure(error) };
  }
}
var targetsOf = ({ targets, current }, configured) => Object.entries(targets).filter(
  ([id, { deployed }]) => deployed?.fingerprint === current?.fingerprint && !isTakenOver(id, current, configured)
).map(([, { name }]) => name);
var isTakenOver = (target, current, configured) => configured.some(
  ({ targets, names }) => targets.some(({ id }) => id === target) && current?.names.every((name) => names.includes(name)) === true
);

// lib/acme/registration.ts
import * as v10 from "valibot";

// lib/acme/stored-accounts.ts
import * as v9 from "valibot";
var account = v9.object({
  privateKeyPem: v9.string(),
  directory: v9.string(),
  /** Absent: the key is not registered yet, or it is not known whether it is. */
  accountUrl: v9.optional(v9.string()),
  /** Where the CA gives nonces: known before its directory is read. */
  newNonce: v9.optional(v9.string()),
  /** What was agreed to. */
  termsOfService: v9.optional(v9.string()),
  /** Those that the log has named as new. */
  newTermsOfService: v9.optional(v9.string()),
  /** The part of the configuration that the CA was asked to take over; absent: an account from before this was remembered. */
  configured: v9.optional(v9.object({ email: v9.optional(v9.string()), kid: v9.optional(v9.string()) }))
});
var document = v9.object({ v: v9.literal(1), ...account.entries, others: v9.optional(v9.array(account), []) });
var configuredBy = ({ email: email2, eab }) => ({
  ...email2 === void 0 ? {} : { email: email2 },
  ...eab === void 0 ? {} : { kid: eab.kid }
});
function accountFor(accounts, { directory: directory2, eab }) {
  const fitting = accounts.filter(
    (each) => each.directory === directory2 && (eab === void 0 || each.configured === void 0 || each.configured.kid === eab.kid)
  );
  return fitting.find(({ accountUrl }) => accountUrl !== void 0) ?? fitting[0];
}
var TRIES = 3;
var MOST_KEPT = 10;
async function findAccount(wanted, store, read3 = () => readAccounts(store)) {
  for (let attempt = 1; ; attempt++) {
    const stored = await (attempt === 1 ? read3() : readAccounts(store));
    const known2 = accountFor(stored.accounts, wanted);
    if (known2 !== void 0) return { stored, account: known2 };
    const privateKeyPem = (await generateKey("ecdsa-p256")).reveal();
    const account2 = { privateKeyPem, directory: wanted.directory, configured: configuredBy(wanted) };
    try {
      const accounts = [account2, ...stored.accounts].slice(0, MOST_KEPT);
      return { stored: await writeAccounts({ ...stored, accounts }, store), account: account2 };
    } catch (error) {
      if (!isFailure(error, "SECRET_CONFLICT") || attempt === TRIES) throw error;
    }
  }
}
async function rememberAccount(account2, stored, store) {
  const accounts = stored.accounts.map((each) => each.privateKeyPem === account2.privateKeyPem ? account2 : each);
  try {
    return await writeAccounts({ ...stored, accounts }, store);
  } catch (error) {
    if (!isFailure(error, "SECRET_CONFLICT")) throw error;
    store.log.info("another run has stored the account meanwhile");
    return stored;
  }
}
async function readAccounts({ secrets: secrets2, name }) {
  const secret2 = await secrets2.read(name, "current");
  if (secret2 === void 0) return { version: void 0, accounts: [] };
  const result = safeParse(v9.pipe(v9.string(), v9.parseJson(), document), secret2.value.reveal());
  if (!result.success) {
    throw new Failure("STORE_UNREADABLE", `the secret ${name} does not hold an account that this version can read`, {
      fields: { secret: name }
    });
  }
  const { v: _2, others, ...newest } = result.output;
  return { version: secret2.version, accounts: [newest, ...others] };
}
async function writeAccounts({ version, accounts }, { secrets: secrets2, name }) {
  const content = { v: 1, ...accounts[0], ...accounts.length > 1 ? { others: accounts.slice(1) } : {} };
  const next = await secrets2.stage(name, new Secret(JSON.stringify(content)));
  await secrets2.activate(name, next, version);
  return { version: next, accounts };
}

// lib/acme/registration.ts
var isRegistered = (account2) => account2.accountUrl !== void 0;
var contactOf = ({ email: email2 }) => email2 === void 0 ? [] : [`mailto:${email2}`];
async function register(account2, client, context) {
  const { options: options2, transport, retry, log } = context;
  const newAccount = { authority: transport.authority, operation: "give an account" };
  const external = await externalAccount(context);
  const contact = contactOf(options2);
  const payload = { termsOfServiceAgreed: true, ...contact.length === 0 ? {} : { contact } };
  const answer = await retrySoon(() => client.register(payload, external), retry);
  const { status: status3 } = parseAnswer(accountResource, answer.data, newAccount);
  if (status3 !== void 0 && status3 !== "valid") {
    throw new Failure("ACME_ACCOUNT_REFUSED", `the account at ${transport.authority} is ${status3}`, {
      fields: { authority: transport.authority, status: status3 }
    });
  }
  const existed = answer.status === 200;
  log.info("account registered", { existed });
  const { termsOfService } = (await transport.directory()).meta;
  const accountUrl = parseAnswer(accountLocation, answer.headers.location, newAccount);
  if (existed) return { ...account2, accountUrl, termsOfService: account2.termsOfService ?? termsOfService };
  const { privateKeyPem, directory: directory2 } = account2;
  return { privateKeyPem, directory: directory2, accountUrl, termsOfService, configured: configuredBy(options2) };
}
async function accountOfKey(client, { transport, retry }) {
  const operation = { authority: transport.authority, operation: "tell the account of a key" };
  try {
    const { headers } = await retrySoon(() => client.register({ onlyReturnExisting: true }, void 0), retry);
    return parseAnswer(accountLocation, headers.location, operation);
  } catch (error) {
    if (isFailure(error, "ACME_ACCOUNT_MISSING")) return void 0;
    throw error;
  }
}
var accountLocation = v10.pipe(v10.string(), v10.maxLength(2048), v10.startsWith("https://"));
async function externalAccount({
  options: options2,
  transport,
  resolve: resolve3
}) {
  if (options2.eab) return { kid: options2.eab.kid, hmac: await resolve3(options2.eab.hmac) };
  const { meta } = await transport.directory();
  if (!meta.externalAccountRequired) return void 0;
  throw new Failure("ACME_ACCOUNT_REFUSED", `${transport.authority} needs an external account binding: set eab`, {
    fields: { authority: transport.authority }
  });
}
async function followConfiguration(account2, client, context) {
  return withTerms(await withContact(await withNewNonce(account2, context), client, context), context);
}
async function withNewNonce(account2, { transport }) {
  const { newNonce: newNonce2 } = await transport.directory();
  return newNonce2 === account2.newNonce ? account2 : { ...account2, newNonce: newNonce2 };
}
var REFUSALS2 = ["ACME_ACCOUNT_REFUSED", "ACME_PROBLEM", "NOT_FOUND"];
async function withContact(account2, client, { options: options2, log }) {
  const { accountUrl, configured } = account2;
  const { email: email2, ...rest } = configuredBy(options2);
  if (configured === void 0) return { ...account2, configured: { email: email2, ...rest } };
  if (configured.email === email2) return account2;
  const updated = { ...account2, configured: { ...configured, email: email2 } };
  try {
    await client.post(accountUrl, { contact: contactOf(options2) }, "update the contact of the account", accountUrl);
    log.info("the contact of the account was updated");
    return updated;
  } catch (error) {
    if (!isFailure(error)) throw error;
    const { code, message } = error;
    if (REFUSALS2.includes(code)) {
      log.warn("the authority refuses the new contact of the account", { code, reason: message });
      return updated;
    }
    log.info("the contact of the account could not be updated; a later run tries again", { code, reason: message });
    return account2;
  }
}
async function withTerms(account2, { transport, log }) {
  const { termsOfService: agreed, newTermsOfService: known2 } = account2;
  const { termsOfService: terms } = (await transport.directory()).meta;
  if (terms === void 0 || terms === agreed || terms === known2) return account2;
  log.warn("the terms of service of the authority have changed since they were agreed to: read them", {
    agreed: safeText(agreed ?? "none"),
    terms: safeText(terms)
  });
  return { ...account2, newTermsOfService: terms };
}

// lib/acme/refused-account.ts
function accountAfterRefusal({ account: account2, isStored, remember: remember2 }, client, context) {
  const { log } = context;
  const registeredAgain = lazy(async () => remember2(await register(account2, client, context)));
  const ownerOfKey = lazy(async () => {
    const { accountUrl } = account2;
    const owner = await accountOfKey(client, context).catch((error) => {
      if (toFailure(error).retry === "after") throw error;
      return accountUrl;
    });
    if (owner === accountUrl) return void 0;
    if (owner !== void 0) {
      log.warn("the stored account is not that of the stored key; that of the key is used");
      return remember2({ ...account2, accountUrl: owner });
    }
    await context.mayRegisterAgain(accountUrl);
    log.warn("the authority knows no account of the stored key; it is registered");
    return registeredAgain();
  });
  return async (error) => {
    if (isFailure(error, "ACME_ACCOUNT_MISSING")) {
      await context.mayRegisterAgain(account2.accountUrl);
      log.warn("the authority has forgotten the account; it is registered again");
      return registeredAgain();
    }
    return isStored && mayBeOfAnotherKey(error) ? ownerOfKey() : void 0;
  };
}
var mayBeOfAnotherKey = (error) => isFailure(error) && (error.code === "ACME_ACCOUNT_REFUSED" || error.fields.status === 401 || error.fields.status === 403 || error.fields.status === 400 && error.fields.type === "urn:ietf:params:acme:error:malformed");

// lib/acme/account.ts
async function checkAccount(context) {
  const { options: options2, transport, secrets: secrets2, log } = context;
  const { accounts } = await readAccounts({ secrets: secrets2, name: secretOf(transport.authority), log });
  const known2 = accountFor(accounts, options2);
  if (known2 === void 0 || !isRegistered(known2)) await externalAccount(context);
}
var secretOf = (authority) => `account/${authority}`;
var loadClient = () => import("./client-VFSXSXJB.mjs");
async function prepareAccount({ options: options2, transport, nonces }, reading) {
  const nonce = reading.then(({ accounts }) => nonces.prepare(accountFor(accounts, options2)?.newNonce));
  await Promise.all([transport.directory(), nonce, loadClient()]);
}
async function openAccount(context) {
  const { options: options2, transport, secrets: secrets2, nonces, retry, log, readFirst } = context;
  const prepared = nonces.prepare();
  prepared.catch(() => void 0);
  const store = { secrets: secrets2, name: secretOf(transport.authority), log };
  let { stored, account: account2 } = await findAccount(options2, store, readFirst);
  const { AcmeClient } = await loadClient();
  await prepared;
  const client = new AcmeClient({ privateKeyPem: new Secret(account2.privateKeyPem), transport, nonces });
  async function remember2(changed) {
    if (changed !== account2) stored = await rememberAccount(changed, stored, store);
    account2 = changed;
    return changed;
  }
  async function opened() {
    const registered = isRegistered(account2) ? account2 : await register(account2, client, context);
    return remember2(await followConfiguration(registered, client, context));
  }
  const isStored = isRegistered(account2);
  let own = await opened();
  const afterRefusal = accountAfterRefusal({ account: own, isStored, remember: remember2 }, client, context);
  async function post(url, payload, operation, accept) {
    const { accountUrl } = own;
    try {
      return await client.post(url, payload, operation, accountUrl, accept);
    } catch (error) {
      const other = await afterRefusal(error);
      if (other === void 0) throw error;
      own = other;
      return client.post(url, payload, operation, other.accountUrl, accept);
    }
  }
  return {
    url: () => own.accountUrl,
    post: (url, payload, operation) => post(url, payload, operation),
    read: (url, operation, accept) => retrySoon(() => post(url, null, operation, accept), retry),
    txtValue: (token) => client.txtValue(token)
  };
}

// lib/acme/poll.ts
var FIRST = 100;
var GROWTH2 = 1.5;
var LONGEST4 = 30 * SECOND;
var TIMEOUT2 = 10 * MINUTE;
var pollResult = (value, pending, answer) => ({
  value,
  pending,
  retryAfter: retryAfter(answer.headers, answer.receivedAt)
});
async function poll(request, { clock, timeLeft, authority }, first) {
  const until = clock.now().getTime() + TIMEOUT2;
  let last = first;
  let notBefore = first?.retryAfter;
  let reason = first?.reason;
  for (let pause = 0; last === void 0 || last.pending; pause = longer(pause)) {
    const now = clock.now().getTime();
    const asked = notBefore === void 0 ? 0 : Math.min(notBefore.getTime() - now, LONGEST4);
    const wait2 = Math.max(asked, pause);
    if (now + wait2 > until) throw undecided2(authority, reason);
    if (timeLeft() <= wait2 + (wait2 > 0 ? RESERVE : 0)) throw outOfTime2(authority, reason);
    if (wait2 > 0) await clock.sleep(wait2);
    try {
      last = await request();
      notBefore = last.retryAfter;
      reason = last.reason ?? reason;
    } catch (error) {
      if (!isFailure(error, "ACME_RATE_LIMITED") || longPause(error, clock)) throw error;
      notBefore = error.retryAfter;
    }
  }
  return last.value;
}
var longer = (pause) => Math.min(Math.max(pause * GROWTH2, FIRST), LONGEST4);
var longPause = ({ retryAfter: retryAfter2 }, clock) => retryAfter2 === void 0 || retryAfter2.getTime() - clock.now().getTime() > LONGEST4;
var undecided2 = (authority, reason) => new Failure(
  "ACME_UNDECIDED",
  said(`${authority} has not decided within ten minutes; a later run asks again`, reason),
  {
    fields: { authority }
  }
);
var outOfTime2 = (authority, reason) => new Failure("OUT_OF_TIME", said(`${authority} had not decided when time was up; the next run asks again`, reason), {
  fields: { authority }
});
var said = (what, reason) => reason === void 0 ? what : `${what}. So far: ${reason}`;

// lib/acme/session.ts
async function unlessGone(authority, work) {
  try {
    return await work;
  } catch (cause) {
    throw isFailure(cause, "NOT_FOUND") ? orderGone(authority, "it is not known there any more", cause) : cause;
  }
}
var orderGone = (authority, why, cause) => new Failure("ACME_ORDER_GONE", `the order at ${authority} is gone: ${why}; the next run makes another`, {
  fields: { authority },
  cause
});

// lib/acme/authorizations.ts
async function pendingChallenges(order2, session) {
  const challenges = [];
  for (const url of order2.status === "pending" ? order2.authorizations : []) {
    const { value: authorization } = await fetchAuthorization(url, session);
    const failure2 = verdictOn(authorization, session);
    if (failure2 !== void 0) throw failure2;
    if (authorization.status === "pending") challenges.push(await dnsChallenge(url, authorization, order2, session));
  }
  return challenges;
}
async function authorizationsFailure(urls, session) {
  for (const url of urls) {
    const { value } = await fetchAuthorization(url, session);
    if (value.status === "invalid") return verdictOn(value, session);
  }
  return void 0;
}
async function fetchAuthorization(url, { authority, account: account2, validation }) {
  const operation = "show an authorization";
  const answer = await unlessGone(authority, account2.read(url, operation));
  const authorization = parseAnswer(authorizationResource(validation), answer.data, { authority, operation });
  return pollResult(authorization, authorization.status === "pending", answer);
}
var TOKEN = /^[A-Za-z0-9_-]{1,256}$/;
async function dnsChallenge(authorization, { identifier, challenges }, { names }, { authority, account: account2, validation }) {
  const domain = identifier.value.replace(/^\*\./, "");
  const fields = { authority, domain };
  if (names.length > 0 && !names.includes(domain) && !names.includes(`*.${domain}`)) {
    throw new Failure("ANSWER_INVALID", `${authority} asks for a proof of a name that is not in the order`, { fields });
  }
  const [challenge] = challenges;
  if (challenge === void 0) {
    throw new Failure("ACME_NAME_REFUSED", `${authority} offers no ${validation} challenge for ${domain}`, { fields });
  }
  const { url, token = "", "issuer-domain-names": issuers } = challenge;
  if (validation === "dns-persist-01") {
    if (issuers !== void 0) return { url, authorization, domain };
    const message = `${authority} offers dns-persist-01 for ${domain} in another form than that of draft -01`;
    throw new Failure("ACME_NAME_REFUSED", message, { fields });
  }
  if (!TOKEN.test(token)) {
    throw new Failure("ANSWER_INVALID", `${authority} sent a challenge for ${domain} with a malformed token`, {
      fields
    });
  }
  return { url, authorization, domain, value: await account2.txtValue(token) };
}
function verdictOn(authorization, session) {
  const { status: status3, identifier, challenges } = authorization;
  const isRefused2 = challenges.some((each) => each.status === "invalid");
  if (status3 === "valid" || status3 === "pending" && !isRefused2) return void 0;
  if (status3 === "pending" || status3 === "invalid") return validationFailure(authorization, session);
  return orderGone(session.authority, `the authorization of ${identifier?.value ?? "a name"} is ${status3}`);
}
function validationFailure({ identifier, challenges }, { authority }) {
  const name = identifier?.value ?? "a name";
  const { error } = challenges.find((each) => each.error !== void 0) ?? {};
  const fields = { authority, names: identifier === void 0 ? [] : [name] };
  return verdictFailure("ACME_VALIDATION_FAILED", `${authority} could not validate ${name}`, error, fields);
}

// lib/acme/challenge-label.ts
import { createHash as createHash2 } from "node:crypto";
var LABEL2 = "_acme-challenge";
var challengeLabel = (method, accountUrl) => method !== "dns-account-01" || accountUrl === void 0 ? LABEL2 : `_${accountLabel(accountUrl)}.${LABEL2}`;
var accountLabel = (accountUrl) => base32(createHash2("sha256").update(accountUrl).digest().subarray(0, 10));
var ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
var base32 = (bytes) => [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("").replace(/.{5}/g, (bits) => ALPHABET.charAt(Number.parseInt(bits, 2)));

// lib/acme/download.ts
var MEDIA_TYPE = "application/pem-certificate-chain";
var MOST_ALTERNATES = 5;
async function download({ certificate, url }, take, session) {
  const { authority, log } = session;
  if (certificate === void 0) {
    throw new Failure("ACME_ORDER_NOT_READY", `the order at ${authority} has no certificate yet`, {
      fields: { authority, order: url }
    });
  }
  const { chainPem, alternates } = await fetchChain(certificate, session);
  try {
    return take(chainPem);
  } catch (error) {
    if (!isFailure(error, "ANSWER_INVALID")) throw error;
    for (const alternate of alternates) {
      try {
        const taken = take((await fetchChain(alternate, session)).chainPem);
        log.info("the default chain of the authority cannot be used; an alternate is", { reason: error.message });
        return taken;
      } catch (other) {
        if (toFailure(other).retry === "after") throw other;
        log.debug("an alternate chain of the authority cannot be used either", { reason: toFailure(other).message });
      }
    }
    throw error;
  }
}
async function fetchChain(url, { authority, account: account2 }) {
  const { data, headers } = await unlessGone(authority, account2.read(url, "give the certificate", MEDIA_TYPE));
  if (typeof data === "string" && Buffer.byteLength(data) <= MAX_CHAIN_BYTES)
    return { chainPem: data, alternates: alternatesIn(headers.link ?? "", url) };
  const what = "something that is no certificate chain, or far too much of it";
  throw new Failure("ANSWER_INVALID", `${authority} sent ${what}`, { fields: { authority } });
}
function alternatesIn(link, base) {
  const links = [...link.matchAll(/<(?<target>[^<>]*)>(?<parameters>[^<]*)/g)].flatMap(({ groups }) => {
    const { target = "", parameters = "" } = groups ?? {};
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    const isAlternate = `${relations?.[1] ?? relations?.[2]}`.toLowerCase().split(/\s+/).includes("alternate");
    return isAlternate && URL.canParse(target, base) ? [new URL(target, base).href] : [];
  });
  return [...new Set(links)].filter((each) => each !== base).slice(0, MOST_ALTERNATES);
}

// lib/acme/nonces.ts
var MAX_AGE = 5 * MINUTE;
var MAX_KEPT = 50;
function createNoncePool(transport, clock) {
  let kept2 = [];
  const keep = (nonce) => {
    kept2.push({ nonce, at: clock.now().getTime() });
    if (kept2.length > MAX_KEPT) kept2.shift();
  };
  let fetching;
  const fetched = (known2) => {
    fetching ??= newNonce(transport, known2).then(keep).finally(() => {
      fetching = void 0;
    });
    return fetching;
  };
  return {
    keep,
    async take() {
      const newest = kept2.pop();
      if (newest !== void 0 && clock.now().getTime() - newest.at <= MAX_AGE) return newest.nonce;
      kept2 = [];
      return newNonce(transport);
    },
    async prepare(known2) {
      if (kept2.length === 0) await fetched(known2);
    },
    clear() {
      kept2 = [];
    }
  };
}
async function newNonce(transport, known2) {
  const early = known2 === void 0 ? void 0 : await nonceAt(known2, transport).catch(() => void 0);
  return early ?? nonceAt((await transport.directory()).newNonce, transport);
}
async function nonceAt(url, transport) {
  const { headers } = await transport.get(url, "give a nonce");
  const nonce = headers["replay-nonce"];
  if (nonce !== void 0) return nonce;
  throw new Failure("ANSWER_INVALID", `${transport.authority} gave no nonce`, {
    fields: { authority: transport.authority }
  });
}

// lib/acme/readback.ts
var TRIES2 = 3;
var PAUSE2 = 300;
var PERHAPS_DONE = ["ACME_ORDER_NOT_READY", "ACME_PROBLEM"];
async function retryWithReadback(send, readBack, { clock, random, timeLeft }) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!isFailure(error) || !outcomeUnknown(error)) throw error;
      const done2 = await readBack();
      if (done2 !== void 0) return done2;
      const wait2 = PAUSE2 * 2 ** (attempt - 1) * (0.5 + random());
      if (error.retry !== "soon" || attempt === TRIES2 || timeLeft() <= wait2) throw error;
      await clock.sleep(wait2);
    }
  }
}
var outcomeUnknown = ({ retry, code }) => retry === "soon" || PERHAPS_DONE.includes(code);

// lib/acme/order.ts
async function readOrder(url, session) {
  try {
    const { value } = await fetchOrder(url, session);
    return toOrder(url, value);
  } catch (cause) {
    if (!isFailure(cause, "ACME_ACCOUNT_REFUSED", "URL_REFUSED")) throw cause;
    throw orderGone(session.authority, "it is not one of this account", cause);
  }
}
async function finalize(order2, csrPem, session) {
  if (order2.status === "valid" && order2.certificate !== void 0) return order2;
  let isSent = order2.status !== "ready" && order2.status !== "pending";
  let isTakenForReady = !isSent;
  async function look() {
    const seen = isTakenForReady ? void 0 : await fetchOrder(order2.url, session);
    if (seen !== void 0 && (isSent || seen.value.status !== "ready")) return seen;
    isTakenForReady = false;
    try {
      const sent = await sendCsr(order2, csrPem, session);
      isSent = true;
      return sent;
    } catch (error) {
      return notReadyYet(error, order2, session);
    }
  }
  const resource = await poll(look, session);
  if (resource.status === "valid") return toOrder(order2.url, resource);
  throw await orderFailure(resource, session);
}
async function notReadyYet(error, order2, session) {
  if (!isFailure(error, "ACME_ORDER_NOT_READY", "ACME_PROBLEM")) throw error;
  const seen = await fetchOrder(order2.url, session);
  if (error.code === "ACME_PROBLEM" && seen.value.status !== "pending") throw error;
  return { ...seen, reason: error.message };
}
async function sendCsr(order2, csrPem, session) {
  const { account: account2, authority, retry } = session;
  const finalizeUrl = order2.finalize ?? (await fetchOrder(order2.url, session)).value.finalize;
  if (finalizeUrl === void 0) {
    throw new Failure("ACME_ORDER_NOT_READY", `the order at ${authority} does not say yet where it is finalized`, {
      fields: { authority, order: order2.url }
    });
  }
  const csr = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ""), "base64").toString("base64url");
  return retryWithReadback(
    async () => parseOrder(await unlessGone(authority, account2.post(finalizeUrl, { csr }, FINALIZE)), session, FINALIZE),
    async () => {
      const result = await fetchOrder(order2.url, session);
      return result.value.status === "pending" || result.value.status === "ready" ? void 0 : result;
    },
    retry
  );
}
var FINALIZE = "finalize the order";
var SHOW = "show the order";
var fetchOrder = async (url, session) => parseOrder(await unlessGone(session.authority, session.account.read(url, SHOW)), session, SHOW);
function parseOrder(answer, { authority }, operation) {
  const resource = parseAnswer(orderResource, answer.data, { authority, operation });
  const done2 = resource.status === "invalid" || resource.status === "valid" && resource.certificate !== void 0;
  return pollResult(resource, !done2, answer);
}
async function orderFailure({ error, authorizations = [] }, session) {
  const { authority } = session;
  const verdict = verdictFailure("ACME_ORDER_INVALID", `${authority} gave up an order`, error, { authority });
  if (verdict.code !== "ACME_ORDER_INVALID") return verdict;
  return await authorizationsFailure(authorizations, session) ?? verdict;
}

// lib/acme/own-account.ts
function ownAccount(context) {
  const { options: options2, transport, secrets: secrets2, log } = context;
  const { authority } = transport;
  const accounts = () => readAccounts({ secrets: secrets2, name: secretOf(authority), log });
  let early;
  const readFirst = () => {
    const reading = early ?? accounts();
    early = void 0;
    return reading;
  };
  let opened;
  return {
    prepare: lazy(() => {
      early = accounts();
      return prepareAccount(context, early);
    }),
    open: lazy(async () => {
      opened = await openAccount({ ...context, readFirst });
      return opened;
    }),
    url: async () => opened?.url() ?? accountFor((await accounts()).accounts, options2)?.accountUrl
  };
}
var namedByRecords = (authority, accountUrl) => new Failure(
  "ACME_ACCOUNT_MISSING",
  `${authority} knows no account ${accountUrl} of the stored key, and the records of dns-persist-01 name it: if it is gone for good, delete the secret ${secretOf(authority)}, and place the records that the next run shows`,
  { fields: { authority } }
);

// lib/x509/der.ts
var SEQUENCE = 48;
var OBJECT_IDENTIFIER = 6;
var OCTET_STRING = 4;
var EXTENSIONS = 163;
var KEY_IDENTIFIER = 128;
var AUTHORITY_KEY_IDENTIFIER = Buffer.from([85, 29, 35]);
function authorityKeyIdentifier({ raw }) {
  const [certificate] = elements(raw);
  const [body] = elements(certificate?.content);
  const list3 = elements(body?.content).find(({ tag }) => tag === EXTENSIONS);
  const [extensions2] = elements(list3?.content);
  for (const extension of elements(extensions2?.content)) {
    const parts = elements(extension.content);
    const [id] = parts;
    if (id?.tag !== OBJECT_IDENTIFIER || !id.content.equals(AUTHORITY_KEY_IDENTIFIER)) continue;
    const value = parts.find(({ tag }) => tag === OCTET_STRING);
    const [identifier] = elements(value?.content);
    if (identifier?.tag !== SEQUENCE) return void 0;
    return elements(identifier.content).find(({ tag }) => tag === KEY_IDENTIFIER)?.content;
  }
  return void 0;
}
function serialOctets({ serialNumber: serialNumber2 }) {
  const octets = Buffer.from(serialNumber2.length % 2 === 0 ? serialNumber2 : `0${serialNumber2}`, "hex");
  return (octets[0] ?? 0) < 128 ? octets : Buffer.concat([Buffer.of(0), octets]);
}
function elements(der) {
  const found2 = [];
  for (let at = 0; der !== void 0 && at < der.length; ) {
    const { tag, start, end } = header(der, at);
    found2.push({ tag, content: der.subarray(start, end) });
    at = end;
  }
  return found2;
}
function header(der, at) {
  const [tag, first] = [der[at], der[at + 1]];
  if (tag === void 0 || first === void 0) throw cutShort();
  const more = first < 128 ? 0 : first & 127;
  if (more > 4 || first === 128 || at + 2 + more > der.length) throw cutShort();
  const start = at + 2 + more;
  const end = start + (more === 0 ? first : der.readUIntBE(at + 2, more));
  if (end > der.length) throw cutShort();
  return { tag, start, end };
}
var cutShort = () => new Failure("CHAIN_INVALID", "a certificate was refused: its DER is cut short");

// lib/acme/renewal-info.ts
var MAX_BYTES = 16384;
var OPERATION = "tell when to renew";
var SHORTEST = MINUTE;
var LONGEST5 = DAY;
var DEFAULT = 6 * HOUR;
function certificateId({ chainPem }) {
  const [leaf] = parseChain(chainPem);
  const issuer2 = authorityKeyIdentifier(leaf);
  return issuer2 && `${issuer2.toString("base64url")}.${serialOctets(leaf).toString("base64url")}`;
}
async function renewalWindow2(certificate, { transport, clock, log }) {
  try {
    if (clock.now() >= certificate.notAfter) return void 0;
    const { renewalInfo } = await transport.directory();
    const id = certificateId(certificate);
    if (renewalInfo === void 0 || id === void 0) return void 0;
    const answer = await transport.get(`${renewalInfo.replace(/\/$/, "")}/${id}`, OPERATION, MAX_BYTES);
    return plausible(parseWindow(answer, transport.authority), certificate);
  } catch (error) {
    if (isFailure(error, "CLOCK_WRONG")) throw error;
    const { code, message } = toFailure(error);
    log.info("the authority did not tell when to renew", { code, reason: message });
    return void 0;
  }
}
function parseWindow(answer, authority) {
  const { suggestedWindow, explanationURL } = parseAnswer(renewalInfoResource, answer.data, {
    authority,
    operation: OPERATION
  });
  const now = answer.receivedAt;
  const pause = (retryAfter(answer.headers, now)?.getTime() ?? now.getTime() + DEFAULT) - now.getTime();
  return {
    ...suggestedWindow,
    checkAfter: after(now, Math.min(Math.max(pause, SHORTEST), LONGEST5)),
    ...explanationURL === void 0 ? {} : { explanation: safeText(explanationURL) }
  };
}
function plausible(window2, { notBefore, notAfter }) {
  const ordered = window2.start < window2.end;
  return ordered && window2.end > after(notBefore, -DAY) && window2.start < notAfter ? window2 : void 0;
}

// lib/acme/validation.ts
var MOST_PENDING = 4;
var AGAIN_AFTER = 10 * SECOND;
async function validate2(challenges, session) {
  for (const challenge of challenges) await respondToChallenge(challenge, session);
  const notBefore = after(session.clock.now(), AGAIN_AFTER);
  let waiting = challenges.map((challenge) => ({ challenge, pause: AGAIN_AFTER, notBefore }));
  async function round2() {
    const looks = await lookedAt(waiting, session);
    const pending = looks.filter((look) => look.pending);
    const answered = [];
    for (const look of pending) answered.push(await answeredAgain(look, session));
    waiting = [...waiting.slice(looks.length), ...answered];
    const pauses = pending.flatMap(({ retryAfter: retryAfter3 }) => retryAfter3?.getTime() ?? []);
    const retryAfter2 = pauses.length === 0 ? void 0 : new Date(Math.max(...pauses));
    const complaint = pending.find(({ value, answered: answered2 }) => errorIn(value, answered2) !== void 0);
    const reason = complaint && validationFailure(complaint.value, session).message;
    return { value: void 0, pending: waiting.length > 0, retryAfter: retryAfter2, reason };
  }
  if (challenges.length > 0) await poll(round2, session);
}
async function lookedAt(waiting, session) {
  const looks = [];
  const failures = [];
  for (const answered of waiting) {
    if (failures.length === 0 && looks.filter(({ pending }) => pending).length === MOST_PENDING) break;
    const seen = await fetchAuthorization(answered.challenge.authorization, session);
    const failure3 = verdictOn(seen.value, session);
    if (failure3 !== void 0) failures.push(failure3);
    looks.push({ ...seen, answered });
  }
  const failure2 = combined(failures);
  if (failure2 !== void 0) throw failure2;
  return looks;
}
async function answeredAgain({ value, answered }, session) {
  const { challenge, pause, notBefore } = answered;
  const now = session.clock.now();
  if (errorIn(value, answered) === void 0 || now < notBefore) return answered;
  await respondToChallenge(challenge, session);
  return { challenge, pause: 3 * pause, notBefore: after(now, 3 * pause) };
}
var errorIn = ({ challenges }, { challenge: { url } }) => challenges.find((each) => each.url === url && each.status === "pending")?.error;
async function respondToChallenge({ url, authorization }, session) {
  const { authority, account: account2, retry } = session;
  await retryWithReadback(
    async () => {
      await unlessGone(authority, account2.post(url, {}, "check a challenge"));
      return true;
    },
    async () => {
      const { value } = await fetchAuthorization(authorization, session);
      const challenge = value.challenges.find((each) => each.url === url);
      return value.status !== "pending" || challenge?.status === "processing" ? true : void 0;
    },
    retry
  );
}
function combined([first, ...rest]) {
  if (first === void 0 || rest.length === 0) return first;
  const names = [first, ...rest].flatMap(({ fields }) => Array.isArray(fields.names) ? fields.names : []);
  return new Failure(first.code, first.message, { fields: { ...first.fields, names } });
}

// lib/acme/authority.ts
function createAuthority(name, options2, { secrets: store, http, resolve: resolve3, requireUnbound: requireUnbound2, clock, random, log: runLog, timeLeft }) {
  const secrets2 = namedStore(store);
  const log = runLog.with({ authority: name });
  const retry = { clock, random, timeLeft };
  const transport = createTransport({ authority: name, directoryUrl: options2.directory, http, retry });
  const nonces = createNoncePool(transport, clock);
  const caaIdentities = async () => {
    const { caaIdentities: listed = [] } = (await transport.directory()).meta;
    return listed.length > 0 ? listed : knownCaaIdentities(options2.directory);
  };
  const { validation = "dns-01" } = options2;
  const mayRegisterAgain = async (accountUrl) => {
    if (validation === "dns-persist-01") throw namedByRecords(name, accountUrl);
    if ((await caaIdentities()).length > 0) await requireUnbound2(accountUrl);
  };
  const own = ownAccount({ options: options2, transport, secrets: secrets2, nonces, resolve: resolve3, mayRegisterAgain, retry, log });
  const session = async () => ({
    ...{ authority: name, validation, account: await own.open() },
    ...{ clock, timeLeft, retry, log }
  });
  return {
    ...knownOf(options2),
    challengeLabel: async () => challengeLabel(validation, validation === "dns-account-01" ? await own.url() : void 0),
    async check({ profile }) {
      checkProfile(profile, await transport.directory(), name);
      await checkAccount({ options: options2, transport, secrets: secrets2, resolve: resolve3, log });
    },
    async prepare() {
      await own.prepare().catch(() => void 0);
    },
    caaIdentities,
    accountUrl: own.url,
    register: async () => (await own.open()).url(),
    async newOrder(request) {
      checkProfile(request.profile, await transport.directory(), name);
      return newOrder2(request, transport, await session());
    },
    readOrder: async (url) => readOrder(url, await session()),
    challenges: async (order2) => pendingChallenges(order2, await session()),
    answer: async (challenges) => validate2(challenges, await session()),
    finalize: async (order2, csrPem) => finalize(order2, csrPem, await session()),
    download: async (order2, take) => download(order2, take, await session()),
    renewalWindow: (certificate) => renewalWindow2(certificate, { transport, clock, log }),
    revoke: async (certificate, reason) => revoke(certificate, reason, transport, await session())
  };
}
var namedStore = (store) => ({
  ...store,
  read: (name, stage) => inStore("secrets", store.read(name, stage)),
  stage: (name, value) => inStore("secrets", store.stage(name, value)),
  activate: (name, version, expected) => inStore("secrets", store.activate(name, version, expected))
});
async function newOrder2(request, transport, session) {
  const directory2 = await transport.directory();
  const identifiers = request.names.map((value) => ({ type: "dns", value }));
  const wanted = { identifiers, ...request.profile === void 0 ? {} : { profile: request.profile } };
  const replaces = directory2.renewalInfo && request.replaces && certificateId(request.replaces);
  if (!replaces) return order(wanted, request, directory2, session);
  try {
    return await order({ ...wanted, replaces }, request, directory2, session);
  } catch (error) {
    if (!isAboutReplaces(error)) throw error;
    session.log.info("the authority does not take the order as a replacement", { code: error.code });
    return order(wanted, request, directory2, session);
  }
}
var TAKE_ORDER = "take an order";
async function order(payload, { names }, { newOrder: newOrder3 }, session) {
  const { account: account2, authority } = session;
  const { data, headers } = await account2.post(newOrder3, payload, TAKE_ORDER);
  const answered = toOrder(
    headers.location ?? "",
    parseAnswer(orderResource, data, { authority, operation: TAKE_ORDER })
  );
  const made = answered.names.length === 0 ? { ...answered, names } : answered;
  if (made.url !== "" && sameNames(made.names, names)) return made;
  throw new Failure("ANSWER_INVALID", `${authority} answered with an order without an address, or for other names`, {
    fields: { authority }
  });
}
var isAboutReplaces = (error) => isFailure(error, "ACME_ALREADY_REPLACED", "NOT_FOUND", "ACME_ACCOUNT_REFUSED", "ACME_PROBLEM", "ACME_SERVER") && [400, 403, 404, 409, 500].includes(Number(error.fields.status));
function checkProfile(profile, { meta }, authority) {
  const profiles = Object.keys(meta.profiles ?? {});
  if (profile === void 0 || profiles.includes(profile)) return;
  throw new Failure("ACME_PROFILE", `${authority} has no certificate profile "${profile}"; see the field profiles`, {
    fields: { authority, profiles: profiles.slice(0, 20) }
  });
}
async function revoke({ chainPem }, reason, transport, { account: account2, authority, log }) {
  const [leaf] = parseChain(chainPem);
  const { revokeCert } = await transport.directory();
  if (revokeCert === void 0) {
    throw new Failure(
      "ACME_PROBLEM",
      `${authority} does not say where a certificate is revoked: ask it on its own site`,
      {
        fields: { authority }
      }
    );
  }
  try {
    await account2.post(revokeCert, { certificate: leaf.raw.toString("base64url"), reason }, "revoke a certificate");
  } catch (error) {
    if (!isFailure(error) || error.fields.type !== "urn:ietf:params:acme:error:alreadyRevoked") throw error;
    log.info("the certificate was revoked before");
  }
}

// lib/balancers/registry.ts
var registry = {
  "aws-acm": () => import("./driver-MSXF5Q37.mjs"),
  haproxy: () => import("./driver-Q6J5APQ3.mjs"),
  linode: () => import("./driver-Q7XWJLCW.mjs"),
  scaleway: () => import("./driver-3HPAPUP5.mjs")
};

// lib/balancers/open.ts
var drivers = registry;
async function openBalancer({ use, options: options2 }, context) {
  const { driver } = await lookup(drivers, use)();
  return forAnyListener(driver.listener, await driver.open(options2, context));
}
function forAnyListener(schema3, balancer) {
  const parsed4 = (listener2) => {
    const { success, output } = safeParse(schema3, listener2);
    if (success) return output;
    const fields = Object.keys(listener2).join(", ");
    throw new Failure("TARGET_MISSING", `this balancer has no listener that the fields ${fields} describe`);
  };
  return {
    inspect: async (listener2, deployment, keep) => balancer.inspect(parsed4(listener2), deployment, keep),
    swap: async (listener2, deployment, keep) => balancer.swap(parsed4(listener2), deployment, keep),
    deleteUnused: async (listener2, names) => balancer.deleteUnused(parsed4(listener2), names),
    deleteById: async (listener2, id) => balancer.deleteById(parsed4(listener2), id),
    attachFirst: async (listener2, deployment, cutOffTls) => balancer.attachFirst(parsed4(listener2), deployment, cutOffTls),
    detach: async (listener2, name) => balancer.detach(parsed4(listener2), name),
    list: async (listener2) => balancer.list(parsed4(listener2))
  };
}

// lib/balancers/shared-looks.ts
var FRESH_FOR = 1 * MINUTE;
var LONGEST_COOLDOWN = 2 * MINUTE;
var MOST_TRIES2 = 10;
function withSharedLooks(balancer, { clock, timeLeft }) {
  const reads = createSharedReads(clock, FRESH_FOR);
  async function look(work) {
    const until = clock.now().getTime() + LONGEST_COOLDOWN;
    for (let tries = 1; ; tries++) {
      try {
        return await reads.during(work);
      } catch (error) {
        const asked = isFailure(error, "RATE_LIMITED") ? error.retryAfter?.getTime() : void 0;
        const pause = (asked ?? 0) - clock.now().getTime();
        if (asked === void 0 || asked > until || pause > timeLeft() - RESERVE || tries >= MOST_TRIES2) throw error;
        if (pause > 0) await clock.sleep(pause);
      }
    }
  }
  async function change(work) {
    reads.forget();
    try {
      return await work();
    } finally {
      reads.forget();
    }
  }
  return {
    inspect: (listener2, deployment, keep) => look(() => balancer.inspect(listener2, deployment, keep)),
    list: (listener2) => look(() => balancer.list(listener2)),
    swap: (listener2, deployment, keep) => change(() => balancer.swap(listener2, deployment, keep)),
    attachFirst: (listener2, deployment, cutOffTls) => change(() => balancer.attachFirst(listener2, deployment, cutOffTls)),
    detach: (listener2, name) => change(() => balancer.detach(listener2, name)),
    deleteUnused: (listener2, names) => change(() => balancer.deleteUnused(listener2, names)),
    deleteById: (listener2, id) => change(() => balancer.deleteById(listener2, id))
  };
}

// lib/config/reference-digest.ts
import { randomBytes as randomBytes2 } from "node:crypto";

// lib/platform/salted-digest.ts
import { scrypt } from "node:crypto";
import { promisify } from "node:util";
var SCRYPT = { N: 2 ** 14, r: 8, p: 1, maxmem: 32 * 1024 * 1024 };
async function saltedDigest(secrets2, salt) {
  const stretch = promisify(scrypt);
  const texts = JSON.stringify(secrets2.map((secret2) => secret2?.reveal() ?? null));
  return (await stretch(texts, salt, 32, SCRYPT)).toString("base64url");
}

// lib/config/reference-digest.ts
function createReferenceDigest(references, resolve3) {
  const ownSalt = randomBytes2(16).toString("base64url");
  const once = lazyByKey();
  const secretOf2 = async ({ reference }) => {
    try {
      return await resolve3(reference);
    } catch (error) {
      if (!isFailure(error, "REFERENCE_UNRESOLVED")) throw error;
      return void 0;
    }
  };
  return async (locations, salt = ownSalt) => {
    const sorted = [...locations].sort();
    const wanted = sorted.flatMap((location) => references.filter((each) => each.location === location));
    const digest = await once(
      [salt, ...sorted].join(" "),
      async () => saltedDigest(await Promise.all(wanted.map(secretOf2)), salt)
    );
    return { salt, digest };
  };
}

// lib/config/reference-locations.ts
function referencesIn2(config) {
  const { authorities, dns: dns2, secrets: secrets2, state, balancers, notify: notify3 } = config;
  const written2 = {
    acme: { authorities },
    dns: optionsOf(dns2.providers),
    secrets: { options: secrets2.options },
    state: { options: state.options },
    balancers: optionsOf(balancers),
    notify: optionsOf(notify3)
  };
  return within(written2, []);
}
var optionsOf = (sections2) => Object.fromEntries(Object.entries(sections2).map(([name, { options: options2 }]) => [name, { options: options2 }]));
function within(value, path) {
  if (isReference(value)) return [{ location: path.join("."), reference: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => within(each, [...path, key]));
}
var isReference = (value) => typeof value === "object" && value !== null && "from" in value && (value.from === "env" || value.from === "secret");

// lib/config/references.ts
function createResolver({ env, secrets: secrets2 }) {
  const reads = /* @__PURE__ */ new Map();
  const stored = (name) => {
    const read3 = reads.get(name) ?? secrets2.read(name, "current").then((found2) => found2?.value);
    reads.set(name, read3);
    read3.catch(() => reads.delete(name));
    return read3;
  };
  return async (reference) => {
    if (reference.from === "env") {
      const value2 = trimmed(reference, Object.hasOwn(env, reference.name) ? env[reference.name] : void 0);
      return value2 ?? unresolved(reference, "the environment variable is not set or empty");
    }
    const secret2 = await stored(reference.name);
    if (secret2 === void 0) return unresolved(reference, "there is no such secret in the store");
    const { field: field2 } = reference;
    if (field2 === void 0) return trimmed(reference, secret2.reveal()) ?? unresolved(reference, "the secret is empty");
    const fields = parsed2(secret2) ?? unresolved(reference, "the secret is not a JSON object");
    const value = Object.hasOwn(fields, field2) ? fields[field2] : void 0;
    if (typeof value !== "string") return unresolved(reference, "the secret has no text in this field");
    return trimmed(reference, value) ?? unresolved(reference, "this field of the secret is empty");
  };
}
function trimmed(reference, text) {
  const value = text?.trim();
  if (value && reference.oneLine && CONTROL_CHARACTER.test(value))
    return unresolved(reference, "there is a line break or another control character in it");
  return value ? new Secret(value) : void 0;
}
var CONTROL_CHARACTER = new RegExp("\\p{Cc}", "u");
function parsed2(secret2) {
  try {
    const value = JSON.parse(secret2.reveal().trim());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : void 0;
  } catch {
    return void 0;
  }
}
var referenceText = (reference) => reference.from === "env" || reference.field === void 0 ? `${reference.from}:${reference.name}` : `secret:${reference.name}#${reference.field}`;
function unresolved(reference, why) {
  const shown3 = referenceText(reference);
  throw new Failure("REFERENCE_UNRESOLVED", `${shown3} cannot be resolved: ${why}`, { fields: { reference: shown3 } });
}

// lib/deferred.ts
function deferredDnsProvider(open2) {
  const opened = lazy(open2);
  return {
    check: async (location) => (await opened()).check?.(location),
    capacity: async (location) => (await opened()).capacity?.(location),
    addTxt: async (record5) => (await opened()).addTxt(record5),
    removeTxt: async (record5) => (await opened()).removeTxt(record5)
  };
}
function deferredSecretStore(open2) {
  const opened = lazy(open2);
  return {
    read: async (name, stage) => (await opened()).read(name, stage),
    stage: async (name, value) => (await opened()).stage(name, value),
    activate: async (name, version, expected) => (await opened()).activate(name, version, expected),
    remove: async (name) => (await opened()).remove(name),
    tidy: async () => (await opened()).tidy?.(),
    rewrap: async () => (await opened()).rewrap?.()
  };
}
function deferredStateStore(open2) {
  const opened = lazy(open2);
  return {
    read: async (key) => (await opened()).read(key),
    write: async (key, document2, tag) => (await opened()).write(key, document2, tag),
    remove: async (key) => (await opened()).remove(key),
    list: async (prefix, upTo2) => (await opened()).list(prefix, upTo2)
  };
}
function deferredLoadBalancer(open2) {
  const opened = lazy(open2);
  return {
    inspect: async (listener2, deployment, keep) => (await opened()).inspect(listener2, deployment, keep),
    swap: async (listener2, deployment, keep) => (await opened()).swap(listener2, deployment, keep),
    deleteUnused: async (listener2, names) => (await opened()).deleteUnused(listener2, names),
    deleteById: async (listener2, id) => (await opened()).deleteById(listener2, id),
    attachFirst: async (listener2, deployment, cutOffTls) => (await opened()).attachFirst(listener2, deployment, cutOffTls),
    detach: async (listener2, name) => (await opened()).detach(listener2, name),
    list: async (listener2) => (await opened()).list(listener2)
  };
}
function deferredNotifier(open2) {
  const opened = lazy(open2);
  return { send: async (notice) => (await opened()).send(notice) };
}
function deferredHttp(open2) {
  let opening;
  const opened = lazy(() => {
    opening = open2();
    return opening;
  });
  return {
    send: async (request) => (await opened()).send(request),
    async close() {
      const http = await opening?.catch(() => void 0);
      await http?.close();
    }
  };
}

// lib/dns/registry.ts
var registry2 = {
  "acme-dns": () => import("./acme-dns-FVSYJZM2.mjs"),
  alidns: () => import("./driver-PIRESYPO.mjs"),
  azure: () => import("./azure-TBCG6MIN.mjs"),
  bunny: () => import("./bunny-S7BE36EE.mjs"),
  cloudflare: () => import("./cloudflare-SFL3U4VD.mjs"),
  desec: () => import("./desec-2MMO6TQI.mjs"),
  digitalocean: () => import("./digitalocean-CANPE6D6.mjs"),
  dnsimple: () => import("./dnsimple-WW6DEYDK.mjs"),
  duckdns: () => import("./duckdns-NAKXGMEZ.mjs"),
  exec: () => import("./exec-Q6RVCOE4.mjs"),
  exoscale: () => import("./exoscale-CEYAHXBL.mjs"),
  gandi: () => import("./gandi-KUWZ7AWM.mjs"),
  godaddy: () => import("./godaddy-ZNWUWJMP.mjs"),
  google: () => import("./google-6JP6HHEW.mjs"),
  hetzner: () => import("./hetzner-54WUNS5Y.mjs"),
  httpreq: () => import("./httpreq-I4YSHMW3.mjs"),
  infomaniak: () => import("./infomaniak-LNEVEJVA.mjs"),
  inwx: () => import("./inwx-2IMBITF2.mjs"),
  ionos: () => import("./ionos-EPZCIXMH.mjs"),
  linode: () => import("./linode-E3CYDM4J.mjs"),
  namecheap: () => import("./driver-IOHEH2F6.mjs"),
  netcup: () => import("./netcup-4UWGINFL.mjs"),
  ns1: () => import("./ns1-TMW5XOBK.mjs"),
  ovh: () => import("./ovh-A72ZLJ64.mjs"),
  porkbun: () => import("./porkbun-7FJCQWOO.mjs"),
  powerdns: () => import("./powerdns-H64RUV5O.mjs"),
  rfc2136: () => import("./driver-TZTHKCCN.mjs"),
  route53: () => import("./driver-3SZWMWLP.mjs"),
  scaleway: () => import("./scaleway-PBZFK6UR.mjs"),
  transip: () => import("./transip-HM34HR6C.mjs"),
  vultr: () => import("./vultr-7ONWAIBV.mjs")
};

// lib/dns/zone.ts
var MOST_CNAMES = 8;
function onceEach(work) {
  const known2 = /* @__PURE__ */ new Map();
  return (key) => {
    const result = known2.get(key) ?? work(key);
    known2.set(key, result);
    return result;
  };
}
function createZoneFinder({ recursive, listed = /* @__PURE__ */ new Set() }) {
  const zoneOf = onceEach(async (name) => {
    if (name === "") return {};
    if (listed.has(name)) return { zone: name };
    try {
      return await recursive.isZone(name) ? { zone: name } : await zoneOf(parentOf(name));
    } catch (error) {
      if (!isFailure(error, "DNS_LOOKUP_FAILED")) throw error;
      return { ...await zoneOf(parentOf(name)), trouble: error };
    }
  });
  return async (name, above = parentOf(name)) => {
    const { zone, trouble } = await zoneOf(above);
    if (trouble !== void 0 && zone?.includes(".") !== true) throw trouble;
    const found2 = zone ?? (await zoneOf(name)).zone;
    if (found2 !== void 0) return found2;
    throw new Failure("DNS_NO_ZONE", `no zone holds ${name}: neither it nor a name above it has an SOA record`, {
      fields: { name }
    });
  };
}
function createLocator({ recursive, authoritative: open2, listed = /* @__PURE__ */ new Set() }) {
  const authoritative = onceEach(open2);
  const zoneAbove2 = createZoneFinder({ recursive, listed });
  async function zoneAndTarget(name, domain) {
    if (listed.has(name)) return { zone: name, target: void 0 };
    for (let above = await zoneAbove2(name, domain); ; ) {
      const servers2 = await authoritative(above);
      const between = parentOf(name);
      if (domain !== void 0 && between !== domain && between !== above && await isZoneAt(between, servers2)) {
        above = between;
        continue;
      }
      const { values, exists, referral } = await servers2.cname(name);
      const cut = referral?.zone ?? "";
      if (cut === name) return { zone: name, target: void 0 };
      if (cut !== above && isWithin(name, cut) && isWithin(cut, above)) {
        above = cut;
        continue;
      }
      const [target] = values;
      if (target === void 0) {
        const isTop = exists && await recursive.isZone(name);
        return { zone: isTop ? name : above, target };
      }
      const isDelegation = !await isFromWildcard(name, target, above, servers2);
      return { zone: above, target: isDelegation ? target : void 0 };
    }
  }
  const isZoneAt = async (name, servers2) => {
    const { values, referral } = await servers2.soa(name);
    return listed.has(name) || values.length > 0 || referral?.zone === name;
  };
  return async (domain, label = "_acme-challenge") => {
    const chain = [`${label}.${domain}`];
    for (let name = chain[0]; ; ) {
      const { zone, target } = await zoneAndTarget(name, chain.length === 1 ? domain : void 0);
      if (target === void 0) return { name, zone };
      name = targetName(target, name);
      if (chain.includes(name) || chain.length > MOST_CNAMES) throw cnameLoop([...chain, name]);
      chain.push(name);
    }
  };
}
var BELOW = "_newleaf";
async function isFromWildcard(name, target, zone, servers2) {
  const leadsThere = async (asked, unanswered) => {
    try {
      return (await servers2.cname(asked)).values.some((value) => canonical(value) === canonical(target));
    } catch (error) {
      if (isFailure(error, "DNS_LOOKUP_FAILED")) return unanswered;
      throw error;
    }
  };
  for (let above = parentOf(name); isWithin(above, zone); above = parentOf(above)) {
    if (await leadsThere(`*.${above}`, false)) return leadsThere(`${BELOW}.${name}`, true);
  }
  return false;
}
var cnameLoop = (chain) => new Failure(
  "DNS_CNAME_LOOP",
  `the CNAMEs from ${chain[0]} lead in a circle or are more than ${MOST_CNAMES}: ${chain.join(" \u2192 ")}`,
  { fields: { chain } }
);
var NAME2 = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
function targetName(text, from) {
  const name = canonical(text);
  if (NAME2.test(name)) return name;
  throw new Failure("DNS_LOOKUP_FAILED", `the CNAME at ${from} leads to something that is no host name`, {
    fields: { name: from }
  });
}

// lib/dns/caa.ts
function createCaaLookup(recursive) {
  const nearest2 = onceEach(async (name) => {
    if (name === "") return void 0;
    const { values, owner } = await recursive.caa(name);
    return values.length > 0 ? { name, owner, records: values } : nearest2(parentOf(name));
  });
  return (domain) => nearest2(canonical(domain));
}

// lib/dns/zone-record.ts
var inZone = (record5) => ({
  ...record5,
  relativeName: record5.name === record5.zone ? "" : record5.name.slice(0, -record5.zone.length - 1)
});

// lib/dns/check-zone.ts
function createZoneCheck(providers) {
  const asked = /* @__PURE__ */ new Map();
  return (location) => {
    const key = `${location.provider} ${location.zone}`;
    const known2 = asked.get(key);
    if (known2 !== void 0) return known2;
    const answer = (async () => lookup(providers, location.provider).provider.check?.(inZone(location)))();
    asked.set(key, answer);
    answer.catch((error) => {
      if (toFailure(error).retry !== "never") asked.delete(key);
    });
    return answer;
  };
}

// lib/dns/name-servers.ts
async function nameServersOf(zone, options2, together3 = false) {
  const { recursive, log } = options2;
  const hosts = await hostsOf(zone, options2, together3);
  let trouble;
  const found2 = await Promise.all(
    hosts.map(async (host) => {
      try {
        return { host, addresses: (await recursive.addresses(host)).values };
      } catch (error) {
        if (!isFailure(error, "DNS_LOOKUP_FAILED")) throw error;
        trouble = error;
        return { host, addresses: [] };
      }
    })
  );
  const reachable = found2.filter(({ addresses: addresses2 }) => addresses2.length > 0);
  for (const { host } of found2.filter((each) => !reachable.includes(each))) {
    log.warn("no address of a name server was found, and it is not asked", { zone, host });
  }
  if (reachable.length > 0) return reachable;
  throw trouble ?? new Failure("DNS_LOOKUP_FAILED", `no name server of ${zone} has an address: check its NS records`, {
    fields: { zone }
  });
}
var orNone = async (asked) => {
  try {
    return (await asked).values.map(canonical);
  } catch (error) {
    if (isFailure(error, "DNS_LOOKUP_FAILED")) return [];
    throw error;
  }
};
async function hostsOf(zone, options2, together3) {
  const { recursive } = options2;
  const own = await orNone(recursive.ns(zone));
  if (own.length > 0 && !together3) return own;
  const delegated = await delegationOf(zone, options2);
  const both = [.../* @__PURE__ */ new Set([...own, ...delegated])];
  if (both.length > 0) return both;
  const primary = await orNone(recursive.soa(zone));
  if (primary.length > 0) return primary;
  const above = await zoneAbove(zone, options2);
  return above?.includes(".") ? hostsOf(above, options2, false) : [];
}
var MOST_ASKED = 3;
async function delegationOf(zone, options2) {
  const { recursive, lookupAt: lookupAt2 } = options2;
  const above = await zoneAbove(zone, options2);
  if (above === void 0) return [];
  for (const host of (await orNone(recursive.ns(above))).slice(0, MOST_ASKED)) {
    const addresses2 = await orNone(recursive.addresses(host));
    if (addresses2.length === 0) continue;
    const asked = lookupAt2(addresses2).ns(zone);
    const hosts = await orNone(
      asked.then(({ values, referral }) => ({ values: [...values, ...inZone2(zone, referral)] }))
    );
    if (hosts.length > 0) return hosts;
  }
  return [];
}
var inZone2 = (zone, referral) => referral?.zone === zone ? referral.hosts : [];
async function zoneAbove(zone, { recursive }) {
  for (let name = parentOf(zone); name !== ""; name = parentOf(name)) {
    if ((await orNone(recursive.soa(name))).length > 0) return name;
  }
  return void 0;
}

// lib/dns/pace.ts
var MOST = 20;
function createPace(clock) {
  const sent = [];
  return async () => {
    const now = clock.now().getTime();
    const earliest = sent.length < MOST ? now : sent.shift() + SECOND;
    const at = Math.max(now, earliest);
    sent.push(at);
    if (at > now) await clock.sleep(at - now);
  };
}

// lib/dns/persistent-records.ts
var LABEL3 = "_validation-persist";
function createPersistentLookup(open2, serversOf) {
  const locator = lazy(async () => open2());
  return async (domain) => {
    const { name, zone } = await (await locator())(canonical(domain), LABEL3);
    return (await (await serversOf(zone)).txt(name)).values;
  };
}

// lib/dns/reports.ts
import { isIPv6 } from "node:net";
var UNTIL_REFUSED = 30 * SECOND;
var UNTIL_SILENT = 2 * MINUTE;
var REFUSALS3 = ["EREFUSED", "ENOTIMP", "ELAME"];
var isDown2 = ({ error }, { waited, longest }) => error !== void 0 && waited >= Math.min(REFUSALS3.includes(error) ? UNTIL_REFUSED : UNTIL_SILENT, longest / 2);
function judge(all, policy, waiting) {
  const unroutable = all.filter((report) => isUnroutable(report, all));
  const reports = all.filter((report) => !unroutable.includes(report));
  const behind = reports.filter(({ lacks }) => lacks.length > 0);
  const isEnough = policy === "majority" ? isMajority(reports, behind) : false;
  const areDown = behind.length < reports.length && behind.every((report) => isDown2(report, waiting));
  return isEnough || areDown ? { behind: [], skipped: behind, unroutable } : { behind, skipped: [], unroutable };
}
function isMajority(reports, behind) {
  const hosts = new Set(reports.map(({ host }) => host));
  const late = new Set(behind.map(({ host }) => host));
  return 2 * (hosts.size - late.size) > hosts.size;
}
var NO_ROUTE = /* @__PURE__ */ new Set(["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"]);
function isUnroutable({ host, address, error = "" }, all) {
  const answered = all.filter((each) => each.error === void 0);
  const noIPv6 = !answered.some((each) => isSix(each.address));
  const leadsNowhere = isSix(address) && (NO_ROUTE.has(error) || error === "ETIMEOUT" && noIPv6);
  return leadsNowhere && answered.some((each) => each.host === host);
}
var isSix = (address) => isIPv6(address.replace(/^\[(.*)\](:\d+)?$/, "$1"));
var shown = ({ host, address, error }) => `${host === address ? host : `${host} (${address})`}${error === void 0 ? "" : ` ${error}`}`;

// lib/dns/propagation.ts
var LONGEST_WAIT2 = 20 * MINUTE;
var SHORTEST_WAIT = MINUTE;
var BEFORE_RESOLVERS = 15 * SECOND;
var FIRST_PAUSE2 = 100;
var LONGEST_PAUSE2 = 10 * SECOND;
var GROWTH3 = 1.6;
var CONCURRENCY3 = 20;
async function waitForPropagation(records, options2) {
  const { clock, log, random, timeLeft, propagation = "all", areRecursive } = options2;
  const zones = await watched(records, options2);
  const started = clock.now().getTime();
  const since = Math.min(started, ...records.flatMap((record5) => record5.since?.getTime() ?? []));
  const until = Math.min(Math.max(since + LONGEST_WAIT2, started + SHORTEST_WAIT), started + timeLeft() - RESERVE);
  const longest = until - started;
  const isStopped = watchForStop(timeLeft, clock);
  if (areRecursive) await clock.sleep(Math.max(0, Math.min(BEFORE_RESOLVERS, longest)));
  for (let pause = FIRST_PAUSE2; ; pause = Math.min(pause * GROWTH3, LONGEST_PAUSE2)) {
    const rounds = await Promise.all(zones.map((zone) => round(zone, options2)));
    const now = clock.now().getTime();
    const judgements = rounds.map((reports) => judge(reports, propagation, { waited: now - started, longest }));
    warnOfSkipped(judgements, options2);
    const behind = judgements.flatMap((each) => each.behind);
    if (behind.length === 0) return;
    const left = Math.min(until - now, timeLeft() - RESERVE);
    if (left <= 0) throw isStopped() ? stopped2(now - started) : notPropagated(behind, now - since);
    options2.waiting?.(behind.map(shown));
    log.debug("waiting for name servers", { servers: behind.map(shown), waited: now - since });
    await clock.sleep(Math.ceil(Math.min(pause * (0.75 + random() / 2), left)));
  }
}
var watched = (records, options2) => Promise.all(
  [...new Set(records.map(({ zone }) => zone))].map(async (zone) => {
    const own = records.filter((record5) => record5.zone === zone);
    const together3 = new Set(own.map(({ provider: provider2 }) => provider2)).size > 1;
    const names = [...new Set(own.map(({ name }) => name))];
    const valuesAt = (name) => own.filter((each) => each.name === name).map(({ value }) => value);
    return {
      servers: await options2.serversOf(zone, together3),
      values: names.map((name) => [name, valuesAt(name)])
    };
  })
);
var round = ({ servers: servers2, values }, { lookupAt: lookupAt2 }) => Promise.all(
  servers2.flatMap(
    ({ host, addresses: addresses2 }) => addresses2.map(async (address) => ({ host, address, ...await askFor(values, lookupAt2(address)) }))
  )
);
async function askFor(values, lookup2) {
  try {
    const lacks = await mapConcurrently(values, CONCURRENCY3, async ([name, wanted]) => {
      const found2 = (await lookup2.txt(name)).values;
      return wanted.every((value) => found2.includes(value)) ? [] : [name];
    });
    return { lacks: lacks.flat(), error: void 0 };
  } catch (cause) {
    if (!isFailure(cause, "DNS_LOOKUP_FAILED")) throw cause;
    return { lacks: values.map(([name]) => name), error: String(cause.fields.reason) };
  }
}
function warnOfSkipped(judgements, { log }) {
  for (const { host, address } of judgements.flatMap(({ unroutable }) => unroutable))
    log.debug("an IPv6 address cannot be reached from here and is not waited for", { host, address });
  if (judgements.some(({ behind }) => behind.length > 0)) return;
  for (const { host, address, error } of judgements.flatMap(({ skipped }) => skipped))
    log.warn("the authority is asked though a name server does not show the TXT value", {
      ...{ host, address, reason: error ?? "it lacks the value" }
    });
}
var stopped2 = (waited) => new Failure(
  "OUT_OF_TIME",
  `the run was stopped after it had waited ${Math.round(waited / SECOND)} s for name servers`
);
function notPropagated(behind, waited) {
  const servers2 = behind.map(shown);
  const names = [...new Set(behind.flatMap(({ lacks }) => lacks))];
  const some2 = (texts) => texts.slice(0, 5).join(", ") + (texts.length > 5 ? ` and ${texts.length - 5} more` : "");
  return new Failure(
    "DNS_NOT_PROPAGATED",
    `after ${Math.round(waited / SECOND)} s the TXT values of ${some2(names)} are not shown by ${some2(servers2)}`,
    { fields: { names, servers: servers2 } }
  );
}

// lib/dns/provider.ts
var zonesOf = (providers) => new Set(Object.values(providers).flatMap(({ zones = [] }) => zones.map(canonical)));
function chooseProviders(name, zone, providers) {
  const fits = Object.entries(providers).map(([provider2, { zones }]) => ({ provider: provider2, length: lengthOfMatch(name, zone, zones) })).filter(({ length }) => length >= 0).sort((a, b) => b.length - a.length);
  const [best, second] = fits;
  if (best === void 0) throw none(name, zone, providers);
  if (best.length !== second?.length) return [best.provider];
  const equal = fits.filter(({ length }) => length === best.length).map(({ provider: provider2 }) => provider2);
  const others = equal.filter((provider2) => provider2 !== best.provider);
  if (best.length > 0 && equal.every((provider2) => providers[provider2]?.together)) return [best.provider, ...others];
  throw new Failure(
    "DNS_NO_PROVIDER",
    `${name} lies in the zone ${zone}, which fits the DNS providers ${equal.join(" and ")} alike: list it under the zones of one, or write together: true at each if they all serve it`,
    { fields: { name, zone, providers: equal } }
  );
}
function assigned(record5, providers) {
  if (Object.hasOwn(providers, record5.provider)) return record5;
  try {
    return { ...record5, provider: chooseProviders(record5.name, record5.zone, providers)[0] };
  } catch (error) {
    if (isFailure(error, "DNS_NO_PROVIDER")) return void 0;
    throw error;
  }
}
function lengthOfMatch(name, zone, zones) {
  if (zones === void 0) return zone.includes(".") ? 0 : -1;
  return Math.max(
    -1,
    ...zones.map(canonical).filter((listed) => isWithin(name, listed) && isWithin(listed, zone)).map(({ length }) => length)
  );
}
function none(name, zone, providers) {
  const above = Object.entries(providers).flatMap(
    ([provider2, { zones = [] }]) => zones.filter((listed) => isWithin(zone, canonical(listed))).map((listed) => ({ provider: provider2, listed }))
  )[0];
  return new Failure("DNS_NO_PROVIDER", `${name} lies in the zone ${zone}, ${wayOut(zone, above)}`, {
    fields: { name, zone }
  });
}
var ELSEWHERE = "or, if the world does not know that zone and only the DNS of this network does, set `dns.resolvers` to resolvers outside of it";
function wayOut(zone, above) {
  if (!zone.includes("."))
    return "and in no zone below it: see whether the domain is written rightly and registered, or set `dns.resolvers` to resolvers that know it";
  return above === void 0 ? `for which no DNS provider is configured: add it to the zones of one, ${ELSEWHERE}` : `a delegated zone below ${above.listed} of the DNS provider ${above.provider}: add it to the zones of the provider that holds it, ${ELSEWHERE}`;
}

// lib/dns/resolver.ts
import { getServers } from "node:dns";
var isOverHttps = (server) => server.startsWith("https://");
var loadWire = lazy(() => import("./wire-F747BYJW.mjs"));
var loadHttps = lazy(() => import("./over-https-RGE2QQJX.mjs"));
function lookupAt(servers2 = getServers(), options2 = {}) {
  const askAt = asker(options2);
  let first = 0;
  return lookupOver(async (question, read3) => {
    let failed2 = new NoAnswer("no server");
    for (let turn = 0; turn < servers2.length; turn++) {
      const at = (first + turn) % servers2.length;
      try {
        const result = read3(checked2(await askAt(servers2[at], question)));
        first = at;
        return result;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        failed2 = error;
      }
    }
    const { name, type } = question;
    const { code } = failed2;
    const shown3 = servers2.join(", ");
    throw new Failure("DNS_LOOKUP_FAILED", `${shown3} gave no answer on ${type} ${name}: ${reasonText(code)}`, {
      fields: { name, type, servers: shown3, reason: code },
      cause: failed2
    });
  });
}
function asker({ timeout = 3e3, tries = 2, http, pace = async () => {
}, overTcpAlone = /* @__PURE__ */ new Set() }) {
  return async (server, question) => {
    if (!isOverHttps(server))
      return (await loadWire()).askOverWire(server, question, { timeout, tries, overTcpAlone, pace });
    if (http === void 0) throw new Failure("CONFIG_INVALID", "nothing is asked over HTTPS here");
    await pace();
    return (await loadHttps()).askOverHttps(server, question, timeout, http);
  };
}
function lookupOver(ask) {
  const find = (type, name) => ask({ name, type }, (message) => found(type, name, message));
  const soa = (name) => find("SOA", name);
  const atEnd = (type, name) => ask({ name, type }, (message) => {
    const owner = endOfCnames(name, message.answers);
    const answer = found(type, name, message, owner);
    if (answer.referral !== void 0) throw new NoAnswer("ELAME");
    return { ...answer, owner };
  });
  return {
    soa,
    isZone: async (name) => (await soa(name)).values.length > 0,
    cname: (name) => find("CNAME", name),
    ns: (name) => find("NS", name),
    async txt(name) {
      const { values, exists } = await atEnd("TXT", name);
      return { values, exists };
    },
    caa: (name) => atEnd("CAA", name),
    async addresses(host) {
      const end = (type) => ask({ name: host, type }, (message) => found(type, host, message, endOfCnames(host, message.answers)));
      const families = await Promise.allSettled([end("A"), end("AAAA")]);
      const answers2 = families.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
      const values = answers2.flatMap((each) => each.values);
      const silent = families.find((each) => each.status === "rejected");
      if (silent !== void 0 && values.length === 0) throw silent.reason;
      return { values, exists: answers2.some(({ exists }) => exists) };
    }
  };
}
function checked2(message) {
  if (message.rcode === "NOERROR" || message.rcode === "NXDOMAIN") return message;
  throw new NoAnswer(`E${message.rcode}`);
}
var MOST_CNAMES2 = 16;
function endOfCnames(name, answers2) {
  let end = canonical(name);
  for (let hop = 0; hop < MOST_CNAMES2; hop++) {
    const link = answers2.find((each) => each.type === "CNAME" && each.name === end);
    if (link === void 0) break;
    end = canonical(link.value);
  }
  return end;
}
function found(type, name, message, owner = canonical(name)) {
  const { rcode, answers: answers2, authorities, isAuthoritative } = message;
  const values = answers2.filter((each) => each.type === type && each.name === owner).map(({ value }) => value);
  if (rcode === "NXDOMAIN") return { values, exists: values.length > 0 };
  const hosts = authorities.filter((each) => each.type === "NS");
  const isReferral = answers2.length === 0 && !isAuthoritative && authorities.every((each) => each.type !== "SOA");
  const [first] = hosts;
  if (!isReferral || first === void 0) return { values, exists: true };
  return { values, exists: true, referral: { zone: first.name, hosts: hosts.map(({ value }) => canonical(value)) } };
}

// lib/dns/txt-values.ts
var CLEAN_UP_TIME = 20 * SECOND;
var distinct = (records) => [
  ...new Map(
    records.map((record5) => [`${record5.provider} ${record5.zone} ${record5.name} ${record5.value}`, record5])
  ).values()
];
var namesOf = (records) => [...new Set(records.map(({ name }) => name))];
async function addAll(records, options2, hear) {
  const mayBeThere = /* @__PURE__ */ new Set();
  const groups = byProvider(records).map(async (group) => {
    for (const record5 of group) await again("addTxt", record5, options2, () => mayBeThere.add(record5));
  });
  const ends = await Promise.allSettled(groups);
  const failed2 = latestRetry(ends.flatMap((end) => end.status === "rejected" ? [toFailure(end.reason)] : []));
  if (failed2 === void 0) return;
  hear(records.filter((record5) => !mayBeThere.has(record5)));
  throw failed2;
}
var isRefused = (error) => isFailure(error, "DENIED", "NOT_FOUND", "REFERENCE_UNRESOLVED");
async function removeAll(records, options2) {
  const { clock } = options2;
  const until = clock.now().getTime() + CLEAN_UP_TIME;
  const left = [];
  const remove3 = async (record5) => {
    try {
      if (clock.now().getTime() > until) throw new Failure("OUT_OF_TIME", "no time was left to remove a TXT record");
      await again("removeTxt", record5, options2);
    } catch (error) {
      left.push({ record: record5, failure: toFailure(error) });
    }
  };
  await Promise.all(
    byProvider(records).map(async (group) => {
      for (const record5 of group) await remove3(record5);
    })
  );
  const failed2 = latestRetry(left.map(({ failure: failure2 }) => failure2));
  if (failed2 === void 0) return;
  const names = namesOf(left.map(({ record: record5 }) => record5));
  throw new Failure(
    failed2.code,
    `${left.length} of ${records.length} TXT values are left, at ${names.join(", ")}: ${failed2.message}`,
    { fields: { names }, cause: failed2, retryAfter: failed2.retryAfter }
  );
}
var again = (change, record5, { providers, ...options2 }, mayBeDone = () => {
}) => {
  const once = async () => {
    try {
      await lookup(providers, record5.provider).provider[change](inZone(record5));
      mayBeDone();
    } catch (error) {
      if (!isRefused(error)) mayBeDone();
      throw error;
    }
  };
  return retrySoon(once, { ...options2, tries: 2 });
};
var byProvider = (records) => Object.values(Object.groupBy(records, ({ provider: provider2 }) => provider2));

// lib/dns/solver.ts
var CONCURRENCY4 = 10;
var SHORT = { timeout: 2e3, tries: 1 };
function createSolver(options2) {
  const { providers, resolvers, nameservers, http, clock, log, timeLeft } = options2;
  const overHttps = resolvers?.filter(isOverHttps) ?? [];
  const isCutOff = overHttps.length > 0 && nameservers === void 0;
  const polite = { http, pace: createPace(clock), overTcpAlone: /* @__PURE__ */ new Set() };
  const recursive = () => lookupAt(resolvers, polite);
  const at = (servers2) => lookupAt(servers2, { ...polite, ...!isCutOff && SHORT });
  const shownAs = (addresses2) => addresses2.map((host) => ({ host, addresses: [host] }));
  async function serversOf(zone, together3 = false) {
    if (nameservers) return shownAs(nameservers);
    if (isCutOff) return shownAs(overHttps.length > 1 ? overHttps.slice(1) : overHttps);
    return nameServersOf(zone, { recursive: recursive(), lookupAt: at, log }, together3);
  }
  const addressesOf = async (zone) => (await serversOf(zone)).flatMap(({ addresses: addresses2 }) => addresses2);
  const authoritative = async (zone) => at(isCutOff ? overHttps.slice(0, 1) : await addressesOf(zone));
  const newLocator = () => createLocator({ recursive: recursive(), authoritative, listed: zonesOf(providers) });
  return {
    assigned: async (record5) => assigned(record5, providers),
    async locate(names, label = "_acme-challenge") {
      const locator = newLocator();
      const domains = [...new Set(names.map((name) => name.replace(/^\*\./, "")))];
      const found2 = await mapConcurrently(domains, CONCURRENCY4, async (domain) => {
        const { name, zone } = await locator(canonical(domain), label);
        return chooseProviders(name, zone, providers).map((provider2) => ({ domain, name, zone, provider: provider2 }));
      });
      return found2.flat();
    },
    check: createZoneCheck(providers),
    async capacity({ value: _any, ...location }) {
      const found2 = await lookup(providers, location.provider).provider.capacity?.(inZone(location));
      return found2 && { ...found2, key: `${location.provider} ${found2.key}` };
    },
    caa: createCaaLookup(lookupAt(resolvers, { ...polite, tries: 1 })),
    persistentRecords: createPersistentLookup(newLocator, authoritative),
    async present(records, waiting = () => {
    }, hear = () => {
    }) {
      if (records.length === 0) return;
      requireTime(timeLeft, RESERVE);
      const wanted = distinct(records);
      await addAll(wanted, options2, hear);
      log.debug("TXT records added", { names: namesOf(wanted) });
      await waitForPropagation(wanted, {
        ...{ ...options2, serversOf, waiting, areRecursive: isCutOff },
        lookupAt: (address) => at([address])
      });
    },
    cleanUp: (records) => removeAll(distinct(records), options2)
  };
}

// lib/notify/registry.ts
var registry3 = {
  webhook: () => import("./webhook-WD5DE56V.mjs"),
  slack: () => import("./slack-T57HNMLW.mjs"),
  sns: () => import("./driver-KU74QRK2.mjs"),
  eventbridge: () => import("./driver-FMMK4RGU.mjs")
};

// lib/platform/annotated.ts
function annotated(port2, annotate) {
  const entries = Object.entries(port2).map(([name, value]) => [
    name,
    typeof value === "function" ? calling(value) : value
  ]);
  return Object.fromEntries(entries);
  function calling(method) {
    return (...given) => method(...given).catch((error) => {
      throw annotate(toFailure(error));
    });
  }
}

// lib/platform/probe.ts
import { isIP as isIP3 } from "node:net";
import { connect } from "node:tls";
var TIMEOUT3 = 10 * SECOND;
var TLS_1_3 = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
var CHAIN = "RSA+SHA256:RSA+SHA384:RSA+SHA512";
var ONLY = {
  ecdsa: { sigalgs: `ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:${CHAIN}`, ciphers: `${TLS_1_3}:aECDSA` },
  rsa: { sigalgs: `RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:${CHAIN}`, ciphers: `${TLS_1_3}:aRSA` }
};
function createProbe({ timeLeft }) {
  return {
    async handshake(endpoint, serverName, only) {
      requireTime(timeLeft, 1);
      const socket = connect({
        host: endpoint.address,
        port: endpoint.port,
        servername: isIP3(serverName) === 0 ? serverName : "",
        // there is no SNI for an address (RFC 6066 §3)
        ALPNProtocols: ["http/1.1"],
        // Whatever is served is to be seen: it may well be expired, or a placeholder.
        rejectUnauthorized: false,
        ...only && ONLY[only]
      });
      try {
        const trouble = await ended(socket, timeLeft);
        return trouble === void 0 ? presented(socket) : classified(trouble, endpoint, timeLeft);
      } finally {
        socket.destroy();
      }
    }
  };
}
var ENDED2 = "it closes the connection without a word";
var ended = (socket, timeLeft) => new Promise((resolve3) => {
  let connected = false;
  let timer;
  const settle2 = (trouble) => {
    clearTimeout(timer);
    resolve3(trouble);
  };
  const wait2 = (what) => {
    clearTimeout(timer);
    const limit = Math.min(TIMEOUT3, timeLeft());
    const silence = Object.assign(new Error(`${what} within ${Math.ceil(limit / SECOND)} s`), { code: "ETIMEDOUT" });
    timer = setTimeout(() => settle2({ connected, error: silence }), limit);
  };
  wait2("no answer");
  socket.once("connect", () => {
    connected = true;
    wait2("it accepts the connection, and says nothing");
  });
  socket.on("error", (error) => settle2({ connected, error }));
  socket.once("close", () => settle2({ connected, error: new Error(ENDED2) }));
  socket.once("secureConnect", () => settle2(void 0));
});
var OUR_OWN = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EACCES", "EPERM"];
function classified({ connected, error }, endpoint, timeLeft) {
  const { code, message } = error;
  requireTime(timeLeft, 1);
  const isSix2 = endpoint.address.includes(":");
  if (OUR_OWN.includes(code) || !connected && code === "EADDRNOTAVAIL" && !isSix2) {
    throw new Failure("LOCAL_TROUBLE", `no connection can be opened from here: ${code}`, { cause: error });
  }
  if (connected || code === "ECONNRESET")
    return { result: "broken", reason: brokenBy(code, message), silent: code === "ETIMEDOUT" };
  if (code === "ECONNREFUSED") return { result: "refused", reason: "the connection is refused" };
  return { result: "unreachable", reason: code === "ETIMEDOUT" ? "no answer" : code ?? safeText(message) };
}
var ALERTS = {
  40: "handshake failure",
  42: "bad certificate",
  43: "unsupported certificate",
  46: "certificate unknown",
  70: "protocol version",
  71: "insufficient security",
  80: "internal error",
  112: "unrecognized name",
  120: "no application protocol"
};
function brokenBy(code, message) {
  const [, alert] = /alert number (\d+)/.exec(message) ?? [];
  if (alert !== void 0) return `it answers with the TLS alert ${ALERTS[alert] ?? alert}`;
  if (message.startsWith("Client network socket disconnected")) return ENDED2;
  if (code === "ECONNRESET" || code === "EPIPE") return "it resets the connection";
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") return "it speaks no TLS";
  if (code?.startsWith("ERR_SSL_")) return `the handshake fails: ${safeText(code)}`;
  return safeText(message);
}
function presented(socket) {
  const chain = [];
  for (let each = socket.getPeerX509Certificate(); each !== void 0; each = each.issuerCertificate) {
    chain.push(each.toString());
  }
  if (chain.length === 0) return { result: "broken", reason: "it presents no certificate", silent: false };
  try {
    return { result: "presented", certificate: publicCertificate(chain.join("")) };
  } catch (error) {
    if (!isFailure(error, "CHAIN_INVALID")) throw error;
    return { result: "broken", reason: "what it presents cannot be read", silent: false };
  }
}

// lib/report/event-log.ts
var MESSAGES = {
  planned: "planned",
  "step-started": "step started",
  "step-done": "step done",
  waiting: "waiting",
  "step-failed": "step failed",
  "certificate-finished": "certificate finished"
};
var logEvents = (log) => (event) => {
  const { kind, ...fields } = event;
  log[levelOf(event)](MESSAGES[kind], Object.fromEntries(Object.entries(fields).map(field)));
};
var levelOf = (event) => {
  if (event.kind === "waiting") return "debug";
  if (event.kind === "step-failed") return "warn";
  return event.kind === "certificate-finished" && event.code !== void 0 ? "error" : "info";
};
var field = ([name, value]) => [
  name,
  value instanceof Date ? value.toISOString() : value
];

// lib/secrets/registry.ts
var registry4 = {
  "aws-secrets-manager": () => import("./driver-NO524P6I.mjs"),
  file: () => import("./file-NEFE2P7F.mjs"),
  s3: () => import("./s3-FJNUKIFM.mjs"),
  "scaleway-secret-manager": () => import("./driver-P2VU5A3J.mjs")
};

// lib/state/registry.ts
var registry5 = {
  file: () => import("./file-32GU5FOL.mjs"),
  s3: () => import("./s3-EBSFFOGY.mjs")
};

// lib/open.ts
function openRuntime(config, given) {
  const hostContext2 = { ...given, clock: givingWay(given.clock) };
  const { env, clock, log, events: events2, random, timeLeft, process: process2, invocation } = hostContext2;
  const connections = createConnections(config.folder, hostContext2);
  const contextWith = (resolve3) => ({
    environment: config.environment,
    folder: config.folder,
    rest: (options2) => createRest(connections.to(options2.caCertificate, "allow"), options2, hostContext2),
    http: connections.toChosen,
    clock,
    random,
    log,
    timeLeft,
    resolve: resolve3
  });
  const storeContext = contextWith(createResolver({ env, secrets: noSecrets }));
  const located = referencesIn2(config);
  const references = located.map(({ location, reference }) => ({
    ...{ location, text: referenceText(reference) },
    check: async () => void await context.resolve(reference)
  }));
  const { at, each } = withLocations(references);
  const openSecrets = () => openDriver(registry4, config.secrets, storeContext);
  const openState = () => openDriver(registry5, config.state, storeContext);
  const secrets2 = at("secrets", deferredSecretStore(openSecrets));
  const context = contextWith(createResolver({ env, secrets: secrets2 }));
  const solver = solverOf(config.dns, each, context, connections.to(void 0, "allow"));
  const unbound = (authority) => (accountUrl) => requireUnbound(accountUrl, authority, namesAt(authority, config), solver);
  return {
    environment: config.environment,
    authorities: each(
      "acme.authorities",
      config.authorities,
      (options2, name) => authorityOf(name, options2, { secrets: secrets2, requireUnbound: unbound(name) }, context)
    ),
    solver,
    secrets: secrets2,
    state: at("state", deferredStateStore(openState)),
    balancers: each(
      "balancers",
      config.balancers,
      (entry) => withSharedLooks(
        deferredLoadBalancer(() => openBalancer(entry, context)),
        hostContext2
      )
    ),
    probe: createProbe({ timeLeft }),
    notifiers: each("notify", config.notify, (entry) => deferredNotifier(() => openDriver(registry3, entry, context))),
    references,
    digestReferences: createReferenceDigest(located, context.resolve),
    clock,
    ...process2 && { process: process2 },
    ...invocation && { invocation },
    random,
    log,
    emit: toAll(events2 ?? [logEvents(log)], log),
    timeLeft,
    close: connections.close
  };
}
function withLocations(references) {
  const at = (part, port2) => annotated(port2, (failure2) => withLocation(failure2, part, references));
  const each = (part, entries, open2) => mapValues(entries, (entry, name) => at(`${part}.${name}`, open2(entry, name)));
  return { at, each };
}
var authorityOf = (name, options2, own, { http, resolve: resolve3, clock, random, log, timeLeft }) => {
  const connections = http(options2.caCertificate);
  return createAuthority(name, options2, { ...own, http: connections, resolve: resolve3, clock, random, log, timeLeft });
};
var namesAt = (authority, { certificates }) => {
  const ordered = certificates.filter(
    ({ authorities, imported, selfSigned }) => authorities.includes(authority) && imported !== true && selfSigned === void 0
  );
  return [...new Set(ordered.flatMap(({ names }) => names))];
};
function solverOf({ resolvers, nameservers, propagation, providers }, each, context, http) {
  const { clock, log, random, timeLeft } = context;
  const opened = each("dns", providers, (entry) => deferredDnsProvider(() => openDriver(registry2, entry, context)));
  return createSolver({
    providers: mapValues(opened, (provider2, name) => {
      const { zones, together: together3 } = providers[name] ?? {};
      return { provider: provider2, ...zones && { zones }, ...together3 && { together: together3 } };
    }),
    ...resolvers && { resolvers },
    ...nameservers && { nameservers },
    ...propagation && { propagation },
    http,
    clock,
    log,
    random,
    timeLeft
  });
}
function createConnections(folder, { clock, timeLeft }) {
  const pools = /* @__PURE__ */ new Map();
  const deferred = (caFile, privateAddresses) => deferredHttp(async () => {
    const { createHttp } = await import("./http-OGZBR65E.mjs");
    const caCertificate = caFile === void 0 ? void 0 : await readCaCertificate(folder, caFile);
    return createHttp({ clock, timeLeft, caCertificate, privateAddresses });
  });
  const to = (caFile, privateAddresses) => {
    const key = `${privateAddresses} ${caFile ?? ""}`;
    const pool = pools.get(key) ?? deferred(caFile, privateAddresses);
    pools.set(key, pool);
    return pool;
  };
  return {
    to,
    /** To addresses that somebody chose: only a CA certificate of its own makes a private one trustworthy. */
    toChosen: (caFile) => to(caFile, caFile === void 0 ? "refuse" : "allow"),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    }
  };
}
async function openDriver(registry6, { use, options: options2 }, context) {
  const { driver } = await lookup(registry6, use)();
  return driver.open(options2, context);
}
var noSecrets = {
  read: async () => void 0,
  stage: () => Promise.reject(unusable()),
  activate: () => Promise.reject(unusable()),
  remove: () => Promise.reject(unusable())
};
var unusable = () => new Failure("REFERENCE_UNRESOLVED", "a store cannot keep its own secrets in itself; use env:NAME");

// lib/policy/unconfigured.ts
function unconfiguredIn(items, all, environment) {
  const orphaned = items.flatMap((item) => item.orphaned);
  const seen = items.flatMap(
    ({ spec, targets }) => spec.targets.flatMap(({ name, balancer }) => {
      const view = targets[name];
      const managed = view === void 0 || "error" in view ? [] : view.managed ?? [];
      return managed.map((object7) => ({ balancer, object: object7 }));
    })
  );
  const lineages = (balancer) => all.filter(({ targets }) => targets.some((target) => target.balancer === balancer)).map(({ id }) => lineageFor(environment, id));
  const isConfigured = ({ balancer, object: object7 }) => lineages(balancer).some((each) => each === lineageOf(object7));
  const found2 = [...orphaned, ...seen.filter((each) => !isConfigured(each))];
  const isSame = (one) => (other) => one.balancer === other.balancer && one.object === other.object;
  return found2.filter((each, index) => found2.findIndex(isSame(each)) === index);
}

// lib/renewal/notify-unconfigured.ts
async function endingUnconfigured(configured, ids, deps) {
  try {
    const found2 = await (ids === void 0 ? unconfiguredInState(configured, deps) : unconfiguredAmong(ids, configured, deps));
    return found2.flatMap((each) => endingOf(each, deps.clock.now()));
  } catch (error) {
    const { code, message } = toFailure(error);
    deps.log.warn("what has left the configuration could not be listed", { code, reason: message });
    return [];
  }
}
function endingOf(unconfigured, now) {
  const { id, current } = unconfigured;
  const problems2 = unconfiguredProblems(unconfigured, now);
  return current === void 0 || problems2.length === 0 ? [] : [{ id, current, problems: problems2 }];
}
async function notifyUnconfigured(endings, deps) {
  for (const ending of endings) {
    const own = about(deps, { certificate: ending.id });
    for (const { code, message, advice } of ending.problems)
      own.log.warn("what has left the configuration ends", { code, reason: message, todo: advice });
    try {
      const isDone = await notifyAndRemember(ending, own);
      if (!isDone) await moveMarker(own.state, ending.id, void 0, after(own.clock.now(), MINUTE));
    } catch (error) {
      const { code, message } = toFailure(error);
      own.log.warn("what was notified could not be remembered", { code, reason: message });
    }
  }
}
async function notifyAndRemember({ id, current, problems: problems2 }, deps) {
  const { document: document2, hidden, tag } = await readDocument(id, deps);
  const now = deps.clock.now();
  if (tag === void 0) return true;
  if (leaseAt(document2, now) !== void 0) return false;
  const subject = { spec: { id, names: current.names }, current, next: after(now, DAY) };
  const { document: notified, isPending: isPending2 } = await notifyOf(problems2, document2, subject, deps);
  if (JSON.stringify(notified.notified) !== JSON.stringify(document2.notified))
    await deps.state.write(documentKey(id), withHidden(notified, hidden), tag);
  return !isPending2;
}

// lib/report/observed.ts
function observedOf(item, document2, uncompared) {
  const isCompared = uncompared === void 0;
  const targets = Object.entries(uncompared ?? item.targets).map(([target, view]) => [
    target,
    observedTarget(view, isCompared)
  ]);
  return { item, targets: Object.fromEntries(targets), isCompared, document: document2 };
}
function observedTarget(view, isCompared) {
  if ("error" in view) return { serves: void 0, error: view.error, probes: [] };
  const { serves, probes } = view;
  if (isCompared) return { serves, error: void 0, probes };
  const presented2 = probes.map(
    (probed) => ({ ...probed, shows: probed.served ? "presented" : probed.shows })
  );
  return { serves: void 0, error: void 0, probes: presented2 };
}

// lib/state/removing-once.ts
function removingOnce(state) {
  const gone = /* @__PURE__ */ new Set();
  return {
    read: (key) => state.read(key),
    list: (prefix, upTo2) => state.list(prefix, upTo2),
    async write(key, document2, tag) {
      gone.delete(key);
      return state.write(key, document2, tag);
    },
    async remove(key) {
      if (gone.has(key)) return;
      await state.remove(key);
      gone.add(key);
    }
  };
}

// lib/run.ts
async function run(config, request, hostContext2) {
  checkOnly(config, request);
  return withRuntime(config, hostContext2, (deps) => runIn(config, request, deps));
}
async function runIn({ certificates: all }, request, outside2) {
  const deps = { ...outside2, state: removingOnce(outside2.state) };
  const { environment, clock } = deps;
  const startedAt = clock.now();
  const due = await findDue(all, request, deps);
  const items = [];
  const hear = (item) => void items.push(item);
  const certificates = due.specs.length === 0 ? [] : await renewAll(due.specs, request, deps, hear);
  const obstacles = request.dryRun ? await preflight(items, deps) : void 0;
  const unhealthy2 = await due.updateSchedule(certificates);
  if (!request.dryRun) await notifyUnconfigured(await endingUnconfigured(all, leftIn(due), deps), deps);
  if (due.isFullScan && !request.dryRun) await tidySecrets(deps);
  const run2 = {
    environment,
    dryRun: request.dryRun,
    whole: request.only === void 0,
    startedAt,
    finishedAt: clock.now()
  };
  return reportOf({ ...run2, certificates, unhealthy: unhealthy2, ...obstacles && { obstacles } });
}
var leftIn = ({ isFullScan, unconfigured }) => isFullScan ? void 0 : unconfigured;
async function tidySecrets({ secrets: secrets2, log }) {
  try {
    await secrets2.tidy?.();
  } catch (error) {
    const { code, message: reason } = toFailure(error);
    log.warn("what interrupted writes have left in the secrets store could not be removed", { code, reason });
  }
}
async function planOnly(config, request, hostContext2) {
  checkOnly(config, request);
  return withRuntime(config, hostContext2, (deps) => planIn(config, request, deps));
}
async function planIn({ certificates: all }, request, deps) {
  const { specs } = await findDue(all, request, deps);
  const items = await plan(specs, request, deps);
  const obstacles = await preflight(items, deps);
  return { items, obstacles, unconfigured: unconfiguredIn(items, all, deps.environment) };
}
async function status(config, request, hostContext2) {
  checkOnly(config, request);
  return withRuntime(config, hostContext2, async (deps) => {
    const [certificates, unconfigured] = await Promise.all([
      observe2(config, request, deps),
      request.only === void 0 ? unconfiguredInState(config.certificates, deps).catch(() => void 0) : void 0
    ]);
    return { certificates, unconfigured };
  });
}
async function observe2({ certificates }, request, deps) {
  const { specs } = await findDue(certificates, request, deps);
  const unattended = { ...request, attended: false };
  const [items, remembered2] = await Promise.all([plan(specs, unattended, deps), rememberedOf(specs, deps)]);
  const observed = items.map(async (item, index) => {
    const views = isSeen(item) ? void 0 : await viewsOf(item.spec, deps);
    return observedOf(item, remembered2[index]?.document, views);
  });
  return Promise.all(observed);
}
var isSeen = ({ targets }) => Object.keys(targets).length > 0;
async function withRuntime(config, hostContext2, work) {
  const deps = openRuntime(config, hostContext2);
  try {
    return await work(deps);
  } finally {
    await deps.close();
  }
}
var checkOnly = ({ certificates }, { only }) => checkKnown(
  "certificate",
  only,
  certificates.map(({ id }) => id)
);
function checkKnown(what, only, known2) {
  const unknown3 = only?.filter((name) => !known2.includes(name)) ?? [];
  if (unknown3.length > 0) {
    throw new Failure(
      "EVENT_INVALID",
      `there is no ${what} "${unknown3.join('", "').slice(0, 200)}" in the configuration${thereAre(unknown3[0] ?? "", known2)}`
    );
  }
}

// lib/secrets/set-secret.ts
var refuse = (why) => new Failure("EVENT_INVALID", why);
function checkField({ name }) {
  checkedName(name);
  if (OWN_SECRETS.test(name)) throw refuse(`"${name}" is refused: newleaf keeps its own keys and certificates there`);
}
async function setSecret(store, secretField, value) {
  const { name, field: field2 } = secretField;
  checkField(secretField);
  checkValue(value, field2);
  const current = await store.read(name, "current");
  const next = field2 === void 0 ? value : withField(current?.value, name, field2, value);
  try {
    await store.activate(name, await store.stage(name, next), current?.version);
  } catch (error) {
    if (!isFailure(error, "SECRET_CONFLICT")) throw error;
    throw new Failure("SECRET_CONFLICT", `somebody else set "${name}" at this moment: look, and set it again`, {
      cause: error
    });
  }
}
function checkValue(value, field2) {
  if (value.reveal() === "") throw refuse("an empty value is refused");
  const meansJson = field2 === void 0 && value.reveal().trimStart().startsWith("{");
  if (meansJson && fieldsOf(value) === void 0) {
    throw refuse(
      "the value begins with a brace and is no JSON object; to keep it as plain text name a field: NAME#field"
    );
  }
}
function withField(current, name, field2, value) {
  const fields = current === void 0 ? {} : fieldsOf(current);
  if (fields === void 0) {
    throw refuse(`"${name}" has no fields: it is plain text; set it as a whole, as a JSON object, or use another name`);
  }
  return new Secret(JSON.stringify(Object.fromEntries([...Object.entries(fields), [field2, value.reveal()]])));
}
function fieldsOf(secret2) {
  try {
    const value = JSON.parse(secret2.reveal());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : void 0;
  } catch {
    return void 0;
  }
}

// lib/x509/bundle.ts
import { createPrivateKey as createPrivateKey4, X509Certificate as X509Certificate4 } from "node:crypto";
import { getCACertificates } from "node:tls";
var MAX_BYTES2 = 1048576;
var INSTEAD = {
  "TRUSTED CERTIFICATE": "rewrite it with `openssl x509 -in FILE -out certificate.pem`",
  PKCS7: "take the certificates out with `openssl pkcs7 -in FILE -print_certs -out chain.pem`",
  CMS: "take the certificates out with `openssl pkcs7 -in FILE -print_certs -out chain.pem`",
  "OPENSSH PRIVATE KEY": 'rewrite the key with `ssh-keygen -p -m PEM -N "" -f FILE`'
};
function readBundle(texts, options2) {
  const { now, isSelfSigned: isSelfSigned4 = false } = options2;
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text.reveal()), 0);
  if (size > MAX_BYTES2) throw refused2(`it has ${size} bytes, and at most ${MAX_BYTES2} are read`);
  const blocks = texts.flatMap((text) => blocksOf(text.reveal()));
  for (const { label } of blocks) {
    if (label in INSTEAD) throw refused2(`there is a ${label} in it; ${INSTEAD[label]}`);
  }
  const key = theKey(blocks);
  const certificates = theCertificates(blocks);
  const leaf = theLeaf(certificates, key);
  const chain = inOrder(leaf, certificates, options2);
  const privateKeyPem = new Secret(key.export({ type: "pkcs8", format: "pem" }).toString());
  const names = certificateFacts(leaf).names;
  if (names.length === 0) throw refused2("the certificate names no DNS name, and no IP address");
  const unasked = [
    "names",
    "intermediate",
    ...isSelfSigned4 ? ["leaf", "server authentication"] : []
  ];
  const checked3 = requireSound(chain, { names, privateKeyPem, now }, unasked);
  return { ...checked3, privateKeyPem };
}
function blocksOf(text) {
  const blocks = readPem(text);
  if (blocks.length === 0 && text.trim() !== "") throw refused2(withoutBlocks(text));
  return blocks;
}
function withoutBlocks(text) {
  if (/[-\u2010-\u2015]{2} ?(BEGIN|END) /.test(text))
    return "the boundaries of its blocks are damaged: a block stands between `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`, or the like for a key, with five hyphens on either side";
  if (/^[A-Za-z0-9+/=\s]+$/.test(text))
    return "it is base64 without the boundaries of a block: put `-----BEGIN CERTIFICATE-----` above and `-----END CERTIFICATE-----` below it";
  return "it is no PEM text; rewrite a PKCS#12 file with `openssl pkcs12 -in FILE -nodes -out bundle.pem`, a PKCS#7 one with `openssl pkcs7 -in FILE -inform DER -print_certs -out chain.pem`";
}
function theKey(blocks) {
  const found2 = blocks.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  if (found2.some(({ label, encrypted }) => encrypted || label === "ENCRYPTED PRIVATE KEY")) {
    throw refused2(
      "its private key is encrypted; decrypt it with `openssl pkey -in FILE -out key.pem`, and delete that file afterwards"
    );
  }
  const keys = found2.map(({ text }) => readKey(text));
  const [key, ...others] = keys;
  if (key === void 0) throw refused2("there is no private key in it");
  if (others.some((other) => !other.equals(key))) throw refused2("there is more than one private key in it");
  if (keyAlgorithm(key) === "other") throw refused2(`its private key is none of ${KEY_ALGORITHMS.join(", ")}`);
  return key;
}
function readKey(text) {
  try {
    return createPrivateKey4(text);
  } catch {
    throw refused2("its private key cannot be read");
  }
}
function theCertificates(blocks) {
  const found2 = certificatesOf(blocks);
  if (found2.length > 0) return found2;
  const others = new Set(blocks.map(({ label }) => label).filter((label) => !label.endsWith("PRIVATE KEY")));
  throw refused2(`there is no certificate in it${others.size === 0 ? "" : `, but ${[...others].join(", ")}`}`);
}
function theLeaf(certificates, key) {
  const [leaf, other] = certificates.filter((each) => each.checkPrivateKey(key));
  if (leaf === void 0) throw refused2("its private key fits none of the certificates");
  const server = certificates.find(({ ca }) => !ca);
  if (leaf.ca && server !== void 0)
    throw refused2(
      `its private key is that of the authority ${nameOf2(leaf)}: it does not fit the certificate for ${nameOf2(server)}`
    );
  if (other === void 0) return leaf;
  throw refused2(
    `there is more than one certificate of a server in it, for ${nameOf2(leaf)} and for ${nameOf2(other)}; leave one of the two`
  );
}
function inOrder(leaf, certificates, { now, trusted = getCACertificates(), isSelfSigned: isWanted2 = false }) {
  if (isSelfSigned2(leaf)) {
    if (isWanted2) return [leaf];
    throw refused2(
      "the certificate is self-signed: clients do not trust it; for development, write `selfSigned: true` in place of `imported: true`"
    );
  }
  if (isWanted2)
    throw refused2("it is not self-signed: write `imported: true` in place of `selfSigned: true` in the configuration");
  const issuers = withIssuers(leaf, bestFirst(certificates)).slice(1);
  const end = issuers.findIndex((each) => isExpired(each, now));
  const alive = [leaf, ...end < 0 ? issuers : issuers.slice(0, end)];
  if (isRoot(alive.at(-1))) return withoutLast(alive);
  const last = alive.findLastIndex((each) => trusted.some((root) => issuedBy(each, new X509Certificate4(root))));
  if (last >= 0) return [leaf, ...alive.slice(1, last + 1)];
  if (isRoot(issuers.at(-1))) return withoutLast([leaf, ...issuers]);
  const { issuer: issuer2 } = issuers.at(-1) ?? leaf;
  throw refused2(
    `its chain is not complete: the certificate of the issuer ${oneLine(issuer2)} is missing; add it, and the root as well if it is that of an authority of your own`
  );
}
function bestFirst(certificates) {
  const byEnd = certificates.toSorted((one, other) => other.validToDate.getTime() - one.validToDate.getTime());
  return [...byEnd.filter(isSelfSigned2), ...byEnd.filter((each) => !isSelfSigned2(each))];
}
var isRoot = (certificate) => certificate !== void 0 && isSelfSigned2(certificate);
var withoutLast = ([leaf, ...issuers]) => [leaf, ...issuers.slice(0, -1)];
var nameOf2 = (certificate) => safeText(certificateFacts(certificate).names[0] ?? oneLine(certificate.subject));
var oneLine = (name) => safeText((name ?? "").split("\n").join(", "));
var refused2 = (what) => new Failure("CHAIN_INVALID", `the certificate was refused: ${what}`);

// lib/by-hand.ts
async function importOne(config, id, texts, hostContext2) {
  const request = { only: [id], force: false, deploy: true, dryRun: false, fullScan: true };
  checkOnly(config, request);
  const spec = specOf(config, id);
  const startedAt = hostContext2.clock.now();
  const certificate = await readBundle(texts, { now: startedAt, isSelfSigned: spec.selfSigned !== void 0 });
  const certificates = await withRuntime(config, hostContext2, async (deps) => {
    await importCertificate(spec, certificate, deps);
    const due = await findDue([spec], request, deps);
    const outcomes = await renewAll(due.specs, request, deps);
    await due.updateSchedule(outcomes);
    return outcomes;
  });
  const finishedAt = hostContext2.clock.now();
  const { environment } = config;
  return reportOf({ environment, dryRun: false, whole: false, startedAt, finishedAt, certificates, unhealthy: [] });
}
async function discardOne(config, id, hostContext2) {
  checkOnly(config, { only: [id] });
  const spec = specOf(config, id);
  return withRuntime(config, hostContext2, (deps) => discard(spec, deps));
}
async function unlockOne(config, id, agree, hostContext2) {
  checkName(id);
  return withRuntime(config, hostContext2, (deps) => unlock(id, deps, agree));
}
function checkName(id) {
  const { issues } = safeParse(configName, id);
  if (issues !== void 0) throw new Failure("EVENT_INVALID", `"${id}" names no certificate: ${issues[0].message}`);
}
async function forgetOne(config, { id, deletesUnused }, hostContext2) {
  checkName(id);
  if (config.certificates.some((each) => each.id === id))
    throw new Failure("EVENT_INVALID", `"${id}" is in the configuration: take it out there first`);
  return withRuntime(config, hostContext2, (deps) => forget(id, deletesUnused, deps));
}
async function attachPlaceholderTo(config, id, create, hostContext2, cutOffTls) {
  checkOnly(config, { only: [id] });
  const spec = specOf(config, id);
  const placeholder2 = await create(spec.names, hostContext2.clock.now());
  return withRuntime(config, hostContext2, (deps) => attachPlaceholder(spec, placeholder2, deps, cutOffTls));
}
async function list(config, { only, balancers }, hostContext2) {
  checkOnly(config, only === void 0 ? {} : { only });
  checkKnown("balancer", balancers, Object.keys(config.balancers));
  const wanted = config.certificates.filter(({ id }) => only === void 0 || only.includes(id));
  const specs = atBalancers(wanted, balancers);
  return withRuntime(config, hostContext2, async (deps) => {
    const seen = await withWire(await inventoriesOf(specs, deps), deps);
    return withOwners(seen, config.certificates, deps);
  });
}
async function pruneBalancers(config, options2, hostContext2) {
  checkKnown("balancer", options2.balancers, Object.keys(config.balancers));
  return withRuntime(config, hostContext2, (deps) => prune(config.certificates, options2, deps));
}
async function deleteAt(config, wanted, agree, hostContext2) {
  checkKnown("balancer", [wanted.balancer], Object.keys(config.balancers));
  if (!config.certificates.some(({ targets }) => targets.some(({ balancer }) => balancer === wanted.balancer))) {
    throw new Failure(
      "EVENT_INVALID",
      `no certificate in the configuration has a target at "${wanted.balancer}", so that newleaf knows none of its load balancers`
    );
  }
  return withRuntime(config, hostContext2, (deps) => deleteNamed(config.certificates, wanted, deps, agree));
}
function specOf({ certificates }, id) {
  const spec = certificates.find((each) => each.id === id);
  if (spec === void 0) throw new Failure("EVENT_INVALID", `there is no certificate "${id}" in the configuration`);
  return spec;
}
async function testNotifiers(config, only, hostContext2) {
  const names = Object.keys(config.notify);
  if (names.length === 0)
    throw new Failure("EVENT_INVALID", "no notifier is configured: there is no `notify` in the configuration");
  checkKnown("notifier", only, names);
  const wanted = Object.entries(config.notify).filter(([name]) => only === void 0 || only.includes(name));
  return withRuntime({ ...config, notify: Object.fromEntries(wanted) }, hostContext2, sendTests);
}
var rewrapSecrets = (config, hostContext2) => withRuntime(config, hostContext2, async ({ secrets: secrets2 }) => {
  const count2 = await secrets2.rewrap?.();
  if (count2 !== void 0) return count2;
  throw new Failure(
    "EVENT_INVALID",
    `newleaf seals nothing in ${config.secrets.use}: the key is changed at its vendor`
  );
});
var keepSecret = (config, secretField, value, hostContext2) => withRuntime(config, hostContext2, ({ secrets: secrets2 }) => setSecret(secrets2, secretField, value));

// lib/config/load.ts
import { dirname as dirname3, resolve as resolve2 } from "node:path";

// lib/config/secret-shapes.ts
var PEM = /-----BEGIN /;
var MARKED = [
  /\bgh[oprsu]_[A-Za-z0-9]{20}/,
  /\bgithub_pat_\w{20}/,
  /\bglpat-[\w-]{20}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bxox[abeprs]-[\w-]{10}/,
  /\bdo[opr]_v1_[a-f0-9]{32}/,
  /\bAIza[\w-]{30}/,
  /\b[rs]k_(?:live|test)_\w{16}/,
  /\beyJ[\w-]{17}/
];
var RANDOM = [
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  /^[0-9a-f]{32,}$/i,
  /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+_-]{24,}={0,2}$/
];
var SECRET_FIELD = /(?:token|secret|password|passphrase|key|hmac)$/i;
var looksSecret = (text) => PEM.test(text) || MARKED.some((shape) => shape.test(text));
var looksSecretIn = (field2, text) => looksSecret(text) || SECRET_FIELD.test(field2) && RANDOM.some((shape) => shape.test(text));

// lib/config/raw-config.ts
var isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
var mapOf = (value) => isMap(value) ? value : {};
var listOf = (value) => Array.isArray(value) ? value : [];
var shownKey = (key) => {
  if (looksSecret(key)) return '"[secret]"';
  const text = safeText(key);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}\u2026` : text);
};
var shownPath = (path) => path.map((part, index) => {
  if (typeof part === "number") return `[${part}]`;
  if (!/^[\w-]{1,80}$/.test(part) || looksSecret(part)) return `[${shownKey(part)}]`;
  return index === 0 ? part : `.${part}`;
}).join("");

// lib/config/drivers.ts
async function readSection(registry6, written2, path, mistakes) {
  const { use, options: options2 = {} } = mapOf(written2);
  if (typeof use !== "string") return void 0;
  const load = Object.hasOwn(registry6, use) ? registry6[use] : void 0;
  if (load === void 0) {
    mistakes.add([...path, "use"], `there is no such driver${suggestion(use, Object.keys(registry6))}`);
    return void 0;
  }
  const { driver } = await load();
  return { driver, section: { use, options: mistakes.check(driver.options, options2, [...path, "options"]) } };
}
async function readSections(registry6, written2, path, mistakes) {
  const read3 = /* @__PURE__ */ new Map();
  for (const [name, entry] of Object.entries(written2)) {
    const section2 = await readSection(registry6, entry, [...path, name], mistakes);
    if (section2) read3.set(name, section2);
  }
  return read3;
}

// lib/config/file.ts
import { isUtf8 } from "node:buffer";
import { constants, open } from "node:fs/promises";

// lib/config/invalid.ts
var MOST_SHOWN2 = 100;
function configInvalid(file, all, cause) {
  const left = all.length - MOST_SHOWN2;
  const mistakes = all.slice(0, MOST_SHOWN2).map(shown2);
  if (left > 0) mistakes.push(`and ${left} more`);
  const name = safeText(file);
  const [first] = all;
  const message = first !== void 0 && all.length === 1 ? `${first.position ? positionText({ file, ...first.position }) : name}: ${safeText(first.text)}` : `${name} has ${all.length} mistakes:
${mistakes.map((line) => `  ${line}`).join("\n")}`;
  return new Failure("CONFIG_INVALID", message, { fields: { file: name, mistakes }, cause });
}
var positionText = ({ file, line, column }) => `${file === void 0 ? "" : `${safeText(file)}:`}${line}:${column}`;
var shown2 = ({ text, position }) => position === void 0 ? safeText(text) : `${positionText(position)} ${safeText(text)}`;

// lib/config/file.ts
var MAX_BYTES3 = 1024 * 1024;
var TOO_LARGE = `a file of the configuration may have ${MAX_BYTES3 / 1024 / 1024} MiB at most; \`include\` takes several`;
async function readText(path, shown3 = path) {
  const refuse2 = (why, cause) => configInvalid(shown3, [{ text: why }], cause);
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    const { code = "unknown" } = cause;
    throw refuse2(
      code === "ENOENT" ? "there is no such file: write one (docs/first-certificate.md), or name it with --config" : `the file cannot be read (${code})`,
      cause
    );
  });
  try {
    const about3 = await file.stat();
    if (about3.isDirectory()) throw refuse2("this is a folder; name the file in it");
    if (!about3.isFile()) throw refuse2("this is no plain file");
    if (about3.size > MAX_BYTES3) throw refuse2(TOO_LARGE);
    const bytes = await file.readFile();
    if (!isUtf8(bytes)) throw refuse2("the file is not text in UTF-8");
    return bytes.toString("utf8");
  } finally {
    await file.close();
  }
}

// lib/config/frozen.ts
function frozen(value) {
  if (typeof value === "object" && value !== null) for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

// lib/config/include.ts
import { realpath as realpath2 } from "node:fs/promises";
import { basename, dirname, join as join2 } from "node:path";

// lib/config/document.ts
import {
  isAlias,
  isMap as isMap2,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments
} from "yaml";
var MAX_DEPTH = 20;
var MAX_KEY = 256;
var REFUSED_KEYS = /* @__PURE__ */ new Set(["__proto__", "constructor", "prototype", "<<"]);
var TOO_DEEP = `maps and lists are nested more than ${MAX_DEPTH} deep`;
var LONG_KEY = "a key is too long";
var NO_ALIAS = "aliases are refused; write the value out";
var NO_ANCHOR = "anchors are refused; write the value out";
var syntax = {
  ALIAS_PROPS: NO_ALIAS,
  BAD_ALIAS: NO_ALIAS,
  BAD_DQ_ESCAPE: "a quoted text holds an unknown escape",
  BAD_INDENT: "the indentation does not fit, or a closing bracket is missing",
  BAD_SCALAR_START: "a text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a map cannot begin here; begin a new line, or put the text in quotes",
  KEY_OVER_1024_CHARS: LONG_KEY,
  MISSING_CHAR: "a quote, a bracket, a comma, a colon or a space is missing",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line, with a colon behind it",
  MULTIPLE_ANCHORS: NO_ANCHOR,
  NON_STRING_KEY: "a key must be text",
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: "a tab cannot indent; use spaces"
};
function parseDocument2(text, file) {
  if (Buffer.byteLength(text) > MAX_BYTES3) throw configInvalid(file, [{ text: TOO_LARGE }]);
  const { mistakes, ...document2 } = readDocument2(text);
  if (mistakes.length > 0) throw configInvalid(file, mistakes);
  if (document2.data === null) throw configInvalid(file, [{ text: "the configuration is empty" }]);
  return document2;
}
function readDocument2(text) {
  const mistakes = [];
  const data = dataOf(treeOf(text), mistakes);
  let tree;
  return {
    data,
    mistakes,
    positionOf(path) {
      tree ??= treeOf(text);
      return positionAt(tree, offsetOf(tree.first?.contents ?? null, path));
    }
  };
}
function treeOf(text) {
  const lines2 = new LineCounter();
  const [first, second] = withoutStacks(
    () => parseAllDocuments(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      stringKeys: true,
      uniqueKeys: false,
      // it compares each key with each other; `read` does it with a look-up
      prettyErrors: false,
      logLevel: "silent",
      lineCounter: lines2
    })
  );
  return { first, second, lines: lines2 };
}
function positionAt({ lines: lines2 }, offset) {
  const { line, col } = lines2.linePos(offset);
  return { line, column: col };
}
function dataOf({ first, second, lines: lines2 }, mistakes) {
  const refuse2 = (offset, text) => void mistakes.push({ text, position: positionAt({ lines: lines2 }, offset) });
  if (first?.directives.yaml.explicit) refuse2(0, "directives are refused; begin with the first key");
  for (const { code, pos } of first?.errors ?? []) refuse2(pos[0], syntax[code] ?? "this cannot be read as YAML or JSON");
  if (second) refuse2(second.range[0], "a second document begins here; only one can be read");
  return mistakes.length === 0 ? read(first?.contents ?? null, 1, refuse2) : void 0;
}
function offsetOf(contents, path) {
  let here = contents;
  let offset = contents?.range[0] ?? 0;
  for (const part of path) {
    if (isSeq(here)) {
      here = here.items[Number(part)] ?? null;
      offset = here?.range[0] ?? offset;
    } else if (isMap2(here)) {
      const entry = here.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      here = entry?.value ?? null;
      offset = entry?.key.range[0] ?? offset;
    } else return offset;
  }
  return offset;
}
function withoutStacks(work) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
function read(node, depth, refuse2) {
  if (node === null) return null;
  const [offset] = node.range;
  if (isAlias(node)) return refuse2(offset, NO_ALIAS);
  if (node.anchor !== void 0) refuse2(offset, NO_ANCHOR);
  if (node.tag !== void 0) refuse2(offset, "tags are refused; text can be put in quotes");
  if (isScalar(node)) return node.value;
  if (depth > MAX_DEPTH) return refuse2(offset, TOO_DEEP);
  if (isSeq(node)) return node.items.map((item) => read(item, depth + 1, refuse2));
  if (!isMap2(node)) return refuse2(offset, "this cannot be read as YAML or JSON");
  const map = /* @__PURE__ */ Object.create(null);
  for (const { key, value } of node.items) {
    const name = String(read(key, depth + 1, refuse2));
    if (REFUSED_KEYS.has(name)) refuse2(key.range[0], `the key ${shownKey(name)} is refused`);
    else if (name.length > MAX_KEY) refuse2(key.range[0], LONG_KEY);
    else if (name in map) refuse2(key.range[0], `the key ${shownKey(name)} stands twice in one map`);
    map[name] = read(value, depth + 1, refuse2);
  }
  return map;
}

// lib/config/merged.ts
function merged(own, files, ownFile) {
  if (files.length === 0 || !isMap(own.data)) return own;
  const mistakes = [];
  const certificates = Object.assign(/* @__PURE__ */ Object.create(null), mapOf(own.data.certificates));
  const owners = /* @__PURE__ */ new Map();
  for (const { file, text } of files) {
    const { data, mistakes: found2, positionOf } = readDocument2(text);
    const at = (position) => ({ line: 1, column: 1, ...position, file });
    mistakes.push(...found2.map((each) => ({ ...each, position: at(each.position) })));
    if (found2.length > 0) continue;
    mistakes.push(...outside(data).map((each) => ({ text: each.text, position: at(positionOf(each.path)) })));
    for (const [id, certificate] of Object.entries(mapOf(mapOf(data).certificates))) {
      const path = ["certificates", id];
      if (id in certificates) {
        const { line, column, file: other = ownFile } = (owners.get(id) ?? own.positionOf)(path);
        mistakes.push({
          text: `${shownPath(path)}: stands in ${other}:${line}:${column} as well`,
          position: at(positionOf(path))
        });
      } else owners.set(id, (wanted) => at(positionOf(wanted)));
      certificates[id] ??= certificate;
    }
  }
  if (mistakes.length > 0) throw configInvalid(ownFile, mistakes);
  return {
    data: Object.assign(/* @__PURE__ */ Object.create(null), own.data, { certificates }),
    positionOf: (path) => (path[0] === "certificates" && owners.get(String(path[1])) || own.positionOf)(path)
  };
}
function outside(data) {
  const only = "a file that is included holds `certificates`, a map of them by id, and nothing else";
  const { certificates, ...others } = mapOf(data);
  const keys = Object.keys(others).map((key) => ({ text: `${shownPath([key])}: ${only}`, path: [key] }));
  if (isMap(certificates) && Object.keys(certificates).length > 0) return keys;
  return [...keys, { text: only, path: certificates === void 0 ? [] : ["certificates"] }];
}

// lib/config/include.ts
var MOST_BYTES = 4 * 1024 * 1024;
var TOO_MUCH = `a configuration may have ${MOST_BYTES / 1024 / 1024} MiB at most, with all that it includes`;
var READ_AT_ONCE = 16;
async function withIncluded(own, bytes, source) {
  const { include } = mapOf(own.data);
  const written2 = Array.isArray(include) ? include : [include];
  const patterns = written2.filter(
    (each) => typeof each === "string" && problemOfPattern(each) === void 0
  );
  const { paths, mistakes } = await findFiles(patterns, source);
  if (mistakes.length > 0)
    throw configInvalid(
      source.file,
      mistakes.map(({ pattern, text }) => {
        const path = Array.isArray(include) ? ["include", include.indexOf(pattern)] : ["include"];
        return {
          text: `${path[1] === void 0 ? "include" : `include[${path[1]}]`}: ${text}`,
          position: own.positionOf(path)
        };
      })
    );
  const files = await readFiles(paths, bytes, source);
  const digests = files.map(({ path, text }) => ({ path, sha256: sha256(text) }));
  const shown3 = files.map(({ path, text }) => ({ file: shownFile(path, source), text }));
  return { ...merged(own, shown3, source.file), included: { patterns, files: digests } };
}
async function isUnchanged({ patterns, files }, source) {
  const { paths, mistakes } = await findFiles(patterns, source);
  if (mistakes.length > 0 || paths.length !== files.length || paths.some((path, at) => path !== files[at]?.path))
    return false;
  const now = await readFiles(paths, 0, source);
  return now.every(({ text }, at) => sha256(text) === files[at]?.sha256);
}
async function findFiles(patterns, { folder, file }) {
  const found2 = /* @__PURE__ */ new Set();
  const mistakes = [];
  for (const pattern of patterns) {
    try {
      const paths = (await matchingFiles(pattern, folder)).filter((path) => path !== basename(file));
      if (paths.length === 0)
        mistakes.push({ pattern, text: "no file in the folder of the configuration is called so" });
      const root = paths.length === 0 ? folder : await realpath2(folder);
      for (const path of paths) {
        if (!await liesWithin(root, path))
          mistakes.push({ pattern, text: `${path} leads out of the folder of the configuration` });
        found2.add(path);
      }
    } catch (error) {
      const { code = "unknown" } = error;
      mistakes.push({ pattern, text: `a folder or a link on its way cannot be read (${code})` });
    }
  }
  return { paths: [...found2].sort(), mistakes };
}
async function readFiles(paths, bytes, source) {
  let sum = bytes;
  return mapConcurrently(paths, READ_AT_ONCE, async (path) => {
    const text = await readText(join2(source.folder, path), shownFile(path, source));
    sum += Buffer.byteLength(text);
    if (sum > MOST_BYTES) throw configInvalid(source.file, [{ text: TOO_MUCH }]);
    return { path, text };
  });
}
var shownFile = (path, { file }) => join2(dirname(file), path);

// lib/config/kept.ts
function kept(read3, isUnchanged2 = async () => true) {
  let last;
  return async (text, source) => {
    const isSame = last?.text === text && last.file === source.file && last.folder === source.folder;
    if (last && isSame && await isUnchanged2(last.result, source)) return last.result;
    const result = await read3(text, source);
    last = { ...source, text, result };
    return result;
  };
}

// lib/config/outline.ts
import { dirname as dirname2, resolve } from "node:path";

// lib/config/certificates.ts
import { isIP as isIP4 } from "node:net";

// lib/config/config-hash.ts
function createHasher(parts) {
  const texts = /* @__PURE__ */ new Map();
  const textOf7 = (value) => {
    if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
    return texts.get(value) ?? (isMap(value) ? mapText(value) : `[${value.map(textOf7).join(",")}]`);
  };
  const mapText = (map) => {
    const keys = Object.keys(map).filter((key) => map[key] !== void 0);
    return `{${keys.sort().map((key) => `${JSON.stringify(key)}:${textOf7(map[key])}`).join(",")}}`;
  };
  for (const part of parts) texts.set(part, textOf7(part));
  return (value) => sha256(textOf7(value));
}

// lib/config/conflicts.ts
function createConflicts() {
  const bySet = /* @__PURE__ */ new Map();
  const byTarget = /* @__PURE__ */ new Map();
  return {
    twinOf(entry) {
      if (entry.names.length === 0) return void 0;
      const before = atKey(bySet, [...entry.names].sort().join(" "), () => []);
      const twin = before.find((each) => isTwin(each, entry));
      before.push(entry);
      return twin?.id;
    },
    takeTarget({ id: target, singleCertificate }, { id, names }) {
      const { first, byName: byName2 } = atKey(byTarget, target, () => ({ first: id, byName: /* @__PURE__ */ new Map() }));
      if (singleCertificate && first !== id)
        return `holds one certificate, and certificates.${first} goes there already`;
      for (const name of names) {
        const other = byName2.get(name);
        if (other !== void 0 && !sameSet(other.names, names))
          return `serves one certificate for ${name}, and certificates.${other.id} goes there already; leave the name out of one of the two`;
      }
      for (const name of names) atKey(byName2, name, () => ({ id, names }));
      return void 0;
    }
  };
}
function atKey(map, key, make) {
  const found2 = map.get(key) ?? make();
  map.set(key, found2);
  return found2;
}
function isTwin(one, other) {
  const [family, otherFamily] = [familyOf2(one.key), familyOf2(other.key)];
  if (family === void 0 || otherFamily === void 0 || family === otherFamily) return true;
  const own = listOf(one.deploy).map((each) => JSON.stringify(each));
  return listOf(other.deploy).some((each) => own.includes(JSON.stringify(each)));
}
var familyOf2 = (key) => typeof key === "string" ? /^(rsa|ecdsa)-/.exec(key)?.[1] : void 0;

// lib/config/source.ts
var sourceOf = ({ imported, selfSigned }) => imported === true ? IMPORTED : selfSigned === true ? SELF_SIGNED : void 0;
var IS_SOURCE = /* @__PURE__ */ new Set(["imported", "selfSigned"]);
var DAYS = 90;
var daysOf = ({ days }) => typeof days === "number" ? days : DAYS;
function refuseOthers(written2, source, path, mistakes) {
  for (const [field2, why] of unheededBy(source))
    if (written2[field2] !== void 0) mistakes.add([...path, field2], `${why}; leave this out`);
  if (source === IMPORTED && written2.selfSigned === true)
    mistakes.add([...path, "selfSigned"], "it is either imported or self-signed; leave one of the two out");
}
var NOT_FROM_HERE = "only a self-signed certificate takes it from here";
var IS_IMPORTED = "an imported certificate is not ordered";
var IS_SELF_SIGNED = "a self-signed certificate is not ordered";
var ORDERED2 = /* @__PURE__ */ new Map([["days", NOT_FROM_HERE]]);
var BROUGHT = new Map([
  ...["authorities", "profile", "key"].map((field2) => [field2, IS_IMPORTED]),
  ...ORDERED2
]);
var MADE_HERE = new Map(["authorities", "profile"].map((field2) => [field2, IS_SELF_SIGNED]));
var unheededBy = (source) => source === IMPORTED ? BROUGHT : source === SELF_SIGNED ? MADE_HERE : ORDERED2;

// lib/config/defaults.ts
function withDefaults(written2, defaults) {
  const fields = Object.keys(defaults);
  if (fields.length === 0) return written2;
  const own = sourceOf(written2);
  const source = own ?? sourceOf({ ...defaults, ...written2 });
  const isLeftOut = (field2) => field2 === "names" || unheededBy(source).has(field2) || own !== void 0 && IS_SOURCE.has(field2);
  const taken = fields.filter((field2) => !isLeftOut(field2)).map((field2) => [field2, defaults[field2]]);
  return { ...Object.fromEntries(taken), ...written2 };
}
var pathOf = (id, field2, written2, defaults) => field2 in written2 || !(field2 in defaults) ? ["certificates", id, field2] : ["defaults", field2];

// lib/config/targets.ts
function readTargets(deploy3, balancers, path, mistakes) {
  const targets = [];
  for (const [index, written2] of deploy3.entries()) {
    const target = readTarget(written2, index, balancers, [...path, index], mistakes);
    const same = targets.find(({ id }) => id === target?.id);
    if (same) {
      const by = same.name === target?.name ? "" : `, by its ${same.identity.join(" and ")}`;
      mistakes.add([...path, index], `the same target as deploy[${same.index}]${by}`);
    }
    if (target && !same) targets.push(target);
  }
  return targets;
}
function readTarget(written2, index, { names, read: read3 }, path, mistakes) {
  const { balancer, private: isPrivate, ...listenerFields } = mapOf(written2);
  if (typeof balancer !== "string") {
    const meant = Object.keys(listenerFields).find((field2) => nearest(field2, ["balancer"]));
    if (meant !== void 0) mistakes.add([...path, meant], `unknown field${suggestion(meant, ["balancer"])}`);
    return void 0;
  }
  if (!names.includes(balancer))
    mistakes.add([...path, "balancer"], `there is no such balancer${suggestion(balancer, names)}`);
  const driver = read3.get(balancer)?.driver;
  const parsed4 = driver && mistakes.check(driver.listener, listenerFields, path);
  if (driver === void 0 || parsed4 === void 0) return void 0;
  const given = Object.entries(parsed4).filter(([, value]) => value !== void 0);
  const listener2 = Object.fromEntries(given);
  const called2 = (fields) => [balancer, ...fields.flatMap((field2) => textOf2(listener2[field2], driver.separator) ?? [])].join("/");
  return {
    id: called2(driver.identity),
    name: called2(Object.keys(listener2)),
    balancer,
    listener: listener2,
    ...isPrivate === true ? { private: true } : {},
    index,
    identity: driver.identity,
    supportedKeys: driver.supportedKeys,
    singleCertificate: driver.singleCertificate ?? false
  };
}
var textOf2 = (value, separator = ",") => typeof value === "object" ? value.join(separator) : value;
var keysOfAll = ([first, ...others]) => (first?.supportedKeys ?? []).filter((key) => others.every(({ supportedKeys }) => supportedKeys.includes(key)));
function readKey2(wanted, targets, path, mistakes) {
  if (wanted === "auto") {
    const [key] = keysOfAll(targets);
    if (targets.length > 0 && key === void 0)
      mistakes.add(path, `no key is accepted by all targets: ${targets.map(acceptance).join("; ")}`);
    return key;
  }
  const against = targets.filter(({ supportedKeys }) => !supportedKeys.includes(wanted));
  if (against.length > 0) mistakes.add(path, `not accepted by all targets: ${against.map(acceptance).join("; ")}`);
  return wanted;
}
var acceptance = ({ index, balancer, supportedKeys }) => `deploy[${index}] (balancer ${balancer}) accepts ${supportedKeys.join(", ")}`;

// lib/config/validation.ts
function wantedAuthorities(written2, known2) {
  if (written2 === void 0) return known2.slice(0, 1);
  return (typeof written2 === "string" ? [written2] : listOf(written2)).filter((name) => typeof name === "string");
}
function writesRecords(written2, { document: document2, authorities }) {
  const configured = mapOf(mapOf(document2.acme).authorities);
  const wanted = wantedAuthorities(written2.authorities, authorities);
  return wanted.length === 0 || wanted.some((name) => mapOf(configured[name]).validation !== "dns-persist-01");
}
function requireSections(known2, certificates, mistakes) {
  const { document: document2, hasProvider } = known2;
  const ordered = certificates.filter((written2) => sourceOf(written2) === void 0);
  const isOrdering = ordered.length > 0 || certificates.length === 0;
  if (isOrdering && document2.acme === void 0) mistakes.add(["acme"], "is missing");
  const isWriting = certificates.length === 0 || ordered.some((written2) => writesRecords(written2, known2));
  if (hasProvider || !isWriting) return;
  mistakes.add(["dns"], document2.dns === void 0 ? "is missing" : "needs at least one provider");
}

// lib/config/certificates.ts
function readCertificates2(known2, mistakes) {
  const defaults = mapOf(known2.document.defaults);
  const certificates = Object.entries(mapOf(known2.document.certificates)).map(([id, written2]) => {
    const own = mapOf(written2);
    return { id, written: withDefaults(own, defaults), at: (field2) => pathOf(id, field2, own, defaults) };
  });
  requireSections(
    known2,
    certificates.map(({ written: written2 }) => written2),
    mistakes
  );
  const shared = { ...known2, conflicts: createConflicts(), hashOf: createHasher(partsOf(known2.document)) };
  return certificates.flatMap((certificate) => {
    const { id, written: written2 } = certificate;
    const isOrdered = sourceOf(written2) === void 0;
    const path = ["certificates", id, "names"];
    const parsed4 = known2.checked?.[id]?.names ?? listOf(written2.names).map(parsedName);
    const zones = writesRecords(written2, known2) ? known2.zones : void 0;
    const names = readNames(parsed4, { isOrdered, zones }, path, mistakes);
    const twin = shared.conflicts.twinOf({ id, names, key: written2.key, deploy: written2.deploy });
    if (twin !== void 0)
      mistakes.add(
        path,
        `the same names as certificates.${twin}; make one certificate of the two, or give each a key of another family (rsa-\u2026, ecdsa-\u2026) and targets of its own`
      );
    return readCertificate(certificate, names, shared, mistakes);
  });
}
function readCertificate({ id, written: written2, at }, names, known2, mistakes) {
  const path = ["certificates", id];
  const source = sourceOf(written2);
  refuseOthers(written2, source, path, mistakes);
  const authorities = source === void 0 ? readAuthorities(written2.authorities, known2.authorities, at("authorities"), mistakes) : [source];
  checkNumberOfNames(written2, authorities, known2.document, [...path, "names"], mistakes);
  const targets = readTargets(listOf(written2.deploy), known2.balancers, at("deploy"), mistakes);
  if (!Object.keys(written2).some((field2) => nearest(field2, ["deploy"]))) mistakes.add([...path, "deploy"], "is missing");
  for (const target of targets) {
    const why = known2.conflicts.takeTarget(target, { id, names });
    if (why !== void 0) mistakes.add([...path, "deploy", target.index], why);
  }
  const wanted = safeParse(certificateEntry.entries.key, written2.key);
  const key = wanted.success ? readKey2(wanted.output, targets, [...path, "key"], mistakes) : void 0;
  const [first, ...others] = authorities;
  if (key === void 0 || first === void 0) return [];
  const spec = {
    id,
    names,
    key,
    authorities: [first, ...others],
    ...typeof written2.profile === "string" ? { profile: written2.profile } : {},
    ...source === IMPORTED ? { imported: true } : {},
    ...source === SELF_SIGNED ? { selfSigned: { days: daysOf(written2) } } : {},
    targets: targets.map(
      ({ index: _2, identity: _fields, supportedKeys: _keys, singleCertificate: _one, ...target }) => target
    )
  };
  const unseen2 = spec.targets.map(({ private: _2, id: _id, ...target }) => target);
  const hashed = { ...spec, targets: unseen2, names: [...names].sort(), ...dependencies(spec, known2.document) };
  return [
    { ...spec, ...source === IMPORTED && { acceptedKeys: keysOfAll(targets) }, configHash: known2.hashOf(hashed) }
  ];
}
function parsedName(text) {
  const { success, output } = safeParse(certificateName2, text);
  return success ? output : void 0;
}
function readNames(parsed4, { isOrdered, zones }, path, mistakes) {
  const names = /* @__PURE__ */ new Map();
  for (const [index, output] of parsed4.entries()) {
    if (output === void 0) continue;
    const here = [...path, index];
    const same = names.get(output);
    if (same !== void 0) mistakes.add(here, `the same name as names[${same}]`);
    else names.set(output, index);
    if (isOrdered && isIP4(output) !== 0)
      mistakes.add(
        here,
        `${AN_ADDRESS}; with \`selfSigned: true\` newleaf makes a certificate for it by itself, for development`
      );
    else if (isOrdered && zones && !isWithin2(output, zones))
      mistakes.add(
        here,
        "no DNS provider is configured for its zone: add the zone to `zones` of one; if a CNAME leads its challenge elsewhere, let one provider list no zones"
      );
  }
  for (const [name, index] of names) {
    const wildcard = names.get(name.replace(/^[^.*]+/, "*"));
    if (!name.startsWith("*") && wildcard !== void 0)
      mistakes.add([...path, index], `the wildcard names[${wildcard}] covers it already; leave one of the two out`);
  }
  return [...names.keys()];
}
function checkNumberOfNames({ names, profile }, authorities, { acme }, path, mistakes) {
  const limits = authorities.flatMap((authority) => {
    const { directory: directory2 } = mapOf(mapOf(mapOf(acme).authorities)[authority]);
    const { namesByProfile = {} } = typeof directory2 === "string" ? limitsOf(directoryUrl(directory2)) : {};
    const limit = Object.entries(namesByProfile).find(([name]) => name === profile)?.[1];
    return limit === void 0 ? [] : [limit];
  });
  const most = Math.min(...limits);
  if (listOf(names).length > most) mistakes.add(path, `a certificate of this profile holds ${most} names at most`);
}
function readAuthorities(written2, known2, path, mistakes) {
  if (written2 === void 0) return wantedAuthorities(written2, known2);
  const wanted = typeof written2 === "string" ? [written2] : listOf(written2);
  for (const [index, name] of wanted.entries()) {
    const here = typeof written2 === "string" ? path : [...path, index];
    if (typeof name !== "string") continue;
    if (!known2.includes(name)) mistakes.add(here, `there is no such authority${suggestion(name, known2)}`);
    else if (wanted.indexOf(name) < index)
      mistakes.add(here, `the same authority as authorities[${wanted.indexOf(name)}]`);
  }
  return wantedAuthorities(written2, known2);
}
var partsOf = ({ acme, balancers, dns: dns2, secrets: secrets2 }) => [
  ...Object.values(mapOf(mapOf(acme).authorities)),
  ...Object.values(mapOf(balancers)),
  dns2,
  secrets2
];
function dependencies(spec, document2) {
  const used = (table2, wanted) => {
    const written2 = mapOf(table2);
    return Object.fromEntries(
      wanted.filter((name) => Object.hasOwn(written2, name)).map((name) => [name, written2[name]])
    );
  };
  return {
    environment: document2.environment,
    acme: used(mapOf(document2.acme).authorities, spec.authorities),
    balancers: used(
      document2.balancers,
      spec.targets.map(({ balancer }) => balancer)
    ),
    dns: document2.dns,
    secrets: document2.secrets
  };
}

// lib/config/dns-providers.ts
var settings = Object.keys(dns.entries);
function providersIn(dns2, mistakes) {
  const providers = Object.fromEntries(Object.entries(mapOf(dns2)).filter(([key]) => !settings.includes(key)));
  for (const [name, provider2] of Object.entries(providers)) {
    if (Array.isArray(provider2)) mistakes.add(["dns", name], `not a setting of dns${suggestion(name, settings)}`);
    else mistakes.check(configName, name, ["dns", name]);
    const { zones, together: together3 } = mapOf(provider2);
    if (together3 === true && zones === void 0)
      mistakes.add(["dns", name, "together"], "needs zones: those that this provider serves together with others");
  }
  return providers;
}
function zonesOf2(providers) {
  const zones = /* @__PURE__ */ new Set();
  for (const provider2 of Object.values(providers)) {
    const read3 = safeParse(zoneList, mapOf(provider2).zones);
    if (!read3.success) return void 0;
    for (const zone of read3.output) zones.add(zone);
  }
  return zones.size > 0 ? zones : void 0;
}

// lib/config/secrets-by-value.ts
function refuseSecrets(value, path, mistakes) {
  visitTexts(value, [...path], (text, where) => {
    const field2 = where.findLast((part) => typeof part === "string") ?? "";
    if (looksSecretIn(field2, text))
      mistakes.add([...where], "looks like a secret; keep it elsewhere and write secret:NAME#field or env:NAME here");
  });
}
function refuseStoredReferences(value, path, mistakes) {
  visitTexts(value, [...path], (text, where) => {
    if (text.startsWith("secret:"))
      mistakes.add([...where], "stands for a secret in the store that it opens; use env:NAME");
  });
}
function visitTexts(value, path, visit) {
  if (typeof value === "string") visit(value, path);
  const entries = Array.isArray(value) ? value.entries() : isMap(value) ? Object.entries(value) : [];
  for (const [key, each] of entries) {
    path.push(key);
    visitTexts(each, path, visit);
    path.pop();
  }
}

// lib/config/validation-errors.ts
import * as v11 from "valibot";

// lib/config/issue.ts
var plain = {
  string: "expected text",
  number: "expected a number",
  boolean: "expected true or false",
  array: "expected a list",
  integer: "expected a whole number",
  non_empty: "must not be empty",
  min_entries: "must not be empty",
  url: "expected a URL",
  strict_object: "expected a map of fields",
  loose_object: "expected a map of fields",
  object_with_rest: "expected a map of fields",
  object: "expected a map of fields",
  record: "expected a map of fields"
};
var words = ({ expected }) => [...(expected ?? "").matchAll(/"([^"]*)"/g)].map(([, word = ""]) => word);
var isUnknownField = ({ type, expected }) => type === "strict_object" && expected === "never";
function describe(issue3) {
  const { type, requirement } = issue3;
  if (isUnknownField(issue3)) return "unknown field";
  if (issue3.input === void 0) return "is missing";
  switch (type) {
    case "picklist":
    case "literal":
    case "enum":
      return `expected ${words(issue3).length > 1 ? "one of " : ""}${words(issue3).join(", ") || issue3.expected}`;
    case "min_value":
      return `expected ${requirement} or more`;
    case "max_value":
      return `expected ${requirement} or less`;
    case "min_length":
      return requirement === 1 ? "must not be empty" : `expected ${requirement} or more of them`;
    case "max_length":
      return `expected ${requirement} or fewer of them`;
    case "union":
      return [...new Set(issue3.issues?.map(describe))].join(", or ").replaceAll(", or expected ", " or ");
    default:
      return plain[type] ?? "is not valid";
  }
}
function errorsIn(issue3) {
  const { type, input, message } = issue3;
  if (typeof input !== "string") return message;
  const safe = input.length > 3 && message.includes(input) ? describe(issue3) : message;
  return type === "picklist" || type === "literal" ? safe + suggestion(input, words(issue3)) : safe;
}

// lib/config/shape.ts
var ofMap = ({ type, entries }) => entries !== void 0 || type === "record";
function checkShape(schema3, value, path, report) {
  const shape = schema3;
  const { type, entries = {}, rest, wrapped: wrapped2, item } = shape;
  if (wrapped2) checkShape(wrapped2, value, path, report);
  if (item && Array.isArray(value)) {
    for (const [index, each] of value.entries()) checkShape(item, each, [...path, index], report);
  }
  if (type === "union" && isMap(value)) {
    const maps = shape.options?.filter((option) => ofMap(option)) ?? [];
    if (maps.length === 1 && maps[0]) checkShape(maps[0], value, path, report);
  }
  if (!ofMap(shape)) return;
  if (Array.isArray(value)) report(path, "expected a map of fields, not a list");
  if (!isMap(value)) return;
  for (const [key, each] of Object.entries(value)) {
    const inner = (Object.hasOwn(entries, key) ? entries[key] : rest) ?? (type === "record" ? shape.value : void 0);
    if (inner) checkShape(inner, each, [...path, key], report);
    else if (type === "strict_object") reportUnknown(key, value, Object.keys(entries), path, report);
  }
}
function reportUnknown(key, value, known2, path, report) {
  const near = nearest(key, known2);
  const meant = near !== void 0 && !(near in value) ? [...path, near] : void 0;
  report([...path, key], `unknown field${suggestion(key, known2)}`, meant);
}

// lib/config/validation-errors.ts
var MOST_NOTED = 1e3;
var keyOf2 = (path) => JSON.stringify(path);
var upTo = (path) => [[], ...path.map((_2, index) => path.slice(0, index + 1))];
function createValidationErrors(document2, positionOf) {
  const found2 = /* @__PURE__ */ new Map();
  const add = (path, message) => {
    if (found2.size < MOST_NOTED && !found2.has(keyOf2(path))) found2.set(keyOf2(path), { path, message });
  };
  return {
    add,
    check(schema3, value, path) {
      const settled = /* @__PURE__ */ new Set();
      checkShape(schema3, value, path, (where, message, meant = where) => {
        add(where, message);
        settled.add(keyOf2(where)).add(keyOf2(meant));
      });
      const { success, output, issues = [] } = v11.safeParse(schema3, value, { message: describe });
      for (const issue3 of issues) {
        const where = [...path, ...(issue3.path ?? []).map(({ key }) => key)];
        if (!upTo(where).some((part) => settled.has(keyOf2(part)))) add(where, errorsIn(issue3));
      }
      return success ? output : void 0;
    },
    list() {
      const rankOf = ranksIn(document2);
      return [...found2.values()].map((each) => ({ ...each, rank: rankOf(each.path) })).sort((a, b) => inOrder2(a.rank, b.rank)).map(({ path, message }) => ({
        text: path.length === 0 ? message : `${shownPath(path)}: ${message}`,
        position: positionOf(path)
      }));
    }
  };
}
function ranksIn(document2) {
  const orders = /* @__PURE__ */ new Map();
  const orderOf = (map) => {
    const order2 = orders.get(map) ?? new Map(Object.keys(map).map((key, index) => [key, index]));
    orders.set(map, order2);
    return order2;
  };
  return (path) => {
    let here = document2;
    return path.map((part) => {
      const rank2 = typeof part === "number" ? part : isMap(here) ? orderOf(here).get(part) ?? -1 : -1;
      here = Array.isArray(here) ? here[Number(part)] : isMap(here) ? here[part] : void 0;
      return rank2;
    });
  };
}
function inOrder2(a, b) {
  const at = a.findIndex((rank2, index) => rank2 !== b[index]);
  return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -Infinity);
}

// lib/config/outline.ts
var localFolder = { use: "file" };
var outlinedOnce = kept(
  (text, source) => parseOutline(text, source),
  ({ included }, source) => isUnchanged(included, source)
);
async function parseOutline(text, source) {
  const { mistakes, included, document: document2, state, certificates } = await readOutline(text, source, {
    state: registry5,
    balancers: registry
  });
  const found2 = mistakes.list();
  if (found2.length > 0 || !document2 || !state) throw configInvalid(source.file, found2);
  const { environment } = document2;
  return frozen({ environment, folder: resolve(source.folder), included, state: state.section, certificates });
}
async function readOutline(text, source, kinds) {
  const own = parseDocument2(text, source.file);
  const { data, positionOf, included } = await withIncluded(own, Buffer.byteLength(text), source);
  const mistakes = createValidationErrors(data, positionOf);
  refuseSecrets(data, [], mistakes);
  const written2 = mapOf(data);
  const providers = providersIn(written2.dns, mistakes);
  const document2 = mistakes.check(documentSchema, data, []);
  const state = await readSection(kinds.state, written2.state ?? localFolder, ["state"], mistakes);
  const balancers = await readSections(kinds.balancers, mapOf(written2.balancers), ["balancers"], mistakes);
  for (const kind of ["secrets", "state"]) refuseStoredReferences(written2[kind], [kind], mistakes);
  const known2 = {
    document: written2,
    authorities: Object.keys(mapOf(mapOf(written2.acme).authorities)),
    balancers: { names: Object.keys(mapOf(written2.balancers)), read: balancers },
    hasProvider: Object.keys(providers).length > 0,
    zones: zonesOf2(providers),
    checked: document2?.certificates
  };
  const certificates = readCertificates2(known2, mistakes);
  return { mistakes, included, written: written2, providers, document: document2, state, balancers, certificates };
}

// lib/config/registries.ts
var registries = { dns: registry2, secrets: registry4, state: registry5, balancers: registry, notify: registry3 };

// lib/config/load.ts
async function loadConfig(path) {
  return parsedOnce(await readText(path), { folder: dirname3(resolve2(path)), file: path });
}
var parsedOnce = kept(
  (text, source) => parseConfig(text, source),
  ({ included }, source) => isUnchanged(included, source)
);
async function parseConfig(text, source, kinds = registries) {
  const outline = await readOutline(text, source, kinds);
  const { mistakes, written: written2, document: document2, state, balancers, certificates } = outline;
  const secrets2 = await readSection(kinds.secrets, written2.secrets ?? localFolder, ["secrets"], mistakes);
  const providers = await readSections(kinds.dns, outline.providers, ["dns"], mistakes);
  const notify3 = await readSections(kinds.notify, mapOf(written2.notify), ["notify"], mistakes);
  const found2 = mistakes.list();
  if (found2.length > 0 || !document2 || !secrets2 || !state) throw configInvalid(source.file, found2);
  const { resolvers, nameservers, propagation } = document2.dns ?? {};
  return frozen({
    environment: document2.environment,
    folder: resolve2(source.folder),
    included: outline.included,
    authorities: byName(Object.entries(document2.acme?.authorities ?? {})),
    dns: {
      ...resolvers && { resolvers },
      ...nameservers && { nameservers },
      ...propagation && { propagation },
      providers: byName([...providers].map(([name, { section: section2 }]) => [name, withZones(section2, document2.dns?.[name])]))
    },
    secrets: secrets2.section,
    state: state.section,
    balancers: sections(balancers),
    certificates,
    notify: sections(notify3)
  });
}
var byName = (entries) => Object.assign(/* @__PURE__ */ Object.create(null), Object.fromEntries(entries));
var sections = (read3) => byName([...read3].map(([name, { section: section2 }]) => [name, section2]));
var withZones = (section2, { zones, together: together3 } = {}) => ({
  ...section2,
  ...zones && { zones },
  ...together3 && { together: together3 }
});

// lib/report/by-hand.ts
var listJson = (inspected, ok, at) => ({
  ...{ v: VERSION, ok, at },
  balancers: inspected.map((one) => ({
    balancer: one.balancer,
    target: one.target,
    held: "held" in one ? one.held.map(heldJson) : void 0,
    quota: "held" in one ? one.quota : void 0,
    warnings: "held" in one ? one.warnings : void 0,
    error: "error" in one ? errorJson(one.error) : void 0
  }))
});
var heldJson = ({
  loadBalancer,
  name,
  id,
  fingerprint,
  covers: covers2,
  notAfter,
  seenOnWire,
  managed,
  bound
}) => ({
  ...{
    loadBalancer,
    name,
    ...id && { id },
    ...fingerprint && { fingerprint },
    covers: covers2,
    notAfter,
    ...seenOnWire && { seenOnWire },
    managed
  },
  bound: bound.map(({ listener: listener2, effectiveFor }) => ({ listener: listener2, effectiveFor }))
});
var allSucceeded = (results) => results.every(([, error]) => error === void 0);
var notifyJson = (results) => ({
  ...{ v: VERSION, ok: allSucceeded(results) },
  notifiers: results.map(([name, error]) => ({ name, sent: error === void 0, error: error && errorJson(error) }))
});
var placeholderJson = (results) => ({
  ...{ v: VERSION, ok: allSucceeded(results) },
  targets: results.map(([target, error]) => ({
    target,
    placed: error === void 0,
    error: error && errorJson(error)
  }))
});
var discardJson = (id, discarded) => ({
  ...{ v: VERSION, ok: true, id, discarded }
});
var forgetJson = ({ id, deleted, left, secret: secret2, secretBecame }) => ({
  ...{ v: VERSION, ok: true, id, deleted, left, secret: secret2, secretBecame }
});
var unlockJson = (id, unlocked) => ({ v: VERSION, ok: true, id, unlocked });
var secretJson = (reference) => ({ v: VERSION, ok: true, reference });
var rewrapJson = (rewrapped) => ({ v: VERSION, ok: true, rewrapped });
var isPruned = (all, dryRun) => all.every(
  ({ unneeded, deleted, error }) => error === void 0 && (dryRun || unneeded.every((each) => deleted.includes(each)))
);
var pruneJson = (all, dryRun) => ({
  ...{ v: VERSION, ok: isPruned(all, dryRun), dryRun },
  balancers: all.map(({ balancer, target, unneeded, deleted, error }) => ({
    ...{ balancer, target, unneeded, deleted, error: error && errorJson(error) }
  }))
});
var isDeleted = (all, dryRun) => all.every(({ deleted, reason }) => dryRun ? reason === void 0 : deleted);
var deleteJson = (balancer, all, dryRun) => ({
  ...{ v: VERSION, ok: isDeleted(all, dryRun), dryRun, balancer },
  certificates: all.map(({ name, held: held2, deleted, reason }) => ({
    ...{ name, id: held2?.id, loadBalancer: held2?.loadBalancer, deleted },
    reason: reason === void 0 ? void 0 : safeText(reason)
  }))
});

// lib/report/inspected.ts
var inspectedOf = (all, now) => all.map((one) => "held" in one ? { ...one, warnings: warningsOf(one.held, now) } : one);
var isSound = (inspected) => inspected.every((one) => "held" in one && one.warnings.length === 0);
var warningsOf = (held2, now) => held2.flatMap(
  ({ name, notAfter, bound }) => notAfter === void 0 || notAfter > now ? [] : bound.filter(({ effectiveFor }) => effectiveFor.length > 0).map(
    ({ listener: listener2, effectiveFor }) => `${safeText(name)} has expired, and ${safeText(listener2)} serves it for ${short2(effectiveFor)}`
  )
);
var short2 = (names) => `${names.slice(0, 3).map(safeText).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;

// cli/confirm.ts
import { createInterface } from "node:readline";
async function confirm(question, { stdin, stderr }) {
  if (stdin.isTTY !== true) throw new Failure("EVENT_INVALID", "nobody can be asked here: say --yes");
  stderr.write(`${question} [y/N] `);
  const lines2 = createInterface({ input: stdin });
  try {
    for await (const line of lines2) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    lines2.close();
  }
}

// cli/paint.ts
import { stripVTControlCharacters, styleText } from "node:util";
var painter = (screen, { env }) => {
  const colour = screen.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return (format, text) => colour ? styleText(format, text, { validateStream: false }) : text;
};
function table(rows2, indent = "") {
  const widths = rows2[0]?.map((_2, column) => Math.max(...rows2.map((row2) => width(row2[column] ?? "")))) ?? [];
  return rows2.map(
    (row2) => indent + row2.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell))).join("  ").trimEnd()
  ).map((line) => `${line}
`).join("");
}
function fittingTable(rows2, { isTTY, columns = 80 }) {
  const whole = table(rows2);
  if (isTTY !== true || whole.split("\n").every((line) => width(line) <= columns)) return whole;
  const heads = table(rows2.map((row2) => row2.slice(0, -1))).split("\n");
  return rows2.map((row2, at) => `${heads[at]}
${row2.at(-1) === "" ? "" : `    ${row2.at(-1)}
`}`).join("");
}
var width = (text) => stripVTControlCharacters(text).length;
function relative2(moment, now) {
  const minutes = Math.round((moment.getTime() - now.getTime()) / 6e4);
  if (minutes === 0) return moment < now ? "just now" : "now";
  const size = Math.abs(minutes);
  const [count2, unit] = size < 60 ? [size, "minute"] : size < 36 * 60 ? [Math.round(size / 60), "hour"] : [Math.round(size / 1440), "day"];
  const words2 = `${count2} ${unit}${count2 === 1 ? "" : "s"}`;
  return minutes < 0 ? `${words2} ago` : `in ${words2}`;
}
var stamp = (moment) => `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
var validity = ({ notAfter }, now, paint) => notAfter <= now ? paint("red", `EXPIRED on ${stamp(notAfter)}`) : `valid until ${stamp(notAfter)}`;

// cli/print.ts
function print({ io: { stdout }, json }, document2, text) {
  stdout.write(json === void 0 ? text() : `${jsonText(document2, json === "line" ? 0 : 2)}
`);
}

// cli/live-row.ts
function rowText(id, { done: done2, running, end }, now, columns) {
  const newest = [...running.map((each) => stepText(each, now)), ...end === "" ? [] : [end]];
  const line = (counted) => {
    const older = counted === 0 ? [] : [counted === 1 ? `\u2713 ${done2[0]}` : `\u2713 ${counted} steps`];
    const rest = [...older, ...done2.slice(counted).map((step2) => `\u2713 ${step2}`), ...newest].join("  ");
    return `  ${id}  ${rest}`;
  };
  for (let counted = 0; counted < done2.length; counted++) {
    if (line(counted).length < columns) return line(counted);
  }
  return clip(line(done2.length), columns);
}
function stepText({ step: step2, since, waits }, now) {
  const seconds = Math.floor((now.getTime() - since.getTime()) / SECOND);
  if (seconds < 2) return `\u2026 ${step2}`;
  return `\u2026 ${step2} ${seconds} s${waits === void 0 ? "" : `, waiting for ${waits}`}`;
}
var clip = (text, columns = 80) => text.length > columns - 1 ? `${text.slice(0, Math.max(columns - 2, 1))}\u2026` : text;

// cli/live-view.ts
var systemTicker = {
  now: () => /* @__PURE__ */ new Date(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  }
};
function liveView({ stdout: screen, whenInterrupted }, lineOf2, ticker = systemTicker) {
  const rows2 = /* @__PURE__ */ new Map();
  const { draw, above, below, forget: forget3 } = drawing(screen, rows2, ticker);
  const end = ticker.every(SECOND, () => {
    if ([...rows2.values()].some(({ running }) => running.length > 0)) draw();
  });
  whenInterrupted?.(below);
  const show2 = (event) => {
    if (event.kind === "planned") above(clip(planLine(event), screen.columns));
    else if (event.certificate !== void 0) note(rowOf(rows2, event.certificate), event, ticker.now());
    draw();
  };
  return {
    sink(record5) {
      if (record5.level === "debug") return;
      above(lineOf2(record5));
      draw();
    },
    events: [show2],
    end() {
      end();
      forget3();
    }
  };
}
function drawing(screen, rows2, { now }) {
  let [drawn, last] = [0, ""];
  const erase = () => `${drawn > 0 ? `\x1B[${drawn}A` : ""}\r\x1B[J`;
  const draw = () => {
    const width3 = Math.max(...[...rows2.keys()].map((id) => id.length), 0);
    const columns = screen.columns ?? 80;
    const lines2 = [...rows2].map(([id, row2]) => rowText(id.padEnd(width3), row2, now(), columns));
    if (last !== "") lines2.push(clip(last, columns));
    screen.write(`${erase()}${lines2.map((line) => `${line}
`).join("")}`);
    drawn = lines2.length;
  };
  return {
    draw,
    above(text) {
      screen.write(`${erase()}${text}
`);
      drawn = 0;
    },
    /** It stays the last line for as long as something is drawn. */
    below(text) {
      last = text;
      draw();
    },
    /** What is drawn stays, and what comes after stands below it. */
    forget() {
      drawn = 0;
    }
  };
}
var planLine = ({ certificate, action, reason, names }) => `${certificate.padEnd(12)} ${action} (${reason})  ${names.join(", ")}`;
function note(row2, event, now) {
  switch (event.kind) {
    case "step-started":
      row2.end = "";
      row2.running.push({ step: event.step, since: now, target: event.target });
      return;
    case "waiting": {
      const step2 = row2.running.find((each) => each.step === event.step && each.target === event.target);
      if (step2 !== void 0) step2.waits = event.what;
      return;
    }
    case "step-done":
      ended2(row2, event);
      if (!row2.done.includes(event.step)) row2.done.push(event.step);
      return;
    case "step-failed":
      ended2(row2, event);
      return;
    case "certificate-finished":
      row2.running.length = 0;
      row2.end = `${event.result === "failed" ? "\u2717" : "\u2192"} ${event.result}${event.code === void 0 ? "" : ` (${event.code})`}`;
  }
}
function ended2({ running }, { step: step2, target }) {
  const at = running.findIndex((each) => each.step === step2 && each.target === target);
  if (at >= 0) running.splice(at, 1);
}
function rowOf(rows2, id) {
  const row2 = rows2.get(id) ?? { done: [], running: [], end: "" };
  rows2.set(id, row2);
  return row2;
}

// cli/wrap.ts
import { stripVTControlCharacters as stripVTControlCharacters2 } from "node:util";
var COLUMNS = 80;
var width2 = (text) => stripVTControlCharacters2(text).length;
var BETWEEN_WORDS = / (?=(?:[^`]*`[^`]*`)*[^`]*$)/;
function wrapped(text, column) {
  const lines2 = [];
  for (const word of text.split(BETWEEN_WORDS)) {
    const last = lines2.at(-1);
    if (last === void 0 || column + width2(last) + 1 + width2(word) > COLUMNS) lines2.push(word);
    else lines2[lines2.length - 1] = `${last} ${word}`;
  }
  return lines2.join(`
${" ".repeat(column)}`);
}
var fitted = (text, column, { isTTY }) => isTTY === true ? wrapped(text, column) : text;

// cli/progress.ts
function progressOf({ io, json }) {
  if (json) return { sink: jsonLines((line) => io.stderr.write(line)), end() {
  } };
  const paint = painter(io.stdout, io);
  if (io.stdout.isTTY !== true || io.env.TERM === "dumb")
    return { sink: lines(io.stderr, painter(io.stderr, io)), end() {
    } };
  return liveView(io, (record5) => lineOf(record5, paint, io.stdout));
}
var lines = (screen, paint) => (record5) => {
  if (record5.level !== "debug") screen.write(`${lineOf(record5, paint, screen)}
`);
};
function lineOf({ level, message, fields }, paint, screen) {
  const { certificate = "", ...rest } = fields;
  const shown3 = Object.entries(rest).filter(([, value]) => value !== void 0).map(([key, value]) => `${key}=${quoted(Array.isArray(value) ? value.join(",") : String(value))}`).join(" ");
  const subject = certificate === "" ? "" : `${String(certificate).padEnd(12)} `;
  const text = fitted(`${subject}${message.padEnd(20)} ${shown3}`.trimEnd(), 2, screen);
  return level === "error" ? paint("red", text) : level === "warn" ? paint("yellow", text) : text;
}
var quoted = (text) => /^[\w.:*/,@+-]*$/.test(text) ? text : JSON.stringify(safeText(text));
function warningsOnly({ io, json }) {
  const show2 = json ? jsonLines((line) => io.stderr.write(line)) : lines(io.stderr, painter(io.stderr, io));
  return {
    sink(record5) {
      if (record5.level === "warn" || record5.level === "error") show2(record5);
    }
  };
}

// cli/commands/delete.ts
var deleteCommand = {
  summary: "delete certificates that you name and no listener uses",
  operands: "BALANCER NAME\u2026",
  about: "Whoever has made them: by the names that `newleaf list` shows, or by the ids of\n`newleaf list --json`. One that is bound, or that a certificate of the\nconfiguration needs, is refused, and then none is deleted.",
  example: "newleaf delete fr old-shop placeholder --dry-run",
  takes: ["dry-run", "yes"],
  async run(call) {
    const [balancer, ...names] = call.words;
    if (balancer === void 0 || names.length === 0)
      throw new Failure("EVENT_INVALID", "expected `newleaf delete BALANCER NAME\u2026`, with --dry-run or --yes");
    const config = await loadConfig(call.config);
    const { dryRun } = call.request;
    let declined = false;
    const agree = async (certificates) => {
      if (dryRun) return false;
      if (call.isSet("yes")) return true;
      declined = !await confirm(questionOn(balancer, certificates), call.io);
      return !declined;
    };
    const all = await deleteAt(config, { balancer, names }, agree, hostContext(call, warningsOnly(call)));
    if (declined) {
      call.io.stderr.write("Nothing was changed.\n");
      return EXIT.unhealthy;
    }
    const paint = painter(call.io.stdout, call.io);
    print(call, deleteJson(balancer, all, dryRun), () => textOf3(balancer, all, dryRun, paint));
    return isDeleted(all, dryRun) ? EXIT.healthy : EXIT.unhealthy;
  }
};
function questionOn(balancer, certificates) {
  const lines2 = certificates.map(({ name, loadBalancer, managed, notAfter, covers: covers2 }) => {
    const owner = managed === void 0 ? [] : [managed ? "managed" : "foreign"];
    const end = notAfter === void 0 ? [] : [`valid until ${notAfter.toISOString().slice(0, 10)}`];
    const facts2 = [`at ${safeText(loadBalancer)}`, ...owner, ...end].join(", ");
    return `  ${safeText(name)}
    ${facts2}
    names: ${covers2.length === 0 ? "unknown" : short2(covers2)}
`;
  });
  const what = certificates.length === 1 ? "this certificate" : `these ${certificates.length} certificates`;
  return `${lines2.join("")}Delete ${what} at ${balancer} for good?`;
}
function textOf3(balancer, all, dryRun, paint) {
  const isRefused2 = all.some(({ reason }) => reason !== void 0);
  const word = ({ deleted, reason }) => {
    if (deleted) return "deleted";
    if (reason !== void 0) return paint("red", wrapped(`not deleted: ${safeText(reason)}`, 4));
    if (!dryRun) return "not deleted: another one was refused";
    return isRefused2 ? "would not be deleted: another one is refused" : "would be deleted";
  };
  return `${paint("bold", balancer)}
${all.map((one) => `  ${safeText(one.name)}
    ${word(one)}
`).join("")}`;
}

// cli/conditions-text.ts
var COLOUR = { critical: "red", warning: "yellow", info: "dim" };
var conditionsText = ({ conditions }, paint, screen) => conditions.map(({ code, severity, message, advice }) => {
  const said2 = fitted(`${code}: ${safeText(message)}`, 4, screen).slice(code.length);
  const line = `  ${paint(COLOUR[severity], code)}${said2}
`;
  return advice === void 0 ? line : `${line}    ${paint("dim", fitted(`to do: ${advice}`, 11, screen))}
`;
}).join("");

// cli/obstacles-text.ts
function obstaclesText(obstacles, paint) {
  if (obstacles.length === 0) return "";
  const head = obstacles.length === 1 ? "One thing keeps" : `${obstacles.length} things keep`;
  return `
${paint("bold", `${head} a renewal from succeeding:`)}
${obstacles.map((each) => obstacleText(each, paint)).join("")}`;
}
function obstacleText({ error, locations, reference, certificates }, paint) {
  const at = locations.map((location, index) => index === 0 && reference ? `${location} (${reference})` : location);
  const where = wrapped(`${error.code} at ${at.join(", ")}`, 4).slice(error.code.length);
  const advice = adviceFor(error.code);
  return [
    `  ${paint("red", error.code)}${where}`,
    `    ${wrapped(safeText(error.message), 4)}`,
    ...advice === void 0 ? [] : [`    ${paint("dim", wrapped(`to do: ${advice}`, 11))}`],
    ...certificates.length === 0 ? [] : [`    ${wrapped(`certificates: ${certificates.join(", ")}`, 18)}`]
  ].map((line) => `${line}
`).join("");
}

// cli/report-text.ts
function reportText(report, { io }) {
  const paint = painter(io.stdout, io);
  const { certificates, dryRun, startedAt, finishedAt } = report;
  const rows2 = certificates.map((outcome) => [
    paint("bold", outcome.id),
    resultText(outcome, dryRun, paint),
    certificateText(outcome, finishedAt, paint),
    outcome.next === void 0 ? "" : `next look ${relative2(outcome.next, finishedAt)}`
  ]);
  const seconds = ((finishedAt.getTime() - startedAt.getTime()) / 1e3).toFixed(1);
  const healthy = certificates.filter(({ health }) => health.healthy).length;
  const interrupted = io.interrupted();
  const total = [
    dryRun ? "dry run: nothing was changed" : `${healthy} of ${certificates.length} OK`,
    `in ${seconds} s`,
    ...interrupted === void 0 ? [] : [`(interrupted by ${interrupted.signal}; the next run carries on)`]
  ].join(" ");
  const notes = dryRun ? [] : certificates.map((outcome) => noteText(outcome, paint, io.stdout));
  const obstacles = obstaclesText(report.obstacles ?? [], paint);
  return `
${fittingTable(rows2, io.stdout)}${notes.join("")}${obstacles}
${paint(report.ok ? "green" : "red", total)}
`;
}
function certificateText({ certificate, health }, now, paint) {
  if (certificate !== void 0) return validity(certificate, now, paint);
  return health.conditions.some(({ code }) => code === "NO_CERTIFICATE") ? "no certificate" : "certificate unknown";
}
var resultText = ({ result, decision, health }, dryRun, paint) => {
  const reason = decision.action === "blocked" ? "" : ` (${decision.action === "wait" ? "" : `${decision.action}: `}${decision.reason})`;
  const good = dryRun ? result !== "failed" && result !== "waiting" : health.healthy;
  return paint(result === "failed" ? "red" : good ? "green" : "yellow", result) + reason;
};
function noteText({ id, error, targets, health }, paint, screen) {
  if (health.conditions.length === 0 && error === void 0) return "";
  const step2 = error?.step === void 0 ? "" : ` (step ${error.step})`;
  const lines2 = Object.entries(targets).map(
    ([name, target]) => target.state === "failed" ? `  ${name}: ${target.error.code}${target.error === error ? "" : `: ${safeText(target.error.message)}`}
` : `  ${name}: ${target.state}${addressesText(target.addresses)}
`
  );
  return `
${paint("bold", id)}${step2}
${conditionsText(health, paint, screen)}${locationText(error, screen)}${lines2.join("")}`;
}
var locationText = (error, screen) => {
  const { location, reference } = error?.fields ?? {};
  if (typeof location !== "string") return "";
  const where = `in the configuration: ${location}${typeof reference === "string" ? ` (${reference})` : ""}`;
  return `  ${fitted(where, 4, screen)}
`;
};
var addressesText = (addresses2) => {
  const seen = addresses2.filter(({ state }) => state === "verified").length;
  return seen === addresses2.length ? "" : ` at ${seen} of ${addresses2.length}`;
};

// cli/commands/renew.ts
var renew = {
  summary: "renew what is due, swap it, and verify it by handshakes",
  about: "It may be run as often as you like: what is fresh is looked at and left alone.",
  example: "newleaf renew --only shop",
  takes: ["only", "force", "dry-run", "unattended"],
  async run(call) {
    const config = await loadConfig(call.config);
    const progress = progressOf(call);
    const report = await run(config, call.request, hostContext(call, progress));
    progress.end();
    print(call, runJson(report), () => reportText(report, call));
    return exitCode(report.ok, call.io);
  }
};

// cli/commands/deploy.ts
var deploy2 = {
  summary: "deploy what is stored to its balancers again; orders nothing",
  example: "newleaf deploy --only shop",
  takes: ["only", "dry-run"],
  run: (call) => renew.run({ ...call, request: { ...call.request, deploy: true } })
};

// cli/commands/discard.ts
var discard2 = {
  summary: "drop a new certificate that its balancers do not take",
  operands: "ID",
  about: "The current certificate stays where it is.",
  example: "newleaf discard shop",
  takes: [],
  async run(call) {
    const [id, ...more] = call.words;
    if (id === void 0 || more.length > 0) throw new Failure("EVENT_INVALID", "expected `newleaf discard ID`");
    const config = await loadConfig(call.config);
    const discarded = await discardOne(config, id, hostContext(call, warningsOnly(call)));
    const text = discarded === void 0 ? `${id}: no new certificate is waiting; nothing was changed` : `${id}: ${discarded.slice(0, 16)} is dropped, and is not brought to a load balancer any more`;
    print(call, discardJson(id, discarded), () => `${text}
`);
    return EXIT.healthy;
  }
};

// cli/commands/forget.ts
var forget2 = {
  summary: "end a certificate that has left the configuration",
  operands: "ID",
  about: "Its key and chain are deleted from the secrets store. What is served stays.",
  example: "newleaf forget shop --delete-unused",
  takes: ["yes", "delete-unused"],
  async run(call) {
    const [id, ...more] = call.words;
    if (id === void 0 || more.length > 0)
      throw new Failure("EVENT_INVALID", "expected `newleaf forget ID`, with --yes, and --delete-unused");
    const config = await loadConfig(call.config);
    const question = `Forget everything that newleaf remembers of "${safeText(id)}", and delete its key from the secrets store?`;
    if (!call.isSet("yes") && !await confirm(question, call.io)) {
      call.io.stderr.write("Nothing was changed.\n");
      return EXIT.unhealthy;
    }
    const forgotten = await forgetOne(
      config,
      { id, deletesUnused: call.isSet("delete-unused") },
      hostContext(call, warningsOnly(call))
    );
    print(call, forgetJson(forgotten), () => textOf4(forgotten));
    return EXIT.healthy;
  }
};
function textOf4({ id, deleted, left, secret: secret2, secretBecame }) {
  const lines2 = [
    `${id}: newleaf does not remember it any more`,
    ...deleted.map((each) => `  deleted: ${each}`),
    ...left.map((each) => `  not deleted, if it is there: ${each}`),
    `  deleted: ${secret2} in the secrets store, with its key`,
    ...secretBecame === "scheduled" ? ["  until it is gone for good, the store lets it be restored for some days more"] : []
  ];
  return `${lines2.map(safeText).join("\n")}
`;
}

// cli/commands/import.ts
import { readFile, stat } from "node:fs/promises";

// lib/x509/pem-file.ts
import { createPrivateKey as createPrivateKey5, X509Certificate as X509Certificate5 } from "node:crypto";
var SEQUENCE2 = 48;
function pemFrom(bytes) {
  const der = bytes[0] === SEQUENCE2 ? certificateIn(bytes) ?? keyIn(bytes) : void 0;
  return new Secret(der ?? bytes.toString("utf8"));
}
function certificateIn(bytes) {
  try {
    const { raw } = new X509Certificate5(bytes);
    return raw.equals(bytes) ? pemOf("CERTIFICATE", raw.toString("base64")) : void 0;
  } catch {
    return void 0;
  }
}
function keyIn(key) {
  for (const type of ["pkcs8", "pkcs1", "sec1"]) {
    try {
      return createPrivateKey5({ key, format: "der", type }).export({ type: "pkcs8", format: "pem" }).toString();
    } catch {
    }
  }
  return void 0;
}

// cli/secret-input.ts
import { isUtf8 as isUtf82 } from "node:buffer";
import { createInterface as createInterface2 } from "node:readline/promises";
import { Writable } from "node:stream";
var MAX_BYTES4 = 65536;
async function readSecret({ stdin, stderr }) {
  if (stdin.isTTY !== true) return new Secret(textOf5(await readPiped(stdin, MAX_BYTES4, "a secret")).trim());
  stderr.write("Type or paste the secret, and press Enter (it is not shown): ");
  try {
    return new Secret((await readUnseen(stdin)).trim());
  } finally {
    stderr.write("\n");
  }
}
async function readPiped(stdin, most, what) {
  const parts = [];
  let size = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part);
    size += bytes.byteLength;
    if (size > most) throw new Failure("EVENT_INVALID", `${what} has ${most / 1024} KiB at most`);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
function textOf5(all) {
  if (!isUtf82(all)) throw new Failure("EVENT_INVALID", "a secret is text in UTF-8; encode other bytes as base64");
  return all.toString("utf8");
}
async function readUnseen(stdin) {
  const nowhere = new Writable({ write: (_chunk, _encoding, done2) => done2() });
  const line = createInterface2({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  const stop = new AbortController();
  line.once("SIGINT", () => stop.abort()).once("close", () => stop.abort());
  try {
    return await line.question("", { signal: stop.signal });
  } catch (cause) {
    if (!stop.signal.aborted) throw cause;
    throw new Failure("EVENT_INVALID", "nothing was set", { cause });
  } finally {
    line.close();
  }
}

// cli/commands/import.ts
var importCommand = {
  summary: "bring a certificate from elsewhere, with its key",
  operands: "ID --file FILE",
  about: "The files hold the certificate, its chain and its key, as PEM in any order or\neach as DER; a FILE called - is standard input.",
  example: "newleaf import shop --file fullchain.pem --file key.pem",
  takes: ["file"],
  async run(call) {
    const [id, ...more] = call.words;
    if (id === void 0 || more.length > 0 || call.files.length === 0) {
      throw new Failure("EVENT_INVALID", "expected `newleaf import ID --file FILE`; --file may be given several times");
    }
    const config = await loadConfig(call.config);
    const texts = await Promise.all(call.files.map((file) => read2(file, call)));
    const progress = progressOf(call);
    const report = await importOne(config, id, texts, hostContext(call, progress));
    progress.end();
    print(call, runJson(report), () => reportText(report, call));
    return exitCode(report.ok, call.io);
  }
};
var MAX_BYTES5 = 1048576;
async function read2(file, { io }) {
  if (file === "-")
    return io.stdin.isTTY === true ? readSecret(io) : pemFrom(await readPiped(io.stdin, MAX_BYTES5, "a certificate"));
  const problem = (why) => new Failure("EVENT_INVALID", `--file ${safeText(file)}: ${why}`);
  try {
    if ((await stat(file)).size > MAX_BYTES5) throw problem("larger than 1 MiB: this is no certificate");
    return pemFrom(await readFile(file));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw problem(`cannot be read (${error.code ?? "unknown"})`);
  }
}

// cli/looking.ts
async function looking(call, what, work, ticker = systemTicker) {
  const { io, json } = call;
  const { stderr } = io;
  const show2 = warningsOnly(call);
  if (json || stderr.isTTY !== true || io.env.TERM === "dumb") return work(show2);
  const began = ticker.now().getTime();
  let isDrawn = false;
  const erase = () => {
    if (isDrawn) stderr.write("\r\x1B[K");
    isDrawn = false;
  };
  const end = ticker.every(SECOND, () => {
    const seconds = Math.round((ticker.now().getTime() - began) / SECOND);
    stderr.write(`\r\x1B[K${clip(`${what} \u2026 ${seconds} s`, stderr.columns)}`);
    isDrawn = true;
  });
  try {
    return await work({
      sink(record5) {
        erase();
        show2.sink(record5);
      }
    });
  } finally {
    end();
    erase();
  }
}

// cli/commands/list.ts
var list2 = {
  summary: "show what the balancers hold, and what is wrong with that",
  operands: "[BALANCER \u2026]",
  example: "newleaf list fr --unbound --managed",
  takes: ["only", "unbound", "managed", "foreign"],
  async run(call) {
    const { io, request } = call;
    const config = await loadConfig(call.config);
    const options2 = { balancers: call.words, ...request.only && { only: request.only } };
    const all = await looking(
      call,
      "asking the balancers",
      (show2) => list(config, options2, hostContext(call, show2))
    );
    const now = systemClock.now();
    const paint = painter(io.stdout, io);
    const inspected = inspectedOf(all, now).map(
      (one) => "error" in one ? one : { ...one, held: one.held.filter((each) => isWanted(each, call)) }
    );
    const ok = isSound(inspected);
    print(
      call,
      listJson(inspected, ok, now),
      () => inspected.map((one) => oneText(one, now, paint, io.stdout)).join("\n")
    );
    return ok ? EXIT.healthy : EXIT.unhealthy;
  }
};
var oneText = (one, now, paint, screen) => "error" in one ? `${paint("bold", one.target)}
  ${paint("red", fitted(`${one.error.code}: ${safeText(one.error.message)}`, 4, screen))}
` : heldText(one, now, paint);
var isWanted = ({ managed, bound }, { isSet }) => (!isSet("unbound") || bound.length === 0) && (!isSet("managed") || managed === true) && (!isSet("foreign") || managed === false);
function heldText({ balancer, held: held2, quota, warnings }, now, paint) {
  const each = held2.map((one) => certificateText2(one, now, paint));
  const count2 = countText(held2.length, quota, paint);
  const at = held2[0] === void 0 ? "" : `${safeText(held2[0].loadBalancer)}, `;
  const head = `${paint("bold", `${balancer}:`)} ${at}${count2}`;
  return `${head}
${each.join("")}${warnings.map((warning) => `  ${paint("yellow", warning)}
`).join("")}`;
}
function certificateText2({ name, fingerprint, covers: covers2, notAfter, managed, bound, seenOnWire }, now, paint) {
  const owner = managed === void 0 ? "owner unknown" : managed ? "managed" : "foreign";
  const end = notAfter === void 0 ? "expiry unknown" : paint(notAfter <= now ? "red" : "green", `${notAfter.toISOString().slice(0, 10)} (${relative2(notAfter, now)})`);
  const uses = bound.length === 0 ? ["not bound"] : bound.map((use) => boundText(use, covers2));
  const names = covers2.length === 0 ? "unknown" : short2(covers2);
  const head = `  ${safeText(name)}  ${owner}`;
  const below = seenOnWire ? [
    ...uses,
    ...fingerprint ? [`fingerprint, seen on the wire: ${fingerprint.slice(0, 16)}`] : [],
    ...[`expiry, seen on the wire: ${end}`, `names, seen on the wire: ${names}`]
  ] : [...uses, `names: ${names}`];
  return `${seenOnWire ? head : `${head}  ${end}`}
${below.map((line) => `    ${line}
`).join("")}`;
}
var NEARLY_FULL = 0.75;
function countText(shown3, quota, paint) {
  const count2 = `${shown3} certificate${shown3 === 1 ? "" : "s"}`;
  if (quota === void 0) return count2;
  const { held: held2, limit } = quota;
  const used = held2 < NEARLY_FULL * limit ? `${held2} of ${limit}` : paint("yellow", `${held2} of ${limit}`);
  return shown3 === held2 ? `${used} certificates` : `${count2}, it holds ${used}`;
}
var boundText = ({ listener: listener2, effectiveFor }, covers2) => {
  if (covers2.length === 0) return safeText(listener2);
  return `${safeText(listener2)}, first for ${effectiveFor.length === 0 ? "none of its names" : short2(effectiveFor)}`;
};

// cli/commands/notify.ts
var notify2 = {
  summary: "send a test notice to every notifier",
  about: "Problems are notified of by runs; by hand only a test can be sent.",
  example: "newleaf notify --test --only team",
  takes: ["only", "test"],
  async run(call) {
    const { io, test, request } = call;
    if (!test)
      throw new Failure(
        "EVENT_INVALID",
        "say `notify --test`: runs notify of problems, and by hand only a test can be sent"
      );
    const config = await loadConfig(call.config);
    const results = Object.entries(await testNotifiers(config, request.only, hostContext(call, warningsOnly(call))));
    const paint = painter(io.stdout, io);
    const shown3 = results.map(([name, error]) => [
      paint("bold", name),
      error === void 0 ? paint("green", "sent") : paint("red", `${error.code}: ${safeText(error.message)}`)
    ]);
    print(call, notifyJson(results), () => table(shown3));
    return allSucceeded(results) ? EXIT.healthy : EXIT.unhealthy;
  }
};

// cli/commands/placeholder.ts
var placeholder = {
  summary: "give empty listeners a self-signed certificate",
  operands: "--only ID [NAME or ADDRESS \u2026]",
  about: "The first renewal replaces it. Names and addresses that follow are added to\nthose of the certificate.",
  example: "newleaf placeholder --only shop",
  takes: ["only", "cut-off-tls"],
  async run(call) {
    const { io, request, words: words2 } = call;
    const [id, ...more] = request.only ?? [];
    if (id === void 0 || more.length > 0) {
      throw new Failure("EVENT_INVALID", "expected `newleaf placeholder --only ID`, of one certificate");
    }
    const config = await loadConfig(call.config);
    const { createPlaceholder } = await import("./placeholder-SVCBZ2DI.mjs");
    const create = (names, now) => createPlaceholder([...names, ...words2], now);
    const host = hostContext(call, warningsOnly(call));
    const placed = Object.entries(await attachPlaceholderTo(config, id, create, host, call.isSet("cut-off-tls")));
    const paint = painter(io.stdout, io);
    const rows2 = placed.map(([target, error]) => [
      paint("bold", target),
      error === void 0 ? paint("green", "has a placeholder") : paint("red", `${error.code}: ${safeText(error.message)}`)
    ]);
    print(call, placeholderJson(placed), () => table(rows2));
    return allSucceeded(placed) ? EXIT.healthy : EXIT.unhealthy;
  }
};

// lib/report/planned.ts
function plannedOf(item) {
  const { spec, decision, current, targets } = item;
  const compared = current !== void 0 && spec.imported !== true ? current.names : void 0;
  return {
    item,
    added: compared === void 0 ? [] : spec.names.filter((name) => !compared.includes(name)),
    removed: compared?.filter((name) => !spec.names.includes(name)) ?? [],
    authorities: decision.action === "issue" ? decision.authorities.map(({ authority }) => authority) : spec.authorities,
    targets: Object.fromEntries(spec.targets.map(({ name }) => [name, plannedAt(name, targets[name], item)]))
  };
}
function plannedAt(name, view, { decision, superseded: superseded2 }) {
  if (view === void 0 || "error" in view) return { view, served: [], next: void 0, deletes: [] };
  const isThere3 = ({ object: object7 }) => view.managed?.includes(object7) === true;
  return {
    view,
    served: servedAt(view),
    next: nextOf(decision),
    // Where a certificate is replaced in place, nothing is left to be deleted.
    deletes: superseded2[name]?.filter(isThere3) ?? []
  };
}
function servedAt({ probes }) {
  const certificates = probes.flatMap(({ served }) => served ?? []);
  const distinct2 = new Map(certificates.map((certificate) => [certificate.fingerprint, certificate]));
  return [...distinct2.values()].map((certificate) => ({
    certificate,
    addresses: certificates.filter(({ fingerprint }) => fingerprint === certificate.fingerprint).length
  }));
}
var nextOf = (decision) => decision.action === "issue" ? "new" : decision.action === "deploy" ? decision.reason === "pending" ? "pending" : "current" : "kept";
function leavingAt({ view, next }, current) {
  if (current === void 0 || view === void 0 || "error" in view) return void 0;
  if (next !== "new" && next !== "pending") return void 0;
  return view.managed?.find((object7) => object7.endsWith(`-${current.fingerprint.slice(0, 16)}`));
}

// lib/report/plan-json.ts
var planJson = ({ items, obstacles, unconfigured }, ok, at) => ({
  ...{ v: VERSION, ok, at },
  certificates: items.map((item) => plannedJson(item, at)),
  obstacles: obstacles.map(obstacleJson),
  unconfigured: unconfigured.map(({ balancer, object: object7, after: after2 }) => ({ balancer, object: object7, ...after2 && { after: after2 } }))
});
function plannedJson(item, at) {
  const { added, removed, authorities, targets } = plannedOf(item);
  const { key, profile } = item.spec;
  return {
    ...lookedAtJson(item, at),
    ...{ added, removed, authorities, key, profile },
    pending: item.pending && certificateJson(item.pending, void 0, at),
    targets: mapValues(targets, (target) => targetJson(target, at))
  };
}
function targetJson({ view, served, next, deletes }, at) {
  const isSeen2 = view !== void 0 && !("error" in view);
  return {
    serves: isSeen2 ? view.serves : void 0,
    error: view !== void 0 && "error" in view ? errorJson(view.error) : void 0,
    served: served.map(({ certificate }) => certificateJson(certificate, void 0, at)),
    next,
    deletes: deletes.map(({ object: object7, after: after2 }) => ({ object: object7, after: after2 }))
  };
}

// cli/plan-text.ts
var COLUMN = 13;
var row = (label, text) => `  ${label.padEnd(COLUMN - 2)}${wrapped(text, COLUMN)}
`;
function planText({ items, obstacles, unconfigured }, now, paint) {
  const each = items.map((item) => certificateText3(plannedOf(item), now, paint));
  return each.join("\n") + unconfiguredText(unconfigured, now, paint) + obstaclesText(obstacles, paint);
}
function certificateText3(planned, now, paint) {
  const { item, added, removed, authorities } = planned;
  const { spec, decision } = item;
  const names = spec.names.map((name) => added.includes(name) ? `+ ${name}` : name);
  const order2 = [
    spec.imported ? "brought by a person, never ordered" : `from ${authorities.join(", then ")}`,
    ...spec.imported ? [] : [`key ${spec.key}`],
    ...spec.profile === void 0 ? [] : [`profile ${spec.profile}`]
  ];
  const head = [decisionText(decision, paint), ...detailOf(decision, now)].join(", ");
  return [
    `${paint("bold", spec.id)}  ${head}
`,
    ...whyOf(decision).map((message) => row("why", message)),
    row("names", [...names, ...removed.map((name) => `- ${name}`)].join(", ")),
    row("current", currentText(item, now, paint)),
    row("order", order2.join(", ")),
    ...Object.entries(planned.targets).map(([name, target]) => targetText(name, target, item, now, paint))
  ].join("");
}
function decisionText(decision, paint) {
  if (decision.action === "blocked") return paint("red", `blocked (${decision.error.code})`);
  const isFresh = decision.action === "wait" && decision.reason === "fresh";
  return paint(isFresh ? "green" : "yellow", `${decision.action} (${decision.reason})`);
}
var PLAIN = ["fresh", "absent", "names"];
var whyOf = (decision) => decision.action === "blocked" || PLAIN.includes(decision.reason) ? [] : [safeText(decision.message)];
function detailOf(decision, now) {
  if (decision.action !== "wait") return [];
  return [`${decision.reason === "fresh" ? "due" : "until"} ${relative2(decision.until, now)}`];
}
function currentText({ current, lost, observed }, now, paint) {
  if (!observed) return "not known: it could not be read";
  if (current !== void 0) return factsText(current, now, paint);
  return lost === void 0 ? "no certificate yet" : `not stored any more: ${factsText(lost, now, paint)}`;
}
function factsText(facts2, now, paint) {
  const { fingerprint, notAfter, issuer: issuer2 } = facts2;
  const life = notAfter <= now ? paint("red", `EXPIRED on ${stamp(notAfter)}`) : `${relative2(notAfter, now).replace("in ", "")} left`;
  return `${fingerprint.slice(0, 16)}, ${life}, by ${safeText(commonName(issuer2))}`;
}
var commonName = (issuer2) => /(?:^|, )CN=(?<name>[^,]+)/.exec(issuer2)?.groups?.name ?? issuer2;
var NEXT = {
  new: "a new certificate",
  pending: "the new certificate that is stored",
  current: "the current certificate"
};
function targetText(name, target, item, now, paint) {
  const { view, served, next, deletes } = target;
  const { current, pending } = item;
  if (next === void 0)
    return `  ${name}
${row("  now", paint("red", view === void 0 ? "it was not looked at" : "not known: it could not be asked"))}`;
  const isSeen2 = view !== void 0 && !("error" in view);
  const shown3 = served.map(({ certificate }) => {
    const isCurrent = certificate.fingerprint === current?.fingerprint;
    return isCurrent ? "the current certificate" : `${factsText(certificate, now, paint)}: ${short3(certificate.names)}`;
  });
  const nothing = isSeen2 && view.serves ? "the current certificate, says the API" : "no handshake showed a certificate";
  const stored = next === "pending" && pending !== void 0 ? `, ${pending.fingerprint.slice(0, 16)}` : "";
  const leaving = leavingAt(target, current);
  return [
    `  ${name}
`,
    ...(shown3.length === 0 ? [nothing] : shown3).map((text) => row("  now", text)),
    ...next === "kept" ? [] : [row("  then", NEXT[next] + stored)],
    ...deletes.map(({ object: object7, after: after2 }) => row("  deletes", `${object7}, ${afterText(after2, now)}`)),
    ...leaving === void 0 ? [] : [row("  deletes", `${leaving}, a day after that`)]
  ].join("");
}
var afterText = (after2, now) => after2 <= now ? "now" : relative2(after2, now);
var short3 = (names) => `${names.slice(0, 3).map(safeText).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
function unconfiguredText(all, now, paint) {
  if (all.length === 0) return "";
  const rows2 = all.map(({ balancer, object: object7, after: after2 }) => {
    const what = after2 === void 0 ? "newleaf does not delete it" : `deleted ${afterText(after2, now)}`;
    return `  ${wrapped(`${balancer}: ${safeText(object7)}, ${what}`, 4)}
`;
  });
  return `
${paint("bold", "Created by newleaf, and no longer configured:")}
${rows2.join("")}`;
}

// cli/commands/plan.ts
var plan2 = {
  summary: "ask all that a renewal needs, and say what it would do",
  about: "It orders nothing, and changes no load balancer and no DNS record.",
  example: "newleaf plan --only shop",
  takes: ["only", "unattended"],
  async run(call) {
    const { io } = call;
    const config = await loadConfig(call.config);
    const plan3 = await looking(
      call,
      "asking all that a renewal needs",
      (show2) => planOnly(config, call.request, hostContext(call, show2))
    );
    const ok = plan3.obstacles.length === 0 && plan3.items.every(({ decision }) => isFree2(decision));
    const now = systemClock.now();
    print(call, planJson(plan3, ok, now), () => planText(plan3, now, painter(io.stdout, io)));
    return ok ? EXIT.healthy : EXIT.unhealthy;
  }
};
var isFree2 = (decision) => decision.action !== "blocked" && (decision.action !== "wait" || decision.reason === "fresh");

// cli/commands/prune.ts
var prune2 = {
  summary: "delete certificates of newleaf that nobody needs any more",
  operands: "[BALANCER \u2026]",
  about: "At these balancers, or at all: what newleaf made in this environment, no\nlistener uses, and no certificate in the configuration has in its state.",
  example: "newleaf prune fr --dry-run",
  takes: ["dry-run"],
  async run(call) {
    const { io, request, words: words2 } = call;
    const config = await loadConfig(call.config);
    const options2 = { balancers: words2, dryRun: request.dryRun };
    const all = await pruneBalancers(config, options2, hostContext(call, warningsOnly(call)));
    const paint = painter(io.stdout, io);
    const ok = isPruned(all, request.dryRun);
    print(
      call,
      pruneJson(all, request.dryRun),
      () => all.map(({ balancer, target, unneeded, deleted, error }) => {
        if (error) {
          const why = fitted(`${error.code}: ${safeText(error.message)}`, 4, io.stdout);
          return `${paint("bold", target)}
  ${paint("red", why)}
`;
        }
        const head = `${paint("bold", balancer)}${unneeded.length === 0 ? ": nothing to delete" : ""}
`;
        const word = (name) => deleted.includes(name) ? "deleted" : request.dryRun ? "would be deleted" : "still there";
        return head + table(
          unneeded.map((name) => [safeText(name), word(name)]),
          "  "
        );
      }).join("\n")
    );
    return ok ? EXIT.healthy : EXIT.unhealthy;
  }
};

// cli/commands/secret.ts
var secret = {
  summary: "store a token that the configuration refers to",
  operands: "set NAME[#FIELD]",
  about: "The value comes from standard input, or is typed unseen. The configuration\ncalls it secret:NAME#FIELD.",
  example: "newleaf secret set linode#token < token.txt",
  takes: [],
  async run(call) {
    const secretField = secretFieldIn(call.words);
    const config = await loadConfig(call.config);
    await keepSecret(config, secretField, await readSecret(call.io), hostContext(call, warningsOnly(call)));
    const reference = `secret:${secretField.name}${secretField.field === void 0 ? "" : `#${secretField.field}`}`;
    print(call, secretJson(reference), () => `${reference} is set in the store of ${config.environment}
`);
    return EXIT.healthy;
  }
};
function secretFieldIn([verb, name = "", ...more]) {
  const { success, output } = safeParse(anyReference, `secret:${name}`);
  if (verb !== "set" || !success || output.from !== "secret" || more.length > 0) {
    throw new Failure(
      "EVENT_INVALID",
      "expected `newleaf secret set NAME` or `NAME#field`, of letters, digits and / _ . -; the value comes from standard input"
    );
  }
  checkField(output);
  return output;
}

// cli/commands/secrets.ts
var secrets = {
  summary: "seal all secrets with a new master key or passphrase",
  operands: "rewrap",
  about: "The configuration names the new one, and the former one as\nformerMasterKey or formerPassphrase until this is done.",
  example: "newleaf secrets rewrap",
  takes: [],
  async run(call) {
    const [verb, ...more] = call.words;
    if (verb !== "rewrap" || more.length > 0) throw new Failure("EVENT_INVALID", "expected `newleaf secrets rewrap`");
    const config = await loadConfig(call.config);
    const count2 = await rewrapSecrets(config, hostContext(call, warningsOnly(call)));
    print(call, rewrapJson(count2), () => textOf6(count2, config.environment));
    return EXIT.healthy;
  }
};
var textOf6 = (count2, environment) => count2 === 0 ? `Everything in the store of ${environment} is sealed with the configured key; nothing was changed.
` : `${count2 === 1 ? "1 secret was" : `${count2} secrets were`} sealed anew; all in the store of ${environment} are sealed with the
configured key now, and the former one opens nothing there any more.
`;

// cli/status-text.ts
function statusText(observed, now, { io, isSet }) {
  const screen = io.stdout;
  const setting = { now, paint: painter(screen, io), screen, events: isSet("events"), said: /* @__PURE__ */ new Map() };
  return observed.map((one) => certificateText4(one, setting)).join("\n");
}
function certificateText4(observed, setting) {
  const { targets, isCompared } = observed;
  const { events: events2, now, screen } = setting;
  return [
    headText(observed, setting),
    factsText2(factRows(observed, now), screen),
    ...Object.entries(targets).map(([name, target]) => targetText2(name, target, isCompared, setting)),
    ...events2 ? [eventsText(observed)] : []
  ].join("");
}
function headText({ item: { health, spec }, isCompared }, { paint, said: said2, screen }) {
  const word = health.healthy ? paint("green", "OK") : paint("red", health.conditions[0]?.code ?? "NOT_DONE");
  const head = `${paint("bold", spec.id)}  ${word}`;
  const sentence = health.conditions.map(({ message }) => message).join(" ");
  const first = isCompared ? void 0 : said2.get(sentence);
  if (first !== void 0) return `${head}, as ${first} above
`;
  said2.set(sentence, spec.id);
  return `${head}
${conditionsText(health, paint, screen)}`;
}
function factsText2(rows2, screen) {
  const width3 = Math.max(...rows2.map(([label = ""]) => label.length));
  return rows2.map(([label = "", text = ""]) => `  ${label.padEnd(width3)}  ${fitted(text, width3 + 4, screen)}
`).join("");
}
function factRows({ item, isCompared, document: document2 }, now) {
  const { spec, renewAt, decision, failure: failure2, missing } = item;
  const when = (moment) => `${stamp(moment)} (${relative2(moment, now)})`;
  const current = item.current ?? (isCompared ? void 0 : document2?.current);
  const from = isCompared ? "" : ", as the state remembers it";
  const none2 = item.lost === void 0 ? "none yet" : "not stored any more";
  return [
    ["names", spec.names.join(", ")],
    ...missing.length === 0 ? [] : [["missing names", missing.join(", ")]],
    ["certificate", current === void 0 ? isCompared ? none2 : "unknown" : keyText(current) + from],
    ...current === void 0 ? [] : [...originRows(current), ["expires", when(current.notAfter)]],
    ...renewAt === void 0 ? [] : [["renewal", when(renewAt)]],
    ["next", nextText(decision)],
    ...failure2 === void 0 ? [] : [["last failure", `${failure2.code}, ${relative2(failure2.at, now)}${sentenceOf(failure2, item)}`]]
  ];
}
var keyText = (certificate) => `${fingerprintText(certificate)}, ${certificate.keyAlgorithm}`;
var originRows = ({ serial, issuer: issuer2 }) => [
  ["serial", serial],
  ["issuer", safeText(issuer2)]
];
var sentenceOf = ({ message }, { health }) => health.conditions.some((condition2) => condition2.message.includes(message)) ? "" : `: ${safeText(message)}`;
var nextText = (decision) => decision.action === "blocked" ? `blocked (${decision.error.code})` : `${decision.action} (${decision.reason})`;
function targetText2(name, { serves, error, probes }, isCompared, setting) {
  const word = error !== void 0 ? safeText(error.message) : !isCompared ? "what is stored cannot be read; it serves:" : serves ? "the API says it serves the current certificate" : "the API says it serves something else";
  return `  ${fitted(`${name}: ${word}`, 4, setting.screen)}
${probes.map((probed) => probeText(probed, setting)).join("")}`;
}
function probeText(probed, { now, paint, screen }) {
  const { served } = probed;
  const until = served && `valid until ${stamp(served.notAfter)}`;
  const lines2 = served === void 0 ? [] : [`${keyText(served)}, ${until}`, ...moreOf(probed, served)];
  return [`${endpointText(probed)}: ${shownText(probed, paint, now)}`, ...lines2.map((line) => `  ${line}`)].map((line) => `    ${fitted(line, 6, screen)}
`).join("");
}
var moreOf = ({ shows }, { serial, issuer: issuer2, names }) => shows === "current" || shows === "incomplete" ? [] : [`serial ${serial}`, `by ${safeText(issuer2)}`, ...names.length === 0 ? [] : [`for ${short2(names)}`]];
function shownText(probed, paint, now) {
  const { shows, served, serverName, reason } = probed;
  const expired2 = served !== void 0 && served.notAfter <= now;
  if (shows === "current" && expired2) return paint("red", "serves the current certificate, which is EXPIRED");
  if (shows === "current") return paint("green", "serves the current certificate");
  if (shows === "presented")
    return expired2 ? paint("red", `serves a certificate that is EXPIRED (${serverName})`) : `serves (${serverName})`;
  if (shows === "incomplete") return paint("red", `serves it without the certificates of its issuers (${serverName})`);
  if (shows === "other") return paint("red", `serves another certificate (${serverName})`);
  const why = `no TLS for ${serverName}: ${safeText(reason ?? "no answer")}`;
  if (shows === "broken") return paint("red", why);
  return isLost({ ...probed, shows }) ? paint("red", `${why}; it answered before`) : paint("yellow", `${why}; never reached from here`);
}
function eventsText({ document: document2 }) {
  if (document2 === void 0) return "  events: what is remembered cannot be read\n";
  if (document2.events.length === 0) return "  events: none\n";
  const rows2 = document2.events.map(({ at, event, detail = "" }) => [stamp(at), event, safeText(detail)]);
  return `  events
${table(rows2, "    ")}`;
}

// cli/unconfigured-text.ts
function unconfiguredText2(left, now, paint) {
  if (left.length === 0) return "";
  const lines2 = left.map((each) => `  ${paint("bold", safeText(each.id))}  ${knownText(each, now)}
${namesText(each)}`);
  return `
Not in the configuration, and not renewed any more:
${lines2.join("")}  newleaf forget ID ends one
`;
}
var namesText = ({ current }) => current === void 0 ? "" : `    ${current.names.map(safeText).join(", ")}
`;
function knownText({ current, targets, error }, now) {
  if (error !== void 0) return `${error.code}: ${safeText(error.message)}`;
  if (current === void 0) return "it never had a certificate";
  const { fingerprint, notAfter } = current;
  const where = targets.length === 0 ? "at no target" : `at ${targets.map(safeText).join(", ")}`;
  const ends = notAfter <= now ? "ended" : "ends";
  return `${fingerprint.slice(0, 16)} ${where}, ${ends} ${stamp(notAfter)} (${relative2(notAfter, now)})`;
}

// cli/commands/status.ts
var status2 = {
  summary: "show each certificate and what every address serves",
  about: "It asks every balancer, and every address with a handshake; it changes nothing.",
  example: "newleaf status --only shop",
  takes: ["only", "events"],
  async run(call) {
    const config = await loadConfig(call.config);
    const { certificates, unconfigured } = await looking(
      call,
      "asking every balancer and every address",
      (show2) => status(config, call.request, hostContext(call, show2))
    );
    const now = systemClock.now();
    const events2 = call.isSet("events");
    const document2 = observedJson(certificates, now, { events: events2, ...unconfigured && { unconfigured } });
    const paint = painter(call.io.stdout, call.io);
    print(call, document2, () => statusText(certificates, now, call) + unconfiguredText2(unconfigured ?? [], now, paint));
    return exitCode(document2.ok, call.io);
  }
};

// cli/commands/unlock.ts
var unlock2 = {
  summary: "end the lock of a run that is dead",
  operands: "ID",
  about: "A run that still lives is refused at its next write.",
  example: "newleaf unlock shop",
  takes: ["yes"],
  async run(call) {
    const [id, ...more] = call.words;
    if (id === void 0 || more.length > 0)
      throw new Failure("EVENT_INVALID", "expected `newleaf unlock ID`, with --yes");
    const config = await loadConfig(call.config);
    const agree = async (lease) => {
      const whose = safeText(locked(id, lease));
      if (!call.isSet("yes")) return confirm(`${whose}
Is that run dead, and its lock to be ended?`, call.io);
      call.io.stderr.write(`${whose}
`);
      return true;
    };
    const found2 = await unlockOne(config, id, agree, hostContext(call, warningsOnly(call)));
    if (found2?.unlocked === false) {
      call.io.stderr.write("Nothing was changed.\n");
      return EXIT.unhealthy;
    }
    const text = found2 ? "the lock is ended; the next run works on it" : "nobody holds a lock; nothing was changed";
    print(call, unlockJson(id, found2 !== void 0), () => `${safeText(id)}: ${text}
`);
    return EXIT.healthy;
  }
};

// cli/help.ts
var OPTIONS = {
  only: ["--only ID", "only this certificate, or notifier; may be repeated"],
  force: ["--force", "order now, whatever is left of its life"],
  "dry-run": ["--dry-run", "say what would be done, and do nothing"],
  test: ["--test", "send a test, and nothing else"],
  unattended: ["--unattended", "nobody waits, as under cron: what failed keeps its time"],
  "cut-off-tls": ["--cut-off-tls", "also where TLS is served or passed through now"],
  events: ["--events", "the last fifty things that happened to each, as well"],
  yes: ["--yes", "ask nobody"],
  "delete-unused": ["--delete-unused", "delete its certificates that are bound nowhere"],
  unbound: ["--unbound", "only what no listener uses"],
  managed: ["--managed", "only what newleaf made in this environment"],
  foreign: ["--foreign", "only what somebody else made"],
  file: ["--file FILE", "PEM with certificate, chain and key; may be repeated"]
};
var EVERYWHERE = [
  ["--config FILE", "the configuration; newleaf.yaml if not given"],
  ["--json", "one JSON document (docs/json.md), log on standard error"],
  ["--json-lines", "the same in one line, at a terminal too"],
  ["-h, --help", "this text; behind a command: that of the command"],
  ["-v, --version", "the version"]
];
var rows = (all) => all.map(([left, right]) => `  ${left.padEnd(15)} ${right}
`).join("");
var overview = (commands2) => [
  "Usage: newleaf COMMAND [options]\n\n",
  rows(Object.entries(commands2).map(([name, { summary }]) => [name, summary])),
  "\nOptions of every command\n",
  rows(EVERYWHERE),
  "\n`newleaf COMMAND --help` tells the others, with an example.\n\n",
  "Exit codes: 0 every certificate is healthy, 1 one is not,\n",
  "2 wrong usage or configuration, 130 or 143 interrupted\n"
].join("");
function helpOn(name, { summary, operands, about: about3, example, takes }) {
  const usage = ["newleaf", name, ...operands === void 0 ? [] : [operands], "[options]"].join(" ");
  const text = about3 === void 0 ? "" : `
${about3}
`;
  return [
    `Usage: ${usage}

${capital(summary)}.
${text}`,
    `
Options
${rows([...takes.map((option) => OPTIONS[option]), ...EVERYWHERE])}`,
    `
Example
  ${example}
`
  ].join("");
}
var capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
function unknownOption(written2, name, { takes }) {
  const flags = [...takes, "config", "json", "json-lines", "help", "version"].map((each) => `--${each}`);
  const near = nearest(written2, flags);
  const meant = near === void 0 ? "" : `; did you mean ${near}?`;
  return `${name} has no option ${written2}${meant} (see newleaf ${name} --help)`;
}

// cli/main.ts
var commands = {
  plan: plan2,
  renew,
  deploy: deploy2,
  status: status2,
  list: list2,
  import: importCommand,
  placeholder,
  discard: discard2,
  forget: forget2,
  unlock: unlock2,
  prune: prune2,
  delete: deleteCommand,
  notify: notify2,
  secret,
  secrets
};
var isCommand = (name) => name !== void 0 && Object.hasOwn(commands, name);
var optionsIn = (argv) => argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
var asksFor = (argv, ...spellings) => optionsIn(argv).some((word) => spellings.includes(word));
async function main(argv, io) {
  try {
    const [first, ...others] = argv;
    const [name, ...rest] = first === "help" ? [...others.slice(0, 1), "--help"] : argv;
    if (asksFor(argv, "--version", "-v")) {
      io.stdout.write(`${(await import("./package-SBKPZYGS.mjs")).default.version}
`);
      return EXIT.healthy;
    }
    if (isCommand(name)) {
      if (!asksFor(rest, "--help", "-h")) return await commands[name].run(parseCall(name, rest, io));
      io.stdout.write(helpOn(name, commands[name]));
      return EXIT.healthy;
    }
    if (first !== "help" && !asksFor(argv, "--help", "-h")) throw noCommand(name);
    io.stdout.write(overview(commands));
    return EXIT.healthy;
  } catch (error) {
    return complain(
      error,
      jsonOf((flag) => optionsIn(argv).includes(`--${flag}`), io),
      io
    );
  }
}
function noCommand(name) {
  if (name === void 0) return new Failure("EVENT_INVALID", "a command is missing; see newleaf --help");
  const meant = suggestion(name, Object.keys(commands));
  return new Failure("EVENT_INVALID", `"${name.slice(0, 40)}" is no command${meant} (see newleaf --help)`);
}
function parseCall(name, args, io) {
  const command = commands[name];
  const { values, positionals } = parsed3(name, command, args);
  const {
    config,
    only,
    file = [],
    ...flags
  } = values;
  const isSet = (flag) => flags[flag] === true;
  return {
    config,
    json: jsonOf(isSet, io),
    request: {
      ...only === void 0 ? {} : { only },
      force: isSet("force"),
      dryRun: isSet("dry-run"),
      fullScan: true,
      attended: !isSet("unattended")
    },
    test: isSet("test"),
    isSet,
    files: file,
    words: positionals,
    io
  };
}
function parsed3(name, command, args) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: command.operands !== void 0,
      options: {
        config: { type: "string", default: "newleaf.yaml" },
        json: { type: "boolean", default: false },
        "json-lines": { type: "boolean", default: false },
        ...Object.fromEntries(command.takes.map((option) => [option, options[option]]))
      }
    });
  } catch (error) {
    if (!(error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))) throw error;
    const unknown3 = /^Unknown option '(?<written>[^']*)'/.exec(error.message)?.groups?.written;
    const why = unknown3 === void 0 ? `${error.message}; see newleaf ${name} --help` : unknownOption(unknown3, name, command);
    throw new Failure("EVENT_INVALID", why);
  }
}
var jsonOf = (isSet, { stdout }) => {
  if (isSet("json-lines")) return "line";
  if (!isSet("json")) return void 0;
  return stdout.isTTY === true ? "document" : "line";
};
function complain(error, json, io) {
  const failure2 = toFailure(error);
  const advice = adviceFor(failure2.code);
  const lines2 = failure2.message.split("\n").map((line) => fitted(safeText(line), 4, io.stderr));
  io.stderr.write(`${lines2.join("\n")}
`);
  if (advice !== void 0 && !isFailure(failure2, "CONFIG_INVALID", "EVENT_INVALID"))
    io.stderr.write(`${fitted(`to do: ${advice}`, 7, io.stderr)}
`);
  if (json !== void 0) print({ io, json }, refusalJson(failure2, systemClock.now()), () => "");
  return isFailure(failure2, "CONFIG_INVALID", "EVENT_INVALID") ? EXIT.usage : EXIT.unhealthy;
}
if (import.meta.main) process.exitCode = await main(process.argv.slice(2), processIo());

// cli/start.ts
process.exitCode = await main(process.argv.slice(2), processIo());
