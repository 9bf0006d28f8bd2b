import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from './secret.ts'

/** Tells whether secrets are still what they were, and nothing else. */
export interface SaltedDigest {
  readonly salt: string
  readonly digest: string
}

/** It takes 16 MiB, and a fortieth of a second: a run of a function may have several to make. */
const SCRYPT = { N: 2 ** 14, r: 8, p: 1, maxmem: 32 * 1024 * 1024 }

/**
 * For a document that people may read. No store is sure to hold a key before the first certificate, so that an HMAC has none:
 * scrypt makes each guess dear, and all secrets go in at once, so that who would guess a password must know the tokens as well.
 */
export async function saltedDigest(secrets: readonly (Secret | undefined)[], salt: string): Promise<string> {
  const stretch = promisify<string, string, number, typeof SCRYPT, Buffer>(scrypt)
  const texts = JSON.stringify(secrets.map((secret) => secret?.reveal() ?? null))
  return (await stretch(texts, salt, 32, SCRYPT)).toString('base64url')
}
