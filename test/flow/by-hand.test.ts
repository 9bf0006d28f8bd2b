import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { leaksIn } from '../support/leaks.ts'
import { issue, practiceWorld, seenAt } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let printed = ''

beforeAll(async () => {
  practice = await practiceWorld()
})
afterAll(async () => {
  await practice.close()
  expect(leaksIn(printed)).toEqual([])
})

async function run(...args: string[]) {
  const { world } = practice
  const result = await newleaf([...args, '--config', world.configuration], { env: world.env })
  printed += result.stdout + result.stderr
  return result
}
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
const shown = async (site: 'edge' | 'apps', name: string) => [
  ...new Set(await seenAt(practice.world.sites[site], name)),
]

/** Of the port of the NodeBalancer, by its owner's hand. */
async function portOf(change: object) {
  const { world, linode } = practice
  const [nodeBalancer] = world.memory.linode.nodeBalancers
  const [config] = world.memory.linode.configs
  const answer = await linode.call('PUT', `/v4/nodebalancers/${nodeBalancer?.id}/configs/${config?.id}`, change)
  expect(answer.status).toBe(200)
  return config?.port
}

describe('a listener that has no certificate yet', () => {
  test('is refused with the way out, is given a placeholder, and its first renewal replaces that', async () => {
    const port = await portOf({ protocol: 'http' })
    const plan = await run('plan', '--only', 'blog')
    expect(plan.stdout).toContain('newleaf placeholder --only')
    expect(plan.stdout).toContain(`${port}`)

    const placed = await run('placeholder', '--only', 'blog', '10.0.0.7', 'internal.example')
    expect(placed).toMatchObject({ code: 0 })
    expect(placed.stdout).toContain('has a placeholder')
    const [placeholder] = await shown('apps', 'blog.example')
    const status = await json('status', '--only', 'blog')
    expect(status.certificates[0].targets[`us/apps/${port}`].addresses[0]).toMatchObject({
      fingerprint: placeholder,
      shows: 'other',
    })

    const again = await run('placeholder', '--only', 'blog')
    expect(again.code).toBe(1)
    expect(again.stdout).toContain('TARGET_REFUSED')
    expect(await shown('apps', 'blog.example')).toEqual([placeholder])

    expect(await run('renew', '--only', 'blog')).toMatchObject({ code: 0 })
    const [renewed] = await shown('apps', 'blog.example')
    expect(renewed).not.toBe(placeholder)
  })

  test('that passes TLS through is left alone, in plan and by placeholder, until a flag says that it may be cut off', async () => {
    await portOf({ protocol: 'tcp' })
    const plan = await run('plan', '--only', 'blog')
    expect(plan.stdout).toContain('docs/pass-through.md')
    expect(plan.stdout).not.toContain('newleaf placeholder')
    const refused = await run('placeholder', '--only', 'blog')
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('passes TLS through to its nodes') })
    expect(practice.world.memory.linode.configs[0]).toMatchObject({ protocol: 'tcp' })

    expect(await run('placeholder', '--only', 'blog', '--cut-off-tls')).toMatchObject({ code: 0 })
    expect(practice.world.memory.linode.configs[0]).toMatchObject({ protocol: 'https' })
    expect(await run('renew', '--only', 'blog')).toMatchObject({ code: 0 })
  })

  test('is none that serves one: with the flag too it keeps its certificate, and the refusal says so', async () => {
    const served = await shown('apps', 'blog.example')
    const refused = await run('placeholder', '--only', 'blog')
    expect(refused.stdout).toContain('with --cut-off-tls only a listener that has a certificate already is refused')
    const again = await run('placeholder', '--only', 'blog', '--cut-off-tls')
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('has a certificate already') })
    expect(await shown('apps', 'blog.example')).toEqual(served)
  })

  test.each([
    [['placeholder'], 'expected `newleaf placeholder --only ID`'],
    [['placeholder', '--only', 'nobody'], 'there is no certificate "nobody"'],
  ])('%j is answered by what was expected', async (args, message) => {
    const { code, stderr } = await run(...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('deploy', () => {
  test('brings nothing where there is nothing, and says what to do', async () => {
    const { code, stdout } = await run('deploy', '--only', 'shop')
    expect(code).toBe(1)
    expect(stdout).toContain('there is no certificate yet: order one with `newleaf renew`')
    expect(practice.world.ca.ledger.orders.flatMap(({ names }) => names)).not.toContain('shop.example')
  })

  test('repairs a frontend that was changed by hand, without an order', async () => {
    await run('renew', '--only', 'shop')
    const current = await shown('edge', 'shop.example')
    const [frontend] = practice.world.memory.scaleway.frontends
    const path = `/lb/v1/zones/fr-par-1/frontends/${frontend?.id}`
    const { body } = await practice.scaleway.call('GET', path)
    const { name, inbound_port, backend, timeout_client, connection_rate_limit, enable_access_logs } = body
    const certificate_ids = body.certificate_ids.slice(1)
    const settings = { name, inbound_port, timeout_client, connection_rate_limit, enable_access_logs, certificate_ids }
    await practice.scaleway.call('PUT', path, { ...settings, backend_id: backend.id, enable_http3: false })
    expect(await shown('edge', 'shop.example')).not.toEqual(current)

    const orders = practice.world.ca.ledger.orders.length
    const { certificates } = await json('deploy', '--only', 'shop')
    expect(certificates).toMatchObject([{ result: 'deployed', reason: 'requested' }])
    expect(await shown('edge', 'shop.example')).toEqual(current)
    expect(practice.world.ca.ledger.orders).toHaveLength(orders)
  })

  test('of what is in place proves it again', async () => {
    expect(await json('deploy')).toMatchObject({
      ok: true,
      certificates: [
        { id: 'shop', result: 'deployed', reason: 'requested', targets: { 'fr/edge/https': { state: 'verified' } } },
        { id: 'blog', result: 'deployed', reason: 'requested' },
      ],
    })
  })
})

describe('list', () => {
  test('shows what each balancer holds, managed and foreign, and for which names it is first', async () => {
    const { balancers } = await json('list')
    const edge = balancers.find(({ balancer }: { balancer: string }) => balancer === 'fr')
    const byName = new Map(edge.held.map((each: { name: string }) => [each.name, each]))
    expect(byName.get('partner')).toMatchObject({ managed: false, bound: [{ effectiveFor: ['partner.example'] }] })
    expect(byName.get('placeholder')).toMatchObject({ managed: false, bound: [{ effectiveFor: [] }] })
    const ours = edge.held.filter(({ managed }: { managed: boolean }) => managed)
    expect(ours).toMatchObject([{ bound: [{ effectiveFor: expect.arrayContaining(['shop.example']) }] }])
    expect(balancers).toHaveLength(2)
  })

  test('is narrowed to a balancer, and to what newleaf made, somebody else made, or no listener uses', async () => {
    const names = async (...args: string[]) => {
      const { balancers } = await json('list', ...args)
      return balancers.flatMap(({ held }: { held: { name: string }[] }) => held.map(({ name }) => name))
    }
    const all = await names('fr')
    const managed = await names('fr', '--managed')
    expect(managed).toEqual([expect.stringMatching(/^newleaf-sandbox-shop-/)])
    expect(await names('fr', '--foreign')).toEqual(all.filter((name: string) => !managed.includes(name)))
    expect(await names('fr', '--unbound')).toEqual([])
    expect(await names('us')).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)])
    const { code, stderr } = await run('list', 'uss')
    expect([code, stderr]).toEqual([2, expect.stringContaining('; did you mean us?')])
  })

  test('counts what a load balancer holds against what it may hold, yellow from three quarters on', async () => {
    const { scaleway } = practice.world.memory
    const [one] = scaleway.certificates
    if (one === undefined) throw new Error('the world is not furnished')
    const before = [...scaleway.certificates]
    const fill = (to: number) => {
      while (scaleway.certificates.length < to) scaleway.certificates.push({ ...one, id: crypto.randomUUID() })
    }
    const heads = async (...args: string[]) => {
      const { stdout } = await run('list', 'fr', ...args)
      const { world } = practice
      const colours = await newleaf(['list', 'fr', ...args, '--config', world.configuration], {
        env: world.env,
        tty: true,
      })
      return [stdout.split('\n')[0], colours.stdout.includes('\u001b[33m')]
    }
    fill(149)
    expect(await heads()).toEqual(['fr: edge, 149 of 200 certificates', false])
    fill(150)
    expect(await heads()).toEqual(['fr: edge, 150 of 200 certificates', true])
    expect(await heads('--managed')).toEqual(['fr: edge, 1 certificate, it holds 150 of 200', true])
    const { balancers } = await json('list', '--managed')
    expect(balancers).toMatchObject([{ balancer: 'fr', quota: { held: 150, limit: 200 } }, { balancer: 'us' }])
    expect(balancers[1]).not.toHaveProperty('quota')
    scaleway.certificates.splice(0, scaleway.certificates.length, ...before)
  })

  test('is two lines and more for each certificate, and warns of the expired one that is served', async () => {
    const well = await run('list')
    expect(well.code).toBe(0)
    expect(well.stdout).toMatch(/newleaf-sandbox-shop-[0-9a-f]{16} +managed/)
    expect(well.stdout).toMatch(/partner +foreign/)
    // A NodeBalancer shows a fingerprint and a common name: its names and its end are seen, and whose it is the state knows.
    expect(well.stdout).toMatch(
      /^ {2}[0-9a-f]{40} {2}managed\n {4}\d+, first for blog\.example.*\n {4}fingerprint, seen on the wire: [0-9a-f]{16}\n {4}expiry, seen on the wire: \d{4}-\d\d-\d\d \(in \d+ days\)\n {4}names, seen on the wire: blog\.example/m,
    )
    expect(well.stdout).toMatch(/^fr: edge, \d of 200 certificates$/m)
    expect(well.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])

    const { scaleway, world, issuer } = practice
    const [frontend] = world.memory.scaleway.frontends
    const [theLb] = world.memory.scaleway.lbs
    if (theLb === undefined) throw new Error('the world is not furnished')
    const old = await issue(issuer, 'ecdsa-p256', ['old.example'], { days: -1, since: 30 })
    const base = '/lb/v1/zones/fr-par-1'
    // It was valid when it was imported.
    const forgotten = addCertificate(world.memory.scaleway, theLb, { name: 'forgotten', ...old })
    const { body } = await scaleway.call('GET', `${base}/frontends/${frontend?.id}`)
    const { name, inbound_port, backend, timeout_client, connection_rate_limit, enable_access_logs } = body
    const certificate_ids = [...body.certificate_ids, forgotten.id]
    const settings = { name, inbound_port, timeout_client, connection_rate_limit, enable_access_logs, certificate_ids }
    const put = await scaleway.call('PUT', `${base}/frontends/${frontend?.id}`, {
      ...{ ...settings, backend_id: backend.id, enable_http3: false },
    })
    expect(put.status).toBe(200)

    const warned = await run('list', '--only', 'shop')
    expect(warned.code).toBe(1)
    expect(warned.stdout).toMatch(/forgotten has expired, and .* serves it for old\.example/)
  })
})

