import { statusOf as authorizationStatus, newAuthorization, reusableAuthorization } from './authorizations.ts'
import type { Answer, CaContext, SignedRequest } from './context.ts'
import { namesAskedFor } from './identifiers.ts'
import { Problem } from './problem.ts'
import { profileNamed } from './profiles.ts'
import type { AccountRecord, AuthorizationRecord, OrderRecord } from './state.ts'

export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'

/** RFC 8555 §7.4, RFC 9773 §5, and profiles. */
export function newOrder(context: CaContext, { account, payload }: SignedRequest): Answer {
  if (payload === undefined) throw new Problem('malformed', 'The request has no payload')
  if (payload.notBefore !== undefined || payload.notAfter !== undefined) {
    throw new Problem('malformed', 'An order cannot choose notBefore and notAfter')
  }
  const profileName = payload.profile === undefined ? 'classic' : String(payload.profile)
  const profile = profileNamed(profileName, context.profiles)
  const names = namesAskedFor(payload.identifiers, context.blocked, profile.maxNames)
  const replaces = replacedBy(context, account, names, payload.replaces)

  const again = openOrder(context, account, names, profileName)
  if (again) {
    again.replaces = replaces ?? again.replaces
    context.save()
    return created(context, again)
  }
  const now = context.now().getTime()
  const authorizations = names.map(
    (name) => reusableAuthorization(context, account, name) ?? newAuthorization(context, account, name, profile),
  )
  const order: OrderRecord = {
    id: context.nextId(),
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
  context.state.orders.push(order)
  context.save()
  return created(context, order)
}

const created = (context: CaContext, order: OrderRecord): Answer => ({
  status: 201,
  headers: { location: orderUrl(context, order.id) },
  body: view(context, order),
})

export const orderUrl = (context: CaContext, id: string) => context.url(`/order/${id}`)

/** The same names again while an order for them is open are the same order, as at Let's Encrypt. */
const openOrder = (context: CaContext, { id }: AccountRecord, names: readonly string[], profile: string) =>
  context.state.orders.find(
    (order) =>
      order.account === id &&
      order.profile === profile &&
      order.names.join() === names.join() &&
      ['pending', 'ready'].includes(statusOf(context, order)),
  )

/** The order is refused, not only its `replaces`, when that is not right. */
function replacedBy(context: CaContext, account: AccountRecord, names: readonly string[], replaces: unknown) {
  if (replaces === undefined) return undefined
  const old = context.state.certificates.find(({ certId }) => certId === replaces)
  if (old === undefined) throw new Problem('malformed', 'The replaced certificate is not known', { status: 404 })
  if (old.account !== account.id) throw new Problem('unauthorized', 'The replaced certificate is of another account')
  if (!old.names.some((name) => names.includes(name))) {
    throw new Problem('malformed', 'The replaced certificate has no name in common with the order')
  }
  if (old.replacedBy !== undefined) throw new Problem('alreadyReplaced', 'The certificate has a replacement already')
  return old.certId
}

export async function order(context: CaContext, request: SignedRequest): Promise<Answer> {
  const own = ownOrder(context, request)
  await context.background.settled(own.id)
  if (context.faults.take('order', ['forgetsOrder'])) throw unknownOrder()
  const done = own.progress === 'valid' || own.progress === 'processing'
  const held = done ? context.faults.take('order', ['stillProcessing']) : undefined
  if (held) return { status: 200, ...shown(context, own, 'processing', held.retryAfter) }
  return {
    status: 200,
    ...shown(context, own, isReadyLate(context, own, 'order') ? 'pending' : statusOf(context, own)),
  }
}

export function ownOrder(context: CaContext, { account, id }: SignedRequest): OrderRecord {
  const found = context.state.orders.find((each) => each.id === id)
  if (found === undefined) throw unknownOrder()
  if (found.account !== account.id) throw new Problem('unauthorized', 'The order is of another account')
  return found
}

const unknownOrder = () => new Problem('malformed', 'The order does not exist', { status: 404 })

/** Whether it is to look pending for this once, though it is ready. */
export const isReadyLate = (context: CaContext, own: OrderRecord, at: 'order' | 'finalize'): boolean =>
  statusOf(context, own) === 'ready' && context.faults.take(at, ['readyLate']) !== undefined

/** An answer that shows an order, with when to look again while it is being worked on. */
export const shown = (
  context: CaContext,
  own: OrderRecord,
  status: OrderStatus,
  retryAfter = String(context.pollSeconds),
): Omit<Answer, 'status'> => ({
  headers: {
    location: orderUrl(context, own.id),
    ...(status === 'processing' ? { 'retry-after': retryAfter } : {}),
  },
  body: view(context, own, status),
})

/** What follows from the authorizations and the time is not stored (RFC 8555 §7.1.6). */
export function statusOf(context: CaContext, own: OrderRecord): OrderStatus {
  if (own.progress !== 'open') return own.progress
  if (new Date(own.expires) <= context.now()) return 'invalid'
  const statuses = authorizationsOf(context, own).map((each) => authorizationStatus(context, each))
  if (statuses.every((status) => status === 'valid')) return 'ready'
  return statuses.every((status) => status === 'valid' || status === 'pending') ? 'pending' : 'invalid'
}

export const authorizationsOf = (context: CaContext, own: OrderRecord): AuthorizationRecord[] =>
  context.state.authorizations.filter(({ id }) => own.authorizations.includes(id))

function view(context: CaContext, own: OrderRecord, status = statusOf(context, own)) {
  return {
    status,
    expires: own.expires,
    identifiers: own.names.map((value) => ({ type: 'dns', value })),
    profile: own.profile,
    ...(own.replaces === undefined ? {} : { replaces: own.replaces }),
    authorizations: own.authorizations.map((id) => context.url(`/authorization/${id}`)),
    finalize: context.url(`/order/${own.id}/finalize`),
    ...(own.error === undefined ? {} : { error: own.error }),
    ...(status === 'valid' ? { certificate: context.url(`/certificate/${own.certificate}`) } : {}),
  }
}
