import {
  retryOnConflict
} from "./chunk-XSOCXGOZ.mjs";
import {
  checkTree,
  folderOf,
  growTree,
  pruneTree
} from "./chunk-LGKO7SAY.mjs";
import {
  TEMPORARY,
  createDurably,
  keepChanges,
  listFolder,
  readPlain,
  removeFile
} from "./chunk-4WVHOI25.mjs";

// lib/platform/versioned-file.ts
import { join } from "node:path";
var KEPT = 8;
var NUMBERED = /^@(?<number>[1-9]\d{0,14})\.json$/;
var isVersionFile = (file) => NUMBERED.test(file);
async function readNewest(tree, key) {
  const folder = folderOf(tree, key);
  return retryOnConflict(folder, async () => {
    const names = await checkTree(tree, folder) ? await namesIn(folder) : [];
    const number = highest(names);
    if (number === 0) return { folder, number, bytes: Buffer.alloc(0), names };
    const bytes = await readPlain(fileOf(folder, number), tree.forbidden);
    return bytes && { folder, number, bytes, names };
  });
}
async function compareAndSwap(tree, seen, bytes, obsolete = []) {
  const { folder } = seen;
  const number = seen.number + 1;
  await growTree(tree, folder);
  if (!await createDurably(fileOf(folder, number), bytes)) return false;
  if (!await isNext(tree, seen)) {
    await removeFile(fileOf(folder, number));
    return false;
  }
  const old = seen.names.filter(
    (name) => name.startsWith(TEMPORARY) || isVersionFile(name) && numberOf(name) < number - KEPT
  );
  await Promise.allSettled([...old, ...obsolete].map((name) => removeFile(join(folder, name))));
  return true;
}
async function removeVersions(tree, key, isBeside = () => false) {
  const folder = folderOf(tree, key);
  await retryOnConflict(folder, async () => {
    if (!await checkTree(tree, folder)) return true;
    const names = (await namesIn(folder)).filter((name) => isVersionFile(name) || name.startsWith(TEMPORARY));
    const [newest, ...older] = names.sort((a, b) => numberOf(b) - numberOf(a));
    if (newest === void 0) return true;
    for (const name of older.reverse()) await removeFile(join(folder, name));
    if (older.length > 0) await keepChanges(folder);
    await removeFile(join(folder, newest));
    return void 0;
  });
  const beside = await checkTree(tree, folder) ? (await namesIn(folder)).filter(isBeside) : [];
  for (const name of beside) await removeFile(join(folder, name));
  if (beside.length > 0) await keepChanges(folder);
  await pruneTree(tree, folder);
}
async function isNext(tree, { folder, number, bytes }) {
  const names = await namesIn(folder);
  if (highest(names) > number + KEPT) return false;
  if (number === 0) return true;
  const before = await readPlain(fileOf(folder, number), tree.forbidden);
  return before?.equals(bytes) ?? false;
}
var namesIn = async (folder) => (await listFolder(folder) ?? []).map(({ name }) => name);
var fileOf = (folder, number) => join(folder, `@${number}.json`);
var numberOf = (name) => Number(NUMBERED.exec(name)?.groups?.number ?? 0);
var highest = (names) => Math.max(0, ...names.map(numberOf));

export {
  isVersionFile,
  readNewest,
  compareAndSwap,
  removeVersions
};
