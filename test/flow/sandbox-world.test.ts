import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { clockExports } from '../../sandbox/clock.ts'
import { withPorts } from '../../sandbox/configuration.ts'
import { restoreAuthority } from '../../sandbox/pki.ts'
import { startProber } from '../../sandbox/prober.ts'
import { paintFor, table } from '../../sandbox/shown.ts'
import { startWorld } from '../../sandbox/world.ts'
import { issue, practiceFolder, rawClient, seenAt } from '../support/practice-world.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
const folder = () => {
  const { path, remove } = practiceFolder()
  closing.push(remove)
  return path
}
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('a sandbox world', () => {
  test('writes a configuration, the tokens and the roots, for the eyes of its owner only', async () => {
    const path = folder()
    const world = await startWorld({ folder: path })
    closing.push(world.close)
    const config = parse(readFileSync(world.configuration, 'utf8'))
    expect(config).toMatchObject({
      environment: 'sandbox',
      acme: { authorities: { sandbox: { directory: world.ca.directoryUrl, caCertificate: 'ca.pem' } } },
      dns: { resolvers: [`127.0.0.1:${world.dns.port}`], main: { use: 'scaleway', zones: ['shop.example'] } },
      certificates: { blog: { deploy: [{ balancer: 'us', port: world.sites.apps.listener().port }] } },
    })
    const tokens = Object.entries(world.env).map(([name, token]) => `export ${name}=${token}\n`)
    expect(readFileSync(join(path, 'env'), 'utf8')).toBe(tokens.join('') + clockExports(join(path, 'clock')))
    expect(parse(readFileSync(world.cloudConfiguration, 'utf8'))).toMatchObject({
      secrets: { use: 'scaleway-secret-manager', options: { projectId: world.memory.scaleway.project } },
      state: { use: 's3', options: { endpoint: world.storage.endpoint } },
    })
    expect(Object.values(world.env).every((token) => token.startsWith('canary-token-'))).toBe(true)
    expect(mode(path)).toBe('700')
    for (const file of ['env', 'world.json', 'newleaf.yaml', 'scaleway.yaml'])
      expect(mode(join(path, file))).toBe('600')
    expect(new X509Certificate(readFileSync(join(path, 'ca.pem'))).ca).toBe(true)
  })

  test('a restart finds its objects, certificates, records, tokens, ports and configuration again', async () => {
    const path = folder()
    const first = await startWorld({ folder: path })
    const record = { name: '_acme-challenge.shop.example', type: 'TXT', data: 'left over' } as const
    const { hostedId } = first.scaleway.zones.add(record)
    writeFileSync(first.configuration, `${readFileSync(first.configuration, 'utf8')}# mine\n`)
    const seen = await seenAt(first.sites.edge, 'shop.example')
    const { env, memory } = first
    await first.close()

    const second = await startWorld({ folder: path })
    closing.push(second.close)
    expect(second.env).toEqual(env)
    expect(second.memory.ports).toEqual(memory.ports)
    expect(second.memory.scaleway.lbs).toEqual(memory.scaleway.lbs)
    expect(await seenAt(second.sites.edge, 'shop.example')).toEqual(seen)
    expect(second.zones.list('shop.example')).toContainEqual(expect.objectContaining(record))
    const [zone] = second.scaleway.zones.zones
    const hosted = zone ? second.scaleway.zones.list(zone) : []
    expect(hosted.find(({ data }) => data === 'left over')?.hostedId).toBe(hostedId)
    expect(readFileSync(second.configuration, 'utf8')).toContain('# mine')
  })

  test('its load balancers have the addresses that are wanted, and others the next time if others are wanted', async () => {
    const path = folder()
    const first = await startWorld({ folder: path, addresses: ['127.0.0.1', '127.0.0.2'] })
    const [lb] = first.memory.scaleway.lbs
    expect(lb?.addresses.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.2'])
    expect(await seenAt(first.sites.edge, 'shop.example')).toHaveLength(2)
    await first.close()
    const second = await startWorld({ folder: path, addresses: ['127.0.0.1', '127.0.0.3'] })
    closing.push(second.close)
    const [kept, added] = second.memory.scaleway.lbs[0]?.addresses ?? []
    expect([kept, added?.address]).toEqual([lb?.addresses[0], '127.0.0.3'])
    expect(second.sites.apps.listener().addresses).toEqual(['127.0.0.1', '127.0.0.3'])
  })

  test('a folder of a sandbox that had neither secrets nor object storage is taken up', async () => {
    const path = folder()
    const first = await startWorld({ folder: path })
    await first.close()
    const { tokens, ports, scaleway, ...rest } = JSON.parse(readFileSync(join(path, 'world.json'), 'utf8'))
    const older = { tokens: { ...tokens, storage: undefined }, ports: { ...ports, storage: undefined } }
    writeFileSync(
      join(path, 'world.json'),
      JSON.stringify({ ...rest, ...older, scaleway: { ...scaleway, secrets: undefined } }),
    )
    const second = await startWorld({ folder: path })
    closing.push(second.close)
    expect(second.memory.scaleway.lbs).toEqual(first.memory.scaleway.lbs)
    expect(second.scaleway.state.secrets).toEqual([])
    expect(second.storage.port).toBeGreaterThan(0)
  })

  test('a port that is taken meanwhile is exchanged, in the configuration too', async () => {
    const path = folder()
    const first = await startWorld({ folder: path })
    const { port: before } = first.sites.apps.listener()
    await first.close()
    const thief = createServer().listen(before, '127.0.0.1')
    await once(thief, 'listening')
    closing.push(() => thief.close())
    const second = await startWorld({ folder: path })
    closing.push(second.close)
    const { port } = second.sites.apps.listener()
    expect(port).not.toBe(before)
    expect(parse(readFileSync(second.configuration, 'utf8')).certificates.blog.deploy[0].port).toBe(port)
    expect(withPorts('port: 4430, at https://localhost:443/v4', new Map([[443, 444]]))).toBe(
      'port: 4430, at https://localhost:444/v4',
    )
  })

  test('a fresh start forgets, and never touches a folder that is not a sandbox', async () => {
    const path = folder()
    writeFileSync(join(path, 'thesis.txt'), 'years of work')
    await expect(startWorld({ folder: path, fresh: true })).rejects.toThrow(/other things/)
    const world = await startWorld({ folder: join(path, 'sandbox') })
    await world.close()
    const fresh = await startWorld({ folder: join(path, 'sandbox'), fresh: true })
    closing.push(fresh.close)
    expect(fresh.env).not.toEqual(world.env)
  })

  test('npm run sandbox keeps one process at its folder, ends on a signal, and survives being killed', async () => {
    const path = folder()
    const run = () =>
      spawn(process.execPath, ['sandbox/main.ts', '--folder', path], { stdio: ['ignore', 'pipe', 'pipe'] })
    const child = run()
    closing.push(() => child.kill('SIGKILL'))
    const [said] = await once(child.stdout, 'data')
    expect(String(said)).toMatch(/npm run newleaf -- renew --config/)
    expect(String(said)).not.toMatch(/canary-token/)
    await expect(startWorld({ folder: path })).rejects.toThrow(/in use by process/)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const again = run()
    closing.push(() => again.kill('SIGKILL'))
    const [saidAgain] = await once(again.stdout, 'data')
    expect(String(saidAgain)).toBe(String(said))
    again.kill('SIGTERM')
    const [code] = await once(again, 'exit')
    expect(code).toBe(0)
  })
})

describe('the httpreq service', () => {
  test('adds and removes one TXT value, as lego asks it to, in both of its modes', async () => {
    const world = await startWorld({ folder: folder() })
    closing.push(world.close)
    const credentials = Buffer.from(`sandbox:${world.memory.tokens.httpreq}`).toString('base64')
    const { call, close } = rawClient(world.httpreq.port, world, { authorization: `Basic ${credentials}` })
    closing.push(close)
    const values = () =>
      world.zones
        .list('shop.example')
        .filter(({ type }) => type === 'TXT')
        .map(({ name, data }) => `${name} ${data}`)
    const record = { fqdn: '_acme-challenge.shop.example.', value: 'one' }
    expect((await call('POST', '/present', record)).status).toBe(200)
    expect((await call('POST', '/present', { ...record, value: 'two' })).status).toBe(200)
    expect((await call('POST', '/cleanup', record)).status).toBe(200)
    expect(values()).toEqual(['_acme-challenge.shop.example two'])
    await call('POST', '/cleanup', { ...record, value: 'two' })
    await call('POST', '/present', { domain: 'shop.example', token: 't', keyAuth: 't.thumbprint' })
    expect(values()).toEqual([expect.stringMatching(/^_acme-challenge\.shop\.example [\w-]{43}$/)])
    expect((await call('POST', '/present', record, {})).status).toBe(401)
    expect((await call('POST', '/present', { ...record, fqdn: 'else.test.' })).status).toBe(422)
  })
})

describe('the prober', () => {
  test('counts handshakes of all names at all addresses, and says what failed', async () => {
    const world = await startWorld({ folder: folder() })
    closing.push(world.close)
    const sites = Object.values(world.sites).map(({ listener, names, foreign }) => {
      const { addresses, port } = listener()
      return { names: [...names, ...foreign], endpoints: addresses.map((address) => ({ address, port })) }
    })
    const well = startProber({ sites, root: world.issuerRoot, rate: 2_000 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    const count = await well.stop()
    expect(count.made).toBeGreaterThan(20)
    expect(count).toMatchObject({ failed: 0, failures: {} })

    const issued = await issue(restoreAuthority(world.memory.issuer), 'ecdsa-p256', ['else.example'])
    world.sites.apps.listener().serve([issued])
    const badly = startProber({ sites, root: world.issuerRoot, rate: 2_000 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    const { failures } = await badly.stop()
    expect(Object.keys(failures)).toContainEqual(
      expect.stringMatching(/^www\.blog\.example at .*: does not cover the name$/),
    )
    expect(Object.keys(failures).join()).not.toContain('shop.example')
  })
})

describe('what the sandbox prints', () => {
  test('is aligned, and coloured only on a terminal that wants it', () => {
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toBe('  a    bb\n  ccc  d\n')
    const terminal = { isTTY: true } as NodeJS.WriteStream
    expect(paintFor(terminal, {}).good('well')).toContain('\u001b[')
    expect(paintFor(terminal, { NO_COLOR: '1' }).good('well')).toBe('well')
    expect(paintFor({ isTTY: false } as NodeJS.WriteStream, {}).good('well')).toBe('well')
  })
})
