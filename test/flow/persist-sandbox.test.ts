/** dns-persist-01 from the command line, in the sandbox, with a configuration that has no provider of DNS and no token of one. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaksIn } from '../support/leaks.ts'
import { practiceWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
beforeAll(async () => {
  practice = await practiceWorld({ ca: { method: 'dns-persist-01' } })
  const { configuration } = practice.world
  const text = await readFile(configuration, 'utf8')
  const settings = /^dns:\n(?: {2}(?:resolvers|nameservers): .*\n)+/m.exec(text)?.[0] ?? ''
  const changed = text
    .replace(/^dns:\n(?: .*\n)*/m, settings)
    .replace('agreeToTerms: true,', 'agreeToTerms: true, validation: dns-persist-01,')
  await writeFile(configuration, changed)
})
afterAll(() => practice.close())

async function run(...command: readonly string[]) {
  const { configuration, env } = practice.world
  const printed = await newleaf([...command, '--only', 'shop', '--config', configuration], { env })
  expect(leaksIn(printed.stdout + printed.stderr)).toEqual([])
  return printed
}

test('a plan says how to begin, a renewal shows the record, and with it the certificate is had', async () => {
  const { ca, zones } = practice.world
  expect((await run('plan')).stdout.replace(/\s+/g, ' ')).toContain('there is no account at sandbox yet')
  expect(ca.ledger.accounts).toEqual([])

  const failed = await run('renew')
  expect(failed.code).toBe(1)
  const shown = /`(?<name>\S+)\. 3600 IN TXT "(?<data>.*)"`/
  const { name = '', data = '' } = shown.exec(failed.stdout)?.groups ?? {}
  const [account] = ca.ledger.accounts
  expect([name, data]).toEqual([
    '_validation-persist.shop.example',
    expect.stringMatching(/^ca\.sandbox\.test; accounturi=\S+; policy=wildcard; persistUntil=\d{10}$/),
  ])
  expect(data).toContain(`accounturi=${account?.url};`)
  expect((await run('plan')).stdout).toContain(`"${data}"`)
  expect(ca.ledger.requests.filter(({ path }) => path === '/new-order')).toEqual([])

  zones.addRecord({ name, type: 'TXT', data })
  expect((await run('renew')).code).toBe(0)
  expect(JSON.parse((await run('plan', '--json')).stdout).obstacles).toEqual([])
})
