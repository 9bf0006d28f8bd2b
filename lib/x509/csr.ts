import type { Secret } from '../platform/secret.ts'

/** A certificate signing request, PEM: the names as subjectAltName and an empty subject (RFC 2986). `privateKeyPem` is PKCS#8. */
export async function createCsr(names: readonly string[], privateKeyPem: Secret): Promise<string> {
  const { crypto } = (await import('acme-client')).default // loaded only where something is ordered
  const [, csr] = await crypto.createCsr({ altNames: [...names] }, privateKeyPem.reveal())
  return csr.toString()
}
