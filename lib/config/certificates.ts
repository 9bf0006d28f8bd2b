import { isIP } from 'node:net'
import { directoryUrl, limitsOf } from '../acme/directories.ts'
import { safeParse } from '../platform/safe-parse.ts'
import { suggestion } from '../platform/suggestion.ts'
import { sameSet } from '../policy/order-spec.ts'
import { type CertificateSpec, IMPORTED, SELF_SIGNED } from '../types.ts'
import { hashOf } from './config-hash.ts'
import { AN_ADDRESS, certificateName, isWithin } from './names.ts'
import { listOf, mapOf, type Path, type RawConfig } from './raw-config.ts'
import { certificateEntry } from './schema.ts'
import { daysOf, refuseOthers, sourceOf } from './source.ts'
import { type KnownBalancers, keysOfAll, type ReadTarget, readKey, readTargets } from './targets.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** What a certificate refers to in the rest of the document. */
export interface Known {
  readonly document: RawConfig
  readonly authorities: readonly string[]
  readonly balancers: KnownBalancers
  readonly hasProvider: boolean
  /** The zones that can be written to; undefined: any. */
  readonly zones: ReadonlySet<string> | undefined
}

/**
 * Compares the parts of the certificates with each other and with what they refer to. What is wrong with a part by
 * itself has been noted with the schema, and is left out here.
 */
export function readCertificates(known: Known, mistakes: ValidationErrors): CertificateSpec[] {
  requireSections(known, mistakes)
  const read: Entry[] = []
  const taken: Taken[] = []
  return Object.entries(mapOf(known.document.certificates)).flatMap(([id, written]) => {
    const path = ['certificates', id]
    const isOrdered = sourceOf(mapOf(written)) === undefined
    const isWriting = writesRecords(wantedAuthorities(mapOf(written).authorities, known.authorities), known.document)
    const zones = isWriting ? known.zones : undefined
    const names = readNames(mapOf(written), { isOrdered, zones }, [...path, 'names'], mistakes)
    const entry = {
      id,
      set: [...names].sort().join(' '),
      family: familyWritten(mapOf(written).key),
      targets: mapOf(written).deploy,
    }
    const twin = read.find((each) => isTwin(each, entry))
    if (twin !== undefined)
      mistakes.add(
        [...path, 'names'],
        `the same names as certificates.${twin.id}; make one certificate of the two, or give each a key of another family ` +
          '(rsa-…, ecdsa-…) and targets of its own',
      )
    read.push(entry)
    return readCertificate(id, mapOf(written), names, { ...known, taken }, mistakes)
  })
}

/** Whoever orders needs an authority, and a provider of DNS unless names are validated by persistent records. */
function requireSections({ document, authorities, hasProvider }: Known, mistakes: ValidationErrors): void {
  const certificates = Object.values(mapOf(document.certificates)).map(mapOf)
  const ordered = certificates.filter((written) => sourceOf(written) === undefined)
  const isOrdering = ordered.length > 0 || certificates.length === 0
  if (isOrdering && document.acme === undefined) mistakes.add(['acme'], 'is missing')
  const isWriting = ordered.some(({ authorities: own }) => writesRecords(wantedAuthorities(own, authorities), document))
  if (hasProvider || (!isWriting && certificates.length > 0)) return
  mistakes.add(['dns'], document.dns === undefined ? 'is missing' : 'needs at least one provider')
}

/** Whether one of these authorities has TXT values written for its challenges. */
const writesRecords = (names: readonly string[], { acme }: RawConfig): boolean =>
  names.length === 0 ||
  names.some((name) => mapOf(mapOf(mapOf(acme).authorities)[name]).validation !== 'dns-persist-01')

interface Entry {
  readonly id: string
  readonly set: string
  readonly family: string | undefined
  readonly targets: unknown
}

const familyWritten = (key: unknown) => (typeof key === 'string' ? /^(rsa|ecdsa)-/.exec(key)?.[1] : undefined)

/** A balancer may hold a certificate for each family of keys, and give every client the one that it takes: as two targets. */
function isTwin(one: Entry, other: Entry): boolean {
  if (one.set !== other.set || one.set === '') return false
  const areFamilies = one.family !== undefined && other.family !== undefined && one.family !== other.family
  const own = listOf(one.targets).map((each) => JSON.stringify(each))
  return !areFamilies || listOf(other.targets).some((each) => own.includes(JSON.stringify(each)))
}

/** Nothing, when what is wrong leaves no certificate. */
function readCertificate(
  id: string,
  written: RawConfig,
  names: readonly string[],
  known: Known & { readonly taken: Taken[] },
  mistakes: ValidationErrors,
): [CertificateSpec] | [] {
  const path = ['certificates', id]
  const source = sourceOf(written)
  refuseOthers(written, source, path, mistakes)
  const authorities =
    source === undefined
      ? readAuthorities(written.authorities, known.authorities, [...path, 'authorities'], mistakes)
      : [source]
  checkNumberOfNames(written, authorities, known.document, [...path, 'names'], mistakes)
  const targets = readTargets(listOf(written.deploy), known.balancers, [...path, 'deploy'], mistakes)
  for (const target of targets) {
    const why = takenBefore(target, names, known.taken)
    if (why !== undefined) mistakes.add([...path, 'deploy', target.index], why)
    else known.taken.push({ target: target.id, id, names })
  }
  const wanted = safeParse(certificateEntry.entries.key, written.key)
  const key = wanted.success ? readKey(wanted.output, targets, [...path, 'key'], mistakes) : undefined
  const [first, ...others] = authorities
  if (key === undefined || first === undefined) return []

  const spec = {
    id,
    names,
    key,
    authorities: [first, ...others] as const,
    ...(typeof written.profile === 'string' ? { profile: written.profile } : {}),
    ...(source === IMPORTED ? { imported: true as const } : {}),
    ...(source === SELF_SIGNED ? { selfSigned: { days: daysOf(written) } } : {}),
    targets: targets.map(
      ({ index: _, identity: _fields, supportedKeys: _keys, singleCertificate: _one, ...target }) => target,
    ),
  }
  // Whether it can be seen changes nothing about how it is renewed, and its id says nothing that its listener does not.
  const unseen = spec.targets.map(({ private: _, id: _id, ...target }) => target)
  const hashed = { ...spec, targets: unseen, names: [...names].sort(), ...dependencies(spec, known.document) }
  return [{ ...spec, ...(source === IMPORTED && { acceptedKeys: keysOfAll(targets) }), configHash: hashOf(hashed) }]
}

