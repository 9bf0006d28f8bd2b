/** Signature V3 of Alibaba Cloud for actions whose parameters stand in the query: https://www.alibabacloud.com/help/en/doc-detail/2593177.htm */
import { createHmac } from 'node:crypto'
import type { Secret } from '../../../platform/secret.ts'
import { sha256 } from '../../../platform/sha256.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: Secret
}

/** What a request asks for, and what makes it one of its kind. */
export interface Action {
  readonly host: string
  readonly name: string
  readonly version: string
  readonly parameters: Readonly<Record<string, string>>
  readonly time: Date
  /** Taken once. */
  readonly nonce: string
}

const ALGORITHM = 'ACS3-HMAC-SHA256'

/** Path and headers of a POST without a body. */
export function signed({ host, name, version, parameters, time, nonce }: Action, { id, secret }: AccessKey) {
  const query = Object.entries(parameters)
    .map(([field, value]) => `${encoded(field)}=${encoded(value)}`)
    .sort()
    .join('&')
  const nothing = sha256('')
  const headers = {
    host,
    'x-acs-action': name,
    'x-acs-content-sha256': nothing,
    'x-acs-date': time.toISOString().replace(/\.\d+/, ''),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': version,
  }
  const lines = Object.entries(headers).map(([field, value]) => `${field}:${value}\n`)
  const names = Object.keys(headers).join(';')
  const request = ['POST', '/', query, lines.join(''), names, nothing].join('\n')
  const signature = createHmac('sha256', secret.reveal())
    .update(`${ALGORITHM}\n${sha256(request)}`)
    .digest('hex')
  const authorization = `${ALGORITHM} Credential=${id},SignedHeaders=${names},Signature=${signature}`
  return { path: `/?${query}`, headers: { ...headers, authorization } }
}

/** RFC 3986 §2.3: all but letters, digits and `-_.~`. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
