import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { FileChange } from './file-changes.ts'

/** What is on a disk: folders, and files with their bytes, by path below the root. The root itself is always there. */
export type Disk = ReadonlyMap<string, Buffer | 'folder'>

/**
 * A disk that keeps for certain only what was synced: bytes by a sync of their file, names by a sync of their folder
 * (POSIX fsync). Of everything else it may have kept any part when the power fails.
 */
export interface Volatile {
  apply(change: FileChange): void
  /** Every disk that may be found after the power has failed now. */
  afterPowerLoss(): Disk[]
}

interface File {
  bytes: Buffer
  synced: Buffer | undefined
}
/** A name that appears in a folder, or goes; a rename does both at once. */
type NameChange = readonly (readonly [name: string, to: File | 'folder' | undefined])[]

interface Folder {
  readonly synced: Map<string, File | 'folder'>
  now: Map<string, File | 'folder'>
  changes: NameChange[]
}

/** `root` as it is now is safe on the disk. */
export function volatileDisk(root: string): Volatile {
  const folders = new Map<string, Folder>()
  const newFolder = (path: string) => {
    const folder: Folder = { synced: new Map(), now: new Map(), changes: [] }
    folders.set(path, folder)
    return folder
  }
  for (const [path, content] of [['', 'folder'] as const, ...diskAt(root)]) {
    const entry = content === 'folder' ? content : { bytes: content, synced: content }
    if (content === 'folder') newFolder(path)
    if (path === '') continue
    const above = folders.get(parent(path))
    above?.synced.set(basename(path), entry)
    above?.now.set(basename(path), entry)
  }

  const folderOf = (path: string): Folder => {
    const folder = folders.get(parent(path))
    if (folder === undefined) throw new Error(`${path} was changed outside of what is watched`)
    return folder
  }
  const fileAt = (path: string): File => {
    const file = folderOf(path).now.get(basename(path))
    if (file === undefined || file === 'folder') throw new Error(`${path} is no file`)
    return file
  }
  const rename = (path: string, ...changes: NameChange) => {
    const folder = folderOf(path)
    folder.changes.push(changes)
    folder.now = renamed(folder.now, changes)
  }

  return {
    apply({ kind, path: absolute, from = '', bytes }) {
      const path = relative(root, absolute)
      if (kind === 'sync') {
        const folder = folders.get(path)
        if (folder !== undefined) {
          folder.synced.clear()
          for (const [name, entry] of folder.now) folder.synced.set(name, entry)
          folder.changes = []
          return
        }
        const file = fileAt(path)
        file.synced = file.bytes
      } else if (kind === 'write') {
        fileAt(path).bytes = Buffer.from(bytes ?? [])
      } else if (kind === 'mkdir') {
        rename(path, [basename(path), 'folder'])
        newFolder(path)
      } else if (kind === 'create') {
        rename(path, [basename(path), { bytes: Buffer.alloc(0), synced: undefined }])
      } else if (kind === 'rm' || kind === 'rmdir') {
        rename(path, [basename(path), undefined])
        folders.delete(path)
      } else {
        const source = relative(root, from)
        if (parent(source) !== parent(path)) throw new Error('between two folders it would be two changes')
        const moved = [basename(path), fileAt(source)] as const
        rename(path, ...(kind === 'rename' ? [moved, [basename(source), undefined] as const] : [moved]))
      }
    },
    afterPowerLoss() {
      const pending = [...folders.values()].flatMap(({ changes }) => changes)
      const disks = subsets(pending).flatMap((kept) =>
        REMAINS.map((remains) => {
          const disk = new Map<string, Buffer | 'folder'>()
          const unfold = (path: string) => {
            const folder = folders.get(path) ?? newFolder(path)
            const names = folder.changes
              .filter((change) => kept.has(change))
              .reduce((all, change) => renamed(all, change), folder.synced)
            for (const [name, entry] of names) {
              const below = join(path, name)
              disk.set(below, entry === 'folder' ? entry : (entry.synced ?? remains(entry.bytes)))
              if (entry === 'folder' && folders.has(below)) unfold(below)
            }
          }
          unfold('')
          return disk
        }),
      )
      return [...new Map(disks.map((disk) => [digestOf(disk), disk])).values()]
    },
  }
}

/** Of bytes that were never synced: nothing, a part, zeros in the right length, or all. */
const REMAINS: readonly ((bytes: Buffer) => Buffer)[] = [
  () => Buffer.alloc(0),
  (bytes) => bytes.subarray(0, bytes.length / 2),
  (bytes) => Buffer.alloc(bytes.length),
  (bytes) => bytes,
]

const MANY = 5

/** All subsets; of very many things those that lack, or have, only a few at one end. */
function subsets<T>(things: readonly T[]): Set<T>[] {
  const some = things.slice(0, MANY)
  const all = Array.from(
    { length: 2 ** some.length },
    (_, mask) => new Set(some.filter((__, index) => (mask >> index) & 1)),
  )
  const rest = things.slice(MANY)
  return rest.length === 0 ? all : all.flatMap((each) => [each, new Set([...each, ...rest])])
}

function renamed(names: ReadonlyMap<string, File | 'folder'>, changes: NameChange): Map<string, File | 'folder'> {
  const next = new Map(names)
  for (const [name, to] of changes) {
    if (to === undefined) next.delete(name)
    else next.set(name, to)
  }
  return next
}

const parent = (path: string): string => (dirname(path) === '.' ? '' : dirname(path))

/** Each folder stands before what is in it. */
function diskAt(root: string): Disk {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    paths.map((path) => {
      const full = join(root, path)
      return [path, statSync(full).isDirectory() ? 'folder' : readFileSync(full)]
    }),
  )
}

/** Puts what was found into an empty folder. */
export function writeDisk(root: string, disk: Disk): void {
  for (const [path, content] of disk) {
    if (content === 'folder') mkdirSync(join(root, path), { mode: 0o700 })
    else writeFileSync(join(root, path), content, { mode: 0o600 })
  }
}

export function digestOf(disk: Disk): string {
  const hash = createHash('sha256')
  for (const [path, content] of [...disk].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${content === 'folder' ? 'folder' : content.length}\0`)
    if (content !== 'folder') hash.update(content)
  }
  return hash.digest('hex')
}
