import { Failure } from '../../lib/errors.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import type { ChallengeSolver, Clock, Dependencies, SecretStore, StateStore } from '../../lib/ports.ts'
import { renewAll } from '../../lib/renewal/renew-all.ts'
import { logEvents } from '../../lib/report/event-log.ts'
import type { CertificateSpec, Outcome, RunRequest } from '../../lib/types.ts'
import { createMemoryAuthority, type MemoryAuthority } from './memory-authority.ts'
import { createMemoryBalancer, type MemoryBalancer, memoryProbe } from './memory-balancer.ts'
import { createMemorySecrets, createMemoryState } from './memory-stores.ts'
import { type Rewindable, saveList, saveMap } from './rewind.ts'

export interface MemoryWorld extends Dependencies, Rewindable {
  readonly authority: MemoryAuthority
  readonly fr: MemoryBalancer
  readonly us: MemoryBalancer
  /** TXT values by name. */
  readonly txt: Map<string, string[]>
  readonly records: LogRecord[]
  readonly spec: CertificateSpec
  /** Lets time pass. */
  pass(milliseconds: number): void
  /** One whole run over the one certificate of this world. */
  run(request?: Partial<RunRequest>, spec?: CertificateSpec): Promise<Outcome>
  /** The time, the CA, DNS and the balancers; the stores are left alone. */
  save(): () => void
}

let worlds = 0

/** A small world: a certificate for two names, an authority, and two balancers that serve it. Its clock stands still unless it is told. */
export async function createMemoryWorld(
  change: Partial<Dependencies> = {},
  /** Of its first balancer, beside the one that each has. */
  { moreAddresses = 0 } = {},
): Promise<MemoryWorld> {
  worlds += 1
  let now = Date.parse('2026-11-22T06:00:00Z')
  const clock: Clock = {
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      now += milliseconds
    },
  }
  const txt = new Map<string, string[]>()
  const records: LogRecord[] = []
  const log = createLog((record) => records.push(record), clock)
  const more = Array.from({ length: moreAddresses }, (_, index) => `10.${worlds}.1.${index + 1}`)
  const fr = createMemoryBalancer(`10.${worlds}.0.1`, ...more)
  const us = createMemoryBalancer(`10.${worlds}.0.2`)
  const authority = await createMemoryAuthority(clock, (name) => txt.get(name) ?? [])
  const world: Dependencies = {
    environment: 'test',
    authorities: { ca: authority },
    solver: memorySolver(txt),
    secrets: createMemorySecrets() as SecretStore,
    state: createMemoryState() as StateStore,
    balancers: { fr, us },
    probe: memoryProbe,
    notifiers: {},
    references: [],
    credentials: [],
    digestReferences: async () => ({ salt: '', digest: '' }),
    clock,
    random: () => 0.5,
    log,
    emit: logEvents(log),
    timeLeft: () => 3_600_000,
    ...change,
  }
  return {
    ...world,
    authority,
    fr,
    us,
    txt,
    records,
    spec: shop,
    pass: (milliseconds) => {
      now += milliseconds
    },
    save() {
      const then = now
      const parts = [authority.save(), fr.save(), us.save(), saveMap(txt), saveList(records)]
      return () => {
        now = then
        for (const rewind of parts) rewind()
      }
    },
    async run(request = {}, spec = shop) {
      const whole: RunRequest = { force: false, dryRun: false, fullScan: true, ...request }
      const [outcome] = await renewAll([spec], whole, world)
      if (outcome === undefined) throw new Error('a run without an outcome')
      return outcome
    },
  }
}

export const shop: CertificateSpec = {
  id: 'shop',
  names: ['shop.example', '*.shop.example'],
  key: 'ecdsa-p256',
  authorities: ['ca'],
  targets: [
    { id: 'fr/edge', name: 'fr/edge', balancer: 'fr', listener: { frontend: 'edge' } },
    { id: 'us/apps', name: 'us/apps', balancer: 'us', listener: { frontend: 'apps' } },
  ],
  configHash: 'one',
}

const memorySolver = (txt: Map<string, string[]>): ChallengeSolver => ({
  assigned: async (record) => record,
  async locate(names, label = '_acme-challenge') {
    return [...new Set(names.map((name) => name.replace(/^\*\./, '')))].map((domain) => {
      if (!domain.endsWith('example')) throw new Failure('DNS_NO_ZONE', `no zone for ${domain}`)
      return { domain, name: `${label}.${domain}`, zone: 'shop.example', provider: 'main' }
    })
  },
  async check() {},
  capacity: async () => undefined,
  caa: async () => undefined,
  persistentRecords: async (domain) => txt.get(`_validation-persist.${domain}`) ?? [],
  async present(records) {
    for (const { name, value } of records) txt.set(name, [...(txt.get(name) ?? []), value])
  },
  async cleanUp(records) {
    for (const { name, value } of records) {
      const left = (txt.get(name) ?? []).filter((each) => each !== value)
      if (left.length > 0) txt.set(name, left)
      else txt.delete(name)
    }
  },
})
