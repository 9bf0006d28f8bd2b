import { expect } from 'vitest'
import { lineageOf } from '../../lib/balancers/names.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { covers } from '../../sandbox/lies.ts'
import {
  addBackend,
  addCertificate,
  addLb,
  emptyScaleway,
  type Frontend,
  newFrontend,
  type StoredCertificate,
} from '../../sandbox/scaleway/objects.ts'
import { type Fate, scalewayInMemory, type Watch } from './scaleway-in-memory.ts'

/** Certificates that can stand in a world, by their kind. */
export type Stock = readonly Deployment<Certificate>[]

/** What somebody else does to the load balancer while newleaf is at work. Numbers are taken modulo what is there. */
export type Edit =
  | { readonly how: 'set'; readonly frontend: number; readonly limit: number; readonly http3: boolean }
  | { readonly how: 'unbind' | 'move'; readonly frontend: number; readonly place: number }
  | { readonly how: 'bind'; readonly frontend: number; readonly place: number; readonly kind: number }
  | { readonly how: 'delete'; readonly place: number }

/** Which of our certificates belong to a frontend. */
export interface Wanted {
  readonly shop: boolean
  readonly blog: boolean
}

export interface Given {
  readonly objects: readonly number[]
  readonly frontends: readonly (Pick<
    Frontend,
    'timeout_client' | 'connection_rate_limit' | 'enable_access_logs' | 'enable_http3'
  > & { readonly bound: readonly number[] })[]
  readonly fates: readonly Fate[]
  readonly edits: readonly (readonly [at: number, edit: Edit])[]
  readonly lags: readonly number[]
}

const FAMILIES = { shop: 'newleaf-test-shop', blog: 'newleaf-test-blog' } as const

