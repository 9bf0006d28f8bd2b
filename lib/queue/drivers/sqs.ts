import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import type { Driver, DriverContext } from '../../platform/driver.ts'
import type { Queue } from '../../ports.ts'
import { openAws, withClient } from '../../vendors/aws/client.ts'

const options = v.strictObject({
  url: v.pipe(v.string(), v.nonEmpty(), v.description('The URL of the queue.')),
})

/** As many messages as one call takes (Amazon SQS API reference, SendMessageBatch). */
const BATCH = 10

/** Amazon SQS; the role of the function may send to it. */
export const driver = {
  options,
  open: async ({ url }, context: Pick<DriverContext, 'folder' | 'clock' | 'random' | 'timeLeft'>) => ({
    async send(certificates) {
      const aws = await openAws({}, context)
      await withClient(new SQSClient(aws.config), async (client) => {
        for (let sent = 0; sent < certificates.length; sent += BATCH) {
          const Entries = certificates
            .slice(sent, sent + BATCH)
            .map(({ id, markers }, at) => ({ Id: String(at), MessageBody: JSON.stringify({ id, markers }) }))
          const batch = new SendMessageBatchCommand({ QueueUrl: url, Entries })
          // A message that was taken may go out again with one that was not: looking twice at a certificate does no harm.
          await aws.call({ action: 'SendMessage', on: url }, async (inTime) => {
            const { Failed = [] } = await client.send(batch, inTime)
            if (Failed.length === 0) return
            throw new Failure('UNAVAILABLE', `the queue did not take ${Failed.length} of ${Entries.length} messages`)
          })
        }
      })
    },
  }),
} satisfies Driver<Queue, typeof options>
