/** Stories before which a person has changed the configuration, or the version of newleaf. */
import { DAY, MINUTE } from '../../lib/platform/clock.ts'
import type { CertificateAuthority, ChallengeSolver, TxtRecord } from '../../lib/ports.ts'
import { documentKey } from '../../lib/state/document.ts'
import type { CertificateSpec, Target } from '../../lib/types.ts'
import { createMemoryAuthority, type MemoryAuthority } from '../support/memory-authority.ts'
import { shop } from '../support/memory-world.ts'
import { inVersion1 } from '../support/version-1-document.ts'
import { type Scenario, somebodyElses, untilDue } from './beginnings.ts'
import { type Outside, untilEnded } from './outside.ts'

const [edge, apps] = shop.targets as readonly [Target, Target]

export const changes = {
  /** A target is taken out just as a renewal falls due, and goes on serving what it has. */
  'target-removed': {
    async prepare(outside) {
      await untilDue(outside)
      change(outside, { targets: [edge] })
    },
    certificates: 1,
  },
  /** A target is taken out that somebody has given another certificate. */
  'target-let-go': {
    async prepare(outside) {
      await untilDue(outside, 10 * DAY)
      await bindTheirs(outside)
      change(outside, { targets: [edge] })
    },
    certificates: 0,
  },
  /** What a target has left that was taken out is still served there after a week. */
  'left-behind': {
    async prepare(outside) {
      await untilDue(outside, 20 * DAY)
      change(outside, { targets: [edge] })
      for (let day = 0; day < 7; day++) {
        await untilEnded(await outside.run())
        outside.pass(DAY)
      }
    },
    certificates: 0,
  },
  /** No authority is wanted any more just as a renewal falls due: newleaf signs the next one itself. */
  'self-signed': {
    async prepare(outside) {
      await untilDue(outside)
      change(outside, { authorities: ['selfSigned'], selfSigned: { days: 90 } })
    },
    certificates: 0,
  },
  /** A target is called otherwise just as a renewal falls due. */
  'target-renamed': {
    async prepare(outside) {
      await untilDue(outside)
      const renamed = { ...apps, id: 'us/4711', name: 'us/4711', listener: { frontend: '4711' } }
      change(outside, { targets: [edge, renamed] })
    },
    certificates: 1,
  },
  /** A target is added at which somebody else’s certificate is served. */
  'target-added': {
    async prepare(outside) {
      change(outside, { targets: [edge] })
      await untilDue(outside, 10 * DAY)
      await bindTheirs(outside)
      change(outside, { targets: [edge, apps] })
    },
    certificates: 0,
  },
  /** The authority wants to be left alone for days, and the configuration names another one. */
  'authority-replaced': {
    async prepare(outside) {
      await untilDue(outside)
      outside.memory.authority.closedUntil = new Date(outside.now().getTime() + 6 * DAY)
      await untilEnded(await outside.run())
      const second = await anotherAuthority(outside)
      change(outside, { authorities: ['second'] }, { second })
    },
    certificates: 1,
  },
  /** The authority wants to be left alone for days, and a second one is named behind it. */
  'fail-over': {
    async prepare(outside) {
      await untilDue(outside)
      outside.memory.authority.closedUntil = new Date(outside.now().getTime() + 6 * DAY)
      const second = await anotherAuthority(outside)
      change(outside, { authorities: ['ca', 'second'] }, { ca: outside.memory.authority, second })
    },
    certificates: 1,
  },
  /** The name of the authority stands for another one. */
  'directory-changed': {
    async prepare(outside) {
      await untilDue(outside, 10 * DAY)
      change(outside, {}, { ca: await anotherAuthority(outside) })
    },
    certificates: 1,
  },
  /** Another kind of key, and one name more. */
  'key-and-names': {
    async prepare(outside) {
      change(outside, { key: 'rsa-2048' })
      await untilDue(outside, 10 * DAY)
      change(outside, { key: 'ecdsa-p256', names: [...shop.names, 'more.example'] })
    },
    certificates: 1,
  },
  /** A run is killed while its TXT values are shown, and their DNS provider is called otherwise afterwards. */
  'provider-renamed': {
    async prepare(outside) {
      await untilDue(outside)
      const killed = await outside.run()
      while ((await killed.next())?.name !== 'solver.present') await killed.go('heard')
      await killed.go('lost')
      outside.pass(16 * MINUTE)
      change(outside, {})
      outside.named = { solver: renamedProvider(outside.memory.solver) }
    },
    certificates: 1,
  },
  /** A renewal falls due in a store that version 1 has written. */
  'version-1': {
    async prepare(outside) {
      await untilDue(outside)
      const { state } = outside.stores
      const stored = await state.read(documentKey('shop'))
      await state.write(documentKey('shop'), inVersion1(stored?.document), stored?.tag)
    },
    certificates: 1,
  },
} as const satisfies Record<string, Scenario>

function change(
  outside: Outside,
  spec: Partial<CertificateSpec>,
  authorities?: Readonly<Record<string, CertificateAuthority>>,
): void {
  const { configHash } = outside.spec
  outside.spec = { ...outside.spec, ...spec, configHash: `${configHash}, changed` }
  if (authorities !== undefined) outside.named = { authorities }
}

async function anotherAuthority({ memory, authorities }: Outside): Promise<MemoryAuthority> {
  const valuesAt = (name: string) => memory.txt.get(name) ?? []
  const another = await createMemoryAuthority(memory.clock, valuesAt, 'https://second.example/directory')
  authorities.push(another)
  return another
}

async function bindTheirs(outside: Outside): Promise<void> {
  Object.assign(outside.memory.us, { bound: 'by-hand', served: await somebodyElses(outside) })
}

/** The same zone and the same values, under the name that the configuration has for it now. */
function renamedProvider(solver: ChallengeSolver): ChallengeSolver {
  const named = <Place extends Pick<TxtRecord, 'provider'>>(place: Place): Place => ({ ...place, provider: 'renamed' })
  const known = (records: readonly TxtRecord[]) => {
    const strange = records.find(({ provider }) => provider !== 'renamed')
    if (strange !== undefined) throw new Error(`there is no provider ${strange.provider}`)
    return records
  }
  return {
    assigned: async (record) => named(record),
    locate: async (names) => (await solver.locate(names)).map(named),
    check: async (location) => solver.check(location),
    capacity: async (record) => solver.capacity(record),
    caa: async (domain) => solver.caa(domain),
    persistentRecords: async (domain) => solver.persistentRecords(domain),
    present: async (records) => solver.present(known(records)),
    cleanUp: async (records) => solver.cleanUp(known(records)),
  }
}
