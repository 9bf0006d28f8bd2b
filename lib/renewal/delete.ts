import { toFailure } from '../errors.ts'
import { atBalancers, inventoriesOf } from '../observe/inventory.ts'
import { neededObjects } from '../observe/needed-objects.ts'
import { lookup } from '../platform/lookup.ts'
import { thereAre } from '../platform/suggestion.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateSpec, InstalledCertificate, Target } from '../types.ts'

/** What a person named at a balancer, and what became of it. */
export interface Named {
  /** As it was named: by its name there, or by its id. */
  readonly name: string
  /** Undefined: nothing there is called so, or more than one thing. */
  readonly held: InstalledCertificate | undefined
  readonly deleted: boolean
  /** Why it was not deleted, or must not be; undefined: nothing stands in the way. */
  readonly reason: string | undefined
}

type Outside = Pick<Dependencies, 'balancers' | 'state' | 'environment' | 'clock'>

/** A certificate, and the target by which its load balancer is asked. */
interface Found {
  readonly held: InstalledCertificate
  readonly target: Target
}

/** One that its balancer can delete. */
interface Free extends Found {
  readonly id: string
}

/**
 * Deletes the certificates of a balancer that a person names, whoever has made them: either all of them may be deleted, or none is.
 * `agree` is asked before, with what is about to go; without its word nothing is deleted. The load balancers are asked before the
 * states: what a run uploads meanwhile is noted before it can be listed.
 */
export async function deleteNamed(
  specs: readonly CertificateSpec[],
  { balancer, names }: { readonly balancer: string; readonly names: readonly string[] },
  deps: Outside,
  agree: (certificates: readonly InstalledCertificate[]) => Promise<boolean>,
): Promise<Named[]> {
  const own = atBalancers(specs, [balancer])
  const all = await everythingAt(own, deps)
  const reasonAgainst = await reasonsIn(own, deps)
  const looked = [...new Set(names)].map((name) => {
    const found = called(name, all)
    const [one] = found
    if (one === undefined || found.length > 1) return { name, one: undefined, reason: notOne(name, found, all) }
    return { name, one, reason: reasonAgainst(one.held) }
  })
  const named = looked.map(({ name, one, reason }) => ({ name, held: one?.held, deleted: false, reason }))
  const free = looked.flatMap(({ one, reason }): Free[] => {
    const id = one?.held.id
    return one === undefined || id === undefined || reason !== undefined ? [] : [{ ...one, id }]
  })
  if (free.length < looked.length || !(await agree(free.map(({ held }) => held)))) return named
  const left = await remove(free, deps)
  return named.map((each, at) => ({ ...each, deleted: left[at] === undefined, reason: left[at] }))
}

/** Each certificate once. It rejects unless every load balancer could be asked: another one there may have the same name. */
async function everythingAt(specs: readonly CertificateSpec[], deps: Outside): Promise<Found[]> {
  const targets = specs.flatMap((spec) => spec.targets)
  const found = new Map<string, Found>()
  for (const inventory of await inventoriesOf(specs, deps)) {
    const target = targets.find(({ name }) => name === inventory.target)
    if ('error' in inventory) throw inventory.error.with({ message: `${inventory.target}: ${inventory.error.message}` })
    if (target === undefined) continue
    for (const held of inventory.held) found.set(held.id ?? `${held.loadBalancer} ${held.name}`, { held, target })
  }
  return [...found.values()]
}

/** An id is that of one; a name may be that of several. */
function called(name: string, all: readonly Found[]): Found[] {
  const byId = all.filter(({ held }) => held.id === name)
  return byId.length > 0 ? byId : all.filter(({ held }) => held.name === name)
}

const notOne = (name: string, found: readonly Found[], all: readonly Found[]): string =>
  found.length === 0
    ? `nothing is called so${thereAre(
        name,
        all.map(({ held }) => held.name),
      )}`
    : `${found.length} certificates are called so: name one by its id (${found.map(({ held }) => held.id ?? held.loadBalancer).join(', ')})`

/** What forbids to delete a certificate; undefined: nothing. */
async function reasonsIn(
  specs: readonly CertificateSpec[],
  deps: Outside,
): Promise<(held: InstalledCertificate) => string | undefined> {
  const needed = await neededObjects(specs, deps)
  const replaced = await targetsAsHeld(specs, deps)
  return (held) => {
    const { id, name, bound } = held
    if (bound.length > 0) return `it is bound: ${bound.map(({ listener }) => listener).join(', ')}`
    const needs = needed.get(name) ?? (id === undefined ? undefined : needed.get(id))
    if (needs !== undefined) return `the certificate "${needs}" of the configuration needs it`
    const target = replaced(held)
    if (target !== undefined) return `it is what the target ${target.name} replaces in place`
    if (id !== undefined) return undefined
    return 'newleaf has no way to delete it there; docs/delete-certificates.md tells what to do'
  }
}

/** The target that a certificate itself is, also one that newleaf has not written to yet, or cannot look at now. */
async function targetsAsHeld(specs: readonly CertificateSpec[], { balancers }: Outside) {
  const targets = specs.flatMap((spec) => spec.targets)
  const looked = await Promise.all(
    targets.map(async (target) => {
      const asked = lookup(balancers, target.balancer).inspect(target.listener, undefined)
      return { target, resource: await asked.then(({ resource }) => resource).catch(() => undefined) }
    }),
  )
  return ({ id, name }: InstalledCertificate): Target | undefined => {
    const isIt = ({ target: { listener }, resource }: (typeof looked)[number]) =>
      resource === undefined ? Object.values(listener).some((each) => each === id || each === name) : resource === id
    return looked.find(isIt)?.target
  }
}

/** Resolves to why each of them is still there; undefined: it is not listed any more. */
async function remove(all: readonly Free[], { balancers }: Outside): Promise<(string | undefined)[]> {
  const tried: (string | undefined)[] = []
  for (const { id, target } of all) {
    const balancer = lookup(balancers, target.balancer)
    const gone = balancer.deleteById(target.listener, id)
    tried.push(
      await gone.then(
        (isGone) => (isGone ? undefined : 'a listener uses it by now'),
        (error: unknown) => toFailure(error).message,
      ),
    )
  }
  const targets = [...new Set(all.map(({ target }) => target))]
  const lists = await Promise.all(
    targets.map((target) => lookup(balancers, target.balancer).list(target.listener).catch(toFailure)),
  )
  return all.map(({ id, target }, at) => {
    const list = lists[targets.indexOf(target)]
    if (list === undefined || !('certificates' in list))
      return tried[at] ?? `it could not be read back: ${toFailure(list).message}`
    const isListed = list.certificates.some((each) => each.id === id)
    return isListed ? (tried[at] ?? 'it is still listed') : undefined
  })
}
