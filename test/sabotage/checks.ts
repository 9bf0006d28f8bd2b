/** The checks of the project, as short as they can be, and what their output says. */
import { stripVTControlCharacters } from 'node:util'

export interface Check {
  readonly kind: 'kill' | 'chaos' | 'soak' | 'test'
  /** What it is called with. */
  readonly args: readonly string[]
}

/** A part of `npm run kill`, in memory: `kills memory+memory renewal`. */
export const kill = (part: string): Check => ({ kind: 'kill', args: ['--what', part] })
/** One case of it, where a part takes minutes: `renewal memory+memory frozen 12`. */
export const killOnly = (story: string): Check => ({ kind: 'kill', args: ['--only', story] })
/** So many renewals of `npm run chaos`. */
export const chaos = (renewals: number): Check => ({
  kind: 'chaos',
  args: ['--seed', '1', '--renewals', String(renewals)],
})
/** So many years of a few certificates in `npm run soak`. */
export const soak = (years: number): Check => ({
  kind: 'soak',
  args: ['--seed', '1', '--years', String(years), '--certificates', '6'],
})
/** Files of `npm test`. */
export const tests = (...files: string[]): Check => ({ kind: 'test', args: files })
/** Those of their tests whose titles match. */
export const testsNamed = (title: string, ...files: string[]): Check => ({
  kind: 'test',
  args: [...files, '-t', title],
})

const SCRIPTS = {
  kill: ['test/kill/main.ts'],
  chaos: ['test/chaos/main.ts'],
  soak: ['test/soak/main.ts'],
  test: ['test/run.ts', 'newleaf'],
} as const satisfies Record<Check['kind'], readonly string[]>

/** What Node is called with, in the folder of a copy. */
export const commandOf = ({ kind, args }: Check): string[] => [...SCRIPTS[kind], ...args]
export const nameOf = ({ kind, args }: Check): string =>
  `${kind} ${args.map((arg) => (/\s/.test(arg) ? `'${arg}'` : arg)).join(' ')}`

export interface Ended {
  /** Undefined: it was ended from outside, for it took too long. */
  readonly code: number | undefined
  readonly output: string
}

/** `unclear`: it came to no end, or broke without having counted anything. That is no way of noticing. */
export interface Verdict {
  readonly verdict: 'noticed' | 'green' | 'unclear'
  readonly why: string
}

/** What a check says by its end and its count. Pure. */
export function judge({ kind }: Check, { code, output }: Ended): Verdict {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trimEnd())
  const [, passed, failed] = lines.findLast((line) => COUNTS.test(line))?.match(COUNTS) ?? []
  const unclear = (why: string): Verdict => ({ verdict: 'unclear', why })
  if (code === undefined) return unclear('it came to no end in its time')
  if (passed === undefined || failed === undefined)
    return unclear(`it broke without a count: ${lastOf(lines) ?? 'no word'}`)
  const unloaded = kind === 'test' && lines.some((line) => /Failed Suites \d/.test(line))
  if (unloaded) return unclear('a file of tests could not be loaded')
  if (code === 0) {
    if (failed !== '0' || passed === '0') return unclear(`it ended well with ${passed} passed, ${failed} failed`)
    return { verdict: 'green', why: `${passed} passed` }
  }
  if (failed === '0') return unclear('it failed without a failed count')
  const found = lines.map((line) => SAID[kind].exec(line)?.groups?.what).find((what) => what !== undefined)
  return found === undefined
    ? unclear(`${failed} failed, and nothing was named`)
    : { verdict: 'noticed', why: `${found} (${failed} failed)` }
}

const COUNTS = /^(\d+) passed, (\d+) failed$/
/** How each of them names what it has found. */
const SAID = {
  kill: /^(?: {4}(?!\d+ min)|broken: )(?<what>\S.*)$/,
  chaos: /^✗ (?<what>.*)$/,
  soak: /^✗ (?<what>.*)$/,
  test: /^\s*FAIL\s+\|?newleaf\|?\s+(?<what>\S.* > .*)$|^(?<what>a secret was printed: .*)$/,
} as const satisfies Record<Check['kind'], RegExp>

const lastOf = (lines: readonly string[]) => lines.findLast((line) => line.trim() !== '')?.slice(0, 200)
