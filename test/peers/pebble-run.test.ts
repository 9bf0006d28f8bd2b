import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../build/bundle.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { run } from '../../lib/run.ts'
import type { RunRequest } from '../../lib/types.ts'
import { startWorld, type World } from '../../sandbox/world.ts'
import { describePeers } from '../support/describe-peers.ts'
import { openssl } from '../support/openssl.ts'
import { type Pebble, startPebble } from '../support/pebble.ts'
import { seenAt } from '../support/practice-world.ts'

/** The sandbox's balancers, DNS and vendors' APIs, with Pebble in place of its CA. */
describePeers('a whole run, with Pebble as the authority', ['pebble', 'openssl'], (programs) => {
  let folder: string
  let world: World
  let pebble: Pebble
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'newleaf-pebble-run-'))
    world = await startWorld({ folder, fresh: true, settleMs: 40 })
    const { tls, house } = world.memory
    const dns = `127.0.0.1:${world.dns.port}`
    pebble = await startPebble({ program: programs.pebble, tls, caCertificate: house.rootPem, dns })
    const configuration = await readFile(world.configuration, 'utf8')
    await writeFile(world.configuration, configuration.replace(world.ca.directoryUrl, pebble.directory))
  })
  afterAll(async () => {
    await pebble.close()
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function oneRun(request: Partial<RunRequest> = {}): Promise<RunReport> {
    const until = Date.now() + 600_000
    return run(
      await loadConfig(world.configuration),
      { force: false, dryRun: false, fullScan: true, ...request },
      {
        env: world.env,
        clock: systemClock,
        log: createLog(silent, systemClock),
        random: Math.random,
        timeLeft: () => until - Date.now(),
      },
    )
  }
  const results = ({ certificates }: RunReport) =>
    certificates.map(({ id, result, error }) => [id, result, error?.code])
  const everyName = () => Object.values(world.sites).flatMap((site) => site.names.map((name) => ({ site, name })))

  test('both balancers show what Pebble issued, at every address and for every name', async () => {
    const report = await oneRun()
    expect(results(report)).toEqual([
      ['shop', 'renewed', undefined],
      ['blog', 'renewed', undefined],
    ])
    const issued = report.certificates.map(({ certificate }) => certificate?.fingerprint)
    for (const { site, name } of everyName()) {
      for (const seen of await seenAt(site, name.replace('*', 'any'))) expect(issued).toContain(seen)
    }
    expect(world.ca.ledger.requests).toEqual([])
  })

  test('openssl as a client trusts the chain that the listeners send', async () => {
    const root = join(folder, 'pebble-root.pem')
    await writeFile(root, await pebble.root())
    for (const { site, name } of everyName()) {
      const host = name.replace('*', 'any')
      const { addresses, port } = site.listener()
      const where = ['-connect', `${addresses[0]?.includes(':') ? `[${addresses[0]}]` : addresses[0]}:${port}`]
      const trust = ['-CAfile', root, '-verify_return_error', '-servername', host, '-verify_hostname', host]
      const { code, said } = await openssl(programs.openssl, ['s_client', '-brief', ...where, ...trust])
      expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('Verification: OK') })
    }
  })

  test('the next run keeps everything and asks Pebble for the windows alone, and the one after it nothing', async () => {
    const kept = [
      ['shop', 'kept', undefined],
      ['blog', 'kept', undefined],
    ]
    await pebble.forget()
    expect(results(await oneRun())).toEqual(kept)
    const requests = await pebble.requests()
    expect(requests.filter((each) => each.includes('renewalInfo'))).toHaveLength(2)
    expect(requests.filter((each) => !/^GET \/(dir$|.*renewalInfo)/.test(each))).toEqual([])
    await pebble.forget()
    expect(results(await oneRun())).toEqual(kept)
    expect(await pebble.requests()).toEqual([])
  })

  test('a renewal by hand replaces them, foreign certificates stay, and no TXT record is left', async () => {
    const { edge } = world.sites
    const foreign = await seenAt(edge, edge.foreign[0] ?? '')
    expect(foreign.length).toBeGreaterThan(0)
    const before = await seenAt(edge, edge.names[0] ?? '')
    const report = await oneRun({ force: true })
    expect(results(report).map(([, result]) => result)).toEqual(['renewed', 'renewed'])
    expect(await seenAt(edge, edge.names[0] ?? '')).not.toEqual(before)
    expect(await seenAt(edge, edge.foreign[0] ?? '')).toEqual(foreign)
    const left = [...world.zones.zones.keys()]
      .flatMap((zone) => world.zones.list(zone))
      .filter(({ type }) => type === 'TXT')
    expect(left).toEqual([])
  })

  test('the packaged function renews as well', async () => {
    const built = join(folder, 'built')
    await bundle('renew', built)
    const script = `const { handler } = await import(${JSON.stringify(join(built, 'renew.mjs'))})
      const answer = await handler({ force: true }, { getRemainingTimeInMillis: () => 600000 })
      console.log(JSON.stringify(answer))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: built,
      env: { PATH: process.env.PATH, NEWLEAF_CONFIG: world.configuration, ...world.env },
    })
    const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect(answer).toMatchObject({ ok: true, certificates: [{ result: 'renewed' }, { result: 'renewed' }] })
  })
})
