import { X509Certificate } from 'node:crypto'
import { newKeyPair } from '../pki.ts'
import type { Answer, CaContext, KeyedRequest, SignedRequest } from './context.ts'
import { CHAIN_FAULTS, type ChainFault } from './faults.ts'
import { contents } from './finalize.ts'
import { payloadOf, thumbprint } from './jws.ts'
import { Problem } from './problem.ts'
import type { CertificateRecord } from './state.ts'

const DAY = 86_400_000
/** Those of RFC 5280 §5.3.1 that a subscriber may give. */
const REASONS = [0, 1, 3, 4, 5]

/** RFC 8555 §7.4.2. */
export async function certificate(context: CaContext, { account, id }: SignedRequest): Promise<Answer> {
  const own = context.state.certificates.find(({ serial }) => serial === id)
  if (own === undefined) throw new Problem('malformed', 'The certificate does not exist', { status: 404 })
  if (own.account !== account.id) throw new Problem('unauthorized', 'The certificate is of another account')
  const headers = { 'content-type': 'application/pem-certificate-chain' }
  const fault = context.faults.take('certificate', [...CHAIN_FAULTS, 'textInChain', 'alternateIsWhole'])
  if (fault === undefined) return { status: 200, headers, body: own.chainPem }
  if (fault.how === 'textInChain') return { status: 200, headers, body: withText(own.chainPem) }
  if (fault.how !== 'alternateIsWhole')
    return { status: 200, headers, body: await badChain(context, own, fault.how as ChainFault) }
  const link = `<${context.url(`/certificate/${id}/alternate`)}>;rel="alternate"`
  return { status: 200, headers: { ...headers, link }, body: await badChain(context, own, 'missing-intermediate') }
}

/** RFC 7468 §2 and §5.2 allow all of it. */
const withText = (chainPem: string): string =>
  chainPem
    .replaceAll('-----BEGIN', 'subject=of the next certificate\n-----BEGIN')
    .split('\n')
    .map((line) => (line === '' ? line : `${line} `))
    .join('\r\n')

async function badChain(context: CaContext, own: CertificateRecord, how: ChainFault): Promise<string> {
  const { publicKey } = new X509Certificate(own.chainPem)
  const leaf = { publicKey, names: own.names, ...contents(context, own) }
  switch (how) {
    case 'missing-intermediate':
      return `${own.chainPem.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`
    case 'other-names':
      return (await context.issuer.issue({ ...leaf, names: ['other.invalid'], commonName: 'other.invalid' })).chainPem
    case 'other-key':
      return (await context.issuer.issue({ ...leaf, publicKey: (await newKeyPair('ecdsa-p256')).publicKey })).chainPem
    case 'expired': {
      const notAfter = new Date(context.now().getTime() - DAY)
      return (await context.issuer.issue({ ...leaf, notBefore: new Date(notAfter.getTime() - DAY), notAfter })).chainPem
    }
    case 'trailing-junk':
      return `${own.chainPem}<html>and more</html>\n`
  }
}

/** RFC 8555 §7.6: by the account that owns it, or by the certificate's own key. */
export function revokeCert(context: CaContext, { account, jwk, jws }: KeyedRequest): Answer {
  const payload = payloadOf(jws)
  const der = payload?.certificate
  if (typeof der !== 'string') throw new Problem('malformed', 'The request has no certificate')
  const own = recordOf(context, Buffer.from(der, 'base64url'))
  const key = new X509Certificate(own.chainPem).publicKey.export({ format: 'jwk' })
  const allowed = account === undefined ? thumbprint(key) === thumbprint(jwk) : own.account === account.id
  if (!allowed) throw new Problem('unauthorized', 'The signer may not revoke this certificate')
  if (payload?.reason !== undefined && !REASONS.includes(payload.reason as number)) {
    throw new Problem('badRevocationReason', 'The reason is not acceptable')
  }
  if (own.revokedAt !== undefined) throw new Problem('alreadyRevoked', 'The certificate is revoked already')
  own.revokedAt = context.now().toISOString()
  context.save()
  return { status: 200 }
}

function recordOf(context: CaContext, der: Buffer): CertificateRecord {
  const found = context.state.certificates.find(({ chainPem }) => new X509Certificate(chainPem).raw.equals(der))
  if (found === undefined) throw new Problem('malformed', 'The certificate is not from here', { status: 404 })
  return found
}
