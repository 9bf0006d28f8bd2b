import {
  KEYS_IN_PAIRS,
  bucketOptions,
  keysInPairs,
  openBucket
} from "./chunk-HHG5XNTM.mjs";
import "./chunk-RHEELVZU.mjs";
import "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/state/drivers/s3.ts
import { randomBytes } from "node:crypto";
import * as v from "valibot";
var options = v.pipe(
  v.strictObject(bucketOptions),
  v.check((given) => keysInPairs(given), KEYS_IN_PAIRS)
);
var driver = {
  options,
  open: async (given, context) => stateStore(await openBucket(given, { prefix: `newleaf/${context.environment}/state` }, context))
};
var envelope = v.object({ write: v.string(), document: v.unknown() });
var stateStore = (bucket) => ({
  async read(key) {
    const stored = await bucket.read(key);
    return stored && { document: parsed(bucket.uri(key), stored.bytes), tag: stored.tag };
  },
  async write(key, document, tag) {
    const bytes = Buffer.from(JSON.stringify({ write: randomBytes(12).toString("hex"), document }));
    const written = await bucket.write(key, bytes, tag);
    if (written !== void 0) return written;
    throw new Failure("STATE_CONFLICT", `the state ${key} was changed by another run`);
  },
  remove: (key) => bucket.remove(key),
  list: (prefix, upTo) => bucket.list(prefix, upTo)
});
function parsed(uri, bytes) {
  const result = safeParse(v.pipe(v.string(), v.parseJson(), envelope), bytes.toString("utf8"));
  if (result.success) return result.output.document;
  throw new Failure("STORE_UNREADABLE", `${uri} is damaged: restore an older version, or remove it to start anew`);
}
export {
  driver
};
