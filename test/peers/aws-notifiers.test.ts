import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { driver as eventbridge } from '../../lib/notify/drivers/eventbridge/driver.ts'
import { driver as sns } from '../../lib/notify/drivers/sns/driver.ts'
import { openAws } from '../../lib/vendors/aws/client.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { describePeers } from '../support/describe-peers.ts'
import { answering, contextOver, tools } from '../support/driver-context.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { notifierContract, problem, type Receiver, resolved } from '../support/notifier-contract.ts'
import { failureOf } from '../support/stores.ts'

describePeers('the notifiers at AWS', ['moto'], ({ moto: program }) => {
  let folder: string
  let moto: Moto
  let clients: { sns: SNSClient; sqs: SQSClient; events: EventBridgeClient }
  let places = 0

  beforeAll(async () => {
    const house = await createAuthority({ name: 'House of the notices' })
    folder = await mkdtemp(join(tmpdir(), 'newleaf-notices-'))
    await writeFile(join(folder, 'ca.pem'), house.rootPem)
    moto = await startMoto({ program, tls: await serverCertificate(house) })
    const { config } = await openAws(api(), { folder, ...tools })
    clients = { sns: new SNSClient(config), sqs: new SQSClient(config), events: new EventBridgeClient(config) }
  })
  afterAll(async () => {
    for (const client of Object.values(clients)) client.destroy()
    await moto.close()
    await rm(folder, { recursive: true, force: true })
  })

  const api = () => ({ endpoint: moto.endpoint, caCertificate: 'ca.pem', region: 'eu-central-1' })
  const context = () => ({
    ...contextOver(
      answering(() => ({ status: 200 })),
      'none',
    ).context,
    folder,
  })

  /** A queue that hears what goes to a topic or a bus. */
  async function ear() {
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: `ear-${++places}` }))
    const { Attributes = {} } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    )
    const heard = async () => {
      const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
      return Messages.map(({ Body = '' }) => JSON.parse(Body))
    }
    return { arn: Attributes.QueueArn ?? '', heard }
  }

  async function topic() {
    const { TopicArn: topicArn = '' } = await clients.sns.send(new CreateTopicCommand({ Name: `notices-${++places}` }))
    const { arn, heard } = await ear()
    await clients.sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: arn }))
    return {
      heard,
      open: (options = {}) => sns.open(v.parse(sns.options, { topicArn, ...api(), ...options }), context()),
    }
  }

  async function bus() {
    const name = `notices-${++places}`
    await clients.events.send(new CreateEventBusCommand({ Name: name }))
    const { arn, heard } = await ear()
    const EventPattern = JSON.stringify({ source: ['newleaf'] })
    await clients.events.send(new PutRuleCommand({ Name: 'all', EventBusName: name, EventPattern }))
    await clients.events.send(
      new PutTargetsCommand({ Rule: 'all', EventBusName: name, Targets: [{ Id: 'ear', Arn: arn }] }),
    )
    return { heard, open: () => eventbridge.open(v.parse(eventbridge.options, { bus: name, ...api() }), context()) }
  }

  const refusing = (action: string) => (status: 403 | 500) => {
    const error = status === 403 ? 'AccessDenied' : 'InternalFailure'
    onTestFinished(moto.misbehave({ action, how: 'refused', status, error, message: 'canary-token-answer', times: 9 }))
  }

  notifierContract('sns', async (): Promise<Receiver> => {
    const { heard, open } = await topic()
    return {
      notifier: await open(),
      heard: async () => (await heard()).map(({ Message }) => unquoted(JSON.parse(Message))),
      refuse: refusing('sns:Publish'),
    }
  })

  notifierContract('eventbridge', async (): Promise<Receiver> => {
    const { heard, open } = await bus()
    return {
      notifier: await open(),
      heard: async () => (await heard()).map(({ detail }) => unquoted(detail)),
      refuse: refusing('events:PutEvents'),
    }
  })

  const unquoted = (value: unknown) => JSON.stringify(value).replaceAll('\\"', '"')

  describe('the notifier sns', () => {
    test('gives programs JSON under a subject for people, and needs no region beside the ARN', async () => {
      const { heard, open } = await topic()
      await (await open({ region: undefined })).send(problem)
      const [letter] = await heard()
      expect(JSON.parse(letter.Message)).toEqual(JSON.parse(JSON.stringify(problem)))
      expect(letter.Subject).toBe('newleaf prod: shop needs attention (ACME_CAA)')
    })

    test('of a topic that is not there is refused', async () => {
      const { open } = await topic()
      const topicArn = 'arn:aws:sns:eu-central-1:123456789012:nowhere'
      expect(await failureOf((await open({ topicArn })).send(problem))).toBe('NOT_FOUND')
    })
  })

  describe('the notifier eventbridge', () => {
    test('puts an event whose source and type a rule can match', async () => {
      const { heard, open } = await bus()
      await (await open()).send(resolved)
      const [event] = await heard()
      expect(event).toMatchObject({ source: 'newleaf', 'detail-type': 'Certificate Problem Resolved' })
      expect(event.detail).toEqual(JSON.parse(JSON.stringify(resolved)))
    })
  })
})
