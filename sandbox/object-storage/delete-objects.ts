import { PROLOGUE, StorageError, tag } from './errors.ts'
import type { Operation, Rules, StorageAnswer } from './operations.ts'

const MOST_KEYS = 1_000

/** Removes many at once; of each that may not be removed an error tells, in an answer that is well (DeleteObjects). */
export function deleteObjects({ bucket, headers, body }: Operation, { objects, rights }: Rules): StorageAnswer {
  if (!Object.keys(headers).some((name) => CHECKSUM.test(name))) {
    throw new StorageError('InvalidRequest', 'Missing required header for this request: Content-MD5')
  }
  const text = body.toString('utf8')
  const keys = [...text.matchAll(/<Object>\s*<Key>(?<key>[^<]+)<\/Key>\s*<\/Object>/g)].map(({ groups }) =>
    unescaped(groups?.key ?? ''),
  )
  if (keys.length === 0 || keys.length > MOST_KEYS)
    throw new StorageError('MalformedXML', 'The XML you provided was not well-formed or did not validate')
  const isAllowed = rights.includes('write')
  if (isAllowed) for (const key of keys) objects.remove(bucket, key)
  const isQuiet = /<Quiet>true<\/Quiet>/.test(text)
  const results = keys.map((key) =>
    isAllowed
      ? isQuiet
        ? ''
        : `<Deleted>${tag('Key', key)}</Deleted>`
      : `<Error>${tag('Key', key)}${tag('Code', 'AccessDenied')}${tag('Message', 'Access Denied')}</Error>`,
  )
  const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/'
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `${PROLOGUE}<DeleteResult xmlns="${xmlns}">${results.join('')}</DeleteResult>`,
  }
}

const CHECKSUM = /^content-md5$|^x-amz-checksum-/

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

const unescaped = (text: string): string =>
  text.replace(/&(?:#x(?<hex>[0-9a-f]+)|#(?<decimal>\d+)|(?<name>\w+));/gi, (whole, hex, decimal, name) =>
    hex !== undefined
      ? String.fromCodePoint(Number.parseInt(hex, 16))
      : decimal !== undefined
        ? String.fromCodePoint(Number(decimal))
        : (ENTITIES[name] ?? whole),
  )
