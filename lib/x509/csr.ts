import type { Secret } from '../platform/secret.ts'

/** A certificate signing request, PEM: the names as subjectAltName and an empty subject. `privateKeyPem` is PKCS#8. */
export async function createCsr(names: readonly string[], privateKeyPem: Secret): Promise<string> {
  // A CommonJS package: bundled with splitting, a dynamic import gives its default alone (esbuild).
  const { crypto } = (await import('acme-client')).default
  const [, csr] = await crypto.createCsr({ altNames: [...names] }, privateKeyPem.reveal())
  return csr.toString()
}
