/** Certificate authorities that do what others do not, and are right or can be lived with. */
import { afterEach, describe, expect, test } from 'vitest'
import type { CaFault } from '../../sandbox/ca/faults.ts'
import { authorityAtPractice, failing, issueFrom } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'

const practice = await practiceCa()
afterEach(practice.close)

const NAMES = ['one.test', 'two.test', '*.two.test']

describe('a certificate is issued by an authority', () => {
  test.each<[string, Omit<CaFault, 'times'>, number]>([
    ['that looks in vain at the challenges of all names, once', { how: 'looksInVain' }, 3],
    ['that looks in vain twice at each', { how: 'looksInVain' }, 6],
    ['whose order is ready late where it is finalized', { how: 'readyLate', on: 'finalize' }, 1],
    ['whose order is ready late', { how: 'readyLate' }, 9],
    ['that is long at work, and asks for a pause of two days', { how: 'stillProcessing', retryAfter: '172800' }, 9],
    [
      'that is long at work, and names a day',
      { how: 'stillProcessing', retryAfter: 'Fri, 31 Dec 2027 23:59:59 GMT', on: 'authorization' },
      9,
    ],
  ])('%s', async (_what, fault, times) => {
    const { ca, authority, show, clock } = await authorityAtPractice(practice)
    ca.misbehave({ ...fault, times })
    const began = clock.now().getTime()
    await issueFrom(authority, NAMES, show)
    expect(ca.ledger.certificates).toHaveLength(1)
    expect(clock.now().getTime() - began).toBeLessThan(600_000)
  })
})

test('an authorization that is pending with an invalid challenge fails at once, in the words of its authority', async () => {
  const { ca, authority, show, clock } = await authorityAtPractice(practice)
  const order = await authority.newOrder({ names: NAMES })
  const challenges = await authority.challenges(order)
  show(challenges)
  ca.misbehave({ how: 'invalidInPending' })
  const failure = await failing(authority.answer(challenges))
  expect(failure).toMatchObject({ code: 'ACME_VALIDATION_FAILED', message: expect.stringContaining('SERVFAIL') })
  expect(Math.max(0, ...clock.slept)).toBeLessThan(1_000)
})

test('one that always looks in vain is told to look again five times, and then its words are told', async () => {
  const { ca, authority, another, show, asked } = await authorityAtPractice(practice)
  ca.misbehave({ how: 'looksInVain', times: 100 })
  const patient = another({ timeLeft: () => 3_600_000 })
  const challenges = await patient.challenges(await authority.newOrder({ names: ['one.test'] }))
  show(challenges)
  const failure = await failing(patient.answer(challenges))
  expect(failure).toMatchObject({ code: 'ACME_UNDECIDED', message: expect.stringContaining('SERVFAIL') })
  expect(asked().filter((each) => each.includes('/challenge/'))).toHaveLength(5)
})
