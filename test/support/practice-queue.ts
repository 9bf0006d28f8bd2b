import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { vi } from 'vitest'

export interface PracticeQueue {
  /** Messages it took, in their order. */
  readonly messages: readonly string[]
  /** How many came with each call. */
  readonly batches: readonly number[]
  /** From now on so many calls are answered in this way. */
  misbehave(how: 'takes half' | 'denied', times: number): void
  /** Takes out what is in it, and forgets how it came. */
  empty(): void
  close(): Promise<void>
}

/** A queue that speaks as much of Amazon SQS as sending needs; the SDK finds it in the environment. */
export async function practiceQueue(): Promise<PracticeQueue> {
  const messages: string[] = []
  const batches: number[] = []
  let fault: { how: 'takes half' | 'denied'; times: number } = { how: 'denied', times: 0 }
  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await text(request)) as { Entries: { Id: string; MessageBody: string }[] }
    const how = fault.times > 0 ? fault.how : undefined
    fault.times -= 1
    response.setHeader('content-type', 'application/x-amz-json-1.0')
    if (how === 'denied') {
      response.statusCode = 403
      return response.end(JSON.stringify({ __type: 'com.amazonaws.sqs#AccessDeniedException', message: 'no' }))
    }
    batches.push(Entries.length)
    const taken = how === 'takes half' ? Entries.slice(0, Math.ceil(Entries.length / 2)) : Entries
    messages.push(...taken.map(({ MessageBody }) => MessageBody))
    const failed = Entries.slice(taken.length)
    return response.end(
      JSON.stringify({
        Successful: taken.map(({ Id, MessageBody }) => ({
          Id,
          MessageId: Id,
          MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
        })),
        Failed: failed.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' })),
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const [name, value] of Object.entries({
    NEWLEAF_QUEUE_URL: `${endpoint}/123456789012/due`,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'canary-token-aws',
  }))
    vi.stubEnv(name, value)
  return {
    messages,
    batches,
    misbehave(how, times) {
      fault = { how, times }
    },
    empty() {
      messages.length = 0
      batches.length = 0
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
