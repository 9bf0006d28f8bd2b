import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { mapConcurrently } from '../platform/concurrency.ts'
import { sha256 } from '../platform/sha256.ts'
import type { ParsedDocument } from './document.ts'
import { readText } from './file.ts'
import { configInvalid } from './invalid.ts'
import { liesWithin, matchingFiles, problemOfPattern } from './matching-files.ts'
import { merged } from './merged.ts'
import { mapOf } from './raw-config.ts'

/** Where a configuration stands. `file` is only shown. */
export interface SourceFile {
  readonly folder: string
  readonly file: string
}

/** What a configuration includes, and the files as they were when it was read: their paths start at its folder. */
export interface Included {
  readonly patterns: readonly string[]
  readonly files: readonly { readonly path: string; readonly sha256: string }[]
}

/** Some 28,000 certificates of one name. */
export const MOST_BYTES = 4 * 1_024 * 1_024
const TOO_MUCH = `a configuration may have ${MOST_BYTES / 1_024 / 1_024} MiB at most, with all that it includes`
const READ_AT_ONCE = 16

/** The document with the certificates of all files that it includes; rejects with a CONFIG_INVALID when one of them cannot be. */
export async function withIncluded(
  own: ParsedDocument,
  bytes: number,
  source: SourceFile,
): Promise<ParsedDocument & { readonly included: Included }> {
  const { include } = mapOf(own.data)
  const written: readonly unknown[] = Array.isArray(include) ? include : [include]
  // What is wrong with the others is told with the schema.
  const patterns = written.filter(
    (each) => typeof each === 'string' && problemOfPattern(each) === undefined,
  ) as string[]
  const { paths, mistakes } = await findFiles(patterns, source)
  if (mistakes.length > 0)
    throw configInvalid(
      source.file,
      mistakes.map(({ pattern, text }) => {
        const path = Array.isArray(include) ? ['include', include.indexOf(pattern)] : ['include']
        return {
          text: `${path[1] === undefined ? 'include' : `include[${path[1]}]`}: ${text}`,
          position: own.positionOf(path),
        }
      }),
    )
  const files = await readFiles(paths, bytes, source)
  const digests = files.map(({ path, text }) => ({ path, sha256: sha256(text) }))
  const shown = files.map(({ path, text }) => ({ file: shownFile(path, source), text }))
  return { ...merged(own, shown, source.file), included: { patterns, files: digests } }
}

/** Whether the same files with the same content would be included now. */
export async function isUnchanged({ patterns, files }: Included, source: SourceFile): Promise<boolean> {
  const { paths, mistakes } = await findFiles(patterns, source)
  if (mistakes.length > 0 || paths.length !== files.length || paths.some((path, at) => path !== files[at]?.path))
    return false
  const now = await readFiles(paths, 0, source)
  return now.every(({ text }, at) => sha256(text) === files[at]?.sha256)
}

interface Found {
  readonly paths: readonly string[]
  readonly mistakes: readonly { readonly pattern: string; readonly text: string }[]
}

/** The files, each once and in order, without the configuration's own. */
async function findFiles(patterns: readonly string[], { folder, file }: SourceFile): Promise<Found> {
  const found = new Set<string>()
  const mistakes: { pattern: string; text: string }[] = []
  for (const pattern of patterns) {
    try {
      const paths = (await matchingFiles(pattern, folder)).filter((path) => path !== basename(file))
      if (paths.length === 0)
        mistakes.push({ pattern, text: 'no file in the folder of the configuration is called so' })
      const root = paths.length === 0 ? folder : await realpath(folder)
      for (const path of paths) {
        if (!(await liesWithin(root, path)))
          mistakes.push({ pattern, text: `${path} leads out of the folder of the configuration` })
        found.add(path)
      }
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException
      mistakes.push({ pattern, text: `a folder or a link on its way cannot be read (${code})` })
    }
  }
  return { paths: [...found].sort(), mistakes }
}

/** Stops as soon as it is too much, with what the configuration itself has. */
async function readFiles(paths: readonly string[], bytes: number, source: SourceFile) {
  let sum = bytes
  return mapConcurrently(paths, READ_AT_ONCE, async (path) => {
    const text = await readText(join(source.folder, path), shownFile(path, source))
    sum += Buffer.byteLength(text)
    if (sum > MOST_BYTES) throw configInvalid(source.file, [{ text: TOO_MUCH }])
    return { path, text }
  })
}

const shownFile = (path: string, { file }: SourceFile) => join(dirname(file), path)
