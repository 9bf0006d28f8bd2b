/** Which private key belongs to which chain. */
import { createPublicKey, X509Certificate } from 'node:crypto'
import type { StoredCertificate, StoredKey } from '../../lib/secrets/codec.ts'

export const keyOf = (stored: StoredKey | StoredCertificate): string =>
  (stored.kind === 'key' ? stored : stored.certificate).privateKeyPem.reveal()

const publicKeys = new Map<string, string>()
const remembered = (text: string, compute: () => string): string => {
  const known = publicKeys.get(text) ?? compute()
  if (publicKeys.size > 1_000) publicKeys.clear()
  publicKeys.set(text, known)
  return known
}
const spki = (key: ReturnType<typeof createPublicKey>) => key.export({ type: 'spki', format: 'der' }).toString('base64')
export const isKeyOf = (privateKeyPem: string, chainPem: string): boolean =>
  remembered(privateKeyPem, () => spki(createPublicKey(privateKeyPem))) ===
  remembered(chainPem, () => spki(new X509Certificate(chainPem).publicKey))
