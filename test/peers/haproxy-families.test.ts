import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { createProbe } from '../../lib/platform/probe.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { run } from '../../lib/run.ts'
import type { KeyFamily, RunRequest } from '../../lib/types.ts'
import { describePeers } from '../support/describe-peers.ts'
import { SHOP, startHaproxy } from '../support/haproxy.ts'
import { ADDRESSES } from '../support/haproxy-driver.ts'
import { issue } from '../support/practice-world.ts'

const KEYS = { rsa: 'rsa-2048', ecdsa: 'ecdsa-p256' } as const
const FAMILIES = ['rsa', 'ecdsa'] as const

/** How the two files of one bind are called, and what its crt-list says of them. */
const LAYOUTS = {
  'two lines of a crt-list': {
    rsa: 'shop-rsa.pem',
    ecdsa: 'shop-ecdsa.pem',
    lines: ['shop-rsa.pem', 'shop-ecdsa.pem'],
  },
  'a bundle': { rsa: 'shop.pem.rsa', ecdsa: 'shop.pem.ecdsa', lines: ['shop.pem'] },
} as const

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describePeers('a bind of HAProxy with a certificate for each family of keys', ['haproxy'], ({ haproxy: program }) => {
  async function opened(layout: keyof typeof LAYOUTS) {
    const { lines, ...files } = LAYOUTS[layout]
    const haproxy = await startHaproxy({ program, kind: 'rsa-2048' })
    closing.push(() => haproxy.close())
    await rm(join(haproxy.folder, 'shop.pem'))
    for (const family of FAMILIES) {
      const { chainPem, privateKeyPem } = await issue(haproxy.authority, KEYS[family], SHOP)
      await writeFile(join(haproxy.folder, files[family]), chainPem + privateKeyPem)
    }
    await writeFile(join(haproxy.folder, 'shop.txt'), lines.map((line) => `${haproxy.folder}/${line}\n`).join(''))
    await haproxy.restart()
    const folder = await mkdtemp(join(tmpdir(), 'newleaf-families-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const entry = (family: KeyFamily) => `
  shop-${family}:
    names: [${SHOP.map((name) => `'${name}'`).join(', ')}]
    key: ${KEYS[family]}
    selfSigned: true
    deploy: [{ balancer: edge, certificate: ${files[family]}, addresses: [${ADDRESSES.join(', ')}], port: ${haproxy.port} }]`
    await writeFile(
      join(folder, 'newleaf.yaml'),
      `environment: peers
secrets: { use: file, options: { masterKey: ${folder}/master.key } }
state: { use: file }
balancers: { edge: { use: haproxy, options: { socket: ${haproxy.sockets.admin}, folder: ${haproxy.folder} } } }
certificates:${FAMILIES.map(entry).join('')}
`,
    )
    return { haproxy, files, oneRun: (request?: Partial<RunRequest>) => oneRun(join(folder, 'newleaf.yaml'), request) }
  }

  test.each(Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[])(
    'as %s: each client gets the one that it takes, each is renewed alone, and the next run finds both well',
    async (layout) => {
      const { haproxy, files, oneRun } = await opened(layout)
      const first = await oneRun()
      expect(resultsOf(first)).toEqual({ 'shop-rsa': 'renewed', 'shop-ecdsa': 'renewed' })
      expect(await shownAt(haproxy.port)).toEqual(fingerprintsOf(first))

      const second = await oneRun({ only: ['shop-rsa'], force: true })
      expect(resultsOf(second)).toEqual({ 'shop-rsa': 'renewed' })
      const both = { ...fingerprintsOf(first), ...fingerprintsOf(second) }
      expect(both).not.toEqual(fingerprintsOf(first))
      expect(await shownAt(haproxy.port)).toEqual(both)
      await haproxy.restart()
      expect(await shownAt(haproxy.port)).toEqual(both)

      const third = await oneRun()
      expect(resultsOf(third)).toEqual({ 'shop-rsa': 'kept', 'shop-ecdsa': 'kept' })
      expect(third.ok).toBe(true)
      for (const family of FAMILIES) {
        expect(await readFile(join(haproxy.folder, files[family]), 'utf8')).toContain(`newleaf-peers-shop-${family}-`)
      }
    },
  )
})

async function oneRun(path: string, request: Partial<RunRequest> = {}): Promise<RunReport> {
  const until = Date.now() + 600_000
  return run(
    await loadConfig(path),
    { force: false, dryRun: false, fullScan: true, ...request },
    {
      env: {},
      clock: systemClock,
      log: createLog(silent, systemClock),
      random: Math.random,
      timeLeft: () => until - Date.now(),
    },
  )
}

const resultsOf = ({ certificates }: RunReport) =>
  Object.fromEntries(certificates.map(({ id, result }) => [id, result]))

const fingerprintsOf = ({ certificates }: RunReport): Partial<Record<KeyFamily, string>> =>
  Object.fromEntries(certificates.map(({ id, certificate }) => [id.replace('shop-', ''), certificate?.fingerprint]))

/** What a client is shown that takes keys of one family only. */
async function shownAt(port: number): Promise<Partial<Record<KeyFamily, string>>> {
  const probe = createProbe({ timeLeft: () => 60_000 })
  const shown: Partial<Record<KeyFamily, string>> = {}
  for (const family of FAMILIES) {
    const seen = await probe.handshake({ address: ADDRESSES[0], port }, 'shop.example', family)
    if (seen.result === 'presented') shown[family] = seen.certificate.fingerprint
  }
  return shown
}
