/** Asks all that a renewal would ask before it orders: each once, however many certificates share it. It changes nothing. */
import { type Failure, type FailureCode, toFailure } from '../errors.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { lazyEach } from '../platform/lazy.ts'
import { lookup } from '../platform/lookup.ts'
import { type Finding, findingsIn, obstaclesOf } from '../policy/obstacles.ts'
import type { Dependencies, RecordLocation } from '../ports.ts'
import type { Obstacle, PlanItem } from '../types.ts'
import { findCaaRefusals } from './caa.ts'
import { isPersistent, noAccountYet, seenRecords } from './persistent-records.ts'

const AT_ONCE = 10

type Outside = Pick<Dependencies, 'solver' | 'authorities' | 'references' | 'clock' | 'log'>

/** All that is wrong with what these certificates depend on, at once. */
export async function preflight(items: readonly PlanItem[], deps: Outside): Promise<Obstacle[]> {
  const ordered = items.filter(({ spec }) => spec.imported !== true && spec.selfSigned === undefined)
  const [dns, persistent, authorities, caa] = await Promise.all([
    checkDns(ordered, deps),
    checkPersistentRecords(ordered, deps),
    checkAuthorities(ordered, deps),
    checkCaa(ordered, deps),
  ])
  const references = await checkReferences(items, dns, deps)
  const seen = items.flatMap(findingsIn)
  return obstaclesOf([...references, ...seen, ...dns.findings, ...persistent, ...authorities, ...caa], deps.references)
}

/** What several certificates share, by a key of its own: `location` is where the first of them asks for it. */
function sharing<T>() {
  const all = new Map<string, { readonly what: T; readonly certificates: string[]; readonly location: string }>()
  return {
    all,
    add(key: string, what: T, certificate: string, location: string) {
      const known = all.get(key) ?? { what, certificates: [], location }
      if (!known.certificates.includes(certificate)) known.certificates.push(certificate)
      all.set(key, known)
    },
  }
}

const failureOf = (work: Promise<unknown>): Promise<Failure | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => toFailure(error),
  )

interface CheckedDns {
  readonly findings: readonly Finding[]
  /** By the name of a provider the certificates whose names lie in its zones. */
  readonly providers: ReadonlyMap<string, readonly string[]>
  /** Those with a name whose zone could not be found, where none could be: each provider may be theirs. */
  readonly unlocated: readonly string[]
}

/** A zone and a provider for every name, and of each provider whether it holds the zone for us. */
async function checkDns(items: readonly PlanItem[], { solver, authorities }: Outside): Promise<CheckedDns> {
  const domains = sharing<AskedName>()
  const labelOf = lazyEach((authority: string) => labelAt(lookup(authorities, authority)))
  for (const { spec } of items) {
    const writing = spec.authorities.filter((authority) => !isPersistent(authorities[authority]))
    const labels = new Set(await Promise.all(writing.map(labelOf)))
    for (const [index, name] of spec.names.entries()) {
      const domain = name.replace(/^\*\./, '')
      for (const label of labels)
        domains.add(keyOf({ domain, label }), { domain, label }, spec.id, `certificates.${spec.id}.names[${index}]`)
    }
  }
  const findings: Finding[] = []
  const unlocated = new Set<string>()
  const zones = sharing<RecordLocation>()
  const asked = [...domains.all.values()].map(({ what }) => what)
  for (const { location, error, ...name } of await locateEach(asked, solver)) {
    const { certificates = [], location: written = '' } = domains.all.get(keyOf(name)) ?? {}
    if (error !== undefined) {
      findings.push({ location: error.code === 'DNS_LOOKUP_FAILED' ? 'dns' : written, error, certificates })
      if (error.code !== 'DNS_NO_PROVIDER') for (const id of certificates) unlocated.add(id)
    } else for (const id of certificates) zones.add(`${location.provider} ${location.zone}`, location, id, '')
  }
  const checked = await mapConcurrently([...zones.all.values()], AT_ONCE, async ({ what, certificates }) => {
    const error = await failureOf(solver.check(what))
    return error === undefined ? [] : [{ location: `dns.${what.provider}`, error, certificates }]
  })
  const providers = new Map<string, readonly string[]>()
  for (const { what, certificates } of zones.all.values())
    providers.set(what.provider, [...new Set([...(providers.get(what.provider) ?? []), ...certificates])])
  return {
    findings: [...findings, ...checked.flat()],
    providers,
    unlocated: providers.size === 0 ? [...unlocated] : [],
  }
}

/** A domain, and what stands before it where its TXT values belong. */
interface AskedName {
  readonly domain: string
  readonly label: string | undefined
}

const keyOf = ({ domain, label = '' }: AskedName) => `${label} ${domain}`

/** What keeps the account from being read is found where the authority is asked. */
const labelAt = async (authority: Outside['authorities'][string]) => authority.challengeLabel?.().catch(() => undefined)

type Located = AskedName &
  (
    | { readonly location: RecordLocation; readonly error?: undefined }
    | { readonly location?: undefined; readonly error: Failure }
  )

/** All of one label together, which asks for each zone once; each by itself, if one of them has none. */
async function locateEach(asked: readonly AskedName[], solver: Outside['solver']): Promise<Located[]> {
  const located = async (label: string | undefined, domains: readonly string[]): Promise<Located[]> =>
    (await solver.locate(domains, label)).map((location) => ({ domain: location.domain, label, location }))
  const groups = [...Map.groupBy(asked, ({ label }) => label)].map(async ([label, group]) => {
    const domains = group.map(({ domain }) => domain)
    try {
      return await located(label, domains)
    } catch {
      const each = mapConcurrently(domains, AT_ONCE, (domain) =>
        located(label, [domain]).catch((error: unknown): Located[] => [{ domain, label, error: toFailure(error) }]),
      )
      return (await each).flat()
    }
  })
  return (await Promise.all(groups)).flat()
}

