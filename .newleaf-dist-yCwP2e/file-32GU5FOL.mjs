import {
  compareAndSwap,
  isVersionFile,
  readNewest,
  removeVersions
} from "./chunk-PBUZFJGR.mjs";
import {
  retryOnConflict
} from "./chunk-XSOCXGOZ.mjs";
import {
  listKeys,
  openTree,
  pathFrom
} from "./chunk-LGKO7SAY.mjs";
import {
  NOT_WRITABLE
} from "./chunk-4WVHOI25.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/state/drivers/file.ts
import { createHash } from "node:crypto";
import * as v from "valibot";
var options = v.strictObject({
  folder: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.description("The folder for the state, from the configuration\u2019s folder on. It is made if it is missing.")
    ),
    ".newleaf/state"
  )
});
var driver = {
  options,
  open: async ({ folder }, context) => stateStore(await openTree(pathFrom(context.folder, folder), NOT_WRITABLE))
};
var stateStore = (tree) => ({
  async read(key) {
    const seen = await readNewest(tree, key);
    if (seen.number === 0) return void 0;
    return { document: parsed(key, seen), tag: tagOf(seen.number, seen.bytes) };
  },
  async write(key, document, tag) {
    const bytes = Buffer.from(JSON.stringify(document));
    return retryOnConflict(key, async () => {
      const seen = await readNewest(tree, key);
      const newest = seen.number === 0 ? void 0 : tagOf(seen.number, seen.bytes);
      if (newest !== tag) throw new Failure("STATE_CONFLICT", `the state ${key} was changed by another run`);
      return await compareAndSwap(tree, seen, bytes) ? tagOf(seen.number + 1, bytes) : void 0;
    });
  },
  remove: (key) => removeVersions(tree, key),
  list: (prefix, upTo) => listKeys(tree, { prefix, upTo, marks: isVersionFile })
});
var tagOf = (number, bytes) => `${number}-${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
function parsed(key, { bytes, number, folder }) {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new Failure(
      "STORE_UNREADABLE",
      `the state ${key} is damaged: @${number}.json in ${folder} is no JSON; restore it, or remove it to go back`,
      { cause }
    );
  }
}
export {
  driver
};
