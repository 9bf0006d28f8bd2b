import { nearest, suggestion } from '../platform/suggestion.ts'
import type { KeyAlgorithm, Listener, Target } from '../types.ts'
import type { Balancer, ReadSection } from './drivers.ts'
import { mapOf, type Path } from './raw-config.ts'
import type { ValidationErrors } from './validation-errors.ts'

export interface KnownBalancers {
  /** All that are configured, those without a known driver included. */
  readonly names: readonly string[]
  readonly read: ReadonlyMap<string, ReadSection<Balancer>>
}

/** A target, and where it stands under `deploy`. */
export interface ReadTarget extends Target {
  readonly index: number
  /** The fields that its id is made of. */
  readonly identity: readonly string[]
  readonly supportedKeys: readonly KeyAlgorithm[]
  /** Whether it is the only certificate there. */
  readonly singleCertificate: boolean
}

export function readTargets(
  deploy: readonly unknown[],
  balancers: KnownBalancers,
  path: Path,
  mistakes: ValidationErrors,
): ReadTarget[] {
  const targets: ReadTarget[] = []
  for (const [index, written] of deploy.entries()) {
    const target = readTarget(written, index, balancers, [...path, index], mistakes)
    const same = targets.find(({ id }) => id === target?.id)
    if (same) {
      const by = same.name === target?.name ? '' : `, by its ${same.identity.join(' and ')}`
      mistakes.add([...path, index], `the same target as deploy[${same.index}]${by}`)
    }
    if (target && !same) targets.push(target)
  }
  return targets
}

function readTarget(
  written: unknown,
  index: number,
  { names, read }: KnownBalancers,
  path: Path,
  mistakes: ValidationErrors,
): ReadTarget | undefined {
  const { balancer, private: isPrivate, ...listenerFields } = mapOf(written)
  if (typeof balancer !== 'string') {
    const meant = Object.keys(listenerFields).find((field) => nearest(field, ['balancer']))
    if (meant !== undefined) mistakes.add([...path, meant], `unknown field${suggestion(meant, ['balancer'])}`)
    return undefined
  }
  if (!names.includes(balancer))
    mistakes.add([...path, 'balancer'], `there is no such balancer${suggestion(balancer, names)}`)
  const driver = read.get(balancer)?.driver
  const parsed = driver && mistakes.check(driver.listener, listenerFields, path)
  if (driver === undefined || parsed === undefined) return undefined
  const given = Object.entries(parsed as Listener).filter(([, value]) => value !== undefined)
  const listener: Listener = Object.fromEntries(given)
  const called = (fields: readonly string[]) =>
    [balancer, ...fields.flatMap((field) => textOf(listener[field], driver.separator) ?? [])].join('/')
  return {
    id: called(driver.identity),
    name: called(Object.keys(listener)),
    balancer,
    listener,
    ...(isPrivate === true ? { private: true as const } : {}),
    index,
    identity: driver.identity,
    supportedKeys: driver.supportedKeys,
    singleCertificate: driver.singleCertificate ?? false,
  }
}

const textOf = (value: Listener[string] | undefined, separator = ',') =>
  typeof value === 'object' ? value.join(separator) : value

/** The keys that every one of these targets takes, the preferred one of the first target first. */
export const keysOfAll = ([first, ...others]: readonly ReadTarget[]): KeyAlgorithm[] =>
  (first?.supportedKeys ?? []).filter((key) => others.every(({ supportedKeys }) => supportedKeys.includes(key)))

/** The key that all targets can serve; undefined when it is not known, or when there is none, which is noted. */
export function readKey(
  wanted: KeyAlgorithm | 'auto',
  targets: readonly ReadTarget[],
  path: Path,
  mistakes: ValidationErrors,
): KeyAlgorithm | undefined {
  if (wanted === 'auto') {
    const [key] = keysOfAll(targets)
    if (targets.length > 0 && key === undefined)
      mistakes.add(path, `no key is accepted by all targets: ${targets.map(acceptance).join('; ')}`)
    return key
  }
  const against = targets.filter(({ supportedKeys }) => !supportedKeys.includes(wanted))
  if (against.length > 0) mistakes.add(path, `not accepted by all targets: ${against.map(acceptance).join('; ')}`)
  return wanted
}

const acceptance = ({ index, balancer, supportedKeys }: ReadTarget) =>
  `deploy[${index}] (balancer ${balancer}) accepts ${supportedKeys.join(', ')}`
