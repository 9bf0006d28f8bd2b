import { constants } from 'node:fs'
import files, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** A change to the file system, in the words of `node:fs/promises`. */
export interface FileChange {
  readonly kind: 'mkdir' | 'create' | 'write' | 'sync' | 'link' | 'rename' | 'rm' | 'rmdir'
  readonly path: string
  /** Of a link or a rename: what it was before. */
  readonly from?: string
  /** Of a write. */
  readonly bytes?: Uint8Array
}

export interface Act<T> {
  (): Promise<T>
  /** Only the first half of a write. */
  half?(): Promise<unknown>
}

/** Does the change, or something else in its place. */
export type Around = <T>(change: FileChange, act: Act<T>) => Promise<T>

/** Nothing of a test is lost when the power fails: it need not wait for the disk. */
export const unsynced: Around = async <T>({ kind }: FileChange, act: Act<T>): Promise<T> =>
  kind === 'sync' ? (undefined as T) : act()

type Work = (...args: unknown[]) => Promise<unknown>

/** What of node:fs changes files and is not used: whoever uses it must be heard of, not missed. */
const UNUSED = [
  'appendFile',
  'chmod',
  'copyFile',
  'cp',
  'mkdtemp',
  'symlink',
  'truncate',
  'unlink',
  'writeFile',
] as const
const UNUSED_BY_HANDLES = ['appendFile', 'chmod', 'datasync', 'truncate', 'write', 'writev'] as const

/** From now on every change by way of `node:fs/promises` goes through `around`. Returns what ends it. */
export function tapFiles(around: Around): () => void {
  const promises = files as unknown as Record<string, Work>
  const originals = { ...promises }
  const original = (name: string) => originals[name] as Work
  const replace = (name: string, work: Work) => {
    promises[name] = work
  }

  for (const kind of ['mkdir', 'rm', 'rmdir'] as const)
    replace(kind, (...args) => around({ kind, path: String(args[0]) }, () => original(kind)(...args)))
  for (const kind of ['link', 'rename'] as const)
    replace(kind, (...args) =>
      around({ kind, path: String(args[1]), from: String(args[0]) }, () => original(kind)(...args)),
    )
  for (const name of UNUSED) replace(name, refuse(name))
  replace('open', async (...args) => {
    const [path, flags] = [String(args[0]), args[1]]
    const open = () => original('open')(...args) as Promise<FileHandle>
    if (flags !== undefined && typeof flags !== 'number') throw new Error('only numeric flags tell what open does here')
    const creates = flags !== undefined && (flags & constants.O_CREAT) !== 0
    return tapped(await (creates ? around({ kind: 'create', path }, open) : open()), path, around)
  })
  syncBuiltinESMExports()
  return () => {
    Object.assign(promises, originals)
    syncBuiltinESMExports()
  }
}

const refuse =
  (name: string): Work =>
  () =>
    Promise.reject(new Error(`${name} is not listened to: it would be a change that nobody hears of`))

function tapped(handle: FileHandle, path: string, around: Around): FileHandle {
  const write = handle.writeFile.bind(handle)
  const sync = handle.sync.bind(handle)
  return Object.assign(handle, Object.fromEntries(UNUSED_BY_HANDLES.map((name) => [name, refuse(name)])), {
    writeFile(bytes: Uint8Array) {
      const half = () => write(bytes.subarray(0, bytes.length / 2))
      return around(
        { kind: 'write', path, bytes },
        Object.assign(() => write(bytes), { half }),
      )
    },
    sync: () => around({ kind: 'sync', path }, sync),
  })
}
