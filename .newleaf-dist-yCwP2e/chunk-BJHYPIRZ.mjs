import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/stages.ts
import { timingSafeEqual } from "node:crypto";
import * as v from "valibot";

// lib/secrets/envelope.ts
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes
} from "node:crypto";
var MAGIC = Buffer.from("newleaf\0");
var FORMAT = 1;
var ID = 16;
var SALT = 16;
var NONCE = 12;
var KEY = 32;
var TAG = 16;
var FORMAT_AT = MAGIC.length;
var ID_AT = FORMAT_AT + 1;
var WRAPPED_AT = ID_AT + ID + SALT;
var TEXT_AT = WRAPPED_AT + NONCE + KEY + TAG;
function createKeyring(masterKey, salt = Buffer.alloc(SALT)) {
  const derive = (purpose, length = KEY) => Buffer.from(hkdfSync("sha256", masterKey, salt, `newleaf ${purpose}`, length));
  return {
    id: derive("key id", ID),
    salt: Buffer.from(salt),
    wrapping: createSecretKey(derive("wrapping")),
    versions: createSecretKey(derive("versions")),
    stages: createSecretKey(derive("stages"))
  };
}
var versionOf = (keyring, name, value) => createHmac("sha256", keyring.versions).update(joined(name, value.reveal())).digest("hex").slice(0, 32);
var macOf = (keyring, ...parts) => createHmac("sha256", keyring.stages).update(joined(...parts)).digest("hex");
function seal(keyring, item, value) {
  const head = Buffer.concat([MAGIC, Buffer.of(FORMAT), keyring.id, keyring.salt]);
  const bound = Buffer.concat([head, joined(item.name, item.version)]);
  const dataKey = randomBytes(KEY);
  const text = Buffer.from(value.reveal());
  try {
    return Buffer.concat([head, encrypt(keyring.wrapping, dataKey, bound), encrypt(dataKey, text, bound)]);
  } finally {
    dataKey.fill(0);
    text.fill(0);
  }
}
var isSealedWith = ({ id }, bytes) => bytes.subarray(ID_AT, ID_AT + ID).equals(id);
function unseal(keyrings, item, bytes) {
  if (!bytes.subarray(0, FORMAT_AT).equals(MAGIC)) throw unreadable(item, "is damaged: it is no sealed secret");
  if ((bytes[FORMAT_AT] ?? 0) > FORMAT) throw unreadable(item, "is damaged, or was sealed by a newer newleaf");
  const keyring = keyrings.find((each) => isSealedWith(each, bytes));
  if (keyring === void 0) throw unreadable(item, "is damaged, or was sealed with another master key");
  const bound = Buffer.concat([bytes.subarray(0, WRAPPED_AT), joined(item.name, item.version)]);
  let dataKey;
  let text;
  try {
    dataKey = decrypt(keyring.wrapping, bytes.subarray(WRAPPED_AT, TEXT_AT), bound);
    text = decrypt(dataKey, bytes.subarray(TEXT_AT), bound);
    return new Secret(text.toString("utf8"));
  } catch {
    throw unreadable(item, "is damaged, or belongs elsewhere");
  } finally {
    dataKey?.fill(0);
    text?.fill(0);
  }
}
function encrypt(key, text, bound) {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}
function decrypt(key, box, bound) {
  const cipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, NONCE), { authTagLength: TAG });
  cipher.setAAD(bound).setAuthTag(box.subarray(-TAG));
  return Buffer.concat([cipher.update(box.subarray(NONCE, -TAG)), cipher.final()]);
}
var joined = (...parts) => Buffer.concat(
  parts.flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(part));
    return [length, Buffer.from(part)];
  })
);
var unreadable = ({ name }, what) => new Failure("STORE_UNREADABLE", `the secret ${name} ${what}: restore its file from a backup`, {
  fields: { secret: name }
});

// lib/secrets/stages.ts
var entry = v.object({
  version: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  file: v.pipe(v.string(), v.regex(/^@[0-9a-f]{32}-[0-9a-f]{16}\.sealed$/))
});
var schema = v.object({
  current: v.exactOptional(entry),
  pending: v.exactOptional(entry),
  previous: v.exactOptional(entry)
});
var entries = ({ current, pending, previous }) => [current, pending, previous].filter((known) => known !== void 0);
function activated(name, stages, version, expected) {
  const { current, pending } = stages;
  if (current?.version === version) {
    if (pending?.version !== version) return void 0;
    const { pending: _, ...rest } = stages;
    return rest;
  }
  const next = entries(stages).find((known) => known.version === version);
  if (current?.version !== expected || next === void 0) {
    throw new Failure("SECRET_CONFLICT", `the secret ${name} was changed by another run: it must be looked at again`, {
      fields: { secret: name }
    });
  }
  return { current: next, ...current === void 0 ? {} : { previous: current } };
}
function formatStages(keyring, name, number, stages) {
  const line = JSON.stringify(stages);
  return Buffer.from(`${line}
${macOf(keyring, name, String(number), line)}
`);
}
function isProvedBy(keyring, name, number, bytes) {
  const line = lineOf(bytes);
  const expected = Buffer.from(`${line}
${macOf(keyring, name, String(number), line)}
`);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
var lineOf = (bytes) => bytes.toString("utf8").split("\n", 1)[0] ?? "";
function parseStages(keyrings, name, number, bytes) {
  const line = lineOf(bytes);
  if (!keyrings.some((keyring) => isProvedBy(keyring, name, number, bytes))) {
    throw unreadable2(name, `is damaged, belongs elsewhere, or was written with another master key`);
  }
  const result = safeParse(v.pipe(v.string(), v.parseJson(), schema), line);
  if (!result.success) throw unreadable2(name, "was written by a newer newleaf");
  return result.output;
}
var unreadable2 = (name, what) => new Failure(
  "STORE_UNREADABLE",
  `the secret ${name}: the record of its stages ${what}: restore its folder from a backup`,
  {
    fields: { secret: name }
  }
);

export {
  createKeyring,
  versionOf,
  seal,
  isSealedWith,
  unseal,
  entries,
  activated,
  formatStages,
  isProvedBy,
  parseStages
};
