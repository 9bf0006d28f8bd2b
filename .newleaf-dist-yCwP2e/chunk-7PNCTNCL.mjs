import {
  activated,
  createKeyring,
  entries,
  formatStages,
  isProvedBy,
  isSealedWith,
  parseStages,
  seal,
  unseal,
  versionOf
} from "./chunk-BJHYPIRZ.mjs";
import {
  retryOnConflict
} from "./chunk-XSOCXGOZ.mjs";
import {
  checkedName
} from "./chunk-HK6W65LT.mjs";
import {
  sha256
} from "./chunk-PPS7ITEI.mjs";
import {
  mapConcurrently
} from "./chunk-K72UN6J4.mjs";
import {
  TEMPORARY
} from "./chunk-4WVHOI25.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/sealed.ts
import { randomBytes } from "node:crypto";
var SEALED = ".sealed";
var isSealed = (file) => file.startsWith("@") && file.endsWith(SEALED);
var sealedIn = (backend, { active, former }) => ({
  stagesIn: (name, { number, bytes }) => number === 0 ? {} : parseStages([active, ...former], name, number, bytes),
  /** Whether the record and every file that it names are sealed with the active key. */
  async isActive(name, seen) {
    if (!isProvedBy(active, name, seen.number, seen.bytes)) return false;
    const files = entries(parseStages([active], name, seen.number, seen.bytes)).map(
      ({ file }) => backend.read(seen, file)
    );
    return (await Promise.all(files)).every((bytes) => bytes === void 0 || isSealedWith(active, bytes));
  },
  /** Undefined: the file is not there any more. */
  async open(name, seen, { version, file }) {
    const bytes = await backend.read(seen, file);
    return bytes && unseal([active, ...former], { name, version }, bytes);
  },
  /** Each write has a file of its own, so that nobody removes what another has just written. Undefined: somebody did. */
  async add(seen, item, value) {
    const file = `@${item.version}-${randomBytes(8).toString("hex")}${SEALED}`;
    return await backend.add(seen, file, seal(active, item, value)) ? { version: item.version, file } : void 0;
  },
  /** Files that no stage refers to are removed once the move is done: those let go of, and those left by a crash. */
  async move(name, seen, stages) {
    const kept = entries(stages).map(({ file }) => file);
    const files = await backend.files(seen);
    const obsolete = files.filter((file) => isSealed(file) && !kept.includes(file));
    return backend.move(seen, formatStages(active, name, seen.number + 1, stages), obsolete);
  }
});
var missing = (name, location) => new Failure("STORE_UNREADABLE", `the secret ${name} is damaged: ${location} is missing; restore it from a backup`, {
  fields: { secret: name, location }
});

// lib/secrets/upkeep.ts
var CONCURRENCY = 10;
async function tidyAll(backend, keys) {
  if (await keys.existing() === void 0) return;
  await mapConcurrently(
    await backend.names(),
    CONCURRENCY,
    (name) => retryOnConflict(name, async () => {
      const seen = await backend.look(name);
      const sealed = sealedIn(backend, await keys.made());
      const stages = sealed.stagesIn(name, seen);
      const named = entries(stages).map(({ file }) => file);
      const left = (await backend.files(seen)).filter(
        (file) => file.startsWith(TEMPORARY) || isSealed(file) && !named.includes(file)
      );
      return left.length === 0 || await sealed.move(name, seen, stages) || void 0;
    })
  );
}
async function rewrapAll(backend, keys) {
  let count = 0;
  for (let change = await keys.change(); change !== void 0; change = await keys.change()) {
    for (let found = -1; found !== 0; count += found) found = await rewrapOnce(backend, change.keys);
    await change.end();
  }
  await tidyAll(backend, keys);
  return count;
}
async function rewrapOnce(backend, keys) {
  const failures = [];
  const counts = await mapConcurrently(await backend.names(), CONCURRENCY, async (name) => {
    try {
      return await rewrapOne(name, backend, keys) ? 1 : 0;
    } catch (error) {
      return failures.push(error) && 0;
    }
  });
  if (failures.length > 0) throw failures[0];
  return counts.reduce((sum, each) => sum + each, 0);
}
async function rewrapOne(name, backend, keys) {
  const sealed = sealedIn(backend, keys);
  let overtaken = 0;
  return retryOnConflict(name, async () => {
    const seen = await backend.look(name);
    if (seen.number === 0 || await sealed.isActive(name, seen)) return false;
    const next = {};
    for (const [stage, entry] of Object.entries(sealed.stagesIn(name, seen))) {
      const value = await sealed.open(name, seen, entry);
      if (value === void 0 && seen.number === overtaken) throw missing(name, backend.location(seen, entry.file));
      if (value === void 0) {
        overtaken = seen.number;
        return void 0;
      }
      const version = versionOf(keys.active, name, value);
      const same = Object.values(next).find((each) => each.version === version);
      const added = same ?? await sealed.add(seen, { name, version }, value);
      if (added === void 0) return void 0;
      next[stage] = added;
    }
    return await sealed.move(name, seen, next) || void 0;
  });
}

