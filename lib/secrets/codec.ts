import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { safeParse } from '../platform/safe-parse.ts'
import { Secret } from '../platform/secret.ts'
import { type Certificate, type Issuer, KEY_ALGORITHMS, type KeyAlgorithm, type PublicCertificate } from '../types.ts'
import { publicCertificate } from '../x509/certificate.ts'

/** What was ordered: a pending key is taken up again only for the same. */
export interface OrderSpec extends Issuer {
  readonly names: readonly string[]
  readonly key: KeyAlgorithm
  readonly profile?: string
  /** Whose it is: two environments may have been given one store by mistake. */
  readonly environment?: string
}

/** Pending, before the chain is there. */
export type StoredKey = { readonly kind: 'key'; readonly privateKeyPem: Secret; readonly orderSpec: OrderSpec }
export type StoredCertificate = {
  readonly kind: 'certificate'
  readonly certificate: Certificate
  readonly orderSpec: OrderSpec
}

/** It stands in a secret as `intent`. */
const intent = v.object({
  names: v.array(v.string()),
  key: v.picklist(KEY_ALGORITHMS),
  authority: v.string(),
  directory: v.exactOptional(v.string()),
  profile: v.exactOptional(v.string()),
  environment: v.exactOptional(v.string()),
})
const schema = v.variant('kind', [
  v.object({ v: v.literal(1), kind: v.literal('key'), privateKeyPem: v.string(), intent }),
  v.object({
    v: v.literal(1),
    kind: v.literal('certificate'),
    chainPem: v.string(),
    privateKeyPem: v.string(),
    intent,
  }),
])
const NEWER = v.object({ v: v.pipe(v.number(), v.minValue(2)) })

/** The same content gives the same text, so that storing it again makes no new version. */
export function encode(stored: StoredKey | StoredCertificate): Secret {
  const { names, key, authority, directory, profile, environment } = stored.orderSpec
  const wanted = { names, key, authority, directory, profile, environment }
  if (stored.kind === 'key') {
    return new Secret(
      JSON.stringify({ v: 1, kind: 'key', intent: wanted, privateKeyPem: stored.privateKeyPem.reveal() }),
    )
  }
  const { certificate } = stored
  return new Secret(
    JSON.stringify({
      v: 1,
      kind: 'certificate',
      names: certificate.names, // the facts are for people; reading derives them from the chain again
      serial: certificate.serial,
      fingerprint: certificate.fingerprint,
      keyAlgorithm: certificate.keyAlgorithm,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      issuer: certificate.issuer,
      intent: wanted,
      chainPem: certificate.chainPem,
      privateKeyPem: certificate.privateKeyPem.reveal(),
    }),
  )
}

/** How every text begins that `encode` has made. */
const BEGINNING = '{"v":1,"kind":"'
const isOfOurs = (text: string) => text.startsWith(BEGINNING) || BEGINNING.startsWith(text)

/** Rejects with STORE_UNREADABLE what is damaged, is somebody else's, was written by a newer newleaf, or whose key and leaf do not belong together. */
export function decode(name: string, value: Secret): StoredKey | StoredCertificate {
  const content = parsed(name, value)
  if (v.is(NEWER, content)) throw unreadable(name, 'was written by a newer newleaf: run that one')
  const result = safeParse(schema, content)
  if (!result.success && !v.is(v.object({ v: v.unknown(), kind: v.unknown() }), content)) throw foreign(name)
  if (!result.success) {
    const path = v.getDotPath(result.issues[0])
    throw unreadable(name, `is damaged${path === null ? '' : ` at ${path}`}`)
  }
  const { output } = result
  const key = privateKey(name, output.privateKeyPem)
  const privateKeyPem = new Secret(output.privateKeyPem)
  if (output.kind === 'key') return { kind: 'key', privateKeyPem, orderSpec: output.intent }
  const facts = certificateOf(name, output.chainPem)
  if (!new X509Certificate(facts.chainPem).checkPrivateKey(key)) {
    throw unreadable(name, 'is damaged: its key does not belong to its certificate')
  }
  return { kind: 'certificate', certificate: { ...facts, privateKeyPem }, orderSpec: output.intent }
}

const unreadable = (name: string, what: string, cause?: unknown) =>
  new Failure('STORE_UNREADABLE', `the secret ${name} ${what}`, { cause })

function parsed(name: string, value: Secret): unknown {
  try {
    return JSON.parse(value.reveal())
  } catch {
    // no cause: the parser's message quotes the text
    throw isOfOurs(value.reveal()) ? unreadable(name, 'is damaged: it is no JSON') : foreign(name)
  }
}

/** A placeholder of whoever made the secret, for example. It is left as it is: it may be somebody's. */
const foreign = (name: string) =>
  unreadable(
    name,
    'holds a value that newleaf did not write: create the secret without one, newleaf puts its own there',
  )

function privateKey(name: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw unreadable(name, 'is damaged: its private key cannot be read') // no cause: it may quote the key
  }
}

function certificateOf(name: string, chainPem: string): PublicCertificate {
  try {
    return publicCertificate(chainPem)
  } catch (cause) {
    throw unreadable(name, 'is damaged: its certificate chain cannot be read', cause)
  }
}
