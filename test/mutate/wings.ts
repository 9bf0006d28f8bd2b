/** What is mutated: the wings that decide, and those that speak the protocols. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export const WINGS = ['policy', 'observe', 'renewal', 'state', 'acme', 'dns'] as const
export type Wing = (typeof WINGS)[number]

export const isWing = (name: string): name is Wing => (WINGS as readonly string[]).includes(name)
/** Of a file of lib. */
export const wingOf = (file: string): string => file.split('/')[1] ?? ''

/** The source files of a wing, relative to the project. */
export function filesOf(wing: Wing): string[] {
  const folder = join('lib', wing)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(folder, file))
    .sort()
}