/** A target that a certificate goes to. */
interface Taken {
  readonly target: string
  readonly id: string
  readonly names: readonly string[]
}

/** Why a certificate of these names cannot go to a target as well: each would take it from the other. */
function takenBefore(
  { id: target, singleCertificate }: Pick<ReadTarget, 'id' | 'singleCertificate'>,
  names: readonly string[],
  taken: readonly Taken[],
): string | undefined {
  const others = taken.filter((each) => each.target === target)
  const [first] = others
  if (singleCertificate && first !== undefined)
    return `holds one certificate, and certificates.${first.id} goes there already`
  for (const other of others) {
    // The same names altogether are a mistake of their own.
    const shared = sameSet(other.names, names) ? undefined : names.find((name) => other.names.includes(name))
    if (shared !== undefined)
      return `serves one certificate for ${shared}, and certificates.${other.id} goes there already; leave the name out of one of the two`
  }
  return undefined
}

function readNames(
  entry: RawConfig,
  { isOrdered, zones }: { readonly isOrdered: boolean; readonly zones: Known['zones'] },
  path: Path,
  mistakes: ValidationErrors,
): string[] {
  const written = listOf(entry.names)
  const names = new Map<string, number>()
  for (const [index, text] of written.entries()) {
    const { success, output } = safeParse(certificateName, text)
    if (!success) continue
    const here = [...path, index]
    const same = names.get(output)
    if (same !== undefined) mistakes.add(here, `the same name as names[${same}]`)
    else names.set(output, index)
    if (isOrdered && isIP(output) !== 0)
      mistakes.add(
        here,
        `${AN_ADDRESS}; with \`selfSigned: true\` newleaf makes a certificate for it by itself, for development`,
      )
    else if (isOrdered && zones && !isWithin(output, zones))
      mistakes.add(
        here,
        'no DNS provider is configured for its zone: add the zone to `zones` of one; if a CNAME leads its challenge elsewhere, let one provider list no zones',
      )
  }
  for (const [name, index] of names) {
    // Let's Encrypt refuses such an order as redundant (boulder, ra/ra.go, wildcardOverlap).
    const wildcard = names.get(name.replace(/^[^.*]+/, '*'))
    if (!name.startsWith('*') && wildcard !== undefined)
      mistakes.add([...path, index], `the wildcard names[${wildcard}] covers it already; leave one of the two out`)
  }
  return [...names.keys()]
}

/** Each of its authorities must be able to issue it. */
function checkNumberOfNames(
  { names, profile }: RawConfig,
  authorities: readonly string[],
  { acme }: RawConfig,
  path: Path,
  mistakes: ValidationErrors,
): void {
  const limits = authorities.flatMap((authority) => {
    const { directory } = mapOf(mapOf(mapOf(acme).authorities)[authority])
    const { namesByProfile = {} } = typeof directory === 'string' ? limitsOf(directoryUrl(directory)) : {}
    const limit = Object.entries(namesByProfile).find(([name]) => name === profile)?.[1]
    return limit === undefined ? [] : [limit]
  })
  const most = Math.min(...limits)
  if (listOf(names).length > most) mistakes.add(path, `a certificate of this profile holds ${most} names at most`)
}

/** One name or a list of them; without, the first that is configured. */
function readAuthorities(written: unknown, known: readonly string[], path: Path, mistakes: ValidationErrors): string[] {
  if (written === undefined) return wantedAuthorities(written, known)
  const wanted = typeof written === 'string' ? [written] : listOf(written)
  for (const [index, name] of wanted.entries()) {
    const here = typeof written === 'string' ? path : [...path, index]
    if (typeof name !== 'string') continue
    if (!known.includes(name)) mistakes.add(here, `there is no such authority${suggestion(name, known)}`)
    else if (wanted.indexOf(name) < index)
      mistakes.add(here, `the same authority as authorities[${wanted.indexOf(name)}]`)
  }
  return wantedAuthorities(written, known)
}

function wantedAuthorities(written: unknown, known: readonly string[]): string[] {
  if (written === undefined) return known.slice(0, 1)
  return (typeof written === 'string' ? [written] : listOf(written)).filter((name) => typeof name === 'string')
}

/** All else in the document that the renewal of this certificate depends on, as written. */
function dependencies(spec: Pick<CertificateSpec, 'authorities' | 'targets'>, document: RawConfig): RawConfig {
  const used = (table: unknown, wanted: readonly string[]) =>
    Object.fromEntries(Object.entries(mapOf(table)).filter(([name]) => wanted.includes(name)))
  return {
    environment: document.environment,
    acme: used(mapOf(document.acme).authorities, spec.authorities),
    balancers: used(
      document.balancers,
      spec.targets.map(({ balancer }) => balancer),
    ),
    dns: document.dns,
    secrets: document.secrets,
  }
}
