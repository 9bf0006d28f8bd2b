import type { SecretReference } from '../platform/secret.ts'
import type { Config } from './load.ts'

export interface LocatedReference {
  /** `balancers.us.options.token` */
  readonly location: string
  readonly reference: SecretReference
}

/** Every reference of a configuration. */
export function referencesIn(
  config: Pick<Config, 'authorities' | 'dns' | 'secrets' | 'state' | 'balancers' | 'notify'>,
) {
  const { authorities, dns, secrets, state, balancers, notify } = config
  const written = {
    acme: { authorities },
    dns: optionsOf(dns.providers),
    secrets: { options: secrets.options },
    state: { options: state.options },
    balancers: optionsOf(balancers),
    notify: optionsOf(notify),
  }
  return within(written, [])
}

const optionsOf = (sections: Readonly<Record<string, { readonly options: unknown }>>) =>
  Object.fromEntries(Object.entries(sections).map(([name, { options }]) => [name, { options }]))

function within(value: unknown, path: readonly string[]): LocatedReference[] {
  if (isReference(value)) return [{ location: path.join('.'), reference: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => within(each, [...path, key]))
}

/** As the schema of a reference reads it, and nothing else in the options of a driver. */
const isReference = (value: unknown): value is SecretReference =>
  typeof value === 'object' && value !== null && 'from' in value && (value.from === 'env' || value.from === 'secret')
