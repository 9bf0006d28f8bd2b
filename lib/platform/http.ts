import { lookup as systemLookup } from 'node:dns'
import { isIP } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { Agent, request as send } from 'undici'
import { Failure } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { createBreaker } from './breaker.ts'
import { trusting } from './ca-certificate.ts'
import { mayBePrivate } from './private-networks.ts'

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange, in milliseconds; 30 s if absent, and never more than the run has left. */
  readonly timeout?: number
  /** A larger answer is refused; 1 MiB if absent. */
  readonly maxBytes?: number
  /** `latin1`: a body that is no text, a character for each byte; UTF-8 if absent. */
  readonly encoding?: 'latin1'
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case; values of a repeated one joined with ", ". */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly receivedAt: Date
}

/**
 * One pool of connections. It follows no redirect, speaks only https, gives every exchange a time and a size, and does not wait
 * again and again for who never answers.
 */
export interface Http {
  /** Resolves to any answer, whatever its status. Rejects with UNREACHABLE, URL_REFUSED, ANSWER_INVALID or OUT_OF_TIME. */
  send(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}

export interface HttpOptions {
  readonly clock: Clock
  timeLeft(): number
  /** PEM of CA certificates trusted beside the usual ones. */
  readonly caCertificate?: string | undefined
  /** Whether an address of this machine or of a private network may be connected to. */
  readonly privateAddresses: 'allow' | 'refuse'
  /** At most so many connections to one origin; 10 if absent. */
  readonly connections?: number
  /** How the addresses of a name are found; as this machine finds them if absent. */
  readonly lookup?: Lookup
}

/** As `lookup` of node:dns. */
type Lookup = typeof systemLookup

const TIMEOUT = 30_000
const MAX_BYTES = 1_048_576
const USER_AGENT = 'newleaf/0.1 (+https://www.rfc-editor.org/rfc/rfc8555)'

export function createHttp(options: HttpOptions): Http {
  const dispatcher = createAgent(options)
  const breaker = createBreaker(options.clock)
  return {
    async send(request) {
      const url = checkedUrl(request.url, options)
      const { timeout = TIMEOUT } = request
      const time = Math.min(timeout, options.timeLeft())
      if (time <= 0) throw new Failure('OUT_OF_TIME', 'no time is left in this run for another request')
      breaker.check(url.host)
      const signal = AbortSignal.timeout(time)
      try {
        const sent = send(url, {
          dispatcher,
          method: request.method as 'GET',
          headers: { 'user-agent': USER_AGENT, ...request.headers },
          body: request.body ?? null,
          signal,
        })
        const answer = await until(signal, sent)
        const body = await readCapped(answer.body, request.maxBytes ?? MAX_BYTES, request.encoding)
        // undici gives the connection back one turn later; whoever goes on before that opens another one.
        await turn()
        breaker.answered(url.host)
        return { status: answer.statusCode, headers: flat(answer.headers), body, receivedAt: options.clock.now() }
      } catch (error) {
        if (isTimeOut(error) && time === timeout) breaker.timedOut(url.host) // with less time, it may be our haste
        throw unreachable(error, url)
      }
    },
    async close() {
      await dispatcher.destroy()
    },
  }
}

/** undici hears the signal only once a request has a connection, and that can be long in coming. */
async function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end)
  try {
    return await Promise.race([work, over])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function createAgent({ caCertificate, privateAddresses, connections = 10, lookup = systemLookup }: HttpOptions): Agent {
  return new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout: 30_000, // longer than the pauses between two polls
    allowH2: false,
    connect: {
      timeout: 10_000,
      ...(caCertificate !== undefined && { secureContext: trusting(caCertificate) }),
      lookup: privateAddresses === 'refuse' ? publicLookup(lookup) : lookup,
    },
  })
}

function checkedUrl(text: string, { privateAddresses }: HttpOptions): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const refuse = (why: string) =>
    new Failure('URL_REFUSED', `a URL was refused: ${why}`, { fields: { host: url?.host } })
  if (url === undefined) throw refuse('it cannot be read')
  if (url.protocol !== 'https:') throw refuse('only https is spoken')
  if (url.username !== '' || url.password !== '') throw refuse('it holds a user or a password')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (privateAddresses === 'refuse' && (isIP(host) ? mayBePrivate(host) : /(^|\.)localhost$/i.test(host))) {
    throw refuse('it leads to this machine or a private network, which needs an explicit caCertificate')
  }
  return url
}

/** Checks the very addresses that are connected to, so that a name cannot be pointed elsewhere in between. */
const publicLookup = (lookup: Lookup): Lookup =>
  ((hostname: string, options: object, done: (...answer: unknown[]) => void) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error)
      if (addresses.some(({ address }) => mayBePrivate(address))) return done(leadsWithin(hostname))
      const [first] = addresses
      return 'all' in options && options.all === true
        ? done(null, addresses)
        : done(null, first?.address, first?.family)
    })) as Lookup

const leadsWithin = (host: string) =>
  new Failure('URL_REFUSED', 'a name leads to this machine or a private network', { fields: { host } })

async function readCapped(
  body: AsyncIterable<Uint8Array>,
  cap: number,
  encoding: BufferEncoding = 'utf8',
): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    size += part.byteLength
    if (size > cap) throw new Failure('ANSWER_INVALID', `an answer was larger than ${cap} bytes and was refused`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString(encoding)
}

const flat = (headers: Record<string, string | string[] | undefined>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  )

const isTimeOut = (error: unknown): boolean => {
  const { name, code } = error as { name?: string; code?: string }
  return name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT'
}

function unreachable(error: unknown, url: URL): Failure {
  const own = [error, (error as Error | undefined)?.cause].find((each) => each instanceof Failure)
  if (own) return own
  const { name, code, message = '' } = error as { name?: string; code?: string; message?: string }
  // Our own input: nothing was sent.
  if (code === 'UND_ERR_INVALID_ARG' && message.includes('header')) {
    const why =
      'a header has a character that no header may have, such as a line break: look at the token that is sent there'
    return new Failure('CONFIG_INVALID', `no request was sent to ${url.host}: ${why}`, { fields: { host: url.host } })
  }
  const what =
    name === 'TimeoutError'
      ? 'did not answer in time'
      : (distrusted(code) ?? `could not be reached (${code ?? name ?? 'unknown'})`)
  return new Failure('UNREACHABLE', `${url.host} ${what}`, { fields: { host: url.host }, cause: error })
}

/** Why Node.js did not go on after the certificate that was presented (tls, X509 certificate error codes). */
const distrusted = (code = ''): string | undefined => {
  if (/^(?:UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|CERT_UNTRUSTED)/.test(code))
    return `answered, but its certificate is not trusted here (${code}): set caCertificate or NODE_EXTRA_CA_CERTS`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `answered, but its certificate is not valid now (${code}): see whether the clock here is right`
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID'
    ? `answered, but its certificate is for other names (${code}): see whether this is the right address`
    : undefined
}