describe('prune', () => {
  const OURS = ['newleaf-sandbox-shop-0123456789abcdef', 'newleaf-sandbox-gone-0123456789abcdef']
  const OTHERS = ['newleaf-prod-shop-0123456789abcdef', 'holiday']
  const names = () => practice.world.memory.scaleway.certificates.map(({ name }) => name)

  beforeAll(async () => {
    const [theLb] = practice.world.memory.scaleway.lbs
    if (theLb === undefined) throw new Error('the world is not furnished')
    for (const name of [...OURS, ...OTHERS]) {
      const one = await issue(practice.issuer, 'ecdsa-p256', ['old.example'])
      addCertificate(practice.world.memory.scaleway, theLb, { name, ...one })
    }
  })

  test('with --dry-run names what newleaf made here and nobody needs, and deletes nothing', async () => {
    const before = names()
    const { code, stdout } = await run('prune', '--dry-run')
    expect(code).toBe(0)
    for (const name of OURS) expect(stdout).toMatch(new RegExp(`  ${name} +would be deleted`))
    for (const name of OTHERS) expect(stdout).not.toContain(name)
    expect(names()).toEqual(before)
  })

  test('deletes that, and neither what is served, nor what a state still needs, nor what is not of this environment', async () => {
    await run('renew', '--only', 'shop', '--force')
    const before = names()
    expect(before.filter((name) => /^newleaf-sandbox-shop-/.test(name)).length).toBeGreaterThan(2)
    const current = await shown('edge', 'shop.example')
    const document = await json('prune', 'fr')
    expect(document).toMatchObject({ ok: true, dryRun: false, balancers: [{ balancer: 'fr', deleted: OURS }] })
    expect(names()).toEqual(before.filter((name) => !OURS.includes(name)))
    expect(await shown('edge', 'shop.example')).toEqual(current)
    expect((await run('prune')).stdout).toContain('fr: nothing to delete')
  })

  test('of a balancer that is not configured is answered by those that are', async () => {
    const { code, stderr } = await run('prune', 'frr')
    expect([code, stderr]).toEqual([2, expect.stringContaining('; did you mean fr?')])
  })
})

