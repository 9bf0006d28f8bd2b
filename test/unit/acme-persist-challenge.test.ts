/** A challenge of dns-persist-01, as the drafts have written it. */
import { expect, test } from 'vitest'
import { pendingChallenges } from '../../lib/acme/authorizations.ts'
import type { Session } from '../../lib/acme/session.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { Order } from '../../lib/ports.ts'
import { failing } from '../support/acme-authority.ts'

const CA = 'https://ca.test'
const order: Order = {
  ...{ url: `${CA}/order/1`, status: 'pending', names: ['shop.test'], expires: undefined },
  ...{ authorizations: [`${CA}/authz/1`], finalize: undefined, certificate: undefined },
}

function challengesWith(more: object) {
  const clock = { now: () => new Date('2026-11-28T12:00:00Z'), sleep: async () => {} }
  const own = { type: 'dns-persist-01', url: `${CA}/challenge/1`, status: 'pending', ...more }
  const data = { status: 'pending', identifier: { type: 'dns', value: 'shop.test' }, challenges: [own] }
  const answer = async () => ({ status: 200, headers: {}, data, receivedAt: clock.now() })
  const session: Session = {
    ...{ authority: 'ca', validation: 'dns-persist-01', clock, timeLeft: () => 60_000 },
    account: { url: () => `${CA}/account/1`, post: answer, read: answer, txtValue: async () => 'value' },
    retry: { clock, random: () => 0.5, timeLeft: () => 60_000 },
    log: createLog(silent, clock),
  }
  return pendingChallenges(order, session)
}

test.each([
  ['of draft -00', { 'issuer-domain-names': ['authority.example'] }],
  ['of draft -01', { 'issuer-domain-names': ['authority.example', 'ca.example'], accounturi: `${CA}/account/1` }],
])('the challenge %s is answered by the record alone', async (_draft, more) => {
  const challenge = { url: `${CA}/challenge/1`, authorization: `${CA}/authz/1`, domain: 'shop.test' }
  expect(await challengesWith(more)).toEqual([challenge])
})

test.each([
  ['that of draft -02', { issuerDomainNames: ['authority.example'] }],
  ['no name', { 'issuer-domain-names': [] }],
  ['eleven names', { 'issuer-domain-names': Array.from({ length: 11 }, (_, at) => `ca${at}.example`) }],
  ['names that are none', { 'issuer-domain-names': [7] }],
])('another form is refused for good: %s', async (_what, more) => {
  const failure = await failing(challengesWith(more))
  expect(failure).toMatchObject({ code: 'ACME_NAME_REFUSED', retry: 'never' })
  expect(failure.message).toBe('ca offers dns-persist-01 for shop.test in another form than that of draft -01')
})