/** Each directory with each profile that is wanted of it. */
async function checkAuthorities(items: readonly PlanItem[], { authorities }: Outside): Promise<Finding[]> {
  const asked = sharing<{ readonly authority: string; readonly profile: string | undefined }>()
  for (const { spec } of items) {
    const { id, profile } = spec
    for (const authority of spec.authorities)
      asked.add(`${authority} ${profile ?? ''}`, { authority, profile }, id, `certificates.${id}.profile`)
  }
  const checked = await mapConcurrently(
    [...asked.all.values()],
    AT_ONCE,
    async ({ what, certificates, location: wanted }) => {
      const { authority, profile } = what
      const work = lookup(authorities, authority).check(profile === undefined ? {} : { profile })
      const error = await failureOf(work)
      if (error === undefined) return []
      const own = `acme.authorities.${authority}`
      const at: Partial<Record<FailureCode, string>> = { ACME_PROFILE: wanted, ACME_ACCOUNT_REFUSED: `${own}.eab` }
      return [{ location: at[error.code] ?? own, error, certificates }]
    },
  )
  return checked.flat()
}

/** Whether CAA records let each authority issue for the names that are ordered there. */
async function checkCaa(items: readonly PlanItem[], deps: Outside): Promise<Finding[]> {
  const authorities = [...new Set(items.flatMap(({ spec }) => spec.authorities))]
  const checked = authorities.map(async (name) => {
    const names = sharing<string>()
    for (const { spec } of items.filter((item) => item.spec.authorities.includes(name)))
      for (const [index, each] of spec.names.entries())
        names.add(each, each, spec.id, `certificates.${spec.id}.names[${index}]`)
    const authority = lookup(deps.authorities, name)
    // What the authority or its account is in trouble with is found where they are checked.
    const refusals = await findCaaRefusals([...names.all.keys()], { name, authority }, deps).catch(() => [])
    return refusals.map(({ names: [first = '', ...more], error }): Finding => {
      const certificates = [first, ...more].flatMap((each) => names.all.get(each)?.certificates ?? [])
      return { location: names.all.get(first)?.location ?? '', error, certificates: [...new Set(certificates)] }
    })
  })
  return (await Promise.all(checked)).flat()
}

/** The persistent records of the names of each authority that validates by them. */
async function checkPersistentRecords(items: readonly PlanItem[], deps: Outside): Promise<Finding[]> {
  const authorities = [...new Set(items.flatMap(({ spec }) => spec.authorities))]
  const checked = authorities.map(async (name): Promise<Finding[]> => {
    const authority = lookup(deps.authorities, name)
    if (!isPersistent(authority)) return []
    const specs = items.flatMap(({ spec }) => (spec.authorities.includes(name) ? [spec] : []))
    const certificates = specs.map(({ id }) => id)
    try {
      const accountUrl = await authority.accountUrl()
      if (accountUrl === undefined)
        return [{ location: `acme.authorities.${name}`, error: noAccountYet(name), certificates }]
      const seen = await seenRecords(
        [...new Set(specs.flatMap(({ names }) => names))],
        { name, authority, accountUrl },
        deps,
      )
      return seen.flatMap(({ domain, error }) => (error === undefined ? [] : [findingAt(domain, error, specs)]))
    } catch {
      return [] // what the authority or its account is in trouble with is found where they are checked
    }
  })
  return (await Promise.all(checked)).flat()
}

function findingAt(domain: string, error: Failure, specs: readonly PlanItem['spec'][]): Finding {
  const using = specs.flatMap(({ id, names }) => {
    const index = names.findIndex((name) => name.replace(/^\*\./, '') === domain)
    return index === -1 ? [] : [{ id, location: `certificates.${id}.names[${index}]` }]
  })
  return { location: using[0]?.location ?? 'dns', error, certificates: using.map(({ id }) => id) }
}

/** Every reference of what is used. A notifier is used by every run, and by no certificate in particular. */
async function checkReferences(
  items: readonly PlanItem[],
  dns: CheckedDns,
  { references }: Outside,
): Promise<Finding[]> {
  const checked = await mapConcurrently(references, AT_ONCE, async ({ location, check }) => {
    const users = usersOf(location, items, dns)
    if (users.length === 0 && !location.startsWith('notify.')) return []
    const error = await failureOf(check())
    return error === undefined ? [] : [{ location, error, certificates: users }]
  })
  return checked.flat()
}

/** The certificates that depend on what stands at a location of the configuration. */
function usersOf(
  location: string,
  items: readonly PlanItem[],
  { providers, unlocated }: CheckedDns,
): readonly string[] {
  const [section, name = '', third = ''] = location.split('.')
  const ids = (uses: (spec: PlanItem['spec']) => boolean) => items.flatMap(({ spec }) => (uses(spec) ? [spec.id] : []))
  switch (section) {
    case 'acme':
      return ids(({ authorities }) => authorities.includes(third))
    case 'balancers':
      return ids(({ targets }) => targets.some(({ balancer }) => balancer === name))
    case 'dns':
      return [...new Set([...(providers.get(name) ?? []), ...unlocated])]
    case 'secrets':
    case 'state':
      return ids(() => true)
    default:
      return []
  }
}
