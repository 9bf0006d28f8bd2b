/** What an authority says of itself that matters for CAA records. */
import { afterEach, expect, test } from 'vitest'
import { directoryUrl } from '../../lib/acme/directories.ts'
import { authorityAtPractice, authorityOver, failing, leapingClock } from '../support/acme-authority.ts'
import { practiceCa } from '../support/practice-ca.ts'
import { wireWorld } from '../support/wire-world.ts'

const practice = await practiceCa()
afterEach(practice.close)

/** A renewal at a CA whose directory says this of itself. */
const sayingOf = (caaIdentities: unknown) =>
  wireWorld({
    rewrite: ({ path }, said) =>
      path === '/directory'
        ? { ...said, body: JSON.stringify({ ...JSON.parse(said.body), meta: { caaIdentities } }) }
        : said,
  })

test('an authority is called in CAA records what its directory says, in lower case', async () => {
  const { authority, asked } = await authorityAtPractice(practice)
  expect(await authority.caaIdentities()).toEqual(['ca.sandbox.test'])
  expect(asked()).toEqual(['GET /directory 200'])
})

test('where its directory says nothing of that, it is called what is known of it', async () => {
  const urls = { newNonce: 'https://a.test/n', newAccount: 'https://a.test/a', newOrder: 'https://a.test/o' }
  const answer = { status: 200, headers: {}, body: JSON.stringify(urls), receivedAt: new Date() }
  const http = { send: async () => answer, close: async () => {} }
  const { authority } = authorityOver({ directory: directoryUrl('letsencrypt'), http, clock: leapingClock() })
  expect(await authority.caaIdentities()).toEqual(['letsencrypt.org'])
})

test.each([[null], [[]], ['ca.sandbox.test'], [[7]], [Array(101).fill('a.test')]])(
  'where its directory says %j of that, and nobody knows better, nothing is looked up',
  async (caaIdentities) => {
    const { run, zones } = await sayingOf(caaIdentities)
    zones.addRecord({ name: 'shop.test', type: 'CAA', data: '0 issue ";"' })
    expect((await run()).error?.message).toMatch(/CAA record for shop\.test prevents issuance/)
  },
)

test('its account is the one that is stored, and nobody is asked for it', async () => {
  const { authority, another, ca, asked } = await authorityAtPractice(practice)
  expect(await authority.accountUrl()).toBeUndefined()
  expect(asked()).toEqual([])
  await authority.newOrder({ names: ['shop.test'] })
  const before = asked().length
  expect(await another().accountUrl()).toBe(ca.ledger.accounts[0]?.url)
  expect(asked()).toHaveLength(before)
})

test('a directory that cannot be read says nothing of it', async () => {
  const { authority, ca } = await authorityAtPractice(practice)
  ca.misbehave({ on: 'directory', how: 'serverError', times: 10 })
  expect((await failing(authority.caaIdentities())).code).toBe('ACME_SERVER')
})
