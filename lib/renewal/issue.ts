import { isFailure } from '../errors.ts'
import { lazy } from '../platform/lazy.ts'
import { named } from '../platform/named.ts'
import type { CertificateAuthority, Order, World } from '../ports.ts'
import { type Staged, type Stages, secretName } from '../secrets/certificate.ts'
import { encode, type Intent, type StoredCertificate, type StoredKey } from '../secrets/codec.ts'
import { fits, intentOf } from '../secrets/intent.ts'
import { withIssued } from '../state/budget.ts'
import type { CertificateSpec } from '../types.ts'
import { checkChain } from '../x509/chain.ts'
import { createCsr } from '../x509/csr.ts'
import { generateKey } from '../x509/key.ts'
import type { Claim } from './claim.ts'
import { prove } from './prove.ts'
import { step } from './step.ts'

/** Key, order, proof, certificate: each step takes up what an earlier run left of it. It ends with the certificate pending in the store. */
export async function issue(
  spec: CertificateSpec,
  stages: Stages,
  held: Claim,
  world: World,
): Promise<Staged<StoredCertificate>> {
  const intent = intentOf(spec, world.environment)
  const authority = named(world.authorities, intent.authority)

  const key = await step('key', world, () => pendingKey(spec, intent, stages, held, world))
  // Found before anything is ordered: a name without a zone of ours must cost no order and no failed authorization.
  const places = lazy(() => world.solver.locate(spec.names))
  const order = await step('order', world, () => liveOrder(spec, intent, stages, held, authority, places))
  if (order.status === 'pending') await step('prove', world, () => prove(order, places, held, authority, world))
  const certificate = await step('finalize', world, async () => {
    await held.confirm()
    const valid = await authority.finalize(order, await createCsr(spec.names, key.privateKeyPem))
    const chainPem = await authority.download(valid)
    const checked = checkChain(chainPem, {
      names: spec.names,
      privateKeyPem: key.privateKeyPem,
      now: world.clock.now(),
    })
    return { ...checked, privateKeyPem: key.privateKeyPem }
  }).catch((error: unknown) => forgetDeadOrder(error, spec, held, world))

  return step('store', world, async () => {
    const stored: StoredCertificate = { kind: 'certificate', certificate, intent }
    await held.confirm()
    const version = await world.secrets.stage(secretName(spec.id), encode(stored))
    await held.note((document) => withIssued(document, spec.names, world.clock.now(), certificate))
    return { version, stored }
  })
}

/** The key is durable before any order exists: an order that nobody holds the key of is a certificate lost. */
async function pendingKey(
  spec: CertificateSpec,
  intent: Intent,
  { pending }: Stages,
  held: Claim,
  world: World,
): Promise<StoredKey> {
  if (pending?.stored.kind === 'key' && fits(pending.stored.intent, spec)) return pending.stored
  // An order belongs to the key it was begun with.
  if (held.document.order !== undefined) await held.note(({ order: _old, ...rest }) => rest)
  const fresh: StoredKey = { kind: 'key', privateKeyPem: await generateKey(spec.key), intent }
  await held.confirm() // whoever has taken over has a key there of its own
  await world.secrets.stage(secretName(spec.id), encode(fresh))
  return fresh
}

async function liveOrder(
  spec: CertificateSpec,
  intent: Intent,
  { current }: Stages,
  held: Claim,
  authority: CertificateAuthority,
  places: () => Promise<unknown>,
): Promise<Order> {
  const known = held.document.order
  if (known?.authority === intent.authority) {
    const order = await authority.readOrder(known.url).catch((error: unknown) => {
      if (isFailure(error, 'ACME_ORDER_GONE', 'NOT_FOUND')) return undefined
      throw error
    })
    if (order !== undefined && order.status !== 'invalid') return order
  }
  await places()
  await held.confirm()
  const replaced = current?.stored
  const order = await authority.newOrder({
    names: spec.names,
    ...(spec.profile === undefined ? {} : { profile: spec.profile }),
    ...(replaced?.intent.authority === intent.authority ? { replaces: replaced.certificate } : {}),
  })
  const { url, expires } = order
  const { authority: name } = intent
  await held.note((document) => ({
    ...document,
    order: { authority: name, url, ...(expires === undefined ? {} : { expires }) },
  }))
  return order
}

/** An order that ended badly is not taken up again; what it gave counts, of use or not. Always rethrows. */
async function forgetDeadOrder(
  error: unknown,
  { names }: CertificateSpec,
  held: Claim,
  { clock }: Pick<World, 'clock'>,
): Promise<never> {
  if (isFailure(error, 'CHAIN_INVALID')) await held.note((document) => withIssued(document, names, clock.now()))
  if (isFailure(error, 'ACME_ORDER_INVALID', 'ACME_ORDER_GONE', 'ACME_CSR')) {
    await held.note(({ order: _dead, ...rest }) => rest)
  }
  throw error
}
