import { statusOf as authorizationStatus, newAuthorization, reusableAuthorization } from './authorizations.ts'
import { namesAskedFor } from './identifiers.ts'
import type { Answer, Office, SignedRequest } from './office.ts'
import { Problem } from './problem.ts'
import { profileNamed } from './profiles.ts'
import type { AccountRecord, AuthorizationRecord, OrderRecord } from './state.ts'

export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'

/** RFC 8555 §7.4, RFC 9773 §5, and profiles. */
export function newOrder(office: Office, { account, payload }: SignedRequest): Answer {
  if (payload === undefined) throw new Problem('malformed', 'The request has no payload')
  if (payload.notBefore !== undefined || payload.notAfter !== undefined) {
    throw new Problem('malformed', 'An order cannot choose notBefore and notAfter')
  }
  const profileName = payload.profile === undefined ? 'classic' : String(payload.profile)
  const profile = profileNamed(profileName, office.profiles)
  const names = namesAskedFor(payload.identifiers, office.blocked, profile.maxNames)
  const replaces = replacedBy(office, account, names, payload.replaces)

  const again = openOrder(office, account, names, profileName)
  if (again) {
    again.replaces = replaces ?? again.replaces
    office.save()
    return created(office, again)
  }
  const now = office.now().getTime()
  const authorizations = names.map(
    (name) => reusableAuthorization(office, account, name) ?? newAuthorization(office, account, name, profile),
  )
  const order: OrderRecord = {
    id: office.nextId(),
    account: account.id,
    names,
    profile: profileName,
    replaces,
    progress: 'open',
    error: undefined,
    authorizations: authorizations.map(({ id }) => id),
    certificate: undefined,
    createdAt: new Date(now).toISOString(),
    expires: new Date(now + profile.orderLife).toISOString(),
  }
  office.state.orders.push(order)
  office.save()
  return created(office, order)
}

const created = (office: Office, order: OrderRecord): Answer => ({
  status: 201,
  headers: { location: orderUrl(office, order.id) },
  body: view(office, order),
})

export const orderUrl = (office: Office, id: string) => office.url(`/order/${id}`)

/** The same names again while an order for them is open are the same order, as at Let's Encrypt. */
const openOrder = (office: Office, { id }: AccountRecord, names: readonly string[], profile: string) =>
  office.state.orders.find(
    (order) =>
      order.account === id &&
      order.profile === profile &&
      order.names.join() === names.join() &&
      ['pending', 'ready'].includes(statusOf(office, order)),
  )

/** The order is refused, not only its `replaces`, when that is not right. */
function replacedBy(office: Office, account: AccountRecord, names: readonly string[], replaces: unknown) {
  if (replaces === undefined) return undefined
  const old = office.state.certificates.find(({ certId }) => certId === replaces)
  if (old === undefined) throw new Problem('malformed', 'The replaced certificate is not known', { status: 404 })
  if (old.account !== account.id) throw new Problem('unauthorized', 'The replaced certificate is of another account')
  if (!old.names.some((name) => names.includes(name))) {
    throw new Problem('malformed', 'The replaced certificate has no name in common with the order')
  }
  if (old.replacedBy !== undefined) throw new Problem('alreadyReplaced', 'The certificate has a replacement already')
  return old.certId
}

export async function order(office: Office, request: SignedRequest): Promise<Answer> {
  const own = ownOrder(office, request)
  await office.background.settled(own.id)
  const done = own.progress === 'valid' || own.progress === 'processing'
  const held = done && office.faults.take('order', ['stillProcessing']) !== undefined
  return { status: 200, ...shown(office, own, held ? 'processing' : statusOf(office, own)) }
}

export function ownOrder(office: Office, { account, id }: SignedRequest): OrderRecord {
  const found = office.state.orders.find((each) => each.id === id)
  if (found === undefined) throw new Problem('malformed', 'The order does not exist', { status: 404 })
  if (found.account !== account.id) throw new Problem('unauthorized', 'The order is of another account')
  return found
}

/** An answer that shows an order, with when to look again while it is being worked on. */
export const shown = (office: Office, own: OrderRecord, status: OrderStatus): Omit<Answer, 'status'> => ({
  headers: {
    location: orderUrl(office, own.id),
    ...(status === 'processing' ? { 'retry-after': String(office.pollSeconds) } : {}),
  },
  body: view(office, own, status),
})

/** What follows from the authorizations and the time is not stored (RFC 8555 §7.1.6). */
export function statusOf(office: Office, own: OrderRecord): OrderStatus {
  if (own.progress !== 'open') return own.progress
  if (new Date(own.expires) <= office.now()) return 'invalid'
  const statuses = authorizationsOf(office, own).map((each) => authorizationStatus(office, each))
  if (statuses.every((status) => status === 'valid')) return 'ready'
  return statuses.every((status) => status === 'valid' || status === 'pending') ? 'pending' : 'invalid'
}

export const authorizationsOf = (office: Office, own: OrderRecord): AuthorizationRecord[] =>
  office.state.authorizations.filter(({ id }) => own.authorizations.includes(id))

function view(office: Office, own: OrderRecord, status = statusOf(office, own)) {
  return {
    status,
    expires: own.expires,
    identifiers: own.names.map((value) => ({ type: 'dns', value })),
    profile: own.profile,
    ...(own.replaces === undefined ? {} : { replaces: own.replaces }),
    authorizations: own.authorizations.map((id) => office.url(`/authorization/${id}`)),
    finalize: office.url(`/order/${own.id}/finalize`),
    ...(own.error === undefined ? {} : { error: own.error }),
    ...(status === 'valid' ? { certificate: office.url(`/certificate/${own.certificate}`) } : {}),
  }
}
