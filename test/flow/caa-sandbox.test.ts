/** CAA records as the command line heeds them: in the sandbox, with its zones and its authority. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaksIn } from '../support/leaks.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(() => practice.close())

async function run(...command: readonly string[]) {
  const { configuration, env } = practice.world
  const printed = await newleaf([...command, '--only', 'shop', '--config', configuration], { env })
  expect(leaksIn(printed.stdout + printed.stderr)).toEqual([])
  return printed
}
const record = (data: string) => ({ name: 'shop.example', type: 'CAA' as const, data })
const posts = (path: string) =>
  practice.world.ca.ledger.requests.filter((each) => each.method === 'POST' && each.path === path).length

test('a plan and a renewal say which record forbids the order, and which to add, before anything is asked of the authority', async () => {
  const { zones, ca } = practice.world
  zones.addRecord(record('0 issue "another.test"'))
  const plan = await run('plan', '--json')
  const [obstacle, ...others] = JSON.parse(plan.stdout).obstacles
  expect(others).toEqual([])
  expect(obstacle).toMatchObject({ error: { code: 'ACME_CAA' }, locations: ['certificates.shop.names[0]'] })
  expect(obstacle.error.message).toMatch(/add shop\.example\. CAA 0 issue "ca\.sandbox\.test"$/)
  const screen = (await run('plan')).stdout.replace(/\s+/g, ' ')
  expect(screen).toContain('add shop.example. CAA 0 issue "ca.sandbox.test"')
  const renewed = await run('renew', '--json')
  expect(renewed.code).toBe(1)
  expect(JSON.parse(renewed.stdout).certificates[0].error).toMatchObject({ code: 'ACME_CAA', step: 'order' })
  expect(ca.ledger.requests.filter(({ method }) => method === 'POST')).toEqual([])
  zones.addRecord(record('0 issue "ca.sandbox.test"'))
  expect((await run('renew')).code).toBe(0)
})

test('an account that a record names is not registered anew: a person is told what to do first', async () => {
  const { zones, ca } = practice.world
  const [account] = ca.ledger.accounts
  const bound = record(`0 issue "ca.sandbox.test; accounturi=${account?.url}"`)
  zones.addRecord(bound)
  const forget = () =>
    ca.misbehave({
      ...{ on: 'newOrder', how: 'problem', times: 1 },
      problem: { type: 'accountDoesNotExist', status: 400, detail: 'no such account' },
    })
  const registered = posts('/new-account')
  forget()
  const { code, stdout } = await run('renew', '--force', '--json')
  expect([code, JSON.parse(stdout).certificates[0].error]).toMatchObject([1, { code: 'ACME_ACCOUNT_MISSING' }])
  expect(posts('/new-account')).toBe(registered)
  zones.removeRecord(bound)
  forget()
  expect((await run('renew', '--force')).code).toBe(0)
  expect(posts('/new-account')).toBe(registered + 1)
})
