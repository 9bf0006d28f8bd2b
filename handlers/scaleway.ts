import * as v from 'valibot'
import { Failure } from '../lib/errors.ts'
import { after, SECOND, systemClock } from '../lib/platform/clock.ts'
import { timeLeftUntil } from '../lib/platform/deadline.ts'
import { jsonText } from '../lib/platform/json-text.ts'
import { safeParse } from '../lib/platform/safe-parse.ts'
import { asked } from './by-hand.ts'
import { type Invocation, inFunction } from './invocation.ts'
import { type Command, commandOf } from './request.ts'

/** A call as Scaleway Functions hands it over; a cron's arguments come as the body of a POST. */
const call = v.object({
  httpMethod: v.optional(v.string(), 'POST'),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
})

/** The platform's own default. */
const TIMEOUT_SECONDS = '300'

/**
 * The one function at Scaleway. Without a body, or with `{}`, it is the schedule that calls: all that is due is renewed. A
 * person asks as in events/, and must be allowed to: the function is private. What did not end well is answered with a
 * status that the platform's own metrics show.
 */
export async function handle(event: unknown, context?: unknown) {
  const { NEWLEAF_TIMEOUT_SECONDS: seconds = TIMEOUT_SECONDS } = process.env
  const until = after(systemClock.now(), Number(seconds) * SECOND)
  const answer = await inFunction(
    asked(() => wanted(event)),
    { getRemainingTimeInMillis: timeLeftUntil(until, systemClock), ...namesOf(event, context) },
    // Nothing says where the code was unpacked: the configuration is found from the bundle on.
    { ...process.env, LAMBDA_TASK_ROOT: import.meta.dirname },
  )
  const refused = 'error' in answer && answer.error.code === 'EVENT_INVALID'
  return {
    statusCode: answer.ok ? 200 : refused ? 400 : 500,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: jsonText(answer),
  }
}

const WORD = v.pipe(v.string(), v.regex(/^[\w.-]{1,100}$/))

/** The function as its context calls it, and the request as the platform's ingress does in a header. */
function namesOf(event: unknown, context: unknown): Pick<Invocation, 'functionName' | 'awsRequestId'> {
  const named = safeParse(v.object({ functionName: WORD }), context)
  const called = safeParse(v.object({ headers: v.record(v.string(), v.unknown()) }), event)
  const headers = called.success ? Object.entries(called.output.headers) : []
  const id = safeParse(WORD, headers.find(([name]) => name.toLowerCase() === 'x-request-id')?.[1])
  return named.success && id.success ? { ...named.output, awsRequestId: id.output } : {}
}

const SCHEDULED: Command = { command: 'run', request: { force: false, dryRun: false, fullScan: false } }

function wanted(event: unknown): Command {
  const called = safeParse(call, event)
  if (!called.success || Array.isArray(event) || called.output.httpMethod !== 'POST') throw refused('expected a POST')
  const body = bodyOf(called.output)
  const command = commandOf(body)
  return Object.keys(body as object).length === 0 ? SCHEDULED : command
}

/** The platform marks a body as base64 by its look, which four letters of JSON may have: text that is JSON is taken as it is. */
function bodyOf({ body, isBase64Encoded }: v.InferOutput<typeof call>): unknown {
  const texts = [body ?? '', ...(isBase64Encoded ? [Buffer.from(body ?? '', 'base64').toString('utf8')] : [])]
  for (const text of texts) {
    if (text.trim() === '') return {}
    const read = safeParse(v.pipe(v.string(), v.parseJson()), text)
    if (read.success) return read.output
  }
  throw refused('the body is no JSON')
}

const refused = (why: string) => new Failure('EVENT_INVALID', `the event was refused: ${why}`)
