import { isDeepStrictEqual } from 'node:util'
import type { ServedInstead } from '../../../types.ts'
import { covers } from '../../../x509/certificate.ts'
import { lineageOf } from '../../names.ts'
import type { CertificateObject, FrontendObject, FrontendSettings } from './api.ts'
import { endOf, namesOf } from './held.ts'

/** A certificate of ours, as an object of the load balancer. */
export interface OwnCertificate {
  readonly id: string
  readonly name: string
  readonly names: readonly string[]
}

/** Certificates bound to a frontend in their order, and what is known of them. */
export interface Bound {
  readonly ids: readonly string[]
  readonly known: readonly CertificateObject[]
}

/**
 * The list with `own` in it: in the place of its other versions, which leave, and before every foreign certificate that
 * could be served for one of its names, because the first in the list wins whatever its expiry
 * (scw-docs, load-balancer/how-to/add-certificate). Foreign ones stay, in their order.
 */
export function idsWith(own: OwnCertificate, { ids, known }: Bound): string[] {
  const lineage = lineageOf(own.name)
  const isVersion = (id: string) => {
    const name = known.find((each) => each.id === id)?.name
    return id === own.id || (name !== undefined && lineage !== undefined && lineageOf(name) === lineage)
  }
  const index = ids.findIndex((id) => isVersion(id) || own.names.some((name) => mayServe(id, name, known)))
  if (index === -1) return [...ids, own.id]
  return [...ids.slice(0, index), own.id, ...ids.slice(index).filter((id) => !isVersion(id))]
}

/**
 * The list without this certificate, and with an earlier one of the same lineage in its place if the load balancer still holds
 * one that is bound nowhere here: the newest. `known` is the oldest first.
 */
export function idsWithout(name: string, { ids, known }: Bound): string[] {
  const lineage = lineageOf(name)
  const gone = known.filter((each) => each.name === name).map(({ id }) => id)
  const earlier = known.findLast(
    (each) =>
      !gone.includes(each.id) && !ids.includes(each.id) && each.status === 'ready' && lineageOf(each.name) === lineage,
  )
  return ids.flatMap((id) => (!gone.includes(id) ? [id] : earlier === undefined ? [] : [earlier.id]))
}

/** Whether `own` is the first in the list that can be served for each of its names. */
export const servesAll = (own: OwnCertificate, { ids, known }: Bound): boolean =>
  own.names.every((name) => ids.find((id) => id === own.id || mayServe(id, name, known)) === own.id)

/** The first certificate in the list for each of these names. */
export const servedFor = (names: readonly string[], { ids, known }: Bound): ServedInstead[] => {
  const first = names.map((name) => ids.find((id) => mayServe(id, name, known)))
  return known
    .filter(({ id }) => first.includes(id))
    .map((certificate) => ({
      name: certificate.name,
      covers: namesOf(certificate),
      notAfter: endOf(certificate),
    }))
}

/** Of what is not known (it was bound a moment ago) anything can be expected. */
function mayServe(id: string, name: string, known: readonly CertificateObject[]): boolean {
  const certificate = known.find((each) => each.id === id)
  return certificate === undefined || covers(namesOf(certificate), name)
}

/** Everything as it was read, in the types in which it was read; `null` is what the API calls unset. */
export function settingsWith(frontend: FrontendObject, certificateIds: readonly string[]): FrontendSettings {
  const { name, inbound_port, backend, timeout_client, connection_rate_limit } = frontend
  const { enable_http3, enable_access_logs } = frontend
  return {
    name,
    inbound_port,
    backend_id: backend.id,
    certificate_ids: certificateIds,
    enable_http3,
    enable_access_logs,
    connection_rate_limit: connection_rate_limit ?? 0,
    ...(timeout_client === null || timeout_client === undefined ? {} : { timeout_client }),
  }
}

/** Change on their own, or follow from `certificate_ids`. */
const NOT_SETTINGS: readonly string[] = ['updated_at', 'lb', 'certificate', 'certificate_ids']

/** The names of the settings in which two readings of a frontend differ, but for its certificates. */
export function changedSettings(before: FrontendObject, now: FrontendObject): string[] {
  const of = (frontend: FrontendObject): Readonly<Record<string, unknown>> => ({
    ...frontend,
    backend: frontend.backend.id,
  })
  const [one, other] = [of(before), of(now)]
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter((name) => !NOT_SETTINGS.includes(name) && !isDeepStrictEqual(one[name], other[name])).sort()
}

/** Whether `now` is what this update left: an answer tells its time in nanoseconds, a later reading rounded to microseconds. */
export const isSameUpdate = (answer: FrontendObject, now: FrontendObject): boolean =>
  Math.abs(Date.parse(answer.updated_at) - Date.parse(now.updated_at)) <= 1
