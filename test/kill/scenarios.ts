/** Whole stories, each from the moment at which something falls due until nothing is left to be done. */
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/platform/clock.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import type { Breaking, MemoryBalancer } from '../support/memory-balancer.ts'
import { type Scenario, somebodyElses, untilDue } from './beginnings.ts'
import { changes } from './changes.ts'
import { createOutside, FOREIGN, type Outside, untilEnded } from './outside.ts'
import type { Place } from './stores.ts'

export const scenarios = {
  first: {
    prepare: async () => {},
    certificates: 1,
  },
  renewal: {
    prepare: untilDue,
    certificates: 1,
  },
  retire: {
    async prepare(outside) {
      await untilDue(outside)
      await untilEnded(await outside.run())
      outside.pass(23 * HOUR)
      await untilEnded(await outside.run())
      outside.pass(HOUR + SECOND)
    },
    certificates: 0,
  },
  /** One balancer says yes and goes on serving the old certificate, until it is mended. */
  'put-back': {
    async prepare(outside) {
      await untilDue(outside)
      const { fr } = outside.memory
      fr.stale = true
      outside.later(2.5 * MINUTE, () => {
        fr.stale = false
        fr.served = fr.objects.get(fr.bound ?? '')
      })
    },
    certificates: 1,
  },
  /** The CA refuses orders for a while, and says how long. */
  refused: {
    async prepare(outside) {
      await untilDue(outside)
      outside.memory.authority.closedUntil = new Date(outside.now().getTime() + 40 * MINUTE)
    },
    certificates: 1,
  },
  /** A renewal falls due just as a name is added for which no proof is accepted: the old names are renewed without it. */
  degraded: {
    async prepare(outside) {
      await untilDue(outside)
      outside.memory.authority.unprovable.add('new.example')
      outside.spec = { ...outside.spec, names: [...outside.spec.names, 'new.example'], configHash: 'two' }
    },
    certificates: 1,
    restless: true,
  },
  /** Somebody has given a listener another certificate by hand. */
  drift: {
    async prepare(outside) {
      await untilDue(outside, 10 * DAY)
      const { us } = outside.memory
      us.bound = 'by-hand'
      outside.pass(6 * HOUR)
    },
    certificates: 0,
  },
  /** The new certificate breaks TLS at a balancer. */
  alert: swapBreaks({ how: 'broken' }),
  /** With the new certificate one of its two addresses is gone. */
  'one-address': { ...swapBreaks({ how: 'refused', address: 1 }), moreAddresses: 1 },
  /** With the new certificate one of the names is not answered any more. */
  'one-name': swapBreaks({ how: 'broken', serverName: '*.shop.example' }),
  /** Nothing is to be done, and a listener stops speaking TLS. */
  'breaks-later': breaksLater({ how: 'broken' }),
  /** The same, for one name of several. */
  'name-breaks-later': breaksLater({ how: 'broken', serverName: '*.shop.example' }),
  /** A new certificate is pending that no balancer takes for a while, and somebody takes the current one off a listener. */
  'taken-off': {
    async prepare(outside) {
      await untilDue(outside)
      const { fr, us } = outside.memory
      for (const each of [fr, us]) each.takesOnly = each.served?.fingerprint
      await untilEnded(await outside.run())
      Object.assign(fr, { bound: 'by-hand', served: await somebodyElses(outside) })
      outside.pass(6 * HOUR)
      outside.later(2 * HOUR, () => [fr, us].forEach(mend))
    },
    certificates: 0,
    within: 2 * DAY,
  },
  /** The very first certificate of ours breaks TLS where somebody else's was served. */
  'breaks-first': {
    async prepare(outside) {
      const { fr } = outside.memory
      const theirs = await somebodyElses(outside)
      fr.objects.set(FOREIGN.object, { ...theirs, privateKeyPem: new Secret('somebody else’s') })
      Object.assign(fr, { bound: FOREIGN.object, served: theirs })
      fr.breaking = { how: 'broken', unless: theirs.fingerprint }
      onceTold(outside, 'VERIFY_FAILED', () => mend(fr))
    },
    certificates: 1,
  },
  /** No balancer takes the new certificate, for half a day: the next try is far away. */
  unwanted: {
    async prepare(outside) {
      await untilDue(outside)
      const { fr, us } = outside.memory
      for (const each of [fr, us]) each.takesOnly = each.served?.fingerprint
      outside.later(12 * HOUR, () => [fr, us].forEach(mend))
    },
    certificates: 1,
    within: 2 * DAY,
  },
  /** No balancer ever takes it: after five tries it is given up, and another one is ordered. Meanwhile somebody takes the current one off. */
  'given-up': {
    async prepare(outside) {
      await untilDue(outside)
      const { fr, us } = outside.memory
      for (const each of [fr, us]) each.takesOnly = each.served?.fingerprint
      for (let tries = 0; tries < 4; tries++) {
        const [outcome] = (await untilEnded(await outside.run())).certificates
        if (outcome?.error === undefined) throw new Error('it was taken')
        const refused = publicCertificate(outside.memory.authority.chains.at(-1) ?? '').fingerprint
        for (const each of [fr, us]) Object.assign(each, { takesOnly: undefined, refusesOnly: refused })
        outside.pass(DAY)
      }
      Object.assign(fr, { bound: 'by-hand', served: await somebodyElses(outside) })
    },
    certificates: 1,
    within: 2 * DAY,
  },
  ...changes,
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios
export const SCENARIOS = Object.keys(scenarios) as ScenarioName[]
export const isScenario = (name = ''): name is ScenarioName => Object.hasOwn(scenarios, name)

/** Gives the outside as it is when the story begins, as often as it is wanted; only the last one given may be used. */
export function openings({ prepare, moreAddresses = 0 }: Scenario, place: () => Place): () => Promise<Outside> {
  let outside: Outside | undefined
  let rewind: (() => Promise<void>) | undefined
  return async () => {
    if (outside !== undefined && rewind !== undefined) {
      await rewind()
      return outside
    }
    outside = await createOutside(place(), { moreAddresses })
    await prepare(outside)
    outside.said.length = 0
    rewind = await outside.save()
    return outside
  }
}

/** The renewal is due, and the first balancer fails handshakes as soon as it holds another certificate than now. */
function swapBreaks(breaking: Omit<Breaking, 'unless'>) {
  return {
    async prepare(outside) {
      await untilDue(outside)
      const { fr } = outside.memory
      fr.breaking = { ...breaking, unless: fr.served?.fingerprint }
      onceTold(outside, 'VERIFY_FAILED', () => mend(fr))
    },
    certificates: 1,
  } as const satisfies Scenario
}

/** All is well, and at the next look the first balancer fails handshakes. */
function breaksLater(breaking: Breaking) {
  return {
    async prepare(outside) {
      await untilDue(outside, 10 * DAY)
      const { fr } = outside.memory
      fr.breaking = breaking
      onceTold(outside, 'VERIFY_FAILED', () => mend(fr))
      outside.pass(6 * HOUR)
    },
    certificates: 0,
  } as const satisfies Scenario
}

/** A person hears of it, and does something half a minute later. */
function onceTold({ notifier, later }: Outside, code: string, happen: () => void): void {
  const { send } = notifier
  notifier.send = async (notice) => {
    await send(notice)
    if (notice.event === 'problem' && notice.codes.includes(code)) later(30 * SECOND, happen)
  }
}

const mend = (balancer: MemoryBalancer): void => {
  Object.assign(balancer, { breaking: undefined, takesOnly: undefined })
}
