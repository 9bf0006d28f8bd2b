/** Copies of the project in which something may be broken. */
import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

export interface Copy {
  readonly folder: string
  /** Where its checks put what they need for a while. */
  readonly temporary: string
  remove(): Promise<void>
}

/** What belongs to the project as it lies here, committed or not. The packages are linked. */
export async function copyProject(): Promise<Copy> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    maxBuffer: 16_777_216,
  })
  const root = await mkdtemp(join(tmpdir(), 'newleaf-copy-'))
  const folder = join(root, 'project')
  const temporary = join(root, 'tmp')
  await Promise.all([mkdir(folder), mkdir(temporary)])
  // Some tests look at it as somebody else: both are as open as where a checkout and a temporary file lie.
  await chmod(root, 0o755)
  await chmod(temporary, 0o1777)
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  const files = [...new Set(stdout.split('\0'))].filter((file) => file !== '' && file !== 'node_modules')
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    // What was deleted and is not yet committed is still listed.
    await cp(file, join(folder, file), { verbatimSymlinks: true }).catch(unlessGone)
  }
  return { folder, temporary, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) }
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
