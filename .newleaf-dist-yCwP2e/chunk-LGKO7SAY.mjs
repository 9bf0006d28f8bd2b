import {
  TEMPORARY,
  checkFolder,
  listFolder,
  makeFolder,
  realPath,
  removeEmptyFolder,
  removeFile
} from "./chunk-4WVHOI25.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/file-tree.ts
import { homedir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
var pathFrom = (folder, path) => path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(folder, path);
async function openTree(path, forbidden) {
  await makeFolder(path);
  const root = await realPath(path) ?? path;
  await checkFolder(root, forbidden);
  return { root, forbidden };
}
function folderOf(tree, key) {
  const parts = key.split("/").map(encodePart);
  if (!key.isWellFormed() || parts.some((part) => part === "" || part.length > MAX_PART)) {
    throw new Failure(
      "CONFIG_INVALID",
      `"${key.slice(0, 100)}" cannot be stored: its parts must be neither empty nor long`
    );
  }
  return join(tree.root, ...parts);
}
async function checkTree(tree, folder) {
  let path = tree.root;
  for (const part of relative(tree.root, folder).split(sep)) {
    path = join(path, part);
    if (!await checkFolder(path, tree.forbidden)) return false;
  }
  return true;
}
async function growTree(tree, folder) {
  await makeFolder(folder);
  await checkTree(tree, folder);
}
async function pruneTree(tree, folder) {
  for (let path = folder; path !== tree.root; path = dirname(path)) {
    if (!await removeEmptyFolder(path)) return;
  }
}
async function listKeys(tree, range) {
  const keys = [];
  await collect(tree, range, { path: tree.root, key: "" }, keys);
  return keys.sort();
}
async function collect(tree, range, { path, key }, keys) {
  if (!await checkFolder(path, tree.forbidden)) return;
  const entries = await listFolder(path) ?? [];
  if (entries.every(({ name }) => name.startsWith(TEMPORARY))) {
    await Promise.allSettled(entries.map(({ name }) => removeFile(join(path, name))));
    return pruneTree(tree, path).catch(() => void 0);
  }
  if (key.startsWith(range.prefix) && key !== "" && entries.some(({ name }) => range.marks(name))) keys.push(key);
  for (const entry of entries) {
    const part = decodePart(entry.name);
    if (part === void 0) continue;
    const below = key === "" ? part : `${key}/${part}`;
    if (mayHold(below, range)) await collect(tree, range, { path: join(path, entry.name), key: below }, keys);
  }
}
var mayHold = (key, { prefix, upTo }) => (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) && (upTo === void 0 || key <= upTo);
var MAX_PART = 200;
var encodePart = (part) => part.replace(/[^a-z0-9_.-]|^\.|\.$/gu, (character) => Buffer.from(character).toString("hex").replace(/../g, "%$&"));
function decodePart(name) {
  try {
    const part = decodeURIComponent(name);
    return encodePart(part) === name ? part : void 0;
  } catch {
    return void 0;
  }
}

export {
  pathFrom,
  openTree,
  folderOf,
  checkTree,
  growTree,
  pruneTree,
  listKeys
};
