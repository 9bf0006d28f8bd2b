import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns'
import { type Aws, withClient } from '../../../vendors/aws/client.ts'

/** Publishes one message. A file of its own, so that the SDK is loaded with the first notice. */
export const publish = (aws: Aws, topicArn: string, message: Omit<PublishCommandInput, 'TopicArn'>): Promise<void> =>
  withClient(new SNSClient(aws.config), async (client) => {
    const command = new PublishCommand({ ...message, TopicArn: topicArn })
    await aws.call({ action: 'Publish', on: topicArn }, (inTime) => client.send(command, inTime))
  })
