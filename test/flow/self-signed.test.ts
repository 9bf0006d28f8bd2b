import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { DAY } from '../../lib/platform/clock.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import { serverCertificate } from '../../sandbox/pki.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { practiceWorld, seenAt } from '../support/practice-world.ts'
import { newleaf } from '../support/terminal.ts'

const dev: CertificateSpec = { ...shop, authorities: ['selfSigned'], selfSigned: { days: 90 } }

describe('a certificate that newleaf signs itself', () => {
  let world: MemoryWorld
  beforeEach(async () => {
    world = await createMemoryWorld()
  })
  const served = () => [world.fr, world.us].map((each) => each.served?.fingerprint)

  test('is made, deployed, verified and made current in one run, and no authority and no DNS is asked', async () => {
    const outcome = await world.run({}, dev)
    expect(outcome).toMatchObject({ result: 'renewed', health: { healthy: true }, decision: { reason: 'absent' } })
    expect(served()).toEqual([outcome.certificate?.fingerprint, outcome.certificate?.fingerprint])
    expect(outcome.certificate).toMatchObject({ names: shop.names, issuer: expect.stringContaining('self-signed') })
    expect([world.authority.orders, world.txt.size]).toEqual([[], 0])
    expect(await world.run({}, dev)).toMatchObject({ result: 'kept', decision: { reason: 'fresh' } })
  })

  test('is renewed as others are, with a third of its life left, and whenever its names or key change', async () => {
    const first = await world.run({}, dev)
    world.pass(59 * DAY)
    expect(await world.run({}, dev)).toMatchObject({ result: 'kept' })
    world.pass(2 * DAY)
    const second = await world.run({}, dev)
    expect(second).toMatchObject({ result: 'renewed', decision: { reason: 'due' }, health: { healthy: true } })
    expect(second.certificate?.fingerprint).not.toBe(first.certificate?.fingerprint)
    const more = { ...dev, names: [...dev.names, 'new.shop.example'] }
    expect(await world.run({}, more)).toMatchObject({ result: 'renewed', decision: { reason: 'names' } })
    const other = { ...more, key: 'rsa-2048' as const }
    expect(await world.run({}, other)).toMatchObject({ result: 'renewed', certificate: { keyAlgorithm: 'rsa-2048' } })
  })

  test('is followed by one of an authority once the configuration says so, and the other way round', async () => {
    await world.run({}, dev)
    expect(await world.run({}, shop)).toMatchObject({ result: 'renewed', decision: { reason: 'config' } })
    expect(world.authority.orders).toHaveLength(1)
    expect(await world.run({}, dev)).toMatchObject({ result: 'renewed', decision: { reason: 'config' } })
    expect(world.authority.orders).toHaveLength(1)
  })

  test('that cannot be stored is a failure, which is tried again', async () => {
    const { secrets } = world
    const stage = secrets.stage.bind(secrets)
    Object.assign(secrets, { stage: async () => Promise.reject(new Error('full')) })
    expect(await world.run({}, dev)).toMatchObject({ result: 'failed', error: { step: 'store' } })
    Object.assign(secrets, { stage })
    expect(await world.run({ only: ['shop'] }, dev)).toMatchObject({ result: 'renewed', health: { healthy: true } })
  })
})

describe('a configuration of self-signed certificates alone', () => {
  let practice: Awaited<ReturnType<typeof practiceWorld>>
  let config = ''
  beforeAll(async () => {
    practice = await practiceWorld()
    config = await configured({ selfSigned: true, days: 30, names: ['dev.internal.example', '127.0.0.1', '::1'] })
  })
  afterAll(() => practice.close())

  /** Without authorities and DNS, and with one certificate, at the port of the NodeBalancer. */
  async function configured(certificate: object): Promise<string> {
    const { acme: _acme, dns: _dns, ...written } = parse(await readFile(practice.world.configuration, 'utf8'))
    const { deploy } = written.certificates.blog
    const path = join(practice.world.folder, 'self-signed.yaml')
    await writeFile(path, stringify({ ...written, certificates: { dev: { ...certificate, deploy } } }))
    return path
  }
  const run = (...args: string[]) => newleaf([...args, '--config', config], { env: practice.world.env })
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)

  test('needs no authority and no DNS, and its names may be addresses', async () => {
    const before = practice.world.ca.ledger.requests.length
    expect(await json('renew')).toMatchObject({
      ok: true,
      certificates: [
        {
          id: 'dev',
          result: 'renewed',
          certificate: {
            names: ['dev.internal.example', '127.0.0.1', '::1'],
            keyAlgorithm: 'rsa-2048',
            daysLeft: 29,
          },
        },
      ],
    })
    expect(practice.world.ca.ledger.requests.length).toBe(before)
    const status = await json('status')
    const [{ certificate, targets }] = status.certificates
    expect(status).toMatchObject({ ok: true, certificates: [{ certificate: { authority: 'selfSigned' } }] })
    expect(JSON.stringify(targets)).not.toMatch(/"shows":"(?!current)/)
    expect(await seenAt(practice.world.sites.apps, 'dev.internal.example')).toContain(certificate.fingerprint)
  })

  test('takes one that openssl has made, brings it to its listener, and renews it itself', async () => {
    const [key, pem] = ['key.pem', 'cert.pem'].map((name) => join(practice.world.folder, name))
    const names = 'subjectAltName=DNS:dev.internal.example,IP:127.0.0.1,IP:::1'
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=dev', '-addext', names],
      ...['-keyout', `${key}`, '-out', `${pem}`],
    ])
    const imported = await json('import', 'dev', '--file', `${key}`, '--file', `${pem}`)
    expect(imported).toMatchObject({ ok: true, certificates: [{ result: 'deployed' }] })
    expect(await json('plan')).toMatchObject({ certificates: [{ action: 'wait', reason: 'fresh' }] })
    const forced = await json('renew', '--force')
    expect(forced).toMatchObject({ ok: true, certificates: [{ result: 'renewed' }] })
    expect(forced.certificates[0].certificate.issuer).toContain('newleaf self-signed')
  })

  test('refuses one of an authority, and one of another key, each with the way out', async () => {
    const files = async (made: { cert: string; key: string }) => {
      const path = join(practice.world.folder, 'bundle.pem')
      await writeFile(path, `${made.key}${made.cert}`)
      return run('import', 'dev', '--file', path)
    }
    const issued = await serverCertificate(practice.issuer)
    expect((await files(issued)).stderr).toContain('write `imported: true` in place of `selfSigned: true`')
    const [key, pem] = ['ec.pem', 'ec-cert.pem'].map((name) => join(practice.world.folder, name))
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=dev'],
      ...[
        '-addext',
        'subjectAltName=DNS:dev.internal.example,IP:127.0.0.1,IP:::1',
        '-keyout',
        `${key}`,
        '-out',
        `${pem}`,
      ],
    ])
    const { code, stderr } = await run('import', 'dev', '--file', `${key}`, '--file', `${pem}`)
    expect(code).toBe(2)
    expect(stderr).toContain('write `key: ecdsa-p256` under certificates.dev')
  })
})
