import { homedir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Failure } from '../errors.ts'
import { checkFolder, listFolder, makeFolder, realPath, removeEmptyFolder, removeFile, TEMPORARY } from './files.ts'

/** A folder of ours, in which a key such as `certificate/shop` is a folder below it. Links in it are refused. */
export interface FileTree {
  /** Absolute and without links. */
  readonly root: string
  /** Permission bits that nothing in it may have. */
  readonly forbidden: number
}

/** `~/` is the home of whoever runs newleaf; other relative paths start at the configuration's folder. */
export const pathFrom = (folder: string, path: string): string =>
  path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path)

export async function openTree(path: string, forbidden: number): Promise<FileTree> {
  await makeFolder(path)
  const root = (await realPath(path)) ?? path
  await checkFolder(root, forbidden)
  return { root, forbidden }
}

/** Where the files of a key are. The same on every file system: letters that some do not tell apart are encoded. */
export function folderOf(tree: FileTree, key: string): string {
  const parts = key.split('/').map(encodePart)
  if (!key.isWellFormed() || parts.some((part) => part === '' || part.length > MAX_PART)) {
    throw new Failure(
      'CONFIG_INVALID',
      `"${key.slice(0, 100)}" cannot be stored: its parts must be neither empty nor long`,
    )
  }
  return join(tree.root, ...parts)
}

/** Whether the folder is there, with nothing on the way that is a link or open to others. */
export async function checkTree(tree: FileTree, folder: string): Promise<boolean> {
  let path = tree.root
  for (const part of relative(tree.root, folder).split(sep)) {
    path = join(path, part)
    if (!(await checkFolder(path, tree.forbidden))) return false
  }
  return true
}

export async function growTree(tree: FileTree, folder: string): Promise<void> {
  await makeFolder(folder)
  await checkTree(tree, folder)
}

/** Removes the folder and those above it, as far as they are empty. */
export async function pruneTree(tree: FileTree, folder: string): Promise<void> {
  for (let path = folder; path !== tree.root; path = dirname(path)) {
    if (!(await removeEmptyFolder(path))) return
  }
}

export interface KeyRange {
  readonly prefix: string
  readonly upTo: string | undefined
  /** Tells by a file's name whether it makes its folder a key. */
  readonly marks: (file: string) => boolean
}

/**
 * The keys in the range, sorted by code unit. Opens no folder in which there can be none, and removes those in which a
 * crash has left nothing else than an unfinished write: nobody may ever write there again.
 */
export async function listKeys(tree: FileTree, range: KeyRange): Promise<string[]> {
  const keys: string[] = []
  await collect(tree, range, { path: tree.root, key: '' }, keys)
  return keys.sort()
}

async function collect(
  tree: FileTree,
  range: KeyRange,
  { path, key }: { readonly path: string; readonly key: string },
  keys: string[],
): Promise<void> {
  if (!(await checkFolder(path, tree.forbidden))) return
  const entries = (await listFolder(path)) ?? []
  if (entries.every(({ name }) => name.startsWith(TEMPORARY))) {
    await Promise.allSettled(entries.map(({ name }) => removeFile(join(path, name))))
    // Whoever is about to write there makes it again. What cannot be removed is in nobody's way.
    return pruneTree(tree, path).catch(() => undefined)
  }
  if (key.startsWith(range.prefix) && key !== '' && entries.some(({ name }) => range.marks(name))) keys.push(key)
  for (const entry of entries) {
    const part = decodePart(entry.name)
    if (part === undefined) continue
    const below = key === '' ? part : `${key}/${part}`
    if (mayHold(below, range)) await collect(tree, range, { path: join(path, entry.name), key: below }, keys)
  }
}

/** Every key in the folder of `key` is `key` itself or begins with it and a slash, and so sorts behind it. */
const mayHold = (key: string, { prefix, upTo }: KeyRange): boolean =>
  (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) && (upTo === undefined || key <= upTo)

const MAX_PART = 200

const encodePart = (part: string): string =>
  part.replace(/[^a-z0-9_.-]|^\.|\.$/gu, (character) => Buffer.from(character).toString('hex').replace(/../g, '%$&'))

/** Undefined for a name that is not of our making. */
function decodePart(name: string): string | undefined {
  try {
    const part = decodeURIComponent(name)
    return encodePart(part) === name ? part : undefined
  } catch {
    return undefined // malformed, so not of our making
  }
}
