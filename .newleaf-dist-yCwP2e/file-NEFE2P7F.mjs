import {
  decodeMasterKey,
  encryptedStore,
  isSealed,
  openKeys
} from "./chunk-7PNCTNCL.mjs";
import "./chunk-BJHYPIRZ.mjs";
import {
  compareAndSwap,
  isVersionFile,
  readNewest,
  removeVersions
} from "./chunk-PBUZFJGR.mjs";
import "./chunk-XSOCXGOZ.mjs";
import "./chunk-HK6W65LT.mjs";
import "./chunk-PPS7ITEI.mjs";
import "./chunk-K72UN6J4.mjs";
import {
  growTree,
  listKeys,
  openTree,
  pathFrom
} from "./chunk-LGKO7SAY.mjs";
import {
  NOT_SHARED,
  createDurably,
  listFolder,
  makeFolder,
  readPlain,
  realPath,
  removeOrphans,
  writeDurably
} from "./chunk-4WVHOI25.mjs";
import {
  envReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-GNHTNKVN.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/drivers/file.ts
import { join as join2 } from "node:path";
import * as v from "valibot";

// lib/secrets/key-file.ts
import { randomBytes } from "node:crypto";
import { basename, dirname, join, sep } from "node:path";
var masterKeyFile = (tree, path, { populated }, log) => ({
  async find() {
    if (`${await physicalPath(path)}${sep}`.startsWith(tree.root + sep)) {
      throw new Failure(
        "CONFIG_INVALID",
        `the master key ${path} lies inside the store that it opens: keep it elsewhere`
      );
    }
    const found = await readPlain(path, NOT_SHARED);
    if (found !== void 0) {
      await removeOrphans(path);
      return decodeMasterKey(path, found.toString("latin1"));
    }
    if (!await populated()) return void 0;
    throw new Failure(
      "STORE_UNREADABLE",
      `the master key ${path} is missing, and nothing else opens the secrets in ${tree.root}: put it back from your copy; if it is lost for good, move the store away: certificates and accounts are then made anew, other secrets must be stored again`
    );
  },
  async make() {
    await makeFolder(dirname(path));
    if (await createDurably(path, Buffer.from(`${randomBytes(32).toString("base64")}
`))) {
      log.warn("a new master key was made: keep a copy of it, for without it the secrets are lost", { path });
    }
    return decodeMasterKey(path, (await readPlain(path, NOT_SHARED))?.toString("latin1") ?? "");
  }
});
var physicalPath = async (path) => await realPath(path) ?? join(await physicalPath(dirname(path)), basename(path));

// lib/secrets/drivers/file.ts
var options = v.pipe(
  v.strictObject({
    folder: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.description(
          "The folder for the sealed secrets, from the configuration\u2019s folder on. It is made if it is missing."
        )
      ),
      ".newleaf/secrets"
    ),
    masterKey: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.description(
          "Path of the file with the master key, outside of `folder`; ~/.config/newleaf/master.key if neither it nor a passphrase is given. It is made if it is missing and nothing is sealed yet."
        )
      )
    ),
    passphrase: v.optional(
      v.pipe(envReference, v.description("A passphrase in place of the master key, as env:NAME."))
    ),
    formerMasterKey: v.optional(
      v.pipe(v.string(), v.minLength(1), v.description("Path of the file with the master key that is being changed."))
    ),
    formerPassphrase: v.optional(
      v.pipe(envReference, v.description("The passphrase that is being changed, as env:NAME."))
    )
  }),
  v.check(
    ({ masterKey, passphrase }) => masterKey === void 0 || passphrase === void 0,
    "expected either masterKey or passphrase"
  ),
  v.check(
    ({ formerMasterKey, formerPassphrase }) => formerMasterKey === void 0 || formerPassphrase === void 0,
    "expected either formerMasterKey or formerPassphrase"
  )
);
var driver = {
  options,
  async open(given, { folder: here, resolve, log }) {
    const { folder, masterKey = "~/.config/newleaf/master.key", passphrase, formerMasterKey, formerPassphrase } = given;
    const tree = await openTree(pathFrom(here, folder), NOT_SHARED);
    const note = keyNote(tree);
    const inFile = (path) => ({ masterKey: masterKeyFile(tree, pathFrom(here, path), note, log) });
    const source = passphrase === void 0 ? inFile(masterKey) : { passphrase: await resolve(passphrase) };
    const former = formerPassphrase === void 0 ? formerMasterKey && inFile(formerMasterKey) : { passphrase: await resolve(formerPassphrase) };
    return encryptedStore(shelf(tree), await openKeys(note, source, former || void 0));
  }
};
var shelf = (tree) => ({
  look: (name) => readNewest(tree, name),
  files: async ({ names }) => names,
  read: ({ folder }, file) => readPlain(join2(folder, file), NOT_SHARED),
  async add({ folder }, file, bytes) {
    await growTree(tree, folder);
    return createDurably(join2(folder, file), bytes);
  },
  move: (seen, bytes, obsolete) => compareAndSwap(tree, seen, bytes, obsolete),
  remove: (name) => removeVersions(tree, name, isSealed),
  names: () => listKeys(tree, { prefix: "", upTo: void 0, marks: (file) => isVersionFile(file) || isSealed(file) }),
  location: ({ folder }, file) => join2(folder, file)
});
function keyNote(tree) {
  const location = join2(tree.root, "@store.json");
  let found = false;
  return {
    location,
    async read() {
      const bytes = await readPlain(location, NOT_SHARED);
      found = bytes !== void 0;
      if (found) await removeOrphans(location);
      return bytes;
    },
    async write(bytes) {
      if (!found) return createDurably(location, bytes);
      await writeDurably(location, bytes);
      return true;
    },
    populated: async () => (await listFolder(tree.root) ?? []).some((entry) => entry.isDirectory())
  };
}
export {
  driver
};
