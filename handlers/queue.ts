import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { Failure } from '../lib/errors.ts'
import type { DriverContext } from '../lib/platform/driver.ts'
import { openAws } from '../lib/vendors/aws/client.ts'

/** As many messages as one call takes (Amazon SQS API reference, SendMessageBatch). */
const BATCH = 10

/** Sends one message a certificate. Rejects unless the queue has taken every one. */
export async function sendAll(
  url: string,
  ids: readonly string[],
  context: Pick<DriverContext, 'folder' | 'clock' | 'random' | 'timeLeft'>,
): Promise<void> {
  const aws = await openAws({}, context)
  const client = new SQSClient(aws.config)
  try {
    for (let sent = 0; sent < ids.length; sent += BATCH) {
      const Entries = ids
        .slice(sent, sent + BATCH)
        .map((id, at) => ({ Id: String(at), MessageBody: JSON.stringify({ id }) }))
      const send = new SendMessageBatchCommand({ QueueUrl: url, Entries })
      // A message that was taken may go out again with one that was not: looking twice at a certificate does no harm.
      await aws.call({ action: 'SendMessage', on: url }, async (inTime) => {
        const { Failed = [] } = await client.send(send, inTime)
        if (Failed.length === 0) return
        throw new Failure('UNAVAILABLE', `the queue did not take ${Failed.length} of ${Entries.length} messages`)
      })
    }
  } finally {
    client.destroy()
  }
}
