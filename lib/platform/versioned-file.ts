import { join } from 'node:path'
import { checkTree, type FileTree, folderOf, growTree, pruneTree } from './file-tree.ts'
import { createDurably, keepChanges, listFolder, readPlain, removeFile, TEMPORARY } from './files.ts'
import { retryOnConflict } from './retry-on-conflict.ts'

/**
 * Compare-and-swap between processes without locks. A document is the highest of the files `@<number>.json` in its folder;
 * to change it is to create the next number, which the file system grants to one process only. The last few numbers stay:
 * who creates n while no number reaches n + KEPT knows that n was never there before, so that it was not late.
 */
const KEPT = 8
const NUMBERED = /^@(?<number>[1-9]\d{0,14})\.json$/

/** What a folder held at one moment. */
export interface Snapshot {
  readonly folder: string
  /** 0: there is no document. */
  readonly number: number
  readonly bytes: Buffer
  /** All names in the folder. */
  readonly names: readonly string[]
}

export const isVersionFile = (file: string): boolean => NUMBERED.test(file)

export async function readNewest(tree: FileTree, key: string): Promise<Snapshot> {
  const folder = folderOf(tree, key)
  return retryOnConflict(folder, async () => {
    const names = (await checkTree(tree, folder)) ? await namesIn(folder) : []
    const number = highest(names)
    if (number === 0) return { folder, number, bytes: Buffer.alloc(0), names }
    const bytes = await readPlain(fileOf(folder, number), tree.forbidden)
    return bytes && { folder, number, bytes, names } // gone: it was overtaken meanwhile
  })
}

/**
 * Resolves to whether `bytes` are the newest now; not if somebody was faster. Afterwards removes what crashed writes left
 * behind, and the files named in `obsolete`. They must be from `seen`: whoever still works with one of them has lost as well.
 */
export async function compareAndSwap(
  tree: FileTree,
  seen: Snapshot,
  bytes: Uint8Array,
  obsolete: readonly string[] = [],
): Promise<boolean> {
  const { folder } = seen
  const number = seen.number + 1
  await growTree(tree, folder)
  if (!(await createDurably(fileOf(folder, number), bytes))) return false
  if (!(await isNext(tree, seen))) {
    await removeFile(fileOf(folder, number))
    return false
  }
  const old = seen.names.filter(
    (name) => name.startsWith(TEMPORARY) || (isVersionFile(name) && numberOf(name) < number - KEPT),
  )
  // What cannot be removed now is removed after the next write: this one is done.
  await Promise.allSettled([...old, ...obsolete].map((name) => removeFile(join(folder, name))))
  return true
}

/** Succeeds when there is none. What `isBeside` names of the other files in its folder goes with it, afterwards. */
export async function removeVersions(
  tree: FileTree,
  key: string,
  isBeside: (name: string) => boolean = () => false,
): Promise<void> {
  const folder = folderOf(tree, key)
  await retryOnConflict(folder, async () => {
    if (!(await checkTree(tree, folder))) return true
    const names = (await namesIn(folder)).filter((name) => isVersionFile(name) || name.startsWith(TEMPORARY))
    const [newest, ...older] = names.sort((a, b) => numberOf(b) - numberOf(a))
    if (newest === undefined) return true
    // The newest goes last, even if the power fails: nobody must see an older one in its place.
    for (const name of older.reverse()) await removeFile(join(folder, name))
    if (older.length > 0) await keepChanges(folder)
    await removeFile(join(folder, newest))
    return undefined
  })
  const beside = (await checkTree(tree, folder)) ? (await namesIn(folder)).filter(isBeside) : []
  for (const name of beside) await removeFile(join(folder, name))
  if (beside.length > 0) await keepChanges(folder)
  await pruneTree(tree, folder)
}

async function isNext(tree: FileTree, { folder, number, bytes }: Snapshot): Promise<boolean> {
  const names = await namesIn(folder)
  if (highest(names) > number + KEPT) return false
  if (number === 0) return true
  const before = await readPlain(fileOf(folder, number), tree.forbidden)
  return before?.equals(bytes) ?? false
}

const namesIn = async (folder: string): Promise<string[]> => ((await listFolder(folder)) ?? []).map(({ name }) => name)
const fileOf = (folder: string, number: number) => join(folder, `@${number}.json`)
const numberOf = (name: string) => Number(NUMBERED.exec(name)?.groups?.number ?? 0)
const highest = (names: readonly string[]) => Math.max(0, ...names.map(numberOf))
