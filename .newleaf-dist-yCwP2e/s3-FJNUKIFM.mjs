import {
  KEYS_IN_PAIRS,
  bucketOptions,
  keysInPairs,
  openBucket
} from "./chunk-HHG5XNTM.mjs";
import {
  decodeMasterKey,
  encryptedStore,
  openKeys
} from "./chunk-7PNCTNCL.mjs";
import "./chunk-BJHYPIRZ.mjs";
import "./chunk-XSOCXGOZ.mjs";
import "./chunk-HK6W65LT.mjs";
import "./chunk-PPS7ITEI.mjs";
import "./chunk-K72UN6J4.mjs";
import {
  lazy
} from "./chunk-RHEELVZU.mjs";
import "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-4WVHOI25.mjs";
import "./chunk-OL4MPUJQ.mjs";
import {
  envReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/drivers/s3.ts
import { randomBytes } from "node:crypto";
import * as v from "valibot";
var options = v.pipe(
  v.strictObject({
    ...bucketOptions,
    masterKey: v.optional(
      v.pipe(envReference, v.description("32 random bytes in base64, as env:NAME. Everything is sealed with it."))
    ),
    passphrase: v.optional(
      v.pipe(envReference, v.description("A passphrase in place of the master key, as env:NAME."))
    ),
    formerMasterKey: v.optional(
      v.pipe(envReference, v.description("The master key that is being changed, as env:NAME."))
    ),
    formerPassphrase: v.optional(
      v.pipe(envReference, v.description("The passphrase that is being changed, as env:NAME."))
    ),
    kmsKey: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.description(
          "ID, alias or ARN of a KMS key, in place of a master key: one is then made, and kept in the bucket under this key (SSE-KMS)."
        )
      )
    )
  }),
  v.check((given) => keysInPairs(given), KEYS_IN_PAIRS),
  v.check(
    ({ masterKey, passphrase, kmsKey }) => [masterKey, passphrase, kmsKey].filter((key) => key !== void 0).length === 1,
    "expected one of masterKey, passphrase and kmsKey"
  ),
  v.check(
    ({ formerMasterKey, formerPassphrase }) => formerMasterKey === void 0 || formerPassphrase === void 0,
    "expected either formerMasterKey or formerPassphrase"
  )
);
var driver = {
  options,
  async open(given, context) {
    const { kmsKey } = given;
    const bucket = await openBucket(given, { prefix: `newleaf/${context.environment}/secrets`, kmsKey }, context);
    const note = keyNote(bucket);
    const former = { masterKey: given.formerMasterKey, passphrase: given.formerPassphrase };
    const keys = await openKeys(
      note,
      await givenKey(given, context) ?? { masterKey: keptMasterKey(bucket, note.populated) },
      await givenKey(former, context)
    );
    return encryptedStore(shelf(bucket), keys);
  }
};
async function givenKey({ masterKey, passphrase }, { resolve }) {
  if (passphrase !== void 0) return { passphrase: await resolve(passphrase) };
  if (masterKey === void 0) return void 0;
  const given = decodeMasterKey(`env:${masterKey.name}`, (await resolve(masterKey)).reveal());
  return { masterKey: { find: async () => given, make: async () => given } };
}
var MASTER_KEY = "@master.key";
function keptMasterKey(bucket, populated) {
  const location = bucket.uri(MASTER_KEY);
  const find = async () => {
    const stored = await bucket.read(MASTER_KEY);
    if (stored !== void 0) return decodeMasterKey(location, stored.bytes.toString("latin1"));
    if (!await populated()) return void 0;
    throw new Failure(
      "STORE_UNREADABLE",
      `the master key ${location} is missing, and nothing else opens the secrets beside it: restore an older version`
    );
  };
  return {
    find,
    async make() {
      await bucket.write(MASTER_KEY, Buffer.from(`${randomBytes(32).toString("base64")}
`), void 0);
      return await find() ?? decodeMasterKey(location, "");
    }
  };
}
var RECORD = "@stages";
var NUMBERED = /^(?<number>[1-9]\d{0,14})\n/;
var shelf = (bucket) => ({
  async look(name) {
    const key = `${name}/${RECORD}`;
    const stored = await bucket.read(key);
    const files = lazy(async () => (await bucket.list(`${name}/@`)).map((each) => each.slice(name.length + 1)));
    if (stored === void 0) return { name, tag: void 0, number: 0, bytes: Buffer.alloc(0), files };
    const [line, number] = NUMBERED.exec(stored.bytes.toString("latin1")) ?? [];
    if (line === void 0) {
      throw new Failure("STORE_UNREADABLE", `${bucket.uri(key)} is damaged: restore an older version of it`);
    }
    return { name, tag: stored.tag, number: Number(number), bytes: stored.bytes.subarray(line.length), files };
  },
  files: (seen) => seen.files(),
  read: async ({ name }, file) => (await bucket.read(`${name}/${file}`))?.bytes,
  add: async ({ name }, file, bytes) => await bucket.write(`${name}/${file}`, bytes, void 0) !== void 0,
  async move({ name, number, tag }, bytes, obsolete) {
    const numbered = Buffer.concat([Buffer.from(`${number + 1}
`), bytes]);
    if (await bucket.write(`${name}/${RECORD}`, numbered, tag) === void 0) return false;
    await Promise.allSettled(obsolete.map((file) => bucket.remove(`${name}/${file}`)));
    return true;
  },
  async remove(name) {
    await bucket.remove(`${name}/${RECORD}`);
    await Promise.all((await bucket.list(`${name}/@`)).map((key) => bucket.remove(key)));
  },
  async names() {
    const found = (await bucket.list("")).map((key) => /^(?<name>.+)\/@[^/]+$/.exec(key)?.groups?.name);
    return [...new Set(found.filter((name) => name !== void 0))];
  },
  location: ({ name }, file) => bucket.uri(`${name}/${file}`)
});
function keyNote(bucket) {
  const key = "@store.json";
  let tag;
  return {
    location: bucket.uri(key),
    async read() {
      const stored = await bucket.read(key);
      tag = stored?.tag;
      return stored?.bytes;
    },
    write: async (bytes) => await bucket.write(key, bytes, tag) !== void 0,
    populated: async () => (await bucket.list("")).some((each) => each.endsWith(`/${RECORD}`))
  };
}
export {
  driver
};
