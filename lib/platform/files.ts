import { randomBytes } from 'node:crypto'
import { constants, type Dirent, type Stats } from 'node:fs'
import { link, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure, type FailureCode } from '../errors.ts'

/** Permission bits that must not be set: on what holds secrets, and on what others may read but never change. */
export const NOT_SHARED = 0o077
export const NOT_WRITABLE = 0o022

/** More than any document of ours needs; what is larger is refused, both when it is written and when it is read. */
export const MAX_FILE_BYTES = 1024 * 1024

/** The names of unfinished writes begin like this; a crash leaves them behind. */
export const TEMPORARY = '@tmp-'

/** Replaces the file: after a crash at any moment it holds the old content or the new, never a part. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeTemporary(path, bytes, (temporary) => rename(temporary, path))
  } catch (error) {
    throw failureAt(path, error)
  }
}

/**
 * Like `writeDurably`, but only if there is no such file. Resolves to whether it was created: it was not if there is one,
 * or if somebody swept the folder meanwhile.
 */
export async function createDurably(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await writeTemporary(path, bytes, (temporary) => link(temporary, path))
    return true
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST' || errno === 'ENOENT') return false
    throw failureAt(path, error)
  }
}

/** Undefined if there is none. Refuses a link, what is no plain file, and what belongs or is open to others. */
export async function readPlain(path: string, forbidden: number): Promise<Buffer | undefined> {
  const file = await unlessAbsent(path, () =>
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  )
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw refused(path, 'is no plain file', 'move it away')
    refuseShared(path, stats, forbidden)
    if (stats.size > MAX_FILE_BYTES) throw refused(path, `is larger than ${MAX_FILE_BYTES} bytes`, 'move it away')
    return await file.readFile()
  } catch (error) {
    throw failureAt(path, error)
  } finally {
    await file.close()
  }
}

/** Succeeds when it is gone. */
export async function removeFile(path: string): Promise<void> {
  await unlessAbsent(path, () => rm(path))
}

/**
 * Removes what crashed writes of this file left beside it: a second name of it, or a part. The file must be there: whoever
 * is still about to create it has lost.
 */
export async function removeOrphans(path: string): Promise<void> {
  const folder = dirname(path)
  const left = (await listFolder(folder).catch(() => undefined))?.filter(({ name }) =>
    name.startsWith(unfinished(path)),
  )
  // A file can be good to read in a folder that is closed to us: what cannot be removed is in nobody's way.
  await Promise.allSettled((left ?? []).map(({ name }) => removeFile(join(folder, name))))
}

/** Where a path leads when all links are followed; undefined if there is nothing. */
export const realPath = (path: string): Promise<string | undefined> => unlessAbsent(path, () => realpath(path))

/** Undefined if there is no such folder. */
export const listFolder = (path: string): Promise<Dirent[] | undefined> =>
  unlessAbsent(path, () => readdir(path, { withFileTypes: true }))

/** Makes the folder, and those above it that are missing, for us alone; each is durable before the next. */
export async function makeFolder(path: string): Promise<void> {
  try {
    if (await makeOne(path)) return
    await makeFolder(dirname(path))
    await makeOne(path)
  } catch (error) {
    throw failureAt(path, error)
  }
}

/** Whether there is such a folder. Refuses a link, what is no folder, and what belongs or is open to others. */
export async function checkFolder(path: string, forbidden: number): Promise<boolean> {
  const stats = await unlessAbsent(path, () => lstat(path))
  if (stats === undefined) return false
  if (!stats.isDirectory()) throw refused(path, 'is no folder, or a link to one', 'move it away')
  refuseShared(path, stats, forbidden)
  return true
}

/** What was added to the folder and removed from it stays so when the power fails. Succeeds when the folder is gone. */
export async function keepChanges(folder: string): Promise<void> {
  await unlessAbsent(folder, () => syncFolder(folder))
}

/** Resolves to whether it is gone: a folder that is not empty stays. */
export async function removeEmptyFolder(path: string): Promise<boolean> {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return true
    if (errno === 'ENOTEMPTY' || errno === 'EEXIST') return false
    throw failureAt(path, error)
  }
}

/** A failure of the file system, with the path and the errno's name; other errors as they are. */
export function failureAt(path: string, error: unknown): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  return new Failure(
    codes[errno] ?? 'STORE_FAILED',
    `${path}: ${meanings[errno] ?? 'the file system failed'} (${errno})`,
    {
      fields: { path, errno },
      cause: error,
    },
  )
}

const codes: Readonly<Record<string, FailureCode>> = {
  EACCES: 'DENIED',
  EPERM: 'DENIED',
  ELOOP: 'STORE_UNREADABLE',
  ENOTDIR: 'STORE_UNREADABLE',
  EISDIR: 'STORE_UNREADABLE',
}

const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: give it to the user that newleaf runs as',
  EPERM: 'permission denied: give it to the user that newleaf runs as',
  ELOOP: 'is a link: put the file itself there',
  ENOTDIR: 'a part of the path is no folder: move it away',
  EISDIR: 'is a folder: move it away',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open',
}

const errnoOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

async function unlessAbsent<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw failureAt(path, error)
  }
}

/** False if the folder above it is missing. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    await syncFolder(dirname(path))
    return true
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST') return true
    if (errno === 'ENOENT') return false
    throw error
  }
}

/** How the names of unfinished writes of this file begin. */
const unfinished = (path: string) => `${TEMPORARY}${basename(path).slice(0, 100)}-`

async function writeTemporary(
  path: string,
  bytes: Uint8Array,
  commit: (temporary: string) => Promise<void>,
): Promise<void> {
  if (bytes.length > MAX_FILE_BYTES) {
    throw new Failure('STORE_FAILED', `${path} would be larger than ${MAX_FILE_BYTES} bytes`, { fields: { path } })
  }
  const temporary = join(dirname(path), `${unfinished(path)}${randomBytes(8).toString('hex')}`)
  try {
    await writeNew(temporary, bytes)
    await commit(temporary)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined) // the next write sweeps it; it must not hide the result
  }
  await syncFolder(dirname(path))
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Its owner may do with it as they like, whatever its mode: only we and root may own what nobody else is to read or change. */
function refuseShared(path: string, { mode, uid }: Stats, forbidden: number): void {
  const own = process.getuid?.() ?? uid
  if (forbidden !== 0 && uid !== own && uid !== 0)
    throw refused(path, `belongs to user ${uid}`, `chown ${own} '${path}'`)
  if ((mode & forbidden) === 0) return
  const change = forbidden === NOT_SHARED ? 'go-rwx' : 'go-w'
  throw refused(path, `is open to others (mode ${(mode & 0o777).toString(8)})`, `chmod ${change} '${path}'`)
}

const refused = (path: string, what: string, advice: string) =>
  new Failure('STORE_UNREADABLE', `${path} ${what}: ${advice}`, { fields: { path } })
