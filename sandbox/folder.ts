import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A folder that belongs to one world: nobody else may read it, and only one process at a time uses it. */
export interface Folder {
  readonly path: string
  file(name: string): string
  /** Undefined when there is none. */
  read(name: string): string | undefined
  /** Whole or not at all, for the owner's eyes only. */
  write(name: string, text: string): void
  release(): void
}

const LOCK = 'sandbox.pid'

/** `fresh` removes everything that an earlier world left there, and refuses a folder that is not a world's. */
export function openFolder(where: string, { fresh, mark }: { fresh: boolean; mark: string }): Folder {
  const path = resolve(where)
  if (existsSync(path) && !existsSync(join(path, mark)) && readdirSync(path).length > 0) {
    throw new Error(`${path} holds other things than a sandbox: choose another folder`)
  }
  const owner = ownerOf(join(path, LOCK))
  if (owner !== undefined) {
    throw new Error(`the sandbox in ${path} is in use by process ${owner}: stop it, or choose another folder`)
  }
  if (fresh) rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
  const file = (name: string) => join(path, name)
  const folder: Folder = {
    path,
    file,
    read: (name) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : undefined),
    write: (name, text) => writeWhole(file(name), text),
    release: () => rmSync(file(LOCK), { force: true }),
  }
  if (!existsSync(file(mark))) folder.write(mark, '')
  folder.write(LOCK, String(process.pid))
  return folder
}

/** Whole or not at all, for the owner's eyes only. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The process that has the folder, if it still lives. */
function ownerOf(lock: string): number | undefined {
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : Number.NaN
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined // it was killed: its folder is free
    throw error
  }
}
