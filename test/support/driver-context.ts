import { setTimeout as pause } from 'node:timers/promises'
import type { DriverContext } from '../../lib/platform/driver.ts'
import type { Http, HttpRequest } from '../../lib/platform/http.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { createRest } from '../../lib/platform/rest.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { Clock } from '../../lib/ports.ts'

export interface Reply {
  readonly status: number
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A hundredth of every pause, so that what is waited for gets some time on a busy machine too. */
const instant: Clock = { now: () => new Date(), sleep: async (milliseconds) => void (await pause(milliseconds / 100)) }

/** For real connections: time passes as it does, and nobody sleeps for long. */
export const tools = { clock: instant, random: () => 0.5, timeLeft: () => 60_000 }

/** Opens a driver over any connection; every secret that it refers to is this token. What is sent is kept. */
export function contextOver(http: Http, token: string): { context: DriverContext; requests: HttpRequest[] } {
  const requests: HttpRequest[] = []
  const watched: Http = {
    ...http,
    send(request) {
      requests.push(request)
      return http.send(request)
    },
  }
  const context: DriverContext = {
    ...tools,
    environment: 'test',
    folder: '/',
    log: createLog(silent, instant),
    resolve: async () => new Secret(token),
    rest: (options) => createRest(watched, options, tools),
    http: () => watched,
  }
  return { context, requests }
}

/** A connection to a function. */
export const answering = (answer: (request: HttpRequest) => Reply): Http => ({
  async send(request) {
    const { status, headers = {}, body } = answer(request)
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    return { status, headers, body: text, receivedAt: new Date() }
  },
  close: async () => {},
})
