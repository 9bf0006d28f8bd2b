/** What must hold at every moment, whatever is killed: a reader that looks after every effect, and at the end. */
import { certificateName } from '../../lib/balancers/names.ts'
import { after, DAY } from '../../lib/platform/clock.ts'
import type { RunReport } from '../../lib/report/report.ts'
import { decode, type StoredCertificate, type StoredKey } from '../../lib/secrets/codec.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { allFailures } from '../../lib/state/failures.ts'
import { dueMarkers } from '../../lib/state/schedule.ts'
import type { PublicCertificate } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { leaksIn } from '../support/leaks.ts'
import type { Effect } from './effects.ts'
import { createHearing } from './heard.ts'
import { isKeyOf, keyOf } from './keys.ts'
import { FOREIGN, type Outside } from './outside.ts'
import { createWord } from './word.ts'

export interface Watch {
  /** What was found broken, each thing once. */
  readonly broken: readonly string[]
  before(effect: Effect): Promise<void>
  after(effect: Effect): Promise<void>
  /** A run that came to its end by itself has noted what it heard; what a dead one heard died with it. */
  runEnded(how: 'by itself' | 'killed'): void
  /** What a run says that has just come to its end by itself. */
  said(report: RunReport): Promise<void>
  /**
   * A run is frozen in the middle of this effect, until another has taken over. DNS and a secret's pending stage know no
   * fence: what was under way still happens when it wakes up.
   */
  froze(effect: Effect | undefined): void
  /** Undefined once the certificate is renewed, deployed and consistent; otherwise what is missing. */
  missing(): Promise<string | undefined>
  /** Notes whatever is left over once there is nothing more to do. */
  checkRest(): Promise<void>
}

export interface Allowed {
  /** Certificates that the story may cost. */
  readonly certificates: number
  /** Orders that the CA may hold at once: one, and one more for each time that its answer was lost. */
  readonly liveOrders: number
  /** Whether the key of what goes on being tried may be pending at rest. */
  readonly restless?: boolean | undefined
}

const SECRET = 'certificate/shop'

