import { Failure, isFailure } from '../errors.ts'
import type { Http, HttpRequest } from '../platform/http.ts'
import { lazy } from '../platform/lazy.ts'
import { type RetryOptions, retrySoon } from '../platform/retry.ts'
import type { Clock } from '../ports.ts'
import { problemFailure } from './problem.ts'
import { followRedirects, isRedirect } from './redirects.ts'
import { type Directory, directoryResource, type Operation, parseAnswer } from './resources.ts'
import { requireRightClock } from './right-clock.ts'

export interface AcmeAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed when it is a JSON object or array, whatever its label; else text. */
  readonly data: unknown
  readonly receivedAt: Date
}

export interface Transport {
  readonly authority: string
  readonly directoryUrl: string
  /** Read once; calls at the same time share the request. */
  directory(): Promise<Directory>
  /** Sends once, to a URL of this CA only, and resolves to any answer. `accept`: what is asked for, JSON if absent. */
  send(method: 'GET' | 'POST', url: string, body?: string, accept?: string): Promise<AcmeAnswer>
  /** An unsigned GET, tried again while that helps, and never before a time that was named; rejects unless the answer is a success. */
  get(url: string, operation: string, maxBytes?: number): Promise<AcmeAnswer>
}

export interface TransportOptions {
  readonly authority: string
  readonly directoryUrl: string
  readonly http: Pick<Http, 'send'>
  readonly retry: RetryOptions & { readonly clock: Clock }
}

/** The answer, unless it is refused. */
type Taken = (answer: AcmeAnswer) => AcmeAnswer

export function createTransport({ authority, directoryUrl, http, retry }: TransportOptions): Transport {
  const directory = lazy(async () => {
    const operation = { authority, operation: 'show its directory' }
    const taken = (answer: AcmeAnswer) => (isRedirect(answer) ? answer : succeeded(answer, operation))
    const answer = await followRedirects(directoryUrl, (url) => get(url, taken), authority)
    requireRightClock(answer, authority)
    return parseAnswer(directoryResource, answer.data, operation)
  })

  /** By URL: what it said when it asked for patience. */
  const cooldowns = new Map<string, Failure>()

  async function once(url: string, taken: Taken, maxBytes: number | undefined): Promise<AcmeAnswer> {
    const known = cooldowns.get(url)
    if (known?.retryAfter !== undefined && known.retryAfter > retry.clock.now()) throw known
    try {
      return taken(await exchange(http, { method: 'GET', url, ...(maxBytes !== undefined && { maxBytes }) }))
    } catch (error) {
      if (isFailure(error) && error.retry === 'after') cooldowns.set(url, error)
      throw error
    }
  }

  const get = (url: string, taken: Taken, maxBytes?: number): Promise<AcmeAnswer> =>
    retrySoon(() => once(url, taken, maxBytes), retry)

  /** What a CA answers is input: it must not send us, or our signatures, to a host that it does not name itself. */
  async function onOwnHost(url: string): Promise<string> {
    const [host] = hostOf(url)
    const isOwn = (other: unknown) => host !== undefined && hostOf(other).includes(host)
    if (isOwn(directoryUrl) || Object.values(await directory()).some(isOwn)) return url
    throw new Failure('URL_REFUSED', `${authority} named a URL that is not on one of its own hosts, or not https`, {
      fields: { authority, host },
    })
  }

  return {
    authority,
    directoryUrl,
    directory,
    send: async (method, url, body, accept) =>
      exchange(http, { method, url: await onOwnHost(url), ...(body !== undefined && { body }) }, accept),
    get: async (url, operation, maxBytes) =>
      get(await onOwnHost(url), (answer) => succeeded(answer, { authority, operation }), maxBytes),
  }
}

async function exchange(
  http: Pick<Http, 'send'>,
  request: Omit<HttpRequest, 'headers'>,
  accept = 'application/json',
): Promise<AcmeAnswer> {
  const type = request.body !== undefined && { 'content-type': 'application/jose+json' }
  const answer = await http.send({ ...request, headers: { accept, ...type } })
  return { ...answer, data: parsed(answer.body) }
}

export function succeeded(answer: AcmeAnswer, operation: Operation): AcmeAnswer {
  if (answer.status < 200 || answer.status > 299) throw problemFailure(answer, operation)
  return answer
}

function hostOf(value: unknown): string[] {
  if (typeof value !== 'string' || !URL.canParse(value)) return []
  const { protocol, host } = new URL(value)
  return protocol === 'https:' ? [host] : []
}

/** HTML from a proxy, or JSON cut short, stays text: whoever expects an object refuses it. */
function parsed(body: string): unknown {
  if (!/^\s*[[{]/.test(body)) return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
