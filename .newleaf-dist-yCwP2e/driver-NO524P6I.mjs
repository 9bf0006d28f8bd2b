import {
  checkedName
} from "./chunk-HK6W65LT.mjs";
import {
  awsOptions,
  openAws
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/drivers/aws-secrets-manager/driver.ts
import { createHash } from "node:crypto";
import * as v from "valibot";
var options = v.strictObject({
  prefix: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][\w+=.@/-]{0,255}$/, "expected a path such as newleaf/prod"),
      v.transform((prefix) => prefix.replace(/\/+$/, "")),
      v.description("The names of the secrets begin with it; newleaf/ and the environment if absent.")
    )
  ),
  ...awsOptions,
  kmsKey: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description("ID, alias or ARN of the KMS key of secrets that are created."))
  ),
  tags: v.optional(
    v.pipe(
      v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(128)), v.pipe(v.string(), v.maxLength(256))),
      v.description("Tags of secrets that are created.")
    ),
    {}
  ),
  create: v.optional(
    v.pipe(v.boolean(), v.description("Whether secrets that are missing are created; if not, create them empty.")),
    true
  )
});
var driver = {
  options,
  async open({ prefix, create, ...given }, context) {
    const [aws, { createSecretsManager }] = await Promise.all([openAws(given, context), import("./api-O7H634HE.mjs")]);
    return secretStore(createSecretsManager(aws, given), prefix ?? `newleaf/${context.environment}`, create);
  }
};
var LABELS = { current: "AWSCURRENT", pending: "AWSPENDING", previous: "AWSPREVIOUS" };
var NOTHING = {
  version: "newleaf-nothing-is-stored-here-yet",
  value: new Secret('{"newleaf":"nothing is stored here yet"}')
};
function secretStore(api, prefix, create) {
  const idOf = (name) => `${prefix}/${checkedName(name)}`;
  async function prepared(id) {
    const labels = await api.labels(id);
    if (labels?.AWSCURRENT !== void 0) return labels;
    if (labels !== void 0) await api.put(id, NOTHING.version, NOTHING.value, "AWSCURRENT");
    else if (create) await api.create(id, NOTHING.version, NOTHING.value);
    else throw absent(id);
    return {};
  }
  return {
    async read(name, stage) {
      const stored = await api.read(idOf(name), LABELS[stage]);
      return stored?.version === NOTHING.version ? void 0 : stored;
    },
    async stage(name, value) {
      const id = idOf(name);
      checkSize(id, value);
      const version = versionOf(id, value);
      return unlessRaced(id, async () => {
        const { AWSPENDING: from } = await prepared(id);
        if (from === version) return version;
        const labels = await api.put(id, version, value, "AWSPENDING");
        if (!labels.includes("AWSPENDING")) await api.move(id, "AWSPENDING", { from, to: version });
        return version;
      });
    },
    async activate(name, version, expected) {
      const id = idOf(name);
      await unlessRaced(id, async () => {
        const labels = await api.labels(id);
        const { AWSCURRENT: current, AWSPENDING: pending, AWSPREVIOUS: previous } = labels ?? {};
        if (current !== version) {
          const known = version === pending || version === previous;
          if (!known || current !== (expected ?? NOTHING.version)) throw conflict(id);
          await api.move(id, "AWSCURRENT", { from: current, to: version });
          if (pending !== void 0) await api.move(id, "AWSPENDING", { from: pending, to: void 0 });
        } else if (pending === version) {
          await api.move(id, "AWSPENDING", { from: pending, to: void 0 });
        }
      });
    },
    remove: async (name) => await api.scheduleDeletion(idOf(name)) ? "scheduled" : "removed"
  };
}
var RACES = 5;
async function unlessRaced(id, work) {
  for (let race = 1; race < RACES; race++) {
    try {
      return await work();
    } catch (error) {
      if (!isFailure(error, "CONFLICT")) throw error;
    }
  }
  throw conflict(id);
}
var versionOf = (id, value) => createHash("sha256").update(`${id}\0${value.reveal()}`).digest("hex");
var MAX_BYTES = 65536;
function checkSize(id, value) {
  const size = Buffer.byteLength(value.reveal());
  if (size > 0 && size <= MAX_BYTES) return;
  throw new Failure("STORE_FAILED", `the secret ${id} would have ${size} bytes: 1 to ${MAX_BYTES} are possible`);
}
var conflict = (id) => new Failure("SECRET_CONFLICT", `the secret ${id} was changed by another run: it must be looked at again`, {
  fields: { secret: id }
});
var absent = (id) => new Failure(
  "NOT_FOUND",
  `there is no secret ${id}, and \`create\` is off: create it with "aws secretsmanager create-secret --name ${id}"`,
  { fields: { secret: id } }
);
export {
  driver
};
