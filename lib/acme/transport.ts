import { Failure, isFailure } from '../errors.ts'
import type { Http } from '../platform/http.ts'
import { lazy } from '../platform/lazy.ts'
import { type RetryOptions, retrySoon } from '../platform/retry.ts'
import type { Clock } from '../ports.ts'
import { problemFailure } from './problem.ts'
import { type Directory, directoryResource, type Operation, parseAnswer } from './resources.ts'
import { requireRightClock } from './right-clock.ts'

export interface AcmeAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed when it is JSON, else text. */
  readonly data: unknown
  readonly receivedAt: Date
}

export interface Transport {
  readonly authority: string
  readonly directoryUrl: string
  /** Read once; calls at the same time share the request. */
  directory(): Promise<Directory>
  /** Sends once, to a URL of this CA only, and resolves to any answer. */
  send(method: 'GET' | 'POST', url: string, body?: string): Promise<AcmeAnswer>
  /** An unsigned GET, tried again while that helps, and never before a time that was named; rejects unless the answer is a success. */
  get(url: string, operation: string, maxBytes?: number): Promise<AcmeAnswer>
}

export interface TransportOptions {
  readonly authority: string
  readonly directoryUrl: string
  readonly http: Pick<Http, 'send'>
  readonly retry: RetryOptions & { readonly clock: Clock }
}

export function createTransport({ authority, directoryUrl, http, retry }: TransportOptions): Transport {
  const directory = lazy(async () => {
    const operation = { authority, operation: 'show its directory' }
    const answer = await get(directoryUrl, operation)
    requireRightClock(answer, authority)
    return parseAnswer(directoryResource, answer.data, operation)
  })

  async function exchange(method: 'GET' | 'POST', url: string, body?: string, maxBytes?: number): Promise<AcmeAnswer> {
    const answer = await http.send({
      method,
      url,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/jose+json' } }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    })
    return { ...answer, data: parsed(answer.headers['content-type'], answer.body) }
  }

  /** By URL: what it said when it asked for patience. */
  const cooldowns = new Map<string, Failure>()

  async function once(url: string, operation: Operation, maxBytes: number | undefined): Promise<AcmeAnswer> {
    const known = cooldowns.get(url)
    if (known?.retryAfter !== undefined && known.retryAfter > retry.clock.now()) throw known
    try {
      return succeeded(await exchange('GET', url, undefined, maxBytes), operation)
    } catch (error) {
      if (isFailure(error) && error.retry === 'after') cooldowns.set(url, error)
      throw error
    }
  }

  const get = (url: string, operation: Operation, maxBytes?: number): Promise<AcmeAnswer> =>
    retrySoon(() => once(url, operation, maxBytes), retry)

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
    send: async (method, url, body) => exchange(method, await onOwnHost(url), body),
    get: async (url, operation, maxBytes) => get(await onOwnHost(url), { authority, operation }, maxBytes),
  }
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
function parsed(type: string | undefined, body: string): unknown {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type ?? '')) return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
