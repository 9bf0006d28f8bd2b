import { isIP } from 'node:net'
import { directoryUrl, limitsOf } from '../acme/directories.ts'
import { safeParse } from '../platform/safe-parse.ts'
import { nearest, suggestion } from '../platform/suggestion.ts'
import { type CertificateSpec, IMPORTED, SELF_SIGNED } from '../types.ts'
import { createHasher } from './config-hash.ts'
import { type Conflicts, createConflicts } from './conflicts.ts'
import { pathOf, withDefaults } from './defaults.ts'
import { AN_ADDRESS, certificateName, isWithin } from './names.ts'
import { listOf, mapOf, type Path, type RawConfig } from './raw-config.ts'
import { certificateEntry } from './schema.ts'
import { daysOf, refuseOthers, sourceOf } from './source.ts'
import { type KnownBalancers, keysOfAll, readKey, readTargets } from './targets.ts'
import { requireSections, wantedAuthorities, writesRecords } from './validation.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** What a certificate refers to in the rest of the document. */
export interface Known {
  readonly document: RawConfig
  readonly authorities: readonly string[]
  readonly balancers: KnownBalancers
  readonly hasProvider: boolean
  /** The zones that can be written to; undefined: any. */
  readonly zones: ReadonlySet<string> | undefined
  /** What the schema has made of them; undefined when it has refused something anywhere. */
  readonly checked: Readonly<Record<string, { readonly names: readonly string[] }>> | undefined
}

/**
 * Compares the parts of the certificates with each other and with what they refer to. What is wrong with a part by
 * itself has been noted with the schema, and is left out here.
 */
export function readCertificates(known: Known, mistakes: ValidationErrors): CertificateSpec[] {
  const defaults = mapOf(known.document.defaults)
  const certificates = Object.entries(mapOf(known.document.certificates)).map(([id, written]): Written => {
    const own = mapOf(written)
    return { id, written: withDefaults(own, defaults), at: (field) => pathOf(id, field, own, defaults) }
  })
  requireSections(
    known,
    certificates.map(({ written }) => written),
    mistakes,
  )
  const shared = { ...known, conflicts: createConflicts(), hashOf: createHasher(partsOf(known.document)) }
  return certificates.flatMap((certificate) => {
    const { id, written } = certificate
    const isOrdered = sourceOf(written) === undefined
    const path = ['certificates', id, 'names']
    const parsed = known.checked?.[id]?.names ?? listOf(written.names).map(parsedName)
    const zones = writesRecords(written, known) ? known.zones : undefined
    const names = readNames(parsed, { isOrdered, zones }, path, mistakes)
    const twin = shared.conflicts.twinOf({ id, names, key: written.key, deploy: written.deploy })
    if (twin !== undefined)
      mistakes.add(
        path,
        `the same names as certificates.${twin}; make one certificate of the two, or give each a key of another family ` +
          '(rsa-…, ecdsa-…) and targets of its own',
      )
    return readCertificate(certificate, names, shared, mistakes)
  })
}

/** A certificate with what it takes from the defaults, and where each of its fields stands. */
interface Written {
  readonly id: string
  readonly written: RawConfig
  readonly at: (field: string) => Path
}

interface Shared extends Known {
  readonly conflicts: Conflicts
  readonly hashOf: (value: unknown) => string
}

/** Nothing, when what is wrong leaves no certificate. */
function readCertificate(
  { id, written, at }: Written,
  names: readonly string[],
  known: Shared,
  mistakes: ValidationErrors,
): [CertificateSpec] | [] {
  const path = ['certificates', id]
  const source = sourceOf(written)
  refuseOthers(written, source, path, mistakes)
  const authorities =
    source === undefined
      ? readAuthorities(written.authorities, known.authorities, at('authorities'), mistakes)
      : [source]
  checkNumberOfNames(written, authorities, known.document, [...path, 'names'], mistakes)
  const targets = readTargets(listOf(written.deploy), known.balancers, at('deploy'), mistakes)
  if (!Object.keys(written).some((field) => nearest(field, ['deploy']))) mistakes.add([...path, 'deploy'], 'is missing')
  for (const target of targets) {
    const why = known.conflicts.takeTarget(target, { id, names })
    if (why !== undefined) mistakes.add([...path, 'deploy', target.index], why)
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
  return [
    { ...spec, ...(source === IMPORTED && { acceptedKeys: keysOfAll(targets) }), configHash: known.hashOf(hashed) },
  ]
}

/** Undefined when it is none, which has been noted. */
function parsedName(text: unknown): string | undefined {
  const { success, output } = safeParse(certificateName, text)
  return success ? output : undefined
}

function readNames(
  parsed: readonly (string | undefined)[],
  { isOrdered, zones }: { readonly isOrdered: boolean; readonly zones: Known['zones'] },
  path: Path,
  mistakes: ValidationErrors,
): string[] {
  const names = new Map<string, number>()
  for (const [index, output] of parsed.entries()) {
    if (output === undefined) continue
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

/** What many certificates may depend on. */
const partsOf = ({ acme, balancers, dns, secrets }: RawConfig): unknown[] => [
  ...Object.values(mapOf(mapOf(acme).authorities)),
  ...Object.values(mapOf(balancers)),
  dns,
  secrets,
]

/** All else in the document that the renewal of this certificate depends on, as written. */
function dependencies(spec: Pick<CertificateSpec, 'authorities' | 'targets'>, document: RawConfig): RawConfig {
  const used = (table: unknown, wanted: readonly string[]) => {
    const written = mapOf(table)
    return Object.fromEntries(
      wanted.filter((name) => Object.hasOwn(written, name)).map((name) => [name, written[name]]),
    )
  }
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
