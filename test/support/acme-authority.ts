import { setTimeout as wait } from 'node:timers/promises'
import { type AuthorityContext, createAuthority } from '../../lib/acme/authority.ts'
import type { AuthorityOptions } from '../../lib/acme/directories.ts'
import { Failure } from '../../lib/errors.ts'
import { createHttp, type Http } from '../../lib/platform/http.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { CertificateAuthority, Clock, DnsChallenge, SecretStore } from '../../lib/ports.ts'
import { createCsr } from '../../lib/x509/csr.ts'
import { generateKey } from '../../lib/x509/key.ts'
import type { CaOptions } from '../../sandbox/ca/ca.ts'
import { createMemorySecrets } from './memory-stores.ts'
import type { practiceCa } from './practice-ca.ts'

export interface LeapingClock extends Clock {
  /** What was slept, in milliseconds each time. */
  readonly slept: number[]
  /** Lets time pass. */
  pass(milliseconds: number): void
}

/** A clock that never makes a test wait: a sleep is noted, and the time is set on. A CA in this process gets its turn. */
export function leapingClock(): LeapingClock {
  const slept: number[] = []
  let ahead = 0
  return {
    slept,
    pass: (milliseconds) => {
      ahead += milliseconds
    },
    now: () => new Date(Date.now() + ahead),
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      ahead += milliseconds
      await wait(3)
    },
  }
}

export interface AuthorityParts {
  readonly directory: string
  readonly http: Http
  readonly clock: Clock
  readonly secrets?: SecretStore
  readonly options?: Partial<AuthorityOptions>
  readonly timeLeft?: () => number
  readonly requireUnbound?: AuthorityContext['requireUnbound']
}

/** Our authority with all that it needs, and what it logged. */
export function authorityOver({ directory, http, clock, options, ...more }: AuthorityParts) {
  const { secrets = createMemorySecrets(), timeLeft = () => 600_000, requireUnbound = async () => {} } = more
  const records: LogRecord[] = []
  const authority = createAuthority(
    'practice',
    { directory, agreeToTerms: true, ...options },
    {
      secrets,
      http,
      resolve: async () => new Secret('canary-token-hmac'),
      requireUnbound,
      clock,
      random: () => 0.5,
      log: createLog((record) => records.push(record), clock),
      timeLeft,
    },
  )
  return { authority, secrets, records }
}

/** The sandbox's CA and ours against it. A second authority shares the secrets of the first, as a later run does. */
export async function authorityAtPractice(
  practice: Awaited<ReturnType<typeof practiceCa>>,
  caOptions: Partial<CaOptions> = {},
  options: Partial<AuthorityOptions> = {},
) {
  const clock = leapingClock()
  const { ca, txt } = await practice.start({ clock, random: () => 0.5, ...caOptions })
  const timeLeft = () => 600_000
  const http = createHttp({ clock, timeLeft, caCertificate: practice.issuer.rootPem, privateAddresses: 'allow' })
  practice.onClose(() => http.close())
  const parts: AuthorityParts = { directory: ca.directoryUrl, http, clock, options, secrets: createMemorySecrets() }
  const another = (more: Partial<AuthorityParts> = {}) => authorityOver({ ...parts, ...more }).authority
  const show = (challenges: readonly DnsChallenge[]) => {
    for (const { domain, value = '' } of challenges) {
      const name = `_acme-challenge.${domain}`
      txt.set(name, [...(txt.get(name) ?? []), value])
    }
  }
  /** What the CA was asked, as `POST newOrder 201`. */
  const asked = () => ca.ledger.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)
  return { ca, clock, http, show, asked, another, ...authorityOver(parts) }
}

/** From the order to the chain. */
export async function issueFrom(
  authority: CertificateAuthority,
  names: string[],
  show: (challenges: readonly DnsChallenge[]) => void,
  request: Partial<Parameters<CertificateAuthority['newOrder']>[0]> = {},
) {
  const order = await authority.newOrder({ names, ...request })
  const challenges = await authority.challenges(order)
  show(challenges)
  await authority.answer(challenges)
  const privateKeyPem = await generateKey('ecdsa-p256')
  const valid = await authority.finalize(order, await createCsr(names, privateKeyPem))
  return { order, valid, challenges, privateKeyPem, chainPem: await authority.download(valid, String) }
}

/** The failure that a promise rejects with. */
export const failing = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => {
      if (error instanceof Failure) return error
      throw error
    },
  )
