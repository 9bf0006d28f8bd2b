import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { isFailure } from '../../lib/errors.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { Http, HttpRequest } from '../../lib/platform/http.ts'
import { createLog, jsonLines } from '../../lib/platform/log.ts'
import { createRest } from '../../lib/platform/rest.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { accepted, shown } from './fuzz.ts'
import { virtualClock } from './fuzz-authority.ts'
import { hostileText } from './hostile.ts'
import type { SmallVendor } from './small-vendors.ts'
import { type Spoiling, spoiled, spoiling } from './spoiling.ts'

/** A vendor may repeat the token that it was sent in what it says of an error. */
const TOKEN = 'canary-token-5b0ae4a8-8dc4-4a5c-93a5-0b5a3bc9a37e'

/** What vendors were recorded to answer, to whatever: any of it may come in the place of any other. */
const recorded: unknown[] = [
  'balancers/scaleway',
  'balancers/linode',
  'dns/scaleway',
  'dns/linode',
  'dns/cloudflare',
  'secrets/scaleway',
]
  .map((folder) => join(process.env.NEWLEAF_RECORDINGS ?? '', folder))
  .filter(() => process.env.NEWLEAF_RECORDINGS !== undefined)
  .flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')))
  .flatMap((text) => (JSON.parse(text) as { response: { body: unknown } }[]).map(({ response }) => response.body))

export interface Hostility {
  readonly spoiling: Spoiling
  /** In the place of the answer that is spoiled. */
  readonly instead: unknown
  /** An error body with the token in it. */
  readonly echo: string | undefined
}

export const hostility = (answers: number): fc.Arbitrary<Hostility> =>
  fc.record({
    spoiling: spoiling(answers),
    instead:
      recorded.length === 0
        ? fc.constant(undefined)
        : fc.option(fc.constantFrom(...recorded), { nil: undefined, freq: 2 }),
    echo: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, hostileText),
  })

/** Opens a driver before a vendor of which one answer, or every one, is spoiled. */
export function play(vendor: SmallVendor, { spoiling: how, instead, echo }: Hostility, secret = TOKEN) {
  const clock = virtualClock()
  const began = clock.now().getTime()
  const timeLeft = () => 600_000 - (clock.now().getTime() - began)
  const requests: HttpRequest[] = []
  const bodies: string[] = []
  const statuses: number[] = []
  const http: Http = {
    async send(request) {
      const index = requests.push(request) - 1
      const honest = vendor(request)
      const isSpoiled = how.answer === -1 || how.answer === index
      const said = { message: `${echo} ${secret} ${echo}`, errors: [{ reason: `${secret}${echo}` }] }
      const answer =
        isSpoiled && echo !== undefined
          ? { status: how.status ?? 400, headers: {}, body: JSON.stringify(said) }
          : spoiled({ ...honest, body: isSpoiled && instead !== undefined ? instead : honest.body }, how, index)
      bodies.push(answer.body)
      statuses.push(answer.status)
      return { ...answer, receivedAt: clock.now() }
    },
    close: async () => {},
  }
  const context: DriverContext = {
    clock,
    random: () => 0.5,
    timeLeft,
    environment: 'test',
    folder: '/',
    log: createLog(
      jsonLines((line) => shown(line.trimEnd().slice(0, 1_999))),
      clock,
    ),
    resolve: async () => new Secret(secret),
    rest: (options) => createRest(http, options, { clock, random: () => 0.5, timeLeft }),
    http: () => http,
  }
  return { context, requests, bodies, statuses }
}

const isNoGet = ({ method }: HttpRequest) => method !== 'GET'
export const writes = (requests: readonly HttpRequest[], isWrite = isNoGet) => requests.filter(isWrite)
const MISUNDERSTOOD = ['ANSWER_INVALID', 'DENIED', 'REJECTED', 'RATE_LIMITED'] as const

/** Every request goes to a place that the driver knows; and who does not understand an answer changes nothing after it. */
export async function tried(
  work: () => Promise<unknown>,
  { requests, statuses }: ReturnType<typeof play>,
  { spoiling: { answer } }: Hostility,
  places: RegExp,
  isWrite = isNoGet,
): Promise<void> {
  let misunderstood = false
  await accepted(async () => {
    try {
      await work()
    } catch (error) {
      misunderstood = isFailure(error, ...MISUNDERSTOOD)
      throw error
    }
  })
  for (const { url } of requests) expect(new URL(url).href.replace(/\?.*/, '')).toMatch(places)
  const read = requests[answer]
  const last = requests.at(-1)
  // What was understood, and written back, may be nothing that the vendor takes.
  const isRefused = last !== undefined && isWrite(last) && (statuses.at(-1) ?? 0) >= 400
  if (misunderstood && !isRefused && read !== undefined && !isWrite(read))
    expect(writes(requests.slice(answer), isWrite)).toEqual([])
  expect(requests.length).toBeLessThan(3_000)
}

/** The reference that every driver here is given. */
export const token = { from: 'env', name: 'TOKEN' } as const
