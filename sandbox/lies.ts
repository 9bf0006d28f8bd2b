import { type Break, breaks } from './breaks.ts'
import type { ServedCertificate } from './listener.ts'

/** What a listener knows when a client greets it. */
export interface Greeting {
  readonly serverName: string
  /** What it was told to serve. */
  readonly told: readonly ServedCertificate[]
  /** What it was told before that. */
  readonly toldBefore: readonly ServedCertificate[]
  /** What it was told when it began to lie. */
  readonly atFirst: readonly ServedCertificate[]
  /** Milliseconds since it was told the last time. */
  readonly age: number
  /** 0 for its first address. */
  readonly address: number
  /** Counts the greetings that the lie is about. */
  readonly count: number
}

/** The first certificate in the list that covers the name, else the first of the list, whatever its expiry. */
export const choose = (certificates: readonly ServedCertificate[], serverName: string) =>
  certificates.find(({ names }) => names.some((name) => covers(name, serverName))) ?? certificates[0]

/** RFC 6125 §6.4.3: a wildcard stands for one whole label. */
export function covers(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name
  return name.includes('.') && name.slice(name.indexOf('.')) === pattern.slice(1)
}

/** A certificate, none at all, or no handshake. */
export type Effect = ServedCertificate | Break | 'refuses' | undefined

type Truth = (greeting: Greeting, afterMs: number) => Effect

/** What is effective, against what the API says. */
export const lies = {
  /** The API said yes; the old one is served for good. */
  stale: ({ atFirst, serverName }) => choose(atFirst, serverName),
  /** The new one, `afterMs` late. */
  lag: ({ told, toldBefore, age, serverName }, afterMs) => choose(age < afterMs ? toldBefore : told, serverName),
  /** The first of the list, whatever the name. */
  firstInList: ({ told }) => told[0],
  /** One instance of two has the new one. */
  half: ({ told, atFirst, count, serverName }) => choose(count % 2 === 0 ? told : atFirst, serverName),
  /** Only the first address has the new one. */
  secondAddress: ({ told, atFirst, address, serverName }) => choose(address === 0 ? told : atFirst, serverName),
  /** Any but the one for this name. */
  wrongName: ({ told, atFirst, serverName }) => {
    const right = choose(told, serverName)
    return [...told, ...atFirst].find((each) => each !== right)
  },
  /** The new one, and after `afterMs` the old one again. */
  rolledBack: ({ told, atFirst, age, serverName }, afterMs) => choose(age < afterMs ? told : atFirst, serverName),
  /** The leaf without its issuer. */
  dropsChain: ({ told, serverName }) => choose(told, serverName)?.alone(),
  /** No handshake comes about. */
  alert: () => 'alert',
  reset: () => 'reset',
  closes: () => 'closes',
  hangs: () => 'hangs',
  plain: () => 'plain',
  /** Nothing listens any more. */
  refuses: () => 'refuses',
} as const satisfies Record<string, Truth>

export type Lie = keyof typeof lies

/** Those that let no handshake come about. */
export const breaksHandshakes = (lie: Lie): lie is Break | 'refuses' => lie === 'refuses' || Object.hasOwn(breaks, lie)

/** What a lie is about; all of these must hold. */
export interface LieOptions {
  /** Only at this one of its addresses, counted from 0. */
  readonly address?: number
  /** Only for clients that ask for this name, or for one that this wildcard covers. */
  readonly serverName?: string
  /** Only the last of so many greetings for which all else holds: 3 is every third. */
  readonly every?: number
  /** `changed`: only while it is told something else than when it began to lie. Default: `changed` where no handshake comes about. */
  readonly when?: 'changed' | 'always'
  /** Since it was told the last time. Where no handshake comes about: only from then on; default 0. Else 200. */
  readonly afterMs?: number
  /** With `alert`: its number (RFC 8446 §6); default 40, handshake_failure. */
  readonly alert?: number
}

export interface Lying {
  readonly lie: Lie
  readonly options: LieOptions
  readonly atFirst: readonly ServedCertificate[]
  /** Of the greetings so far that it is about. */
  count: number
}

/** A lie about a listener with so many addresses, as it begins. */
export function beginLying(
  lie: Lie,
  options: LieOptions,
  told: readonly ServedCertificate[],
  addresses: number,
): Lying {
  const { address = 0, serverName, every } = options
  if (lie === 'refuses' && (serverName ?? every) !== undefined) {
    throw new Error('a port that refuses connections does so to every greeting: it takes neither a name nor "every"')
  }
  if (address >= addresses)
    throw new Error(`there is no address ${address}: this listener has ${addresses}, counted from 0`)
  return { lie, options, atFirst: told, count: 0 }
}

export const patienceOf = ({ lie, options }: Lying): number => options.afterMs ?? (breaksHandshakes(lie) ? 0 : 200)

export type Facts = Omit<Greeting, 'atFirst' | 'count'>

/** Whether the lie is about this greeting, `every` aside. */
export function isAbout(lying: Lying, { address, serverName, told, age }: Facts): boolean {
  const { lie, options, atFirst } = lying
  const isBreak = breaksHandshakes(lie)
  const changed = told.length !== atFirst.length || told.some((each) => !atFirst.includes(each))
  return (
    (options.address ?? address) === address &&
    (options.serverName === undefined || covers(options.serverName.toLowerCase(), serverName)) &&
    (changed || (options.when ?? (isBreak ? 'changed' : 'always')) === 'always') &&
    (!isBreak || age >= patienceOf(lying))
  )
}

/** What this greeting leads to. */
export function effectOf(lying: Lying | undefined, facts: Facts): Effect {
  const truth = choose(facts.told, facts.serverName)
  if (lying === undefined || !isAbout(lying, facts)) return truth
  const count = lying.count++
  if ((count + 1) % (lying.options.every ?? 1) !== 0) return truth
  return lies[lying.lie]({ ...facts, atFirst: lying.atFirst, count }, patienceOf(lying))
}
