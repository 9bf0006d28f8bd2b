/** What goes wrong in a week: for how long, and by which words newleaf may call it. */
import { Failure } from '../../lib/errors.ts'
import { after, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import type { Dependencies } from '../../lib/ports.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import type { Certificate } from '../../lib/types.ts'
import type { MemoryAuthority } from '../support/memory-authority.ts'
import type { MemoryBalancer } from '../support/memory-balancer.ts'

/** What a trouble lays hands on: one certificate has all of it to itself, but for the state. */
export interface Ground {
  readonly id: string
  readonly authority: MemoryAuthority
  readonly balancer: MemoryBalancer
  readonly state: Dependencies['state']
  readonly now: Date
}

export interface Trouble {
  readonly id: string
  readonly what: string
  /** In hours since the week began, the last one not included. */
  readonly from: number
  readonly until: number
  /** From this hour on it must be said: what is not due is well, though it could not be had. */
  readonly said?: number
  /** Hours that a certificate of it lives; 90 days when absent. */
  readonly lifetime?: number
  /** Every sentence about it holds one of these. */
  readonly words: RegExp
  /** At the beginning of each of its hours. */
  readonly happens: (ground: Ground) => void | Promise<void>
  readonly ends: (ground: Ground) => void | Promise<void>
}

const WEEK = 168

export const TROUBLES: readonly Trouble[] = [
  {
    ...{ id: 'well', what: 'nothing', from: WEEK, until: WEEK, words: /^$/ },
    happens: () => {},
    ends: () => {},
  },
  {
    ...{ id: 'token', what: 'the token of its load balancer is revoked', from: 30, until: 54, words: /DENIED/ },
    happens: ({ balancer }) => {
      balancer.trouble = new Failure('DENIED', 'the vendor answered 401')
    },
    ends: ({ balancer }) => {
      balancer.trouble = undefined
    },
  },
  {
    ...{ id: 'authority', what: 'its authority is down as it falls due', from: 30, until: 60 },
    ...{ said: 37, lifetime: 72, words: /UNREACHABLE/ },
    happens: ({ authority }) => down(authority),
    ends: ({ authority }) => up(authority),
  },
  {
    ...{ id: 'expired', what: 'its authority is down until it has expired', from: 20, until: 100 },
    ...{ said: 31, lifetime: 60, words: /UNREACHABLE|expire/ },
    happens: ({ authority }) => down(authority),
    ends: ({ authority }) => up(authority),
  },
  {
    ...{ id: 'full', what: 'its load balancer is full as it falls due', from: 45, until: 70 },
    ...{ said: 51, lifetime: 120, words: /TARGET_FULL/ },
    happens: ({ balancer }) => {
      full.add(balancer)
    },
    ends: ({ balancer }) => {
      full.delete(balancer)
    },
  },
  {
    ...{ id: 'locked', what: 'a run that was killed has left its lock', from: 20, until: 21, words: /another run/ },
    async happens({ id, state, now }) {
      const key = documentKey(id)
      const stored = await state.read(key)
      const { fence, ...document } = parseDocument(key, stored?.document ?? emptyDocument)
      const lease = { holder: 'a run that is gone', fence: fence + 1, until: after(now, 15 * MINUTE) }
      await state.write(key, { ...document, fence: fence + 1, lease }, stored?.tag)
    },
    ends: () => {},
  },
  {
    ...{ id: 'never', what: 'the DNS provider refuses, before there is a certificate', from: 0, until: 120 },
    words: /there is no certificate/,
    happens: ({ id }) => {
      refused.add(id)
    },
    ends: ({ id }) => {
      refused.delete(id)
    },
  },
  {
    ...{ id: 'contested', what: 'somebody binds another certificate, again and again', from: 70, until: 130 },
    // Found by the full scan of the day (hour 90), put right three times, at looks that are six hours apart, and then told.
    ...{ said: 108, words: /another certificate|TARGET_CONTESTED/ },
    happens: ({ balancer }) => bindAnother(balancer),
    ends: ({ balancer }) => bind(balancer, ours.get(balancer)),
  },
  {
    ...{ id: 'staging', what: 'its authority is now one for tests as it falls due', from: 40, until: 70 },
    ...{ said: 51, lifetime: 120, words: /STAGING_REFUSED/ },
    happens: ({ authority }) => {
      Object.assign(authority, { untrusted: true, directory: 'https://tests.ca.example/directory' })
    },
    ends: ({ authority }) => {
      Object.assign(authority, { untrusted: undefined, directory: 'https://staging.ca.example/directory' })
    },
  },
]

/** What somebody else binds: a certificate for the same name, of which newleaf knows nothing. */
export const FOREIGN = 'f'.repeat(64)
function bindAnother(balancer: MemoryBalancer): void {
  const { served } = balancer
  if (served === undefined || served.fingerprint === FOREIGN) return
  ours.set(balancer, balancer.bound)
  balancer.objects.set('theirs', {
    ...(balancer.objects.get(balancer.bound ?? '') as Certificate),
    fingerprint: FOREIGN,
  })
  bind(balancer, 'theirs')
}
function bind(balancer: MemoryBalancer, name: string | undefined): void {
  balancer.bound = name
  balancer.served = balancer.objects.get(name ?? '')
}

const ours = new Map<MemoryBalancer, string | undefined>()
const full = new Set<unknown>()
const refused = new Set<string>()

/** A balancer that refuses one more certificate while it is full. */
export function withQuota(balancer: MemoryBalancer): void {
  const { swap } = balancer
  balancer.swap = async (listener, deployment, keep) => {
    if (full.has(balancer)) throw new Failure('TARGET_FULL', 'it holds 200 of 200 certificates')
    return swap(listener, deployment, keep)
  }
}

/** DNS whose provider refuses to write for some. */
export const withRefusals = (solver: Dependencies['solver']): Dependencies['solver'] => ({
  ...solver,
  async present(records) {
    for (const { name } of records)
      if ([...refused].some((id) => name.includes(id))) throw new Failure('DENIED', 'the DNS provider answered 403')
    await solver.present(records)
  },
})

function down(authority: MemoryAuthority): void {
  up(authority)
  const failure = new Failure('UNREACHABLE', 'the authority could not be reached')
  for (let times = 0; times < 10; times++) authority.failures.push({ on: 'newOrder', failure })
}
const up = ({ failures }: MemoryAuthority): void => {
  failures.length = 0
}
export const HOURS = WEEK
export const hourOf = (began: Date, now: Date): number => Math.round((now.getTime() - began.getTime()) / HOUR)
