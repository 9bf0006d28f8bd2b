import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns'
import type { Aws } from '../../../vendors/aws/client.ts'

/** Publishes one message and closes the connection. A file of its own, so that the SDK is loaded with the first notice. */
export async function publish(
  aws: Aws,
  topicArn: string,
  message: Omit<PublishCommandInput, 'TopicArn'>,
): Promise<void> {
  const client = new SNSClient(aws.config)
  try {
    const command = new PublishCommand({ ...message, TopicArn: topicArn })
    await aws.call({ action: 'Publish', on: topicArn }, (inTime) => client.send(command, inTime))
  } finally {
    client.destroy()
  }
}
