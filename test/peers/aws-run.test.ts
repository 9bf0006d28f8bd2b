import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { bundle } from '../../build/bundle.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { run } from '../../lib/run.ts'
import type { RunRequest } from '../../lib/types.ts'
import { startWorld, type World } from '../../sandbox/world.ts'
import { BUCKET, type Cloud, openSecretsManager, startAwsCloud } from '../support/cloud-stores.ts'
import { describePeers } from '../support/describe-peers.ts'
import type { Moto } from '../support/moto.ts'
import { seenAt } from '../support/practice-world.ts'

const STORES = /^secrets: .*\nstate: .*$/m

/** The sandbox's CA, DNS and balancers, with both stores at AWS. */
describePeers('a whole run, with its memory at AWS', ['moto'], ({ moto }) => {
  let folder: string
  let world: World
  let cloud: Cloud<Moto>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'newleaf-aws-run-'))
    world = await startWorld({ folder, fresh: true, settleMs: 40 })
    cloud = await startAwsCloud(moto)
    await cp(join(cloud.folder, 'ca.pem'), join(folder, 'aws.pem'))
    const at = `endpoint: ${cloud.server.endpoint}, caCertificate: aws.pem`
    const configuration = await readFile(world.configuration, 'utf8')
    await writeFile(
      world.configuration,
      configuration.replace(
        STORES,
        `secrets: { use: aws-secrets-manager, options: { ${at} } }\n` +
          `state: { use: s3, options: { bucket: ${BUCKET}, forcePathStyle: true, ${at} } }`,
      ),
    )
  })
  afterAll(async () => {
    await cloud.close()
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
  const fingerprints = ({ certificates }: RunReport) => certificates.map(({ certificate }) => certificate?.fingerprint)
  const orders = () => world.ca.ledger.orders.length
  const issued = () => world.ca.ledger.certificates.length
  const shown = () =>
    Promise.all(
      Object.values(world.sites).map(
        async (site) => (await seenAt(site, (site.names[0] ?? '').replace('*', 'any')))[0],
      ),
    )
  const calls = () => cloud.server.calls.map(({ action }) => action)
  const stageOf = async (stage: 'current' | 'pending' | 'previous') => {
    const store = await openSecretsManager(cloud, { prefix: 'newleaf/sandbox' })
    return (await store.read('certificate/shop', stage))?.version
  }

  test('issues, and both balancers show it', async () => {
    const report = await oneRun()
    expect(results(report)).toEqual([
      ['shop', 'renewed', undefined],
      ['blog', 'renewed', undefined],
    ])
    expect(await shown()).toEqual(expect.arrayContaining(fingerprints(report)))
    expect([typeof (await stageOf('current')), await stageOf('pending'), await stageOf('previous')]).toEqual([
      'string',
      undefined,
      undefined,
    ])
  })

  test('the next run keeps everything; one with nothing due makes one listing and no other call', async () => {
    const before = issued()
    expect(results(await oneRun()).map(([, result]) => result)).toEqual(['kept', 'kept'])
    await oneRun({ fullScan: false }) // the first one of a day looks at everything
    const since = calls().length
    await oneRun({ fullScan: false })
    expect(calls().slice(since)).toEqual(['s3:ListBucket'])
    expect(issued()).toBe(before)
  })

  test('killed after the chain was stored, the next run takes it up without another order', async () => {
    const current = await stageOf('current')
    const end = cloud.server.misbehave({
      action: 'secretsmanager:UpdateSecretVersionStage',
      how: 'refused',
      error: 'InternalServiceError',
      status: 500,
      times: 99,
    })
    onTestFinished(end)
    expect(results(await oneRun({ force: true })).map(([, result]) => result)).toEqual(['failed', 'failed'])
    expect(await stageOf('current')).toBe(current)
    const pending = await stageOf('pending')
    expect(pending).not.toBe(undefined)
    const [certificates, ordered] = [issued(), orders()]
    end()
    expect(results(await oneRun({ only: ['shop', 'blog'] })).map(([, result]) => result)).toEqual([
      'deployed',
      'deployed',
    ])
    expect([issued(), orders()]).toEqual([certificates, ordered])
    expect([await stageOf('current'), await stageOf('pending'), await stageOf('previous')]).toEqual([
      pending,
      undefined,
      current,
    ])
  })

  test('of two runs at once one renews each certificate, and nothing is lost', async () => {
    const before = issued()
    const reports = await Promise.all([oneRun({ force: true }), oneRun({ force: true })])
    for (const id of ['shop', 'blog']) {
      const both = reports.flatMap(results).filter(([each]) => each === id)
      expect(both.filter(([, result]) => result === 'renewed')).toHaveLength(1)
      expect(both.filter(([, , code]) => code !== undefined && code !== 'LOCKED')).toEqual([])
    }
    expect(issued()).toBe(before + 2)
    const kept = await oneRun()
    expect(results(kept).map(([, result]) => result)).toEqual(['kept', 'kept'])
    expect(await shown()).toEqual(expect.arrayContaining(fingerprints(kept)))
  })

  test('the packaged function renews as well', async () => {
    const built = join(folder, 'built')
    // An environment of its own: three certificates a week have been ordered for these names in the other one.
    const configuration = join(folder, 'packaged.yaml')
    const text = await readFile(world.configuration, 'utf8')
    await writeFile(configuration, text.replace(/^environment: .*$/m, 'environment: packaged'))
    await bundle('renew', built)
    const script = `const { handler } = await import(${JSON.stringify(join(built, 'renew.mjs'))})
      const answer = await handler({ force: true }, { getRemainingTimeInMillis: () => 600000 })
      console.log(JSON.stringify(answer))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: built,
      env: { PATH: process.env.PATH, NEWLEAF_CONFIG: configuration, ...world.env, ...cloud.server.env },
    })
    const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect(answer).toMatchObject({ ok: true, certificates: [{ result: 'renewed' }, { result: 'renewed' }] })
  })

  test('nothing is called but what the documentation lists', () => {
    expect([...new Set(calls())].sort()).toEqual([
      's3:CreateBucket', // by this test
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'secretsmanager:CreateSecret',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ])
  })
})
