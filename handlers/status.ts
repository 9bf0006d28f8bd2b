import * as v from 'valibot'
import { loadOutline } from '../lib/config/outline.ts'
import { createResolver } from '../lib/config/references.ts'
import { Failure, toFailure } from '../lib/errors.ts'
import { rememberedExpiries } from '../lib/observe/credentials.ts'
import { SECOND, systemClock } from '../lib/platform/clock.ts'
import { jsonText } from '../lib/platform/json-text.ts'
import { createLog, jsonLines } from '../lib/platform/log.ts'
import { type RefusalJson, type RememberedJson, refusalJson, rememberedJson } from '../lib/report/documents.ts'
import { rememberedOf } from '../lib/report/remembered.ts'
import { openState } from '../lib/state/open.ts'
import { configPath } from './config-path.ts'

const RESERVE = 2 * SECOND

/**
 * What newleaf remembers of every certificate, for whoever asks: nothing but the configuration and the state documents is read,
 * so that the function needs no right to a secret, a balancer or an authority. Called through a URL, it answers a GET.
 */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const { method } = v.parse(call, event, { abortEarly: true })
  if (method !== undefined && method !== 'GET') return httpAnswer(405, { ok: false })
  const answer = await remember(process.env, () => context.getRemainingTimeInMillis() - RESERVE)
  return method === undefined ? answer : httpAnswer(200, answer)
}

/** A function URL's event says how it was called; any other event is somebody with the right to invoke. */
const call = v.fallback(
  v.pipe(
    v.object({ requestContext: v.object({ http: v.object({ method: v.string() }) }) }),
    v.transform(({ requestContext }): { method?: string } => requestContext.http),
  ),
  {},
)

const httpAnswer = (statusCode: number, body: unknown) => ({
  statusCode,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    // What authorities and vendors have said is in it: no browser may take it for more than text.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    ...(statusCode === 405 ? { allow: 'GET' } : {}),
  },
  body: jsonText(body, 2),
})

async function remember(env: NodeJS.ProcessEnv, timeLeft: () => number): Promise<RememberedJson | RefusalJson> {
  const clock = systemClock
  const log = createLog(
    jsonLines((line) => process.stdout.write(line)),
    clock,
  )
  try {
    const { environment, folder, state: section, certificates } = await loadOutline(configPath(env))
    const resolve = createResolver({ env, secrets: { read: async () => undefined } })
    const tools = { clock, random: Math.random, log, timeLeft }
    const state = await openState(section, { environment, folder, resolve, rest: notHere, http: notHere, ...tools })
    const [remembered, credentials] = await Promise.all([
      rememberedOf(certificates, { state, environment, clock }),
      rememberedExpiries({ state, environment }),
    ])
    return rememberedJson(remembered, credentials, environment, clock.now())
  } catch (error) {
    const failure = toFailure(error)
    log.error('status failed', { code: failure.code, reason: failure.message })
    return refusalJson(failure, clock.now())
  }
}

const notHere = (): never => {
  throw new Failure('CONFIG_INVALID', 'state: this driver cannot be read by the status function')
}
