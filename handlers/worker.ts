import * as v from 'valibot'
import { configName } from '../lib/config/schema.ts'
import { safeParse } from '../lib/platform/safe-parse.ts'
import { notifyOfUnconfigured, run } from '../lib/run.ts'
import { type Invocation, inFunction } from './invocation.ts'

/** A batch from the queue (AWS Lambda developer guide, "Using Lambda with Amazon SQS"). */
const batch = v.object({ Records: v.array(v.unknown()) })
/** More are never listed of one certificate: one or two that are past, and one for how it is. */
const keys = v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(20))
/** One that says nothing sensible costs no other its work. */
const record = v.object({
  messageId: v.fallback(v.string(), ''),
  body: v.pipe(v.string(), v.parseJson(), v.strictObject({ id: configName, markers: v.exactOptional(keys) })),
})
const named = v.object({ messageId: v.string() })

interface Message {
  readonly messageId: string
  /** Undefined: nobody can tell what it says. */
  readonly id: string | undefined
  /** Its markers, where whoever sent it has said. */
  readonly markers?: readonly string[] | undefined
}

/**
 * What the queue calls, with one certificate a message. Back on the queue goes only a message whose certificate is worth
 * another try within minutes; all else is remembered in the state, and the schedule sends it again when it is due.
 */
export const handler = (payload: unknown, context: Invocation) => {
  const messages = messagesIn(payload)
  return inFunction(
    {
      async work(config, hostContext) {
        const { log } = hostContext
        const known = (id: string | undefined) => config.certificates.some((spec) => spec.id === id)
        const unknown = messages.flatMap(({ id }) => (id === undefined || known(id) ? [] : [id]))
        const ending =
          unknown.length === 0 ? [] : await notifyOfUnconfigured(config, [...new Set(unknown)], hostContext)
        for (const { messageId, id } of messages) {
          if (known(id) || (id !== undefined && ending.includes(id))) continue
          log.warn('message dropped', { messageId, why: id === undefined ? 'malformed' : 'not configured' })
        }
        const only = [...new Set(messages.flatMap(({ id }) => (id !== undefined && known(id) ? [id] : [])))]
        if (only.length === 0) return failures([])
        const markers = markersIn(messages)
        const request = {
          ...{ only, attended: false, force: false, dryRun: false, fullScan: false },
          ...(markers && { markers }),
        }
        const report = await run(config, request, hostContext)
        hostContext.finished(report)
        const again = report.certificates.filter(({ result, error }) => result === 'failed' && error?.retry === 'soon')
        return failures(messages.filter(({ id }) => again.some((outcome) => outcome.id === id)))
      },
      failed: ({ retry }) => failures(retry === 'soon' ? messages.filter(({ id }) => id !== undefined) : []),
    },
    context,
  )
}

const messagesIn = (payload: unknown): Message[] => {
  const read = safeParse(batch, payload)
  if (!read.success) return [{ messageId: '', id: undefined }]
  return read.output.Records.map((each) => {
    const said = safeParse(record, each)
    if (said.success) return { messageId: said.output.messageId, ...said.output.body }
    const { success, output } = safeParse(named, each)
    return { messageId: success ? output.messageId : '', id: undefined }
  })
}

/** All of them; undefined where a message does not say, as one that a person has sent. */
function markersIn(messages: readonly Message[]): readonly string[] | undefined {
  const named = messages.filter(({ id }) => id !== undefined)
  return named.every(({ markers }) => markers !== undefined) ? named.flatMap(({ markers = [] }) => markers) : undefined
}

/**
 * The partial answer: what is named here is tried again, the rest is done (`ReportBatchItemFailures`). One without a name is left
 * out: the platform would send the whole batch again.
 */
const failures = (messages: readonly Message[]) => ({
  batchItemFailures: messages.flatMap(({ messageId }) => (messageId === '' ? [] : [{ itemIdentifier: messageId }])),
})
