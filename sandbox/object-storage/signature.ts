import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { StorageError } from './errors.ts'

export interface SignedRequest {
  readonly method: string
  /** As sent: `/bucket/key?list-type=2`. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<id>[^/,\s]+)\/(?<day>\d{8})\/(?<region>[^/,\s]+)\/(?<service>[^/,\s]+)\/aws4_request,\s*SignedHeaders=(?<signed>[a-z0-9;-]+),\s*Signature=(?<signature>[0-9a-f]{64})$/
const MOST_SKEW = 15 * 60_000

/**
 * The key that signed this request in its `Authorization` header, Signature Version 4:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signer<Key extends AccessKey>(request: SignedRequest, keys: readonly Key[], region: string): Key {
  const { authorization } = request.headers
  if (authorization === undefined) throw new StorageError('AccessDenied', 'Access Denied.')
  const parts = AUTHORIZATION.exec(authorization)?.groups
  if (parts === undefined) throw malformed('The authorization header is malformed.')
  const { id, day = '', signed = '', signature = '' } = parts
  if (parts.region !== region) throw malformed(`The region '${parts.region}' is wrong; expecting '${region}'.`)
  if (parts.service !== 's3') throw malformed("The service is wrong; expecting 's3'.")
  const key = keys.find((each) => each.id === id)
  if (key === undefined) throw new StorageError('InvalidAccessKeyId', 'The access key does not exist in our records.')

  const time = timeOf(request, day)
  const names = signed.split(';')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical(request, names))].join('\n')
  const signingKey = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${key.secret}`)
  if (!timingSafeEqual(hmac(signingKey, text), Buffer.from(signature, 'hex'))) {
    throw new StorageError('SignatureDoesNotMatch', 'The request signature we calculated does not match yours.')
  }
  return key
}

function timeOf({ headers }: SignedRequest, day: string): string {
  const time = String(headers['x-amz-date'] ?? '')
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? []
  if (y === undefined) throw new StorageError('AccessDenied', 'A valid x-amz-date header is required.')
  if (time.slice(0, 8) !== day) throw malformed('The date in the credential scope is not that of x-amz-date.')
  if (Math.abs(Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) - Date.now()) > MOST_SKEW) {
    throw new StorageError('RequestTimeTooSkewed', 'The difference between the request time and ours is too large.')
  }
  return time
}

function canonical({ method, url, headers, body }: SignedRequest, names: readonly string[]): string {
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !names.includes(name))
  if (!names.includes('host') || unsigned.length > 0) {
    throw new StorageError('AccessDenied', `There were headers in the request which were not signed: ${unsigned}`)
  }
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  const lines = names.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  )
  return [
    method,
    encodedPath(path),
    sortedQuery(query),
    lines.join(''),
    names.join(';'),
    payloadHash(headers, body),
  ].join('\n')
}

function payloadHash(headers: IncomingHttpHeaders, body: Buffer): string {
  const said = headers['x-amz-content-sha256']
  if (typeof said !== 'string')
    throw new StorageError('InvalidRequest', 'Missing required header: x-amz-content-sha256')
  if (said.startsWith('STREAMING-')) throw new StorageError('NotImplemented', 'This storage takes no chunked uploads.')
  if (said !== 'UNSIGNED-PAYLOAD' && said !== sha256(body)) {
    throw new StorageError('XAmzContentSHA256Mismatch', 'The x-amz-content-sha256 you specified does not match.')
  }
  return said
}

/** RFC 3986 §2.3: all but letters, digits and `-._~` in per cent. S3 encodes a path once. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

const encodedPath = (path: string) =>
  path
    .split('/')
    .map((part) => encoded(decoded(part)))
    .join('/')

const sortedQuery = (query: string) =>
  pairsOf(query)
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

export const pairsOf = (query: string): [name: string, value: string][] =>
  query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', value = ''] = part.split(/=(.*)/s)
      return [decoded(name), decoded(value)]
    })

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new StorageError('InvalidArgument', 'The URI could not be decoded.')
  }
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const malformed = (message: string) => new StorageError('AuthorizationHeaderMalformed', message)
