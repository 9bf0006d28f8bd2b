import { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { safeParse } from '../../../platform/safe-parse.ts'
import type { PublicCertificate } from '../../../types.ts'
import { invalid } from './runtime-api.ts'

/** What `show ssl cert` and `show ssl crt-list` print, https://docs.haproxy.org/2.6/management.html#9.3 */

export interface KnownCertificates {
  /** The file that somebody is about to replace. There is one transaction in all of HAProxy. */
  readonly transaction: string | undefined
  readonly names: readonly string[]
}

export function readNames(answer: string): KnownCertificates {
  const lines = answer.split('\n')
  const open = lines[0] === '# transaction' ? lines.splice(0, 2)[1] : undefined
  const [title, ...names] = lines
  if (title !== '# filename' || open?.startsWith('*') === false) throw invalid('no list of certificates')
  return { transaction: open?.slice(1), names: names.filter((name) => name !== '') }
}

/** Used: some bind serves it. Unused: none does. Empty: it was made, and nothing was put into it. */
export interface ShownCertificate {
  readonly status: 'Used' | 'Unused' | 'Empty'
  /** SHA-1, upper-case hex; empty where there is no certificate. */
  readonly fingerprint: string
  readonly covers: readonly string[]
  readonly notAfter: Date | undefined
}

const shown = v.object({
  Status: v.picklist(['Used', 'Unused', 'Empty']),
  'SHA1 FingerPrint': v.optional(v.pipe(v.string(), v.regex(/^[0-9A-F]{40}$/))),
  'Subject Alternative Name': v.optional(v.string(), ''),
  notAfter: v.optional(v.pipe(v.string(), v.regex(/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$/))),
})

/** Undefined for one that is gone. */
export function readCertificate(answer: string): ShownCertificate | undefined {
  if (/^Can't display the certificate: Not found/.test(answer)) return undefined
  const lines = answer.split('\n').map((line) => /^(?<key>[^:]+): (?<value>.*)$/.exec(line)?.groups)
  const read = safeParse(shown, Object.fromEntries(lines.map((each) => [each?.key ?? '', each?.value])))
  if (!read.success) throw invalid(`no certificate at ${v.getDotPath(read.issues[0]) ?? 'its beginning'}`)
  const { Status: status, 'SHA1 FingerPrint': fingerprint = '', notAfter } = read.output
  if ((fingerprint === '') !== (status === 'Empty')) throw invalid('a certificate without a fingerprint')
  return {
    status,
    fingerprint,
    covers: read.output['Subject Alternative Name'].split(', ').flatMap((entry) => {
      const name = /^(?:DNS|IP Address):(?<name>.+)$/.exec(entry)?.groups?.name
      return name === undefined ? [] : [name.toLowerCase()]
    }),
    notAfter: notAfter === undefined ? undefined : new Date(notAfter),
  }
}

/** As HAProxy shows it. */
export const sha1Of = (certificate: X509Certificate): string => certificate.fingerprint.replaceAll(':', '')

export const isShown = (shown: ShownCertificate | undefined, { chainPem }: PublicCertificate): boolean =>
  shown?.fingerprint === sha1Of(new X509Certificate(chainPem))

/** Files and folders that binds take their certificates from. */
export const readLists = (answer: string): string[] => answer.split('\n').filter((line) => line !== '')

export interface ListEntry {
  readonly name: string
  /** The names for which it is served; empty: all that it covers. */
  readonly filters: readonly string[]
}

const ENTRY = /^(?<name>\S+)(?: \[[^\]]*\])?(?: (?<filters>.*))?$/

/** In the order in which they were loaded. */
export function readList(answer: string): ListEntry[] {
  const [title, ...lines] = answer.split('\n')
  if (!title?.startsWith('# ')) throw invalid('no crt-list')
  return lines.flatMap((line) => {
    const { name, filters = '' } = ENTRY.exec(line)?.groups ?? {}
    if (name === undefined) return []
    return [{ name, filters: filters.split(' ').filter((filter) => filter !== '' && !filter.startsWith('!')) }]
  })
}
