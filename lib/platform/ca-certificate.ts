import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { Failure } from '../errors.ts'

/** Reads a PEM file of CA certificates; a relative path starts at `folder`. */
export async function readCaCertificate(folder: string, path: string): Promise<string> {
  const file = resolve(folder, path)
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure('CONFIG_INVALID', `caCertificate: the file ${file} cannot be read`, { cause })
  })
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Failure('CONFIG_INVALID', `caCertificate: the file ${file} holds no PEM certificate`)
  }
  return pem
}

const contexts = new Map<string, SecureContext>()

/**
 * What trusts this certificate beside the usual ones. Those take some ten milliseconds to read, which connections that are
 * given them as `ca` spend each time anew.
 */
export function trusting(pem: string): SecureContext {
  const context = contexts.get(pem) ?? createSecureContext({ ca: [...rootCertificates, pem] })
  contexts.set(pem, context)
  return context
}
