/** What must hold at every moment while swaps go up together, whatever is killed. The numbers are those of `../watch.ts`. */
import { certificateName, isManaged } from '../../../lib/balancers/names.ts'
import type { Stage } from '../../../lib/ports.ts'
import { decode, type StoredCertificate, type StoredKey } from '../../../lib/secrets/codec.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../../../lib/state/document.ts'
import { dueMarkers, listUnhealthy } from '../../../lib/state/schedule.ts'
import type { CertificateSpec } from '../../../lib/types.ts'
import { leaksIn } from '../../support/leaks.ts'
import type { Effect } from '../effects.ts'
import { isKeyOf, keyOf } from '../keys.ts'
import { FOREIGN } from '../outside.ts'
import { frontendOf, type Gathered, PARTNERS, parsedOnce } from './world.ts'

export interface Watch {
  /** What was found broken, each thing once. */
  readonly broken: readonly string[]
  after(effect: Effect): Promise<void>
  /** Undefined once every certificate is renewed, deployed and consistent; otherwise what is missing. */
  missing(): Promise<string | undefined>
  /** Notes whatever is left over once there is nothing more to do. */
  checkRest(): Promise<void>
}

const secretOf = ({ id }: CertificateSpec) => `certificate/${id}`

/** `bad`: what one name shows is not right, and is not looked at until it is mended. */
export async function createWatch(world: Gathered, liveOrders: number): Promise<Watch> {
  const { memory, specs, scaleway, notifier, said } = world
  const { authority, secrets, state, clock } = memory
  const found = new Map<string, string>()
  let moment = 'at first'
  const broken = (invariant: string, what: string) => {
    const key = `${invariant} ${what}`
    found.set(key, found.get(key) ?? moment)
  }
  const issuedBefore = authority.chains.length
  const current = new Map<string, StoredCertificate>()
  const stored = async (spec: CertificateSpec, stage: Stage) => {
    const secret = await secrets.read(secretOf(spec), stage)
    return secret && decode(secretOf(spec), secret.value)
  }
  const documentOf = async (spec: CertificateSpec): Promise<CertificateDocument> =>
    parseDocument(spec.id, (await state.read(documentKey(spec.id)))?.document ?? emptyDocument)
  for (const spec of specs) await lookAtSecrets(spec)
  const begunWith = new Map([...current].map(([id, { certificate }]) => [id, certificate.fingerprint]))

  /** I1, I2 and I10. */
  async function lookAtSecrets(spec: CertificateSpec): Promise<void> {
    const stages = await Promise.all((['current', 'pending', 'previous'] as const).map((each) => stored(spec, each)))
    const [live] = stages
    const earlier = current.get(spec.id)
    if (live?.kind === 'certificate') current.set(spec.id, live)
    else if (earlier !== undefined) broken('I1', `what was current of ${spec.id} is gone`)
    if (live?.kind === 'certificate' && earlier && live.certificate.fingerprint !== earlier.certificate.fingerprint) {
      const isShown = shownFor(spec) === live.certificate.fingerprint
      if (!isShown) broken('I10', `a certificate of ${spec.id} became current before it is shown`)
    }
    const newest = authority.chains.findLast((chain) => parsedOnce(chain).names[0] === spec.names[0])
    const keys = stages.flatMap((each: StoredKey | StoredCertificate | undefined) => (each ? [keyOf(each)] : []))
    if (newest !== undefined && !keys.some((key) => isKeyOf(key, newest)))
      broken('I2', `the key of the newest certificate of ${spec.id} is in no stage`)
  }

  function shownFor({ names: [name = ''] }: CertificateSpec): string | undefined {
    const handshake = world.shown(name)
    return handshake.result === 'presented' ? handshake.certificate.fingerprint : undefined
  }

  /** I4: at every moment each name is answered with a certificate that is right for it; and what is foreign stays. */
  function lookAtTheWire(): void {
    for (const { names } of specs) {
      const [name = ''] = names
      const handshake = world.shown(name)
      if (handshake.result !== 'presented') {
        if (world.bad?.name !== name) broken('I4', `no handshake for ${name}`)
        continue
      }
      const { certificate } = handshake
      if (!certificate.names.includes(name)) broken('I4', `${name} is answered with a certificate for another name`)
      if (certificate.notAfter <= clock.now()) broken('I4', `${name} is answered with what has expired`)
    }
    for (const { name, certificate_ids } of scaleway.frontends) {
      const first = boundAt(certificate_ids).slice(0, PARTNERS.length)
      if (first.join() !== PARTNERS.join()) broken('I5', `what is foreign at ${name} has been moved or taken off`)
    }
  }
  const boundAt = (ids: readonly string[]) =>
    ids.map((id) => scaleway.certificates.find((each) => each.id === id)?.name ?? 'nothing')

  /** I3 and I7: one certificate for each, and orders only where an answer was lost. */
  function lookAtTheAuthority(): void {
    const issued = authority.chains.slice(issuedBefore).map((chain) => parsedOnce(chain).names[0])
    if (new Set(issued).size !== issued.length) broken('I3', 'a certificate was issued twice')
    if (authority.live().length > liveOrders) broken('I3', `${authority.live().length} orders are live`)
    if (authority.overLimit > 0) broken('I7', 'a limit of the authority was exceeded')
  }

  /** I13: what is ours at the load balancer stands in the document of its certificate. */
  async function lookForTheForgotten(): Promise<void> {
    const documents = await Promise.all(specs.map(documentOf))
    const known = documents.flatMap(({ targets }) => Object.values(targets).flatMap(({ objects }) => objects))
    for (const { name } of scaleway.certificates)
      if (isManaged(name, 'test') && !known.includes(name)) broken('I13', `nobody remembers an object`)
  }

  const watch: Watch = {
    get broken() {
      return [...found].map(([what, at]) => `${what} (${at})`)
    },
    async after({ name, place, changes }) {
      moment = `after ${name}`
      if (!changes) return
      const [, id] = / certificate\/(\S+)/.exec(name) ?? []
      const spec = specs.find((each) => each.id === id)
      if (place === 'secrets' && spec !== undefined) await lookAtSecrets(spec)
      lookAtTheWire()
      if (place.startsWith('authorities')) lookAtTheAuthority()
      if (place === 'balancers.edge') await lookForTheForgotten()
    },
    async missing() {
      for (const spec of specs) {
        const what = await missingOf(spec)
        if (what !== undefined) return `${spec.id}: ${what}`
      }
      return undefined
    },
    async checkRest() {
      moment = 'at rest'
      const left = await watch.missing()
      if (left !== undefined) broken('I5', left)
      lookAtTheAuthority()
      await lookForTheForgotten()
      const names = specs.map((spec) => nameOf(spec))
      for (const frontend of scaleway.frontends) {
        const ours = specs.filter((spec) => frontendOf(spec) === frontend.name).map(nameOf)
        const bound = boundAt(frontend.certificate_ids).slice(PARTNERS.length)
        if (bound.sort().join() !== ours.sort().join())
          broken('I5', `${frontend.name} holds something else than is wanted`)
      }
      const held = scaleway.certificates.map(({ name }) => name)
      if (held.sort().join() !== [...PARTNERS, ...names].sort().join())
        broken('I5', 'objects are left that nobody needs')
      const values = [...memory.txt.values()].flat()
      if (values.join() !== FOREIGN.value) broken('I5', 'TXT values are left, or a foreign one was removed')
      const marks = dueMarkers(await state.list('wake/'))
      for (const spec of specs) {
        const [own, ...more] = marks.filter(({ id }) => id === spec.id)
        const { nextLook } = await documentOf(spec)
        if (own === undefined || more.length > 0) broken('I5', `${spec.id} has not one marker`)
        if (own?.at.getTime() !== nextLook?.getTime())
          broken('I5', `the marker of ${spec.id} is not the one that is noted`)
        if (own !== undefined && own.at <= clock.now()) broken('I5', `the marker of ${spec.id} lies in the past`)
      }
      if ((await listUnhealthy(state)).length > 0) broken('I12', 'a marker says that something is not healthy')
      await lookForSecrets()
    },
  }
  return watch

  async function missingOf(spec: CertificateSpec): Promise<string | undefined> {
    const live = current.get(spec.id)
    if (live === undefined || begunWith.get(spec.id) === live.certificate.fingerprint) return 'it was not renewed'
    if ((await stored(spec, 'pending')) !== undefined) return 'something is pending'
    const { lease, order, challengeRecords, targets } = await documentOf(spec)
    if (order !== undefined) return 'an order is noted'
    if (lease !== undefined && lease.until > clock.now()) return 'its lease is held'
    if (challengeRecords.length > 0) return 'TXT values are noted'
    if (shownFor(spec) !== live.certificate.fingerprint) return 'it is not shown'
    const [entry] = Object.values(targets)
    if (entry?.verified !== true || entry.deployed?.fingerprint !== live.certificate.fingerprint)
      return 'it is not noted as verified'
    return undefined
  }

  function nameOf({ id }: CertificateSpec): string {
    return certificateName('test', id, current.get(id)?.certificate.fingerprint ?? '')
  }

  /** I6. */
  async function lookForSecrets(): Promise<void> {
    const documents = await Promise.all((await state.list('')).map((key) => state.read(key)))
    const text = [...said, JSON.stringify(documents), JSON.stringify(notifier.notices)].join('\n')
    for (const { what } of leaksIn(text)) broken('I6', `${what} was shown`)
    for (const each of current.values()) {
      const lines = keyOf(each).split('\n').slice(1, -2)
      if (lines.some((line) => text.includes(line))) broken('I6', 'a line of a private key was shown')
    }
  }
}