// lib/secrets/encrypted-store.ts
function encryptedStore(backend, keys) {
  async function look(name) {
    const seen = await backend.look(checkedName(name));
    const opened = await keys.made();
    const sealed = sealedIn(backend, opened);
    return { seen, sealed, active: opened.active, stages: sealed.stagesIn(name, seen) };
  }
  return {
    async read(name, stage) {
      checkedName(name);
      const opened = await keys.existing();
      if (opened === void 0) return void await backend.look(name);
      try {
        return await readStage({ name, stage }, backend, opened);
      } catch (error) {
        const now = isFailure(error, "STORE_UNREADABLE") ? await keys.changed(opened) : void 0;
        if (now === void 0) throw error;
        return readStage({ name, stage }, backend, now);
      }
    },
    stage: (name, value) => retryOnConflict(name, async () => {
      const { seen, sealed, active, stages } = await look(name);
      const version = versionOf(active, name, value);
      const files = seen.number === 0 ? [] : await backend.files(seen);
      const here = (entry) => entry?.version === version && files.includes(entry.file);
      if (here(stages.pending)) return version;
      const pending = entries(stages).find(here) ?? await sealed.add(seen, { name, version }, value);
      return pending && await sealed.move(name, seen, { ...stages, pending }) ? version : void 0;
    }),
    async activate(name, version, expected) {
      await retryOnConflict(name, async () => {
        const { seen, sealed, stages } = await look(name);
        const next = activated(name, stages, version, expected);
        return next === void 0 || await sealed.move(name, seen, next) || void 0;
      });
    },
    async remove(name) {
      await backend.remove(checkedName(name));
      return "removed";
    },
    tidy: () => tidyAll(backend, keys),
    rewrap: () => rewrapAll(backend, keys)
  };
}
async function readStage({ name, stage }, backend, keys) {
  const sealed = sealedIn(backend, keys);
  let overtaken = 0;
  const found = await retryOnConflict(name, async () => {
    const seen = await backend.look(name);
    const entry = sealed.stagesIn(name, seen)[stage];
    if (entry === void 0) return { stored: void 0 };
    const value = await sealed.open(name, seen, entry);
    if (value !== void 0) return { stored: { version: entry.version, value } };
    if (seen.number === overtaken) throw missing(name, backend.location(seen, entry.file));
    overtaken = seen.number;
    return void 0;
  });
  return found.stored;
}

