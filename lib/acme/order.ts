import { Failure, isFailure } from '../errors.ts'
import type { Order } from '../ports.ts'
import { authorizationsFailure } from './authorizations.ts'
import { type PollResult, poll, pollResult } from './poll.ts'
import { verdictFailure } from './problem.ts'
import { retryWithReadback } from './readback.ts'
import { type OrderResource, orderResource, parseAnswer, toOrder } from './resources.ts'
import { orderGone, type Session, unlessGone } from './session.ts'
import type { AcmeAnswer } from './transport.ts'

/** An order of an account that is not ours any more, or of a CA that had this name before, cannot be gone on with. */
export async function readOrder(url: string, session: Session): Promise<Order> {
  try {
    const { value } = await fetchOrder(url, session)
    return toOrder(url, value)
  } catch (cause) {
    if (!isFailure(cause, 'ACME_ACCOUNT_REFUSED', 'URL_REFUSED')) throw cause
    throw orderGone(session.authority, 'it is not one of this account', cause)
  }
}

/**
 * Sends the CSR unless that was done already, and waits for the certificate (RFC 8555 §7.4). An order of which every authorization
 * is valid is taken for ready, which spares a request; where it is not yet, it is looked at until it is.
 */
export async function finalize(order: Order, csrPem: string, session: Session): Promise<Order> {
  if (order.status === 'valid' && order.certificate !== undefined) return order
  let isSent = order.status !== 'ready' && order.status !== 'pending'
  let isTakenForReady = !isSent
  async function look(): Promise<PollResult<OrderResource>> {
    const seen = isTakenForReady ? undefined : await fetchOrder(order.url, session)
    if (seen !== undefined && (isSent || seen.value.status !== 'ready')) return seen
    isTakenForReady = false
    try {
      const sent = await sendCsr(order, csrPem, session)
      isSent = true
      return sent
    } catch (error) {
      return notReadyYet(error, order, session)
    }
  }
  const resource = await poll(look, session)
  if (resource.status === 'valid') return toOrder(order.url, resource)
  throw await orderFailure(resource, session)
}

/** What the order is like that was refused a certificate for being pending, whatever the CA calls that. Rejects with any other failure. */
async function notReadyYet(error: unknown, order: Order, session: Session): Promise<PollResult<OrderResource>> {
  if (!isFailure(error, 'ACME_ORDER_NOT_READY', 'ACME_PROBLEM')) throw error
  const seen = await fetchOrder(order.url, session)
  if (error.code === 'ACME_PROBLEM' && seen.value.status !== 'pending') throw error
  return { ...seen, reason: error.message }
}

async function sendCsr(order: Order, csrPem: string, session: Session): Promise<PollResult<OrderResource>> {
  const { account, authority, retry } = session
  const finalizeUrl = order.finalize ?? (await fetchOrder(order.url, session)).value.finalize
  if (finalizeUrl === undefined) {
    throw new Failure('ACME_ORDER_NOT_READY', `the order at ${authority} does not say yet where it is finalized`, {
      fields: { authority, order: order.url },
    })
  }
  const csr = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ''), 'base64').toString('base64url')
  return retryWithReadback(
    async () =>
      parseOrder(await unlessGone(authority, account.post(finalizeUrl, { csr }, FINALIZE)), session, FINALIZE),
    async () => {
      const result = await fetchOrder(order.url, session)
      return result.value.status === 'pending' || result.value.status === 'ready' ? undefined : result
    },
    retry,
  )
}

const FINALIZE = 'finalize the order'
const SHOW = 'show the order'

const fetchOrder = async (url: string, session: Session): Promise<PollResult<OrderResource>> =>
  parseOrder(await unlessGone(session.authority, session.account.read(url, SHOW)), session, SHOW)

function parseOrder(answer: AcmeAnswer, { authority }: Session, operation: string): PollResult<OrderResource> {
  const resource = parseAnswer(orderResource, answer.data, { authority, operation })
  const done = resource.status === 'invalid' || (resource.status === 'valid' && resource.certificate !== undefined)
  return pollResult(resource, !done, answer)
}

/** An invalid order says why itself, or one of its authorizations does. */
async function orderFailure({ error, authorizations = [] }: OrderResource, session: Session): Promise<Failure> {
  const { authority } = session
  const verdict = verdictFailure('ACME_ORDER_INVALID', `${authority} gave up an order`, error, { authority })
  if (verdict.code !== 'ACME_ORDER_INVALID') return verdict
  return (await authorizationsFailure(authorizations, session)) ?? verdict
}