export async function createWatch(
  outside: Outside,
  { certificates, liveOrders, restless = false }: Allowed,
): Promise<Watch> {
  const { memory, stores, notifier, said, authorities } = outside
  const { txt } = memory
  const targets = [
    ['fr', memory.fr],
    ['us', memory.us],
  ] as const
  const found = new Map<string, string>()
  const issued = () => sum(authorities.map((each) => each.issued))
  const issuedBefore = issued()
  /** It is told, and forgotten after a week. */
  const everLeftBehind = new Set<string>()
  const readings = new Map<string, StoredKey | StoredCertificate>()
  const everServed = new Set(targets.filter(([, { served }]) => served !== undefined).map(([name]) => name))
  let current: StoredCertificate | undefined
  let pending: StoredKey | StoredCertificate | undefined
  let begun = ''
  /** By authority: what it has said about when to come back, and what of that a run has heard that came to its end. */
  const refusedUntil = new Map<string, Date>()
  let heard = new Map<string, Date>()
  let frozenIn: Effect | undefined
  let isBegun = false

  /** As it is opened now. */
  const authorityCalled = (name: string) => {
    const found = { ca: memory.authority, ...outside.named.authorities }[name]
    return {
      directory: found?.directory,
      closedUntil: authorities.find((each) => each.directory === found?.directory)?.closedUntil,
    }
  }
  const isIn = (name: string) => frozenIn?.name.startsWith(name) === true
  const broken = (invariant: string, what: string) => {
    const key = `${invariant} ${what}`
    found.set(key, found.get(key) ?? begun)
  }
  const document = async (): Promise<CertificateDocument> =>
    parseDocument(SECRET, (await stores.state.read(documentKey('shop')))?.document ?? emptyDocument)
  const reading = async (stage: 'current' | 'pending' | 'previous') => {
    const stored = await stores.secrets.read(SECRET, stage)
    if (stored === undefined) return undefined
    const known = readings.get(stored.version) ?? decode(SECRET, stored.value)
    readings.set(stored.version, known)
    return known
  }

  /** What no target takes, and is not tried any more: another one takes its place. */
  async function isGivenUp(chainPem: string): Promise<boolean> {
    const { rejected } = await document()
    return rejected?.givenUp !== undefined && rejected.fingerprint === publicCertificate(chainPem).fingerprint
  }

  /** I1: the pair that any reader sees. I2: the keys. */
  async function lookAtSecrets() {
    try {
      const live = await reading('current')
      pending = await reading('pending')
      const others = [pending, await reading('previous')]
      if (live === undefined && current !== undefined) broken('I1', 'what was current is gone')
      if (live?.kind === 'key') broken('I1', 'a key without a chain is current')
      const earlier = current
      current = live?.kind === 'certificate' ? live : undefined
      if (current !== undefined && current.certificate.fingerprint !== earlier?.certificate.fingerprint && isBegun)
        word.promoted(earlier, current)
      const newest = authorities.flatMap(({ chains }) => chains).at(-1)
      const keys = [live, ...others].flatMap((stored) => (stored === undefined ? [] : [keyOf(stored)]))
      const isKept = newest === undefined || keys.some((pem) => isKeyOf(pem, newest))
      if (!isKept && !isIn('secrets.stage') && !(await isGivenUp(newest)))
        broken('I2', 'the key of the newest certificate is in no stage')
    } catch (error) {
      broken('I1', `a reader cannot read the secret: ${String(error)}`)
    }
  }

  function lookAtTheRest() {
    const now = outside.now()
    if (current !== undefined && current.certificate.notAfter <= now) broken('I1', 'what is current has expired')
    for (const [name, { served }] of targets) {
      if (served !== undefined) everServed.add(name)
      if (!everServed.has(name)) continue
      if (served === undefined) broken('I4', `${name} serves nothing`)
      else if (!isValid(served, now)) broken('I4', `${name} serves what is not valid`)
    }
    if (issued() - issuedBefore > certificates) broken('I3', `${issued() - issuedBefore} were issued`)
    const live = sum(authorities.map((each) => each.live().length))
    if (live > liveOrders) broken('I3', `${live} orders are live`)
    if (authorities.some(({ overLimit }) => overLimit > 0)) broken('I7', 'a limit of the CA was exceeded')
  }

  const word = createWord(outside, {
    ...{ broken, document, current: () => current },
    pending: async () => pending,
  })
  const held = () => ({
    current: current?.certificate.fingerprint,
    pending: pending?.kind === 'certificate' ? pending.certificate.fingerprint : undefined,
  })
  outside.hear = createHearing(word.wire, held, broken)
  await lookAtSecrets()
  isBegun = true
  const begunWith = current?.certificate.fingerprint
  return {
    get broken() {
      return [...found].map(([what, moment]) => `${what} (${moment})`)
    },
    async before(effect) {
      begun = `before ${effect.name}`
      outside.tell(effect.name)
      lookAtTheRest()
      await word.before(effect)
      if (!effect.name.endsWith('.newOrder')) return
      const now = outside.now()
      const asked = effect.place.replace('authorities.', '')
      const { failures, cooldowns = {} } = await document()
      const { directory, closedUntil } = authorityCalled(asked)
      const noted = allFailures(failures).some(
        ({ code, authority, notBefore }) => code === 'ACME_RATE_LIMITED' && authority === asked && notBefore > now,
      )
      const isAhead = (time: Date | undefined) => time !== undefined && time > now
      if (noted || isAhead(heard.get(asked)) || isAhead(cooldowns[`authorities/${directory}`]))
        broken('I7', 'an order was asked for before its Retry-After')
      if (closedUntil !== undefined && closedUntil > now) refusedUntil.set(asked, closedUntil)
    },
    async after(effect) {
      begun = `after ${effect.name}`
      if (effect.changes && /^secrets|^authorities/.test(effect.place)) await lookAtSecrets()
      lookAtTheRest()
      if (effect.changes && /^balancers|^state.write certificate/.test(effect.name)) await lookForTheForgotten()
      await word.after(effect)
    },
    runEnded(how) {
      if (how === 'by itself') heard = new Map(refusedUntil)
      else {
        refusedUntil.clear()
        for (const [who, until] of heard) refusedUntil.set(who, until)
        word.fellSilent()
      }
    },
    async said(report) {
      begun = 'as it is said'
      await word.said(report)
    },
    froze(effect) {
      frozenIn = effect
    },

    async missing() {
      const { lease, order, challengeRecords: noted, orphans } = await document()
      const now = outside.now()
      if (current === undefined) return 'nothing is current'
      if (begunWith === current.certificate.fingerprint && certificates > 0) return 'nothing was renewed'
      // The next renewal takes a key up that is left.
      const keyMayWait = restless || isIn('secrets.stage')
      if (pending?.kind === 'certificate' || (pending !== undefined && !keyMayWait)) return 'something is pending'
      if (order !== undefined) return 'an order is noted'
      if (lease !== undefined && lease.until > now) return 'its lease is held'
      if (noted.length > 0) return 'TXT values are noted'
      if (orphans.some(({ objects }) => objects.some(({ after }) => after <= now)))
        return 'an orphan was not looked for'
      const name = certificateName('test', 'shop', current.certificate.fingerprint)
      const behind = word.wire.configured
        .map((each) => [each, memory[each]] as const)
        .find(([, { bound }]) => bound !== name)
      if (behind !== undefined) return `${behind[0]} does not hold the current certificate`
      const { fingerprint } = current.certificate
      const dark = word.wire.configured.find((target) => !word.wire.isWhole(target, fingerprint))
      if (dark !== undefined) return `${dark} does not show the current certificate`
      return undefined
    },

    /** I5 to I7. */
    async checkRest(this: Watch) {
      begun = 'at rest'
      await lookAtSecrets()
      lookAtTheRest()
      const left = await this.missing()
      if (left !== undefined) broken('I5', left)
      const now = outside.now()
      const { targets: noted, orphans, nextLook } = await document()
      if (orphans.some(({ since }) => after(since, 8 * DAY) <= now)) broken('I13', 'an orphan is looked for for ever')
      const strange = Object.keys(noted).filter((id) => outside.spec.targets.every((target) => target.id !== id))
      if (strange.length > 0) broken('I13', `${strange.join(' ')} is remembered, and is not configured`)
      const name = current && certificateName('test', 'shop', current.certificate.fingerprint)
      for (const [target, { objects }] of targets)
        if (!objects.has(FOREIGN.object)) broken('I5', `a foreign object at ${target} was deleted`)
      for (const target of word.wire.configured) {
        const { served, objects } = memory[target]
        if (served?.fingerprint !== current?.certificate.fingerprint) broken('I5', `${target} serves something else`)
        const ours = [...objects.keys()].filter((each) => each !== FOREIGN.object)
        const superseded = Object.values(noted).flatMap((entry) => entry.superseded)
        const kept = [name, ...superseded.filter(({ after }) => after > now).map((each) => each.object)]
        if (ours.some((each) => !kept.includes(each))) broken('I5', `${target} holds objects of ours that nobody needs`)
      }
      const values = [...txt.values()].flat()
      if (!values.includes(FOREIGN.value)) broken('I5', 'a foreign TXT value was removed')
      if (values.length > 1 && !isIn('solver.present')) broken('I5', `${values.length - 1} TXT values are left`)
      const marks = dueMarkers(await stores.state.list('wake/'))
      if (marks.length !== 1) broken('I5', `${marks.length} wake markers`)
      if (marks.some(({ at }) => at <= now)) broken('I5', 'a wake marker lies in the past')
      if (marks[0]?.at.getTime() !== nextLook?.getTime()) broken('I5', 'the wake marker is not the one that is noted')
      await lookForTheForgotten()
      const isTold = notifier.notices.some(({ codes }) => codes.includes('LEFT_BEHIND'))
      if (everLeftBehind.size > 0 && !isTold) broken('I9', 'something was left behind, and nobody was told')
      await word.checkRest(!restless)
      await lookForSecrets()
    },
  }

  /** I13: whatever of ours is at a balancer is remembered, with a target, as an orphan, or as what was left behind. */
  async function lookForTheForgotten() {
    const { targets: entries, orphans, leftBehind } = await document()
    for (const what of leftBehind?.what ?? []) everLeftBehind.add(what)
    const known = [
      ...Object.values(entries).map(({ name, objects }) => ({ name, objects })),
      ...orphans.map(({ name, objects }) => ({ name, objects: objects.map(({ object }) => object) })),
    ]
    for (const [target, { objects }] of targets) {
      for (const object of objects.keys()) {
        if (!object.startsWith('newleaf-')) continue
        const isKnown =
          known.some((each) => each.name.startsWith(`${target}/`) && each.objects.includes(object)) ||
          [...everLeftBehind].some((each) => each.startsWith(`${object} at ${target}/`))
        if (!isKnown) broken('I13', `${target} holds an object of ours that nobody remembers`)
      }
    }
  }

  async function lookForSecrets() {
    const documents = await Promise.all((await stores.state.list('')).map((key) => stores.state.read(key)))
    const text = [...said, JSON.stringify(documents), JSON.stringify(notifier.notices)].join('\n')
    for (const { what } of leaksIn(text)) broken('I6', `${what} was shown`)
    for (const stored of readings.values()) {
      const lines = keyOf(stored).split('\n').slice(1, -2)
      if (lines.some((line) => text.includes(line))) broken('I6', 'a line of a private key was shown')
    }
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

const isValid = ({ notBefore, notAfter, names }: PublicCertificate, now: Date): boolean =>
  notBefore <= now && notAfter > now && ['shop.example', '*.shop.example'].every((name) => names.includes(name))
