/** The first hour: what is wrong is found by a plan, all of it, and before `renew` has an account or an order. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { leaksIn } from '../support/leaks.ts'
import { issue, practiceWorld } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let text: string
/** Of the DNS providers alone: those of the load balancers are as they should be. */
let env: Record<string, string>
let asked: number
beforeAll(async () => {
  practice = await practiceWorld()
  const { world } = practice
  const [dns = '', rest = ''] = readFileSync(world.configuration, 'utf8').split(/(?=^balancers:)/m)
  text = dns.replaceAll('token: env:NEWLEAF_SANDBOX', 'token: env:DNS') + rest
  env = Object.fromEntries(
    Object.entries(world.env).map(([name, value]) => [name.replace('NEWLEAF_SANDBOX', 'DNS'), value]),
  )
})
beforeEach(() => {
  asked = practice.world.ca.ledger.requests.length
})
afterAll(() => practice.close())
/** Neither an account nor an order, nor anything else that is signed. */
afterEach(() => {
  const { requests } = practice.world.ca.ledger
  expect(requests.slice(asked).filter(({ method }) => method === 'POST')).toEqual([])
})

async function run(command: readonly string[], configuration: string, tokens: Readonly<Record<string, string>>) {
  const file = join(practice.folder, 'changed.yaml')
  writeFileSync(file, configuration)
  const printed = await newleaf([...command, '--config', file], { env: { ...practice.world.env, ...tokens } })
  const all = printed.stdout + printed.stderr
  expect(leaksIn(all)).toEqual([])
  return printed
}

/** What a plan tells as keeping a renewal from succeeding, the same as `renew --dry-run` tells; and what `renew` comes to. */
async function tried(configuration = text, tokens: Readonly<Record<string, string>> = env) {
  const plan = await run(['plan', '--json'], configuration, tokens)
  const dry = await run(['renew', '--dry-run', '--json'], configuration, tokens)
  const screen = await run(['plan'], configuration, tokens)
  expect([plan.code, dry.code, screen.code]).toEqual([1, 1, 1])
  const told = toldIn(plan.stdout)
  expect(toldIn(dry.stdout)).toEqual(told)
  for (const line of told) expect(screen.stdout).toContain(`  ${line.split(' ', 1)} at `)
  return told
}

interface ObstacleShown {
  readonly error: { readonly code: string }
  readonly locations: readonly string[]
  readonly reference?: string
  readonly certificates: readonly string[]
}

const toldIn = (json: string): string[] =>
  (JSON.parse(json).obstacles as ObstacleShown[]).map(({ error, locations, reference, certificates }) =>
    [error.code, ...locations, ...(reference === undefined ? [] : [reference]), ...certificates].join(' '),
  )

const renewed = async (configuration = text, tokens: Readonly<Record<string, string>> = env) => {
  const { code, stdout } = await run(['renew', '--only', 'shop', '--json'], configuration, tokens)
  const [{ result, error }] = JSON.parse(stdout).certificates
  return [code, result, error?.code, ...[error?.fields.location ?? []].flat()]
}

describe('a plan finds, and `renew` before an order', () => {
  test('that the tokens of DNS are unset, all of them', async () => {
    expect(await tried(text, {})).toEqual([
      'REFERENCE_UNRESOLVED dns.main.options.token env:DNS_SCALEWAY_TOKEN shop',
      'REFERENCE_UNRESOLVED dns.edge.options.token env:DNS_LINODE_TOKEN blog',
    ])
    expect(await renewed(text, {})).toEqual([1, 'failed', 'REFERENCE_UNRESOLVED', 'dns.main.options.token'])
  })

  test('that they are wrong', async () => {
    const wrong = { DNS_SCALEWAY_TOKEN: 'wrong', DNS_LINODE_TOKEN: 'wrong' }
    expect(await tried(text, wrong)).toEqual([
      'DENIED dns.main.options.token env:DNS_SCALEWAY_TOKEN shop',
      'DENIED dns.edge.options.token env:DNS_LINODE_TOKEN blog',
    ])
    expect(await renewed(text, wrong)).toEqual([1, 'failed', 'DENIED', 'dns.main.options.token'])
  })

  test('that they are wrong, and says so in words with the place in the configuration', async () => {
    const { stdout } = await run(['renew', '--only', 'shop'], text, { DNS_SCALEWAY_TOKEN: 'wrong' })
    expect(stdout).toContain('  in the configuration: dns.main.options.token (env:DNS_SCALEWAY_TOKEN)\n')
  })

  test('that the authority refuses connections', async () => {
    const closed = text.replace(/directory: https:\/\/([^:/]+):\d+/, 'directory: https://$1:1')
    expect(await tried(closed)).toEqual(['UNREACHABLE acme.authorities.sandbox shop blog'])
    expect(await renewed(closed)).toEqual([1, 'failed', 'UNREACHABLE', 'acme.authorities.sandbox'])
  })

  test('several mistakes at once', async () => {
    const wrong = text
      .replace(/directory: https:\/\/([^:/]+):\d+/, 'directory: https://$1:1')
      .replace('frontend: https', 'frontend: nosuch')
      .replace('dns:\n', 'notify:\n  ops: { use: slack, options: { url: env:SLACK } }\ndns:\n')
    expect((await tried(wrong, { DNS_SCALEWAY_TOKEN: 'wrong' })).sort()).toEqual([
      'DENIED dns.main.options.token env:DNS_SCALEWAY_TOKEN shop',
      'REFERENCE_UNRESOLVED dns.edge.options.token env:DNS_LINODE_TOKEN blog',
      'REFERENCE_UNRESOLVED notify.ops.options.url env:SLACK',
      'TARGET_MISSING certificates.shop.deploy[0] shop',
      'UNREACHABLE acme.authorities.sandbox shop blog',
    ])
  })

  test('that a load balancer holds all the certificates that it may', async () => {
    const { scaleway } = practice.world.memory
    const { chainPem, privateKeyPem } = await issue(practice.issuer, 'ecdsa-p256', ['filler.example'])
    const [lb] = scaleway.lbs
    if (lb === undefined) throw new Error('there is no load balancer')
    while (scaleway.certificates.length < 200)
      addCertificate(scaleway, lb, { name: `theirs-${scaleway.certificates.length}`, chainPem, privateKeyPem })
    expect(await tried()).toEqual(['TARGET_FULL certificates.shop.deploy[0] shop'])
    expect(await renewed()).toEqual([1, 'failed', 'TARGET_FULL'])
  })
})
