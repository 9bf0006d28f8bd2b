import { getServers } from 'node:dns'
import { Failure } from '../errors.ts'
import type { Http } from '../platform/http.ts'
import { lazy } from '../platform/lazy.ts'
import type { Message, Question, RecordType, Row } from './message.ts'
import { canonical } from './names.ts'
import { NoAnswer, reasonText } from './no-answer.ts'

/** What was found at a name, or that nothing was: `exists` tells an existing name (NODATA) from one that is not there (NXDOMAIN). */
export interface Answer {
  readonly values: readonly string[]
  readonly exists: boolean
  /** Where the server that was asked knows only whom to ask: the zone of those, and their names (RFC 1034 §4.3.2). */
  readonly referral?: { readonly zone: string; readonly hosts: readonly string[] }
}

/** Questions to one set of servers. Absent is an answer; SERVFAIL, a refusal and silence reject with DNS_LOOKUP_FAILED. */
export interface Lookup {
  /** Whether the name is the top of a zone; a CNAME's target does not count. */
  isZone(name: string): Promise<boolean>
  /** The primary server of the zone whose top the name is. */
  soa(name: string): Promise<Answer>
  cname(name: string): Promise<Answer>
  ns(name: string): Promise<Answer>
  /** Each value in one piece; a server that knows only whom to ask gives no answer. */
  txt(name: string): Promise<Answer>
  /** As in a zone file: `0 issue "ca.example"`. `owner` is where they stand, at the end of the name's CNAMEs. */
  caa(name: string): Promise<Answer & { readonly owner: string }>
  /** IPv4 and IPv6. One of them is enough, where nobody answers about the other. */
  addresses(host: string): Promise<Answer>
}

export interface LookupOptions {
  /** Of each try, in milliseconds. */
  readonly timeout?: number
  readonly tries?: number
  /** For servers that are asked over HTTPS. */
  readonly http?: Pick<Http, 'send'> | undefined
  /** Is waited for before each query. */
  readonly pace?: () => Promise<void>
  /** Servers that have answered over TCP alone; it is added to. */
  readonly overTcpAlone?: Set<string>
}

export const isOverHttps = (server: string): boolean => server.startsWith('https://')

/** What reads and writes messages comes with the first question: most runs ask none. */
const loadWire = lazy(() => import('./wire.ts'))
const loadHttps = lazy(() => import('./over-https.ts'))

/**
 * By address, with a port if it is not 53, or by the URL of a resolver over HTTPS; the system's if absent. They are asked one
 * after the other until one answers, from the one that has answered last.
 */
export function lookupAt(servers: readonly string[] = getServers(), options: LookupOptions = {}): Lookup {
  const askAt = asker(options)
  let first = 0

  return lookupOver(async (question, read) => {
    let failed = new NoAnswer('no server')
    for (let turn = 0; turn < servers.length; turn++) {
      const at = (first + turn) % servers.length
      try {
        const result = read(checked(await askAt(servers[at] as string, question)))
        first = at
        return result
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        failed = error
      }
    }
    const { name, type } = question
    const { code } = failed
    const shown = servers.join(', ')
    throw new Failure('DNS_LOOKUP_FAILED', `${shown} gave no answer on ${type} ${name}: ${reasonText(code)}`, {
      fields: { name, type, servers: shown, reason: code },
      cause: failed,
    })
  })
}

/** Asks one server, over what it speaks. */
function asker({ timeout = 3_000, tries = 2, http, pace = async () => {}, overTcpAlone = new Set() }: LookupOptions) {
  return async (server: string, question: Question): Promise<Message> => {
    if (!isOverHttps(server))
      return (await loadWire()).askOverWire(server, question, { timeout, tries, overTcpAlone, pace })
    if (http === undefined) throw new Failure('CONFIG_INVALID', 'nothing is asked over HTTPS here')
    await pace()
    return (await loadHttps()).askOverHttps(server, question, timeout, http)
  }
}

function lookupOver(ask: <T>(question: Question, read: (message: Message) => T) => Promise<T>): Lookup {
  const find = (type: RecordType, name: string): Promise<Answer> =>
    ask({ name, type }, (message) => found(type, name, message))
  const soa = (name: string) => find('SOA', name)
  /** At the end of CNAMEs. */
  const atEnd = (type: RecordType, name: string) =>
    ask({ name, type }, (message) => {
      const owner = endOfCnames(name, message.answers)
      const answer = found(type, name, message, owner)
      if (answer.referral !== undefined) throw new NoAnswer('ELAME')
      return { ...answer, owner }
    })
  return {
    soa,
    isZone: async (name) => (await soa(name)).values.length > 0,
    cname: (name) => find('CNAME', name),
    ns: (name) => find('NS', name),
    async txt(name) {
      const { values, exists } = await atEnd('TXT', name)
      return { values, exists }
    },
    caa: (name) => atEnd('CAA', name),
    async addresses(host) {
      const end = (type: 'A' | 'AAAA') =>
        ask({ name: host, type }, (message) => found(type, host, message, endOfCnames(host, message.answers)))
      const families = await Promise.allSettled([end('A'), end('AAAA')])
      const answers = families.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      const values = answers.flatMap((each) => each.values)
      const silent = families.find((each) => each.status === 'rejected')
      if (silent !== undefined && values.length === 0) throw silent.reason
      return { values, exists: answers.some(({ exists }) => exists) }
    },
  }
}

/** A server's answer; throws where it says that it has none. */
function checked(message: Message): Message {
  if (message.rcode === 'NOERROR' || message.rcode === 'NXDOMAIN') return message
  throw new NoAnswer(`E${message.rcode}`)
}

const MOST_CNAMES = 16

/** CNAMEs stand before what they lead to, in one answer. */
function endOfCnames(name: string, answers: readonly Row[]): string {
  let end = canonical(name)
  for (let hop = 0; hop < MOST_CNAMES; hop++) {
    const link = answers.find((each) => each.type === 'CNAME' && each.name === end)
    if (link === undefined) break
    end = canonical(link.value)
  }
  return end
}

function found(type: RecordType, name: string, message: Message, owner = canonical(name)): Answer {
  const { rcode, answers, authorities, isAuthoritative } = message
  const values = answers.filter((each) => each.type === type && each.name === owner).map(({ value }) => value)
  if (rcode === 'NXDOMAIN') return { values, exists: values.length > 0 }
  const hosts = authorities.filter((each) => each.type === 'NS')
  const isReferral = answers.length === 0 && !isAuthoritative && authorities.every((each) => each.type !== 'SOA')
  const [first] = hosts
  if (!isReferral || first === undefined) return { values, exists: true }
  return { values, exists: true, referral: { zone: first.name, hosts: hosts.map(({ value }) => canonical(value)) } }
}
