import { sameSet } from '../policy/order-spec.ts'
import { listOf } from './raw-config.ts'
import type { ReadTarget } from './targets.ts'

/** A certificate, as far as another one of the same names may stand beside it. */
export interface Entry {
  readonly id: string
  readonly names: readonly string[]
  /** What is written as `key` and as `deploy`. */
  readonly key: unknown
  readonly deploy: unknown
}

/** What two certificates cannot share. Each is compared only with those that have a name of it, so that ten thousand are read in a moment. */
export interface Conflicts {
  /** The certificate before this one that is for the same names and no twin of another family of keys. */
  twinOf(entry: Entry): string | undefined
  /** Why a certificate of these names cannot go to a target as well: each would take it from the other. If it can, it does from then on. */
  takeTarget(
    target: Pick<ReadTarget, 'id' | 'singleCertificate'>,
    entry: Pick<Entry, 'id' | 'names'>,
  ): string | undefined
}

/** Of those that go to one target the first, and the first for each name. */
interface Taken {
  readonly first: string
  readonly byName: Map<string, Pick<Entry, 'id' | 'names'>>
}

export function createConflicts(): Conflicts {
  const bySet = new Map<string, Entry[]>()
  const byTarget = new Map<string, Taken>()

  return {
    twinOf(entry) {
      if (entry.names.length === 0) return undefined
      const before = atKey(bySet, [...entry.names].sort().join(' '), () => [])
      const twin = before.find((each) => isTwin(each, entry))
      before.push(entry)
      return twin?.id
    },
    takeTarget({ id: target, singleCertificate }, { id, names }) {
      const { first, byName } = atKey<Taken>(byTarget, target, () => ({ first: id, byName: new Map() }))
      if (singleCertificate && first !== id)
        return `holds one certificate, and certificates.${first} goes there already`
      for (const name of names) {
        const other = byName.get(name)
        // The same names altogether are a mistake of their own.
        if (other !== undefined && !sameSet(other.names, names))
          return `serves one certificate for ${name}, and certificates.${other.id} goes there already; leave the name out of one of the two`
      }
      for (const name of names) atKey(byName, name, () => ({ id, names }))
      return undefined
    },
  }
}

function atKey<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

/** A balancer may hold a certificate for each family of keys, and give every client the one that it takes: as two targets. */
function isTwin(one: Entry, other: Entry): boolean {
  const [family, otherFamily] = [familyOf(one.key), familyOf(other.key)]
  if (family === undefined || otherFamily === undefined || family === otherFamily) return true
  const own = listOf(one.deploy).map((each) => JSON.stringify(each))
  return listOf(other.deploy).some((each) => own.includes(JSON.stringify(each)))
}

const familyOf = (key: unknown) => (typeof key === 'string' ? /^(rsa|ecdsa)-/.exec(key)?.[1] : undefined)