/** A load balancer under which the API fails and others edit, and a book of what must become of everything that is not ours. */
export async function furnished(stock: Stock, wanted: readonly Wanted[], given: Given) {
  const state = emptyScaleway()
  const lb = addLb(state, { name: 'edge' }, ['127.0.0.1'])
  const backend = addBackend(state, lb, 'servers').id
  const add = (kind: number): StoredCertificate => {
    const { name, certificate } = stock[kind % stock.length] as Deployment<Certificate>
    const { chainPem, privateKeyPem } = certificate
    return addCertificate(state, lb, { name, chainPem, privateKeyPem: privateKeyPem.reveal() })
  }
  const named = new Map<string, string>()
  const nameOf = (id: string) => {
    const name = state.certificates.find((each) => each.id === id)?.name ?? named.get(id) ?? ''
    named.set(id, name)
    return name
  }
  const objects = given.objects.map(add)
  state.frontends = given.frontends.map(({ bound, ...settings }, index) => {
    const certificate_ids = [...new Set(bound.flatMap((each) => objects[each]?.id ?? []))]
    return newFrontend(lb, { ...settings, name: `f${index}`, inbound_port: 443 + index, backend, certificate_ids })
  })
  /** Whether newleaf has no business with this certificate at this frontend. */
  const isStranger = (frontend: Frontend, id: string): boolean => {
    const { shop, blog } = wanted[state.frontends.findIndex(({ id }) => id === frontend.id)] ?? {
      shop: false,
      blog: false,
    }
    const family = lineageOf(nameOf(id))
    return !((shop && family === FAMILIES.shop) || (blog && family === FAMILIES.blog))
  }
  const others = (frontend: Frontend) => {
    const { certificate_ids: ids, updated_at: _, ...settings } = frontend
    return { settings, strangers: ids.filter((id) => isStranger(frontend, id)) }
  }
  const book = new Map(state.frontends.map((frontend) => [frontend.id, others(frontend)]))
  const isOurs = (name: string) => [FAMILIES.shop, FAMILIES.blog].some((family) => lineageOf(name) === family)
  const strangersHeld = () => state.certificates.filter(({ name }) => !isOurs(name)).map(({ id }) => id)
  let heldBook = strangersHeld()

  const apply = (edit: Edit) => {
    const frontend = 'frontend' in edit ? state.frontends[edit.frontend % state.frontends.length] : undefined
    const ids = frontend?.certificate_ids ?? []
    if (edit.how === 'set')
      Object.assign(frontend ?? {}, { connection_rate_limit: edit.limit, enable_http3: edit.http3 })
    if (edit.how === 'unbind') ids.splice(edit.place % Math.max(ids.length, 1), 1)
    if (edit.how === 'move') ids.unshift(...ids.splice(edit.place % Math.max(ids.length, 1), 1))
    if (edit.how === 'bind') ids.splice(edit.place % (ids.length + 1), 0, add(edit.kind).id)
    if (edit.how === 'delete') {
      const free = state.certificates.filter(({ id, name }) => !isOurs(name) && !isBound(id))
      const gone = free[edit.place % Math.max(free.length, 1)]
      state.certificates = state.certificates.filter((each) => each !== gone)
    }
    if (frontend) book.set(frontend.id, others(frontend))
    heldBook = strangersHeld()
  }
  const isBound = (id: string) => state.frontends.some(({ certificate_ids }) => certificate_ids.includes(id))
  const effectiveFor = (ids: readonly string[], name: string) =>
    ids.find((id) => {
      const kind = stock.find((each) => each.name === nameOf(id))
      return kind?.certificate.names.some((each) => each === name || covers(each, name))
    })

  let [sent, arrived, isQuiet] = [0, 0, false]
  const api = await scalewayInMemory(state)
  const covered = ({ certificate_ids: ids }: Frontend) =>
    ['shop.example', 'www.shop.example', 'blog.example', 'partner.example'].filter((name) => effectiveFor(ids, name))
  const idIn = ({ url }: HttpRequest, kind: 'frontends' | 'certificates') =>
    new RegExp(`/zones/[^/]+/${kind}/([^/?]+)$`).exec(new URL(url).pathname)?.[1] ?? ''

  function watch(): Watch {
    const read = new Map<string, Frontend>()
    return {
      async travel() {
        for (let turns = given.lags[sent++ % (given.lags.length || 1)] ?? 0; turns > 0; turns--) await undefined
      },
      fate() {
        const at = arrived++
        for (const [when, edit] of given.edits) if (when === at && !isQuiet) apply(edit)
        for (const { id } of state.certificates) nameOf(id)
        return isQuiet ? 'well' : (given.fates[at] ?? 'well')
      },
      acted(request, status) {
        const { method } = request
        if (method === 'DELETE' && status === 204) expect(isOurs(nameOf(idIn(request, 'certificates')))).toBe(true)
        const now = state.frontends.find(({ id }) => id === idIn(request, 'frontends'))
        if (now === undefined || status !== 200) return
        if (method === 'GET') return void read.set(now.id, structuredClone(now))
        const seen = read.get(now.id)
        if (seen === undefined) throw new Error('a frontend was not read before its update')
        // It replaces everything: what somebody changed since it was read cannot be kept, and nothing else may be lost.
        book.set(now.id, others(seen))
        expect(others(now)).toEqual(others(seen))
        expect(covered(now)).toEqual(expect.arrayContaining(covered(seen)))
      },
    }
  }

  return {
    open: (): Promise<LoadBalancer> => api.open(watch()),
    names: () => state.certificates.map(({ name }) => name),
    /** From now on everything goes well and nobody else is there. */
    quiet() {
      isQuiet = true
    },
    expectOnlyOursChanged() {
      for (const frontend of state.frontends) expect(others(frontend)).toEqual(book.get(frontend.id))
      expect(strangersHeld()).toEqual(heldBook)
    },
    /** One version of it stands where it belongs, first for all of its names. */
    expectServed(which: keyof Wanted, { name, certificate }: Deployment) {
      for (const [index, frontend] of state.frontends.entries()) {
        if (!wanted[index]?.[which]) continue
        const ids = frontend.certificate_ids
        const versions = ids.filter((id) => lineageOf(nameOf(id)) === FAMILIES[which])
        expect(versions.map(nameOf)).toEqual([name])
        expect(certificate.names.map((each) => effectiveFor(ids, each))).toEqual(
          certificate.names.map(() => versions[0]),
        )
      }
    },
    /** Of a family only the current one is left, and what other frontends use. */
    expectNothingLeft(family: string | undefined, current: string) {
      const left = state.certificates.filter(({ name }) => lineageOf(name) === family && name !== current)
      expect(left.filter(({ id }) => !isBound(id)).map(({ name }) => name)).toEqual([])
    },
  }
}
