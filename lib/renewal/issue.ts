import { isFailure } from '../errors.ts'
import { lazy } from '../platform/lazy.ts'
import { withIssued } from '../policy/issuance-budget.ts'
import { isFrom, isSameOrder, orderSpecOf } from '../policy/order-spec.ts'
import type { CertificateAuthority, Dependencies, Order } from '../ports.ts'
import { type Staged, type Stages, secretName } from '../secrets/certificate.ts'
import { encode, type OrderSpec, type StoredCertificate, type StoredKey } from '../secrets/codec.ts'
import { issuerOf } from '../state/failures.ts'
import type { Certificate, CertificateSpec, Issuer } from '../types.ts'
import { checkChain } from '../x509/chain.ts'
import { createCsr } from '../x509/csr.ts'
import { generateKey } from '../x509/key.ts'
import type { Lease } from './lease.ts'
import { ofAuthority } from './of-authority.ts'
import { step } from './step.ts'
import { validate } from './validate.ts'

/** Key, order, validation, certificate: each step takes up what an earlier run left of it. It ends with the certificate pending in the store. */
export async function issue(
  spec: CertificateSpec,
  issuer: Issuer,
  stages: Stages,
  lease: Lease,
  deps: Dependencies & { readonly authority: CertificateAuthority },
): Promise<Staged<StoredCertificate>> {
  const orderSpec = orderSpecOf(spec, issuer, deps.environment)
  const { authority } = deps
  authority.prepare() // which never rejects; meanwhile a key is stored and DNS is looked at

  const key = await step('key', deps, () => pendingKey(spec, orderSpec, stages, lease, deps))
  const locate = lazy(() => checkedLocations(spec, deps))
  const order = await step('order', deps, () => liveOrder(spec, issuer, stages, lease, { authority, locate }))
  if (order.status === 'pending') await step('validate', deps, () => validate(order, locate, lease, authority, deps))
  const certificate = await step('finalize', deps, async () => {
    await lease.ensureHeld()
    const valid = await authority.finalize(order, await createCsr(spec.names, key.privateKeyPem))
    const chainPem = await authority.download(valid)
    return checked(chainPem, key, spec, issuer, deps)
  }).catch((error: unknown) => forgetDeadOrder(error, spec, issuer, lease, deps))

  return step('store', deps, async () => {
    const stored: StoredCertificate = { kind: 'certificate', certificate, orderSpec }
    await lease.ensureHeld()
    const version = await deps.secrets.stage(secretName(spec.id), encode(stored))
    await lease.save((document) => withIssued(document, spec.names, issuer, deps.clock.now(), certificate))
    return { version, stored }
  })
}

/** Before anything is ordered: a name without a zone of ours, or a token that opens none, must cost no order and no account. */
async function checkedLocations({ names }: CertificateSpec, { solver }: Pick<Dependencies, 'solver'>) {
  const found = await solver.locate(names)
  await Promise.all(found.map((location) => solver.check(location)))
  return found
}

/** What the authority has sent is looked at before it is stored. */
function checked(
  chainPem: string,
  { privateKeyPem }: StoredKey,
  { names }: CertificateSpec,
  { authority }: Issuer,
  { clock }: Pick<Dependencies, 'clock'>,
): Certificate {
  try {
    return { ...checkChain(chainPem, { names, privateKeyPem, now: clock.now() }), privateKeyPem }
  } catch (error) {
    throw ofAuthority(authority, error)
  }
}

/** The key is durable before any order exists: an order that nobody holds the key of is a certificate lost. */
async function pendingKey(
  spec: CertificateSpec,
  orderSpec: OrderSpec,
  { pending }: Stages,
  lease: Lease,
  deps: Dependencies,
): Promise<StoredKey> {
  // Kept for another authority too: an order that the one before has not finished can then be carried on, should this one fail.
  if (pending?.stored.kind === 'key' && isSameOrder(pending.stored.orderSpec, orderSpec)) return pending.stored
  // An order belongs to the key it was begun with.
  if (lease.document.order !== undefined) await lease.save(({ order: _old, ...rest }) => rest)
  const fresh: StoredKey = { kind: 'key', privateKeyPem: await generateKey(spec.key), orderSpec }
  await lease.ensureHeld() // whoever has taken over has a key there of its own
  await deps.secrets.stage(secretName(spec.id), encode(fresh))
  return fresh
}

/** The order that an earlier run has begun, while it lives, or a new one. `locate` finds where its TXT values would belong. */
async function liveOrder(
  spec: CertificateSpec,
  issuer: Issuer,
  stages: Stages,
  lease: Lease,
  { authority, locate }: { readonly authority: CertificateAuthority; locate(): Promise<unknown> },
): Promise<Order> {
  const known = await knownOrder(issuer, lease, authority)
  if (known !== undefined) return known
  await locate()
  await lease.ensureHeld()
  return newOrder(spec, issuer, stages, lease, authority)
}

async function knownOrder(
  issuer: Issuer,
  { document: { order: known } }: Lease,
  authority: CertificateAuthority,
): Promise<Order | undefined> {
  if (known === undefined || !isFrom(known, issuer)) return undefined
  try {
    const order = await authority.readOrder(known.url)
    return order.status === 'invalid' ? undefined : order
  } catch (error) {
    if (isFailure(error, 'ACME_ORDER_GONE', 'NOT_FOUND')) return undefined
    throw error
  }
}

async function newOrder(
  { names, profile }: CertificateSpec,
  issuer: Issuer,
  { current }: Stages,
  lease: Lease,
  authority: CertificateAuthority,
): Promise<Order> {
  const replaced = current?.stored
  const order = await authority.newOrder({
    names,
    ...(profile === undefined ? {} : { profile }),
    ...(replaced && isFrom(replaced.orderSpec, issuer) ? { replaces: replaced.certificate } : {}),
  })
  const { url, expires } = order
  const noted = { ...issuerOf(issuer), url, ...(expires === undefined ? {} : { expires }) }
  await lease.save((document) => ({ ...document, order: noted }))
  return order
}

/** An order that ended badly is not taken up again; what it gave counts, of use or not. Always rethrows. */
async function forgetDeadOrder(
  error: unknown,
  { names }: CertificateSpec,
  issuer: Issuer,
  lease: Lease,
  { clock }: Pick<Dependencies, 'clock'>,
): Promise<never> {
  if (isFailure(error, 'CHAIN_INVALID'))
    await lease.save((document) => withIssued(document, names, issuer, clock.now()))
  if (isFailure(error, 'ACME_ORDER_INVALID', 'ACME_ORDER_GONE', 'ACME_CSR')) {
    await lease.save(({ order: _dead, ...rest }) => rest)
  }
  throw error
}
