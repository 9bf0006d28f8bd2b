import { createHash } from 'node:crypto'
import type { ValidationMethod } from '../types.ts'

const LABEL = '_acme-challenge'

/**
 * What stands before a name where the TXT value for it belongs. With dns-account-01 that is a label of the account's own, so that
 * several accounts can show their values at once (draft-ietf-acme-dns-account-label §3.2); as long as there is no account, it is
 * below that of dns-01 (RFC 8555 §8.4).
 */
export const challengeLabel = (method: ValidationMethod, accountUrl: string | undefined): string =>
  method !== 'dns-account-01' || accountUrl === undefined ? LABEL : `_${accountLabel(accountUrl)}.${LABEL}`

const accountLabel = (accountUrl: string): string =>
  base32(createHash('sha256').update(accountUrl).digest().subarray(0, 10))

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 §6, in lower case; of as many bytes as need no padding. */
const base32 = (bytes: Buffer): string =>
  [...bytes]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .replace(/.{5}/g, (bits) => ALPHABET.charAt(Number.parseInt(bits, 2)))
