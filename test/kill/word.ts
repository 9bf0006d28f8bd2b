/** What a run does to the wire and what it says of it, beside what is so: I8 to I12. */
import { certificateName } from '../../lib/balancers/names.ts'
import type { RunReport } from '../../lib/report/report.ts'
import type { StoredCertificate, StoredKey } from '../../lib/secrets/codec.ts'
import type { CertificateDocument } from '../../lib/state/document.ts'
import { dueMarkers, listUnhealthy, unhealthyIn } from '../../lib/state/schedule.ts'
import type { Outcome } from '../../lib/types.ts'
import type { Effect } from './effects.ts'
import { FOREIGN, type Outside } from './outside.ts'
import { createWire, type Shown, TARGETS, type TargetName, type Wire } from './wire.ts'

/** What the reader that this one belongs to knows, and where it writes down what it finds. */
export interface Reader {
  broken(invariant: string, what: string): void
  document(): Promise<CertificateDocument>
  current(): StoredCertificate | undefined
  pending(): Promise<StoredKey | StoredCertificate | undefined>
}

export interface Word {
  readonly wire: Wire
  /** What the last run that looked has said. */
  readonly last: Outcome | undefined
  before(effect: Effect): Promise<void>
  after(effect: Effect): Promise<void>
  /** Another certificate is current than before. */
  promoted(from: StoredCertificate | undefined, to: StoredCertificate): void
  /** A run has ended by itself, with this; nothing has happened since. */
  said(report: RunReport): Promise<void>
  /** A run has ended in another way. */
  fellSilent(): void
  /** There is nothing more to do, and it should be healthy or not. */
  checkRest(shouldBeHealthy: boolean): Promise<void>
}

const DAY = 86_400_000

/** What a swap has done to a target whose handshakes it broke. */
interface Harm {
  readonly before: Shown
  /** Whether the run that did it is the one that is on. */
  readonly fresh: boolean
}

