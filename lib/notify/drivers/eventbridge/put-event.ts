import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { Failure } from '../../../errors.ts'
import { type Aws, withClient } from '../../../vendors/aws/client.ts'

/** Puts one event. A file of its own, so that the SDK is loaded with the first notice. */
export const putEvent = (aws: Aws, bus: string, event: Omit<PutEventsRequestEntry, 'EventBusName'>): Promise<void> =>
  withClient(new EventBridgeClient(aws.config), async (client) => {
    const command = new PutEventsCommand({ Entries: [{ ...event, EventBusName: bus }] })
    const { FailedEntryCount } = await aws.call({ action: 'PutEvents', on: bus }, (inTime) =>
      client.send(command, inTime),
    )
    // An event may be refused in an answer that is 200 (API reference, PutEvents).
    if (FailedEntryCount !== 0) throw new Failure('UNAVAILABLE', `the bus ${bus} did not take the event`)
  })
