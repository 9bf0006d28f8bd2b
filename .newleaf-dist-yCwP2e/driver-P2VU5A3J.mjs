import {
  activated,
  entries
} from "./chunk-BJHYPIRZ.mjs";
import {
  checkedName
} from "./chunk-HK6W65LT.mjs";
import {
  everyPage,
  explainWith,
  openScaleway
} from "./chunk-JECWC7SU.mjs";
import {
  anyAnswer,
  numberId,
  textId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import "./chunk-OMQYQBD3.mjs";
import {
  apiOptions,
  envReference,
  oneLine
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/drivers/scaleway-secret-manager/driver.ts
import * as v2 from "valibot";

// lib/secrets/drivers/scaleway-secret-manager/api.ts
import { crc32 } from "node:zlib";
import * as v from "valibot";
var secretAnswer = v.object({
  id: textId,
  name: v.string(),
  path: v.string(),
  /** With one, versions end on their own. */
  ephemeral_policy: v.nullish(v.unknown())
});
var versionAnswer = v.object({
  /** Ten digits fit into a description. */
  revision: v.pipe(numberId, v.maxValue(9999999999)),
  /** `enabled`, `disabled`, `scheduled_for_deletion` (for seven days), `deleted`. */
  status: v.string(),
  description: v.nullish(v.string(), "")
});
var accessAnswer = v.object({
  data: v.pipe(v.string(), v.base64()),
  data_crc32: v.nullish(v.number())
});
var MOST_VERSIONS = 20;
var MOST_BYTES = 65536;
function createSecretsApi(rest, region, project) {
  const root = `/secret-manager/v1beta1/regions/${region}/secrets`;
  const list = (path, field, item, query = {}) => everyPage({ path: root + path, field, item, query, plainFirstPage: true }, rest);
  return {
    /** The API lets two secrets have one name: the older one is meant, by everybody. */
    async find({ path, name }, { scheduledForDeletion = false } = {}) {
      const secrets = await list("", "secrets", secretAnswer, {
        name,
        path,
        project_id: project,
        order_by: "created_at_asc",
        scheduled_for_deletion: `${scheduledForDeletion}`
      });
      return secrets.find((each) => each.name === name && each.path === path);
    },
    create: ({ path, name }) => rest.call({
      method: "POST",
      path: root,
      body: { project_id: project, name, path, type: "opaque", tags: ["newleaf"], protected: false },
      answer: secretAnswer
    }),
    remove: (id) => rest.call({ method: "DELETE", path: `${root}/${id}`, answer: anyAnswer }),
    /** Newest first; those that are scheduled for deletion are among them. */
    versions: (id) => list(`/${id}/versions`, "versions", versionAnswer),
    async access(id, revision) {
      const path = `${root}/${id}/versions/${revision}/access`;
      const { data, data_crc32 } = await rest.call({ method: "GET", path, answer: accessAnswer });
      const bytes = Buffer.from(data, "base64");
      if (data_crc32 === null || data_crc32 === void 0 || data_crc32 === crc32(bytes)) return bytes;
      throw new Failure("ANSWER_INVALID", `Scaleway answered GET ${path} with data that does not fit its checksum`);
    },
    /** Resolves to the revision: one more than any before. */
    async add(id, description2, bytes) {
      const body = { data: bytes.toString("base64"), description: description2, data_crc32: crc32(bytes) };
      const path = `${root}/${id}/versions`;
      return (await rest.call({ method: "POST", path, body, answer: versionAnswer })).revision;
    },
    removeVersion: (id, revision) => rest.call({ method: "DELETE", path: `${root}/${id}/versions/${revision}`, answer: anyAnswer })
  };
}
var said = explainWith({ quotas_exceeded: "STORE_FAILED" });
function explain(status, body) {
  const explanation = said(status, body);
  if (status !== 404 || explanation?.code !== void 0) return explanation;
  return { ...explanation, code: "ANSWER_INVALID" };
}

// lib/secrets/drivers/scaleway-secret-manager/history.ts
var MARK = "newleaf/";
var MOVE = /^newleaf\/1 move=(?<number>[1-9]\d{0,9}) seen=(?<seen>\d{1,10})(?: current=(?<current>\d{1,10}))?(?: pending=(?<pending>\d{1,10}|this))?(?: previous=(?<previous>\d{1,10}))?$/;
var THIS = { version: "this" };
function historyOf(name, versions) {
  const moves = versions.flatMap((version) => moveOf(name, version) ?? []).sort((one, other) => other.number - one.number || one.revision - other.revision);
  const { seen = 0, stages = {} } = moves[0] ?? {};
  const unmanaged = versions.filter((each) => isUnmanaged(each.description) && isEnabled(each)).map(revisionOf);
  const newest = Math.max(0, ...unmanaged);
  return {
    stages: newest > seen ? overtaken(stages, newest) : stages,
    seen: Math.max(0, ...versions.map(revisionOf)),
    moves,
    versions
  };
}
function nextMove({ moves, seen }, { current, pending, previous }) {
  const at = (stage, entry) => entry === void 0 ? "" : ` ${stage}=${entry.version}`;
  const stages = at("current", current) + at("pending", pending) + at("previous", previous);
  return `${MARK}1 move=${(moves[0]?.number ?? 0) + 1} seen=${seen}${stages}`;
}
function hasGap({ versions }, seen, revision) {
  const known = new Set(versions.map(revisionOf).filter((each) => each > seen && each <= revision));
  return known.size < revision - seen;
}
function hasHappened({ moves }, revision) {
  const own = moves.find((each) => each.revision === revision);
  return own && !moves.some((each) => each.number === own.number && each.revision < revision);
}
function spent({ stages, moves: [head], versions }) {
  const kept = new Set([...entries(stages), ...entries(head?.stages ?? {})].map(({ version }) => Number(version)));
  return versions.filter((each) => !isUnmanaged(each.description) && isHeld(each)).map(revisionOf).filter((revision) => revision !== head?.revision && !kept.has(revision));
}
var isUnmanaged = (description2) => !description2.startsWith(MARK);
var isEnabled = ({ status }) => status === "enabled";
var isHeld = (version) => isEnabled(version) || version.status === "disabled";
var revisionOf = ({ revision }) => revision;
var overtaken = ({ current, pending }, newest) => ({
  current: { version: `${newest}` },
  ...pending && { pending },
  ...current && { previous: current }
});
function moveOf(name, { revision, description: description2 }) {
  if (isUnmanaged(description2)) return void 0;
  const found = MOVE.exec(description2)?.groups;
  if (found === void 0) {
    throw unreadable(name, revision, "has another description than newleaf gave it, or was written by a newer newleaf");
  }
  const at = (stage) => {
    const text = found[stage];
    return text === void 0 ? {} : { [stage]: { version: text === THIS.version ? `${revision}` : text } };
  };
  const stages = { ...at("current"), ...at("pending"), ...at("previous") };
  return { revision, number: Number(found.number), seen: Number(found.seen), stages };
}
var unreadable = (name, revision, what) => new Failure("STORE_UNREADABLE", `the secret ${name}: version ${revision} ${what}`, {
  fields: { secret: name, revision }
});

// lib/secrets/drivers/scaleway-secret-manager/secret.ts
function pathOf(folder, secret) {
  const parts = `${folder}/${checkedName(secret)}`.split("/");
  return { path: parts.slice(0, -1).join("/"), name: parts.at(-1) ?? "" };
}
async function findSecret(name, at, api) {
  const secret = await api.find(at);
  if (secret === void 0 && await api.find(at, { scheduledForDeletion: true }) !== void 0) {
    throw new Failure(
      "STORE_UNREADABLE",
      `the secret ${at.path}/${at.name} is scheduled for deletion: restore it at Scaleway, or wait until it is gone`,
      { fields: { secret: name } }
    );
  }
  return secret;
}
async function createSecret(at, api) {
  let own;
  try {
    own = await api.create(at);
  } catch (error) {
    const found2 = isFailure(error, "CONFLICT", "REJECTED") ? await api.find(at) : void 0;
    if (found2 === void 0) throw error;
    return found2;
  }
  const found = await api.find(at) ?? own;
  if (found.id !== own.id) await api.remove(own.id);
  return found;
}
async function removeSecret(at, api) {
  const removed = [];
  for (; ; ) {
    const secret = await api.find(at);
    if (secret === void 0 || removed.includes(secret.id)) break;
    try {
      await api.remove(secret.id);
    } catch (error) {
      if ((await api.find(at))?.id === secret.id) throw error;
    }
    removed.push(secret.id);
  }
  const isKept = removed.length > 0 || await api.find(at, { scheduledForDeletion: true }) !== void 0;
  return isKept ? "scheduled" : "removed";
}
function refuseEphemeral(name, { ephemeral_policy }) {
  if (ephemeral_policy === null || ephemeral_policy === void 0) return;
  throw new Failure(
    "STORE_UNREADABLE",
    `the versions of the secret ${name} end on their own, so nothing can be kept in it: make one without an ephemeral policy`,
    { fields: { secret: name } }
  );
}

// lib/secrets/drivers/scaleway-secret-manager/versions.ts
var MOST_LOOKS = 3;
var lookInto = async (name, secret, api) => ({
  ...{ name, secret },
  history: historyOf(name, await api.versions(secret.id))
});
async function move(here, stages, value, api, log) {
  const { name, secret, history } = here;
  const description2 = nextMove(history, stages);
  const bytes = Buffer.from(`${description2}
${value?.reveal() ?? ""}`);
  refuseTooMuch(name, history, bytes);
  for (const revision2 of spent(history)) await discard(here, revision2, api, log);
  const revision = await api.add(secret.id, description2, bytes);
  const next = await lookBack(here, revision, api);
  const happened = hasHappened(next.history, revision);
  if (happened === void 0) throw conflict(name);
  if (!happened) await discard(here, revision, api, log);
  return { happened, here: next, version: `${revision}` };
}
async function lookBack({ name, secret, history: { seen } }, revision, api) {
  let next = await lookInto(name, secret, api);
  for (let looks = 1; looks < MOST_LOOKS && hasGap(next.history, seen, revision); looks++) {
    next = await lookInto(name, secret, api);
  }
  return next;
}
async function discard({ name, secret: { id } }, revision, api, log) {
  try {
    await api.removeVersion(id, revision);
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return;
    if (!isFailure(error, "DENIED", "CONFLICT", "REJECTED")) throw error;
    log.warn("a version that is of no more use was not deleted", { secret: name, revision, reason: error.message });
  }
}
async function holds(here, entry, value, api) {
  try {
    return entry !== void 0 && (await content(here, entry, api)).reveal() === value.reveal();
  } catch (error) {
    if (isFailure(error, "STORE_UNREADABLE", "NOT_FOUND", "CONFLICT")) return false;
    throw error;
  }
}
async function content({ name, secret, history }, { version }, api) {
  const found = history.versions.find(({ revision }) => `${revision}` === version);
  if (found === void 0 || !isEnabled(found)) {
    throw unreadable(name, version, `is needed and ${found?.status ?? "gone"}: enable or restore it at Scaleway`);
  }
  const { description: description2 } = found;
  const text = (await api.access(secret.id, found.revision)).toString("utf8");
  if (isUnmanaged(description2) && isUnmanaged(text)) return new Secret(text);
  if (text.startsWith(`${description2}
`)) return new Secret(text.slice(description2.length + 1));
  throw unreadable(name, version, "has another description than newleaf gave it");
}
function refuseTooMuch(name, history, bytes) {
  if (bytes.length > MOST_BYTES) {
    throw new Failure(
      "STORE_FAILED",
      `the secret ${name} would have ${bytes.length} bytes: up to ${MOST_BYTES} are possible`
    );
  }
  if (history.versions.filter(isHeld).length - spent(history).length >= MOST_VERSIONS) {
    throw new Failure(
      "STORE_FAILED",
      `the secret ${name} holds ${MOST_VERSIONS} versions, as many as Scaleway takes: delete some of those that newleaf did not make`,
      { fields: { secret: name } }
    );
  }
}
var conflict = (name) => new Failure(
  "SECRET_CONFLICT",
  `the secret ${name} was changed by others at the same time: it must be looked at again`,
  { fields: { secret: name } }
);

// lib/secrets/drivers/scaleway-secret-manager/driver.ts
var REGIONS = ["fr-par", "nl-ams", "pl-waw"];
var options = v2.strictObject({
  region: v2.pipe(v2.picklist(REGIONS), v2.description("The region of the secrets, for example fr-par.")),
  projectId: v2.pipe(
    v2.string(),
    v2.uuid("expected the UUID of a project"),
    v2.description("The project that the secrets belong to.")
  ),
  token: v2.pipe(
    envReference,
    oneLine,
    v2.description(
      "The secret key of an API key, as env:NAME, with the permission sets SecretManagerReadOnly, SecretManagerSecretAccess, SecretManagerSecretCreate, SecretManagerSecretWrite and SecretManagerSecretDelete."
    )
  ),
  path: v2.optional(
    v2.pipe(
      v2.string(),
      v2.regex(/^(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,254})+$/, "expected a path such as /newleaf/prod"),
      v2.description("The folder of the secrets; /newleaf/ and the name of the environment if absent.")
    )
  ),
  ...apiOptions
});
var driver = {
  options,
  async open({ region, projectId, path, ...api }, context) {
    const secrets = createSecretsApi(await openScaleway(api, context, explain), region, projectId);
    return secretStore(secrets, path ?? `/newleaf/${context.environment}`, context.log);
  }
};
var MOST_ATTEMPTS = 10;
function secretStore(api, folder, log) {
  async function look(name) {
    const secret = await findSecret(name, pathOf(folder, name), api);
    return secret && lookInto(name, secret, api);
  }
  return {
    async read(name, stage) {
      let refused;
      for (; ; ) {
        const here = await look(name);
        const entry = here?.history.stages[stage];
        if (here === void 0 || entry === void 0) return void 0;
        try {
          return { version: entry.version, value: await content(here, entry, api) };
        } catch (error) {
          if (!isFailure(error, "NOT_FOUND", "CONFLICT") || refused === here.history.seen) throw error;
          refused = here.history.seen;
        }
      }
    },
    async stage(name, value) {
      const here = await look(name) ?? await lookInto(name, await createSecret(pathOf(folder, name), api), api);
      refuseEphemeral(name, here.secret);
      return stageAt(here, value, api, log);
    },
    async activate(name, version, expected) {
      let here = await look(name);
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const next = activated(name, here?.history.stages ?? {}, version, expected);
        if (here === void 0 || next === void 0) return;
        here = (await move(here, next, void 0, api, log)).here;
      }
      throw conflict(name);
    },
    remove: (name) => removeSecret(pathOf(folder, name), api)
  };
}
async function stageAt(look, value, api, log) {
  let here = look;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { stages } = here.history;
    const { current, pending, previous } = stages;
    if (pending !== void 0 && await holds(here, pending, value, api)) return pending.version;
    const known = await first([current, previous], (entry) => holds(here, entry, value, api));
    const moved = await move(here, { ...stages, pending: known ?? THIS }, known ? void 0 : value, api, log);
    if (moved.happened) return known?.version ?? moved.version;
    here = moved.here;
  }
  throw conflict(look.name);
}
async function first(items, fits) {
  for (const item of items) if (await fits(item)) return item;
  return void 0;
}
export {
  driver
};
