import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../../../errors.ts'
import { thereAre } from '../../../platform/suggestion.ts'
import { readList, readLists } from './answers.ts'
import { readPemFile, stageFile } from './pem-file.ts'
import { refused } from './replace.ts'
import type { RuntimeApi } from './runtime-api.ts'

/** A crt-list, or a folder that a bind loads as a whole, as HAProxy names it; `path` is where it is here. */
export interface CrtList {
  readonly name: string
  readonly path: string
}

/** Rejects unless a certificate that is in this list and in this file is served now and after a restart. */
export async function checkCrtList({ name, path }: CrtList, file: string, api: RuntimeApi): Promise<void> {
  const lists = readLists(await api.show('show ssl crt-list'))
  if (!lists.includes(name)) {
    const advice = `put \`bind … ssl crt-list ${name}\` into its configuration`
    throw new Failure(
      'TARGET_MISSING',
      `no bind of HAProxy uses the crt-list ${name}${thereAre(name, lists)}; ${advice}`,
    )
  }
  if ((await isFolder(path)) && dirname(file) !== path) {
    throw unfit(
      `${name} is a folder, and only what lies in it is loaded; the certificate would lie in ${dirname(file)}`,
    )
  }
}

/** In the file first: what is in memory alone is gone after a restart, and nobody would miss it. */
export async function addToCrtList(certificate: string, { name, path }: CrtList, api: RuntimeApi): Promise<void> {
  if (!(await isFolder(path))) await addLine(certificate, path)
  const entries = readList(await api.show(`show ssl crt-list ${name}`))
  if (entries.some((entry) => entry.name === certificate)) return
  const added = await api.send(`add ssl crt-list ${name} ${certificate}`)
  if (!/^Success!/m.test(added)) throw refused(`add ssl crt-list ${name}`, certificate, added)
}

async function addLine(certificate: string, path: string): Promise<void> {
  const text = (await readPemFile(path)) ?? ''
  const lines = text.split('\n')
  if (lines.some((line) => line.trim().split(/\s/)[0] === certificate)) return
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  const staged = await stageFile(path, `${text}${separator}${certificate}\n`)
  try {
    await staged.install()
  } finally {
    await staged.discard()
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw unfit(`the crt-list ${path} cannot be read here`, cause)
  }
}

const unfit = (message: string, cause?: unknown) => new Failure('TARGET_REFUSED', message, { cause })
