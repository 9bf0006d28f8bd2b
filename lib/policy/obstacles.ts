/** What would keep a renewal from succeeding: told once, whatever depends on it, and by its place in the configuration. Pure. */
import type { Failure, FailureCode } from '../errors.ts'
import type { ConfiguredReference } from '../ports.ts'
import type { Obstacle, PlanItem, Target } from '../types.ts'
import { refusalOf } from './room.ts'

/** What was found to be wrong, and what it is about: `balancers.us`, `certificates.shop.deploy[0]`. */
export interface Finding {
  readonly location: string
  readonly error: Failure
  readonly certificates: readonly string[]
}

/** Trouble with whoever is asked, whatever it was asked for. */
const OF_THE_ASKED: readonly FailureCode[] = [
  ...(['DENIED', 'UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED', 'OUT_OF_TIME', 'DNS_LOOKUP_FAILED'] as const),
]
/** What a server is shown. */
const CREDENTIAL = /\.(token|password)$/
const OF_STORES: readonly FailureCode[] = ['STORE_UNREADABLE', 'STORE_FOREIGN', 'STORE_FAILED']
const OF_TARGETS: readonly FailureCode[] = ['TARGET_MISSING', 'TARGET_REFUSED', 'TARGET_FULL', 'TARGET_BUSY']

/** What the look at a certificate has found of its stores and its targets. */
export function findingsIn({ spec, decision, observed, targets }: PlanItem): Finding[] {
  const { id } = spec
  const found = spec.targets.flatMap((target, index) => {
    const view = targets[target.name]
    const error = view && refusalOf(view)
    return error === undefined
      ? []
      : [{ location: locationOf(error, target, `certificates.${id}.deploy[${index}]`), error }]
  })
  const isAlone = decision.action === 'blocked' && (!observed || found.length === 0)
  const blocked = isAlone ? [{ location: blockedAt(decision.error, id), error: decision.error }] : []
  return [...blocked, ...found].map((each) => ({ ...each, certificates: [id] }))
}

const locationOf = ({ code }: Failure, { balancer }: Target, entry: string) =>
  OF_TARGETS.includes(code) ? entry : `balancers.${balancer}`

const blockedAt = ({ fields: { store } }: Failure, id: string): string =>
  store === 'secrets' || store === 'state' ? store : `certificates.${id}`

/** Of findings that say the same, one: with every location and every certificate. */
export function obstaclesOf(findings: readonly Finding[], references: readonly ConfiguredReference[]): Obstacle[] {
  const obstacles = new Map<string, Obstacle>()
  for (const finding of findings) {
    const { error, certificates } = finding
    const { location, text } = closest(finding, references)
    const isSame = OF_THE_ASKED.includes(error.code) ? location : generalized(finding)
    const key = `${error.code} ${isSame}`
    const known = obstacles.get(key)
    obstacles.set(key, {
      error: known?.error ?? error,
      locations: union(known?.locations, [location]),
      reference: known?.reference ?? text,
      certificates: union(known?.certificates, certificates),
    })
  }
  return [...obstacles.values()]
}

/** The reference that it must be about, where there is one. */
function closest(
  { location, error: { code, fields } }: Finding,
  references: readonly ConfiguredReference[],
): { readonly location: string; readonly text?: string } {
  const inside = references.filter((each) => each.location === location || each.location.startsWith(`${location}.`))
  const unresolved = code === 'REFERENCE_UNRESOLVED' ? inside.find(({ text }) => text === fields.reference) : undefined
  const shown = inside.filter((each) => CREDENTIAL.test(each.location))
  const used = code === 'DENIED' && shown.length === 1 ? shown[0] : undefined
  // An account, or what a reference names, is kept there as well.
  if (OF_STORES.includes(code)) return { location: location === 'state' ? 'state' : 'secrets' }
  return unresolved ?? used ?? { location }
}

/** One message for all certificates of which it says the same. */
const generalized = ({ error: { message }, certificates }: Finding): string =>
  certificates.reduce((text, id) => text.replaceAll(new RegExp(`(?<![\\w-])${id}(?![\\w-])`, 'g'), '…'), message)

const union = (one: readonly string[] = [], other: readonly string[]): string[] => [...new Set([...one, ...other])]
