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
  /** Counts the greetings. */
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

type Truth = (greeting: Greeting, afterMs: number) => ServedCertificate | undefined

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
} as const satisfies Record<string, Truth>

export type Lie = keyof typeof lies
