/** What would keep a renewal from succeeding: told once, whatever depends on it, and by its place in the configuration. Pure. */
import type { Failure, FailureCode } from '../errors.ts'
import type { ConfiguredReference } from '../ports.ts'
import type { Obstacle, PlanItem, Target } from '../types.ts'
import { isOfTheAsked, locationIn } from './location.ts'
import { refusalOf } from './room.ts'

/** What was found to be wrong, and what it is about: `balancers.us`, `certificates.shop.deploy[0]`. */
export interface Finding {
  readonly location: string
  readonly error: Failure
  readonly certificates: readonly string[]
}

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
    const { location, text } = locationIn(finding.location, error, references)
    const isSame = isOfTheAsked(error) ? location : generalized(finding)
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

/** One message for all certificates of which it says the same. */
const generalized = ({ error: { message }, certificates }: Finding): string =>
  certificates.reduce((text, id) => text.replaceAll(new RegExp(`(?<![\\w-])${id}(?![\\w-])`, 'g'), '…'), message)

const union = (one: readonly string[] = [], other: readonly string[]): string[] => [...new Set([...one, ...other])]