describe('a certificate that was bought elsewhere', () => {
  const ENTRY = '  legacy:\n    imported: true\n    names: [www.legacy.example]\n    deploy:\n'
  let folder: string

  beforeAll(async () => {
    folder = practice.folder
    const { configuration } = practice.world
    const text = await readFile(configuration, 'utf8')
    const target = /^ +- \{ balancer: fr.*\}$/m.exec(text)?.[0] ?? ''
    await writeFile(configuration, text.replace('certificates:\n', `certificates:\n${ENTRY}${target}\n`))
  })

  const pem = async (name: string, text: string | Buffer) => {
    const file = join(folder, name)
    await writeFile(file, text, { mode: 0o600 })
    return file
  }
  const bought = (names = ['*.legacy.example', 'legacy.example'], days = 100) =>
    issue(practice.issuer, 'rsa-2048', names, { days })

  test('is waited for, and never ordered', async () => {
    const { code, stdout } = await run('renew', '--only', 'legacy', '--force')
    expect(code).toBe(1)
    expect(stdout).toContain('bring one with `newleaf import legacy --file FILE`')
    expect(practice.world.ca.ledger.orders.flatMap(({ names }) => names)).not.toContain('www.legacy.example')
  })

  test('is stored, attached and proved, from one file with everything in any order', async () => {
    const { chainPem, privateKeyPem, fingerprint } = await bought()
    const [leaf = '', ...issuers] = chainPem.split(/(?<=END CERTIFICATE-----\n)/)
    const text = [...issuers.reverse(), privateKeyPem, practice.world.issuerRoot, leaf].join('\n')
    const { code, stdout } = await run('import', 'legacy', '--file', await pem('all.pem', text))
    expect(code).toBe(0)
    expect(stdout).toContain('deployed')
    expect(await shown('edge', 'www.legacy.example')).toEqual([fingerprint])
    expect(await json('renew', '--only', 'legacy')).toMatchObject({ certificates: [{ result: 'kept' }] })
    expect(await json('status', '--only', 'legacy')).toMatchObject({
      certificates: [{ healthy: true, reason: 'fresh' }],
    })
  })

  test('is replaced by the next one, from separate files, one of them in DER', async () => {
    const { chainPem, privateKeyPem, fingerprint } = await bought()
    const [certificate, key, root] = await Promise.all([
      pem('chain.pem', chainPem),
      pem('key.pem', privateKeyPem),
      pem('root.der', new X509Certificate(practice.world.issuerRoot).raw),
    ])
    const files = [certificate, key, root].flatMap((file) => ['--file', file])
    expect((await run('import', 'legacy', ...files)).code).toBe(0)
    expect(await shown('edge', 'www.legacy.example')).toEqual([fingerprint])
  })

  test('is refused, with nothing changed, when it does not cover the names or its key does not fit', async () => {
    const before = await shown('edge', 'www.legacy.example')
    const [other, one] = await Promise.all([bought(['other.example']), bought()])
    const root = practice.world.issuerRoot
    const wrong = await run(
      'import',
      'legacy',
      '--file',
      await pem('w.pem', other.privateKeyPem + other.chainPem + root),
    )
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('does not cover www.legacy.example')])
    const mixed = await run('import', 'legacy', '--file', await pem('m.pem', other.privateKeyPem + one.chainPem + root))
    expect(mixed.code).toBe(1)
    expect(mixed.stderr).toContain('key')
    expect(await shown('edge', 'www.legacy.example')).toEqual(before)
  })

  test.each<[args: string[], message: string]>([
    [['import', 'legacy'], 'expected `newleaf import ID --file FILE`'],
    [['import', '--file', 'x.pem'], 'expected `newleaf import ID --file FILE`'],
    [['import', 'nobody', '--file', '-'], 'there is no certificate "nobody"'],
    [['import', 'legacy', '--file', '/nowhere/x.pem'], '--file /nowhere/x.pem: cannot be read (ENOENT)'],
  ])('%j is answered by what was expected', async (args, message) => {
    const { code, stderr } = await run(...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('under a certificate that newleaf orders itself is refused', async () => {
    const { chainPem, privateKeyPem } = await bought(['shop.example', '*.shop.example'])
    const file = await pem('shop.pem', privateKeyPem + chainPem + practice.world.issuerRoot)
    const { code, stderr } = await run('import', 'shop', '--file', file)
    expect([code, stderr]).toEqual([2, expect.stringContaining('write `imported: true` under certificates.shop')])
  })
})