export function createWord(outside: Outside, { broken, document, current, pending }: Reader): Word {
  const { memory, stores, notifier } = outside
  const wire = createWire(outside)
  const harms = new Map<TargetName, Harm>()
  /** `fr newleaf-…`: what a swap has bound to a target since the story began, and after how many handshakes. */
  const brought = new Map<string, number>()
  const held = new Map(TARGETS.map((target) => [target, [...memory[target].objects.keys()]]))
  const supersededSince = new Map<string, number>()
  let beforeEffect: { readonly target: TargetName; readonly shown: Shown } | undefined
  let hadMarker = false
  let last: Outcome | undefined
  /** How many notices there were when all was well. */
  let noticed = 0

  const nameOf = ({ certificate }: StoredCertificate) => certificateName('test', 'shop', certificate.fingerprint)
  const fingerprint = () => current()?.certificate.fingerprint
  const targetOf = ({ place }: Effect) => TARGETS.find((target) => place === `balancers.${target}`)
  const markers = async () => dueMarkers(await stores.state.list('wake/')).length
  const isIll = async () => unhealthyIn(await listUnhealthy(stores.state)).length

  /** I9: what a swap has broken. */
  function lookForHarm(target: TargetName, before: Shown) {
    const { bound, handshakes } = memory[target]
    if (bound !== undefined && !brought.has(`${target} ${bound}`)) brought.set(`${target} ${bound}`, handshakes)
    const now = wire.now(target)
    const isHarmed = [...before].some(([place, shown]) => shown !== undefined && now.get(place) === undefined)
    if (isHarmed) harms.set(target, { before: harms.get(target)?.before ?? before, fresh: true })
  }

  /** I11: what was deleted. */
  function lookForLosses(target: TargetName) {
    const live = current()
    const before = held.get(target) ?? []
    held.set(target, [...memory[target].objects.keys()])
    for (const name of before.filter((each) => !memory[target].objects.has(each) && each !== FOREIGN.object)) {
      if (live !== undefined && name === nameOf(live)) broken('I11', `what is current was deleted from ${target}`)
      const since = supersededSince.get(name)
      if (since === undefined || live === undefined) continue
      if (outside.now().getTime() < since + DAY) broken('I11', `${target} lost a superseded certificate within its day`)
      if (!wire.everShown(target, live.certificate.fingerprint))
        broken('I11', `${target} lost a certificate before its successor was shown at every address`)
    }
  }

  async function lookAtTheList(isDue: (after: Date) => boolean) {
    const live = current()
    const superseded = Object.values((await document()).targets).flatMap((entry) => entry.superseded)
    const listed = live && superseded.some(({ object, after }) => object === nameOf(live) && isDue(after))
    if (listed) broken('I11', 'what is current is on the list of what is to be deleted')
  }

  /** I9: whoever was free to look leaves no target without a certificate of ours. */
  async function lookForStrangers() {
    const ours = [current(), await pending()].flatMap((each) => (each?.kind === 'certificate' ? [nameOf(each)] : []))
    for (const target of current() === undefined ? [] : wire.configured)
      if (!ours.includes(memory[target].bound ?? '')) broken('I9', `${target} was left with what is none of ours`)
  }

  /** I9: what a swap has broken is said, and put back. */
  function lookAtHarm({ health }: Outcome) {
    for (const [target, { before, fresh }] of harms) {
      const now = wire.now(target)
      const isBack = [...before].every(([place, shown]) => shown === undefined || now.get(place) === shown)
      if ([...before].some(([place, shown]) => shown !== undefined && now.get(place) === undefined))
        broken('I9', `a swap broke ${target}, and it was left so`)
      else if (!isBack && !wire.isWhole(target, fingerprint()))
        broken('I9', `a swap broke ${target}, and it shows neither what it did nor what is current`)
      if (fresh && isBack && health.healthy) broken('I9', `a swap broke ${target}, and all is said to be healthy`)
    }
    harms.clear()
  }

  /** I9: somebody has heard of what is not well since all was well. */
  function lookAtNotices({ health: { healthy } }: Outcome) {
    const isTold = notifier.notices.slice(noticed).some(({ event }) => event === 'problem')
    if (!healthy && !isTold) broken('I9', 'it is not healthy, and nobody was told')
    if (healthy) noticed = notifier.notices.length
  }

  wire.look()
  return {
    wire,
    get last() {
      return last
    },
    async before(effect) {
      const target = targetOf(effect)
      beforeEffect = target && effect.changes ? { target, shown: wire.now(target) } : undefined
      if (effect.name.endsWith('.deleteUnused')) await lookAtTheList((after) => after <= outside.now())
    },
    async after(effect) {
      wire.look()
      if (beforeEffect !== undefined) lookForHarm(beforeEffect.target, beforeEffect.shown)
      for (const target of wire.configured) lookForLosses(target)
      // I12: at every moment something leads to it.
      if (effect.place !== 'state' || !effect.changes || !effect.name.includes('wake/')) return
      const stands = (await markers()) > 0
      if (hadMarker && !stands) broken('I12', 'no wake marker stands')
      hadMarker ||= stands
    },

    /** I10: what becomes current is served, was looked at, and was seen to be served wrongly nowhere. */
    promoted(from, to) {
      const now = outside.now().getTime()
      const name = nameOf(to)
      if (supersededSince.has(name)) broken('I10', 'what was superseded is current again')
      if (from !== undefined) supersededSince.set(nameOf(from), now)
      const holding = wire.configured.filter((target) => brought.has(`${target} ${name}`))
      const whole = wire.configured.filter((target) => wire.isWhole(target, to.certificate.fingerprint))
      if (whole.length === 0) broken('I10', 'a certificate became current before any target shows it')
      for (const target of holding) {
        if (!whole.includes(target)) broken('I10', `a certificate became current that ${target} serves wrongly`)
        const looks = memory[target].handshakes - (brought.get(`${target} ${name}`) ?? 0)
        if (looks < wire.places(target)) broken('I10', `a certificate became current before ${target} was looked at`)
      }
    },

    async said({ certificates: [outcome] }) {
      wire.look()
      if (outcome === undefined || outcome.health.conditions.some(({ code }) => code === 'LOCKED')) return
      await lookForStrangers()
      if (outcome.result === 'waiting') return
      last = outcome
      lookAtHarm(outcome)
      lookAtNotices(outcome)
      const { lease, targets, failures } = await document()
      if (outcome.health.healthy && failures !== undefined)
        broken('I8', 'all is said to be healthy, and a failure is remembered')
      if (lease !== undefined) broken('I5', 'a run has ended, and its lease stands')
      if ((await isIll()) !== (outcome.health.healthy ? 0 : 1))
        broken('I12', 'the marker of what is unhealthy does not say what the run has said')
      if (outcome.error === undefined) await lookAtTheList(() => true)
      const live = current()
      for (const target of wire.configured) {
        const failed = Object.entries(outcome.targets).find(([name]) => name.startsWith(`${target}/`))?.[1]
        const noted = Object.entries(targets).find(([name]) => name.startsWith(`${target}/`))?.[1]
        if (failed?.state !== 'failed' || live === undefined || noted === undefined) continue
        if (memory[target].bound !== nameOf(live))
          broken('I9', `${target} failed, and was not given what is current again`)
      }
    },
    fellSilent() {
      for (const [target, harm] of harms) harms.set(target, { ...harm, fresh: false })
    },

    async checkRest(shouldBeHealthy) {
      const { lease, targets } = await document()
      if (lease !== undefined) broken('I5', 'a lease is held')
      await lookAtTheList(() => true)
      for (const target of wire.configured) {
        const isWhole = wire.isWhole(target, fingerprint())
        const noted = Object.entries(targets).find(([name]) => name.startsWith(`${target}/`))?.[1]
        if (!isWhole) broken('I5', `${target} does not show what is current`)
        if ((noted?.verified === true && noted.deployed?.fingerprint === fingerprint()) !== isWhole)
          broken('I8', `what is noted of ${target} is not so`)
      }
      if (last?.health.healthy !== shouldBeHealthy)
        broken('I8', `at rest all is said to be ${shouldBeHealthy ? 'un' : ''}healthy`)
      if ((await isIll()) !== (shouldBeHealthy ? 0 : 1)) broken('I12', 'the marker of what is unhealthy is wrong')
    },
  }
}
