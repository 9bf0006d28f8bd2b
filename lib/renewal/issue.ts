import { isFailure } from '../errors.ts'
import { requireCaa } from '../observe/caa.ts'
import { isPersistent, requirePersistentRecords } from '../observe/persistent-records.ts'
import { lazy, lazyEach } from '../platform/lazy.ts'
import { withIssued } from '../policy/issuance-budget.ts'
import { isFrom, isSameOrder, orderSpecOf } from '../policy/order-spec.ts'
import type { CertificateAuthority, Dependencies, Order, RecordLocation } from '../ports.ts'
import { type Staged, type Stages, secretName } from '../secrets/certificate.ts'
import { encode, type OrderSpec, type StoredCertificate, type StoredKey } from '../secrets/codec.ts'
import { withEvent } from '../state/document.ts'
import { issuerOf } from '../state/failures.ts'
import type { Certificate, CertificateSpec, Issuer } from '../types.ts'
import { checkChain } from '../x509/chain.ts'
import { createCsr } from '../x509/csr.ts'
import { generateKey } from '../x509/key.ts'
import { cleanUpRecords, everyRecord } from './challenge-records.ts'
import { knownOrder, LET_GO, stepFailed } from './known-order.ts'
import type { Lease } from './lease.ts'
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
  const locate = locating(spec, issuer, deps)
  const order = await step('order', deps, () => liveOrder(spec, issuer, stages, lease, { ...deps, locate }))
  const failed = (of: 'validate' | 'finalize' | 'download') => (error: unknown) =>
    stepFailed(of, error, issuer, { lease, ...deps })
  if (order.status === 'pending')
    await step('validate', deps, () =>
      validate(order, locate, lease, authority, { ...deps, failed: failed('validate') }),
    )
  else await cleanUpRecords(lease, deps, everyRecord) // the authority has decided meanwhile
  const certificate = await step('finalize', deps, async () => {
    await lease.ensureHeld()
    const csr = await createCsr(spec.names, key.privateKeyPem)
    const valid = await authority.finalize(order, csr).catch(failed('finalize'))
    return authority.download(valid, (chainPem) => checked(chainPem, key, spec, deps)).catch(failed('download'))
  }).catch((error: unknown) => noteUseless(error, spec, issuer, lease, deps))

  return step('store', deps, async () => {
    const stored: StoredCertificate = { kind: 'certificate', certificate, orderSpec }
    await lease.ensureHeld()
    const version = await deps.secrets.stage(secretName(spec.id), encode(stored))
    lease.note((document) => withIssued(document, spec.names, issuer, deps.clock.now(), certificate))
    return { version, stored }
  })
}

/** Finds where TXT values belong; nowhere, where persistent records are there in their place. */
function locating(
  spec: CertificateSpec,
  { authority: name }: Issuer,
  deps: Pick<Dependencies, 'solver' | 'clock'> & { readonly authority: CertificateAuthority },
): () => Promise<readonly RecordLocation[]> {
  const { authority } = deps
  if (isPersistent(authority))
    return lazy(async () => {
      await requirePersistentRecords(spec, { name, authority }, deps)
      return []
    })
  const located = lazyEach((label: string | undefined) => checkedLocations(spec, label, deps))
  return async () => located(await authority.challengeLabel?.())
}

/** Before anything is ordered: a name without a zone of ours, or a token that opens none, must cost no order and no account. */
async function checkedLocations(
  { names }: CertificateSpec,
  label: string | undefined,
  { solver }: Pick<Dependencies, 'solver'>,
) {
  const found = await solver.locate(names, label)
  await Promise.all(found.map((location) => solver.check(location)))
  return found
}

/** What the authority has sent is looked at before it is stored. */
const checked = (
  chainPem: string,
  { privateKeyPem }: StoredKey,
  { names }: CertificateSpec,
  { clock }: Pick<Dependencies, 'clock'>,
): Certificate => ({ ...checkChain(chainPem, { names, privateKeyPem, now: clock.now() }), privateKeyPem })

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

interface Ordering extends Pick<Dependencies, 'clock' | 'log' | 'solver'> {
  readonly authority: CertificateAuthority
  /** Finds where the TXT values of an order would belong. */
  locate(): Promise<unknown>
}

/** The order that an earlier run has begun, while it can be gone on with, or a new one. */
async function liveOrder(
  spec: CertificateSpec,
  issuer: Issuer,
  stages: Stages,
  lease: Lease,
  deps: Ordering,
): Promise<Order> {
  const { order: known, over } = await knownOrder(issuer, lease.document, deps)
  if (known !== undefined) return known
  const allowed = requireCaa(spec.names, { name: issuer.authority, authority: deps.authority }, deps)
  allowed.catch(() => undefined) // heard below, unless a name has no zone of ours
  await deps.locate()
  await allowed
  await lease.ensureHeld()
  const order = await newOrder(spec, issuer, stages, deps.authority)
  const { url, expires } = order
  const noted = { ...issuerOf(issuer), url, ...(expires === undefined ? {} : { expires }) }
  const now = deps.clock.now()
  await lease.save((document) => ({
    ...(over === undefined ? document : withEvent(document, now, LET_GO, over)),
    order: noted,
  }))
  if (over !== undefined) deps.log.warn('an order was let go, and another one was made', { why: over })
  return order
}

const newOrder = (
  { names, profile }: CertificateSpec,
  issuer: Issuer,
  { current }: Stages,
  authority: CertificateAuthority,
): Promise<Order> => {
  const replaced = current?.stored
  return authority.newOrder({
    names,
    ...(profile === undefined ? {} : { profile }),
    ...(replaced && isFrom(replaced.orderSpec, issuer) ? { replaces: replaced.certificate } : {}),
  })
}

/** A certificate that is of no use has been issued, and counts. Always rethrows. */
async function noteUseless(
  error: unknown,
  { names }: CertificateSpec,
  issuer: Issuer,
  lease: Lease,
  { clock }: Pick<Dependencies, 'clock'>,
): Promise<never> {
  if (isFailure(error, 'CHAIN_INVALID'))
    await lease.save((document) => withIssued(document, names, issuer, clock.now()))
  throw error
}