// lib/secrets/keyring.ts
import { randomBytes as randomBytes2, scrypt } from "node:crypto";
import { promisify } from "node:util";
import * as v from "valibot";
async function openKeys(note, source, former) {
  const [own, ...others] = [derived(source), ...former === void 0 ? [] : [derived(former)]];
  let opened = await openedNow(note, [own, ...others], false);
  const again = async (isMade) => {
    opened = await openedNow(note, [own, ...others], isMade);
    return opened;
  };
  const made = async () => await again(true) ?? unsettled(note);
  return {
    made,
    // Beside secrets no key is ever made: this opens what somebody else has set up meanwhile.
    existing: async () => opened ?? (await note.populated() ? made() : void 0),
    async changed(from) {
      const now = await again(false);
      return now === void 0 || sameKeys(now, from) ? void 0 : now;
    },
    async change() {
      if (!await beginChange(note, own)) return void 0;
      const keys = await again(false) ?? unsettled(note);
      return { keys, end: () => endChange(note) };
    }
  };
}
var unsettled = (note) => {
  throw unreadable(`${note.location} could not be set up`);
};
var sameKeys = (one, other) => one.active.id.equals(other.active.id) && one.former.length === other.former.length;
var hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
var schema = v.object({
  v: v.literal(1),
  key: hex,
  salt: hex,
  /** While the key is being changed. */
  former: v.exactOptional(v.object({ key: hex, salt: hex }))
});
var SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 };
var MIN_PASSPHRASE = 12;
function derived(source) {
  if ("masterKey" in source) {
    const { find, make } = source.masterKey;
    return async (_salt, isMade) => {
      const key = await find() ?? (isMade ? await make() : void 0);
      return key && createKeyring(key);
    };
  }
  const known = /* @__PURE__ */ new Map();
  return async (salt = randomBytes2(16).toString("hex")) => {
    const keyring = known.get(salt) ?? fromPassphrase(source.passphrase, Buffer.from(salt, "hex"));
    known.set(salt, keyring);
    return keyring;
  };
}
async function openedNow(note, sources, isMade) {
  const opened = await retryOnConflict(note.location, async () => {
    const known = await read(note);
    if (known === void 0 && await note.populated()) {
      throw unreadable(`${note.location} is missing, and there are secrets beside it: restore it from a backup`);
    }
    const active = known && await matching(sources, known);
    if (known !== void 0 && active !== void 0)
      return { keys: { active, former: await formerOf(note, known, sources) } };
    if (known !== void 0 && await note.populated()) {
      throw unreadable(
        `the secrets beside ${note.location} were sealed with another master key or passphrase: use that one, or give it as formerMasterKey or formerPassphrase to change it`
      );
    }
    const keyring = await sources[0](known?.salt, isMade);
    if (keyring === void 0 || !isMade) return { keys: void 0 };
    return await note.write(noteOf(noted(keyring))) ? { keys: { active: keyring, former: [] } } : void 0;
  });
  return opened.keys;
}
async function matching(sources, { key, salt }) {
  for (const source of sources) {
    const keyring = await source(salt, false);
    if (keyring?.id.toString("hex") === key) return keyring;
  }
  return void 0;
}
async function formerOf(note, { former }, sources) {
  if (former === void 0) return [];
  const keyring = await matching(sources, former);
  if (keyring !== void 0) return [keyring];
  throw unreadable(
    `the key of the secrets beside ${note.location} is being changed, and some may be sealed with the former one still: configure it as formerMasterKey or formerPassphrase, and run newleaf secrets rewrap`
  );
}
var beginChange = (note, own) => retryOnConflict(note.location, async () => {
  const known = await read(note);
  if (known?.former !== void 0) return true;
  if (known === void 0 || await matching([own], known) !== void 0) return false;
  const salt = sha256(`${known.key} ${known.salt}`).slice(0, 32);
  const keyring = await own(salt, false);
  if (keyring === void 0) return false;
  const { key, salt: formerSalt } = known;
  return await note.write(noteOf(noted(keyring), { key, salt: formerSalt })) || void 0;
});
var endChange = (note) => retryOnConflict(note.location, async () => {
  const known = await read(note);
  if (known?.former === void 0) return true;
  return await note.write(noteOf(known)) || void 0;
});
var noted = ({ id, salt }) => ({ key: id.toString("hex"), salt: salt.toString("hex") });
var noteOf = ({ key, salt }, former) => Buffer.from(`${JSON.stringify({ v: 1, key, salt, ...former && { former } })}
`);
function decodeMasterKey(location, text) {
  const key = Buffer.from(text.trim(), "base64");
  if (key.length === 32 && key.toString("base64") === text.trim()) return key;
  throw unreadable(
    `the master key ${location} is damaged: expected 32 random bytes in base64; restore it from your copy`
  );
}
async function read(note) {
  const bytes = await note.read();
  if (bytes === void 0) return void 0;
  const result = safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString("utf8"));
  if (result.success) return result.output;
  throw unreadable(`${note.location} is damaged, or was written by a newer newleaf: restore it, or run that one`);
}
async function fromPassphrase(passphrase, salt) {
  const text = passphrase.reveal().normalize("NFKC");
  if (text.length < MIN_PASSPHRASE) {
    throw new Failure(
      "CONFIG_INVALID",
      `the passphrase of the secrets store is too short: use ${MIN_PASSPHRASE} characters or more`
    );
  }
  const stretch = promisify(scrypt);
  const master = await stretch(text, salt, 32, SCRYPT);
  try {
    return createKeyring(master, salt);
  } finally {
    master.fill(0);
  }
}
var unreadable = (message) => new Failure("STORE_UNREADABLE", message);

export {
  isSealed,
  encryptedStore,
  openKeys,
  decodeMasterKey
};
