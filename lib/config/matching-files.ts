import { lstat, readdir, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'

/** Why a pattern cannot be one of files in a folder; undefined if it can. */
export function problemOfPattern(pattern: string): string | undefined {
  const names = namesIn(pattern)
  if (isAbsolute(pattern) || names.includes('..'))
    return 'expected a path below the folder of the configuration, without ..'
  if (names.some((name) => name.includes('**'))) return 'a * stands for a part of one name; write one for each folder'
  return names.length === 0 ? 'must not be empty' : undefined
}

const namesIn = (pattern: string): string[] => pattern.split('/').filter((name) => name !== '' && name !== '.')

/** The paths, from the folder on, of all files that a pattern is for. Its `*` stands for any part of one name, but for the dot that hides one. */
export const matchingFiles = (pattern: string, folder: string): Promise<string[]> =>
  matching(namesIn(pattern), folder, '')

async function matching([name, ...rest]: readonly string[], folder: string, within: string): Promise<string[]> {
  if (name === undefined) return [within]
  const isLast = rest.length === 0
  const names = name.includes('*') ? await matchingNames(name, join(folder, within), isLast) : [name]
  const found = names.map((each) => matching(rest, folder, join(within, each)))
  const paths = (await Promise.all(found)).flat()
  return isLast && !name.includes('*') ? filter(paths, (path) => isThere(join(folder, path))) : paths
}

async function matchingNames(name: string, folder: string, isLast: boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(absent([]))
  // Where a symbolic link leads to is found out when it is followed.
  const isWanted = (entry: (typeof entries)[number]) => entry.isSymbolicLink() || entry.isDirectory() !== isLast
  return entries.filter((entry) => isLike(entry.name, name) && isWanted(entry)).map((entry) => entry.name)
}

function isLike(name: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop() ?? ''
  if (name.startsWith('.') || !name.startsWith(first) || !name.slice(first.length).endsWith(last)) return false
  let rest = name.slice(first.length, name.length - last.length)
  return others.every((part) => {
    const at = rest.indexOf(part)
    rest = rest.slice(at + part.length)
    return at !== -1
  })
}

const filter = async (paths: string[], test: (path: string) => Promise<boolean>): Promise<string[]> => {
  const wanted = await Promise.all(paths.map(test))
  return paths.filter((_, index) => wanted[index])
}

const isThere = (path: string): Promise<boolean> => lstat(path).then(() => true, absent(false))

/** Whether a file of a folder lies in it once all symbolic links are followed; what leads nowhere leads not out of it. */
export async function liesWithin(folder: string, path: string): Promise<boolean> {
  const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, path)).catch(absent(undefined))])
  if (file === undefined) return true
  const way = relative(root, file)
  return !isAbsolute(way) && way.split(sep)[0] !== '..'
}

const absent =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value
    throw error
  }
