/** A break, made in a copy of the project. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Copy } from '../support/project-copy.ts'
import type { Sabotage } from './sabotage.ts'

/** Breaks the file. Rejects when the text to be replaced is not there, or more than once. */
export async function breakIt({ folder }: Copy, sabotage: Sabotage): Promise<void> {
  const path = join(folder, sabotage.file)
  await writeFile(path, broken(sabotage, await readFile(path, 'utf8')))
}

/** Pure. */
export function broken({ name, file, find, replace }: Sabotage, text: string): string {
  const times = text.split(find).length - 1
  if (times !== 1) throw new Error(`${name}: what is to be replaced stands ${times} times in ${file}, and not once`)
  return text.replace(find, () => replace)
}
