import { ENDPOINTS, type Endpoint } from '../ca/faults.ts'

/** Said to a person who ordered what cannot be had. */
export class Misuse extends Error {}

interface Flag {
  /** What stands behind it; absent: nothing does. */
  readonly value?: string
  readonly about: string
  /** Undefined: that is no such value. */
  read(text: string): unknown
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `200ms`, `5s`, `10m`, `2h`, `30d`. */
export function duration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS]
}

const whole =
  (least: number, most = 1_000_000) =>
  (text: string) =>
    /^\d{1,7}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined

const word = (text: string) => (/^[^\s-]\S*$/.test(text) ? text : undefined)

function pattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text)
  } catch {
    return undefined // it is told with the others
  }
}

/** Everything that can stand behind an order. */
export const FLAGS = {
  address: { value: 'N', about: 'only at this one of its addresses, counted from 0', read: whole(0, 99) },
  name: {
    value: 'NAME',
    about: 'only for this name; *.shop.example at a listener: for all that it covers',
    read: word,
  },
  every: { value: 'N', about: 'only every Nth greeting of those that it is about', read: whole(2) },
  after: {
    value: 'TIME',
    about: 'only so long after its certificates were set last: 200ms, 5s, 10m',
    read: duration,
  },
  always: { about: 'from now on, whatever certificates it is told to show', read: () => true as const },
  changed: { about: 'only while it is told to show other certificates than now', read: () => true as const },
  alert: { value: 'N', about: 'the number of the alert; 40 (handshake_failure) if not given', read: whole(0, 255) },
  path: { value: 'REGEX', about: 'only requests whose path fits', read: pattern },
  method: { value: 'METHOD', about: 'only requests with this method', read: (text) => word(text)?.toUpperCase() },
  status: { value: 'N', about: 'of the answer, 400 to 599', read: whole(400, 599) },
  'retry-after': { value: 'TEXT', about: 'the header of that name, in any form', read: (text) => text },
  delay: { value: 'TIME', about: 'how late: 500ms, 5s', read: duration },
  times: { value: 'N', about: 'for so many occasions; until it is mended if not given', read: whole(1) },
  on: {
    value: 'ENDPOINT',
    about: `only there: ${ENDPOINTS.join(', ')}`,
    read: (text) => ENDPOINTS.find((each) => each === text),
  },
  type: {
    value: 'TYPE',
    about: 'of the problem, without its prefix: rejectedIdentifier, caa, unauthorized',
    read: word,
  },
  detail: { value: 'TEXT', about: 'of the problem, for people', read: (text) => text },
} as const satisfies Record<string, Flag>

export type FlagName = keyof typeof FLAGS
export type Flags = {
  readonly [Name in FlagName]?: Exclude<ReturnType<(typeof FLAGS)[Name]['read']>, undefined>
} & { readonly on?: Endpoint }

/** As one types it. */
export const shownFlag = (name: FlagName): string => {
  const { value }: Flag = FLAGS[name]
  return value === undefined ? `--${name}` : `--${name} ${value}`
}

export function readFlag(name: FlagName, text: string | undefined): unknown {
  const { value, about, read }: Flag = FLAGS[name]
  if (value === undefined) {
    if (text !== undefined) throw new Misuse(`--${name} takes no value`)
    return read('')
  }
  if (text === undefined) throw new Misuse(`--${name} needs a value: ${shownFlag(name)}, ${about}`)
  const found = read(text)
  if (found === undefined) throw new Misuse(`"${text}" is no value for --${name}: ${shownFlag(name)}, ${about}`)
  return found
}
