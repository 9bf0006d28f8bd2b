import type { KeyObject } from 'node:crypto'
import { type IssuedCertificate, readCsr } from '../pki.ts'
import type { Answer, CaContext, SignedRequest } from './context.ts'
import { thumbprint } from './jws.ts'
import { isReadyLate, ownOrder, shown, statusOf } from './orders.ts'
import { Problem } from './problem.ts'
import { profileNamed } from './profiles.ts'
import type { AccountRecord, OrderRecord } from './state.ts'

const HOUR = 3_600_000

/** RFC 8555 §7.4: the answer is `processing`; the certificate comes later. */
export async function finalize(context: CaContext, request: SignedRequest): Promise<Answer> {
  const own = ownOrder(context, request)
  const isLate = isReadyLate(context, own, 'finalize')
  const ready = () => {
    const status = isLate ? 'pending' : statusOf(context, own)
    if (status === 'ready') return
    throw new Problem('orderNotReady', `The order is ${status}, which is not acceptable for finalization`)
  }
  ready()
  const key = await certificateKey(own, request)
  ready() // once more: reading the CSR took a moment, in which a second request may have won
  own.progress = 'processing'
  context.save()
  const answer = { status: 200, ...shown(context, own, 'processing') }
  context.background.start(own.id, () => issue(context, own, key))
  return answer
}

async function certificateKey(own: OrderRecord, { account, payload }: SignedRequest): Promise<KeyObject> {
  const csr = payload?.csr
  if (typeof csr !== 'string' || !/^[\w-]+$/.test(csr)) throw new Problem('malformed', 'The csr is not base64url')
  const read = await readCsr(new Uint8Array(Buffer.from(csr, 'base64url')))
  if (read === undefined) throw new Problem('badCSR', 'The CSR cannot be read, or its signature is wrong')
  if (read.names.toSorted().join() !== own.names.join()) {
    throw new Problem('badCSR', 'The names of the CSR are not exactly those of the order')
  }
  checkKey(read.publicKey, account)
  return read.publicKey
}

function checkKey(key: KeyObject, account: AccountRecord): void {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  const sizes = [2048, 3072, 4096].includes(modulusLength)
  const good = key.asymmetricKeyType === 'rsa' ? sizes : ['prime256v1', 'secp384r1'].includes(namedCurve)
  if (!good) throw new Problem('badCSR', 'The key must be RSA 2048, 3072 or 4096, or ECDSA P-256 or P-384')
  // Not KeyObject.equals: between keys of two kinds it leaves an OpenSSL error behind, for which the next signature fails.
  if (thumbprint(key.export({ format: 'jwk' })) === account.thumbprint) {
    throw new Problem('badCSR', 'The key of a certificate must not be that of the account')
  }
}

async function issue(context: CaContext, own: OrderRecord, publicKey: KeyObject): Promise<void> {
  try {
    const certificate = await context.issuer.issue({ publicKey, names: own.names, ...contents(context, own) })
    record(context, own, certificate)
  } catch (error) {
    own.progress = 'invalid'
    own.error = new Problem('serverInternal', `The certificate could not be issued: ${error}`).document
  }
  context.save()
}

/** What the profile says about a leaf. It is valid from an hour ago, for clocks that are slow. */
export function contents(context: CaContext, { profile: name, names }: Pick<OrderRecord, 'profile' | 'names'>) {
  const profile = profileNamed(name, context.profiles)
  const notBefore = new Date(context.now().getTime() - HOUR)
  const subject = names.find((each) => each.length <= 64)
  return {
    notBefore,
    notAfter: new Date(notBefore.getTime() + profile.lifetime - 1_000),
    subjectKeyId: profile.classic,
    ...(profile.classic && subject !== undefined ? { commonName: subject } : {}),
  }
}

function record(context: CaContext, own: OrderRecord, certificate: IssuedCertificate): void {
  const { serial, certId, fingerprint, chainPem, notBefore, notAfter } = certificate
  context.state.certificates.push({
    serial,
    certId,
    fingerprint,
    names: own.names,
    profile: own.profile,
    account: own.account,
    order: own.id,
    chainPem,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    at: context.now().toISOString(),
    replacedBy: undefined,
    revokedAt: undefined,
    renewalInfo: undefined,
  })
  const old = context.state.certificates.find((each) => each.certId === own.replaces)
  if (old) old.replacedBy = serial
  own.certificate = serial
  own.progress = 'valid'
}
