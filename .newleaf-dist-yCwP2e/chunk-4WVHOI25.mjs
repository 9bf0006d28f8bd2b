import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/files.ts
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
var NOT_SHARED = 63;
var NOT_WRITABLE = 18;
var MAX_FILE_BYTES = 1024 * 1024;
var TEMPORARY = "@tmp-";
async function writeDurably(path, bytes) {
  try {
    await writeTemporary(path, bytes, (temporary) => rename(temporary, path));
  } catch (error) {
    throw failureAt(path, error);
  }
}
async function createDurably(path, bytes) {
  try {
    await writeTemporary(path, bytes, (temporary) => link(temporary, path));
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST" || errno === "ENOENT") return false;
    throw failureAt(path, error);
  }
}
async function readPlain(path, forbidden) {
  const file = await unlessAbsent(
    path,
    () => open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  );
  if (file === void 0) return void 0;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw refused(path, "is no plain file", "move it away");
    refuseShared(path, stats, forbidden);
    if (stats.size > MAX_FILE_BYTES) throw refused(path, `is larger than ${MAX_FILE_BYTES} bytes`, "move it away");
    return await file.readFile();
  } catch (error) {
    throw failureAt(path, error);
  } finally {
    await file.close();
  }
}
async function removeFile(path) {
  await unlessAbsent(path, () => rm(path));
}
async function removeOrphans(path) {
  const folder = dirname(path);
  const left = (await listFolder(folder).catch(() => void 0))?.filter(
    ({ name }) => name.startsWith(unfinished(path))
  );
  await Promise.allSettled((left ?? []).map(({ name }) => removeFile(join(folder, name))));
}
var realPath = (path) => unlessAbsent(path, () => realpath(path));
var listFolder = (path) => unlessAbsent(path, () => readdir(path, { withFileTypes: true }));
async function makeFolder(path) {
  try {
    if (await makeOne(path)) return;
    await makeFolder(dirname(path));
    await makeOne(path);
  } catch (error) {
    throw failureAt(path, error);
  }
}
async function checkFolder(path, forbidden) {
  const stats = await unlessAbsent(path, () => lstat(path));
  if (stats === void 0) return false;
  if (!stats.isDirectory()) throw refused(path, "is no folder, or a link to one", "move it away");
  refuseShared(path, stats, forbidden);
  return true;
}
async function keepChanges(folder) {
  await unlessAbsent(folder, () => syncFolder(folder));
}
async function removeEmptyFolder(path) {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return true;
    if (errno === "ENOTEMPTY" || errno === "EEXIST") return false;
    throw failureAt(path, error);
  }
}
function failureAt(path, error) {
  const errno = errnoOf(error);
  if (errno === void 0) return error;
  return new Failure(
    codes[errno] ?? "STORE_FAILED",
    `${path}: ${meanings[errno] ?? "the file system failed"} (${errno})`,
    {
      fields: { path, errno },
      cause: error
    }
  );
}
var codes = {
  EACCES: "DENIED",
  EPERM: "DENIED",
  ELOOP: "STORE_UNREADABLE",
  ENOTDIR: "STORE_UNREADABLE",
  EISDIR: "STORE_UNREADABLE"
};
var meanings = {
  EACCES: "permission denied: give it to the user that newleaf runs as",
  EPERM: "permission denied: give it to the user that newleaf runs as",
  ELOOP: "is a link: put the file itself there",
  ENOTDIR: "a part of the path is no folder: move it away",
  EISDIR: "is a folder: move it away",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open"
};
var errnoOf = (error) => {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return void 0;
  return typeof error.code === "string" ? error.code : void 0;
};
async function unlessAbsent(path, work) {
  try {
    return await work();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return void 0;
    throw failureAt(path, error);
  }
}
async function makeOne(path) {
  try {
    await mkdir(path, { mode: 448 });
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST") return true;
    if (errno === "ENOENT") return false;
    throw error;
  }
}
var unfinished = (path) => `${TEMPORARY}${basename(path).slice(0, 100)}-`;
async function writeTemporary(path, bytes, commit) {
  if (bytes.length > MAX_FILE_BYTES) {
    throw new Failure("STORE_FAILED", `${path} would be larger than ${MAX_FILE_BYTES} bytes`, { fields: { path } });
  }
  const temporary = join(dirname(path), `${unfinished(path)}${randomBytes(8).toString("hex")}`);
  try {
    await writeNew(temporary, bytes);
    await commit(temporary);
  } finally {
    await rm(temporary, { force: true }).catch(() => void 0);
  }
  await syncFolder(dirname(path));
}
async function writeNew(path, bytes) {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 384);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
async function syncFolder(folder) {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
function refuseShared(path, { mode, uid }, forbidden) {
  const own = process.getuid?.() ?? uid;
  if (forbidden !== 0 && uid !== own && uid !== 0)
    throw refused(path, `belongs to user ${uid}`, `chown ${own} '${path}'`);
  if ((mode & forbidden) === 0) return;
  const change = forbidden === NOT_SHARED ? "go-rwx" : "go-w";
  throw refused(path, `is open to others (mode ${(mode & 511).toString(8)})`, `chmod ${change} '${path}'`);
}
var refused = (path, what, advice) => new Failure("STORE_UNREADABLE", `${path} ${what}: ${advice}`, { fields: { path } });

export {
  NOT_SHARED,
  NOT_WRITABLE,
  TEMPORARY,
  writeDurably,
  createDurably,
  readPlain,
  removeFile,
  removeOrphans,
  realPath,
  listFolder,
  makeFolder,
  checkFolder,
  keepChanges,
  removeEmptyFolder,
  failureAt,
  syncFolder
};
