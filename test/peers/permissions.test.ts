/** The main job as it is packaged, at AWS as moto emulates it: each role allows what was called, and nothing of it in vain. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { STORES } from '../../sandbox/configuration.ts'
import { restoreAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { startWorld, type World } from '../../sandbox/world.ts'
import { accessRequests, logRequests } from '../support/aws-access.ts'
import { ACCOUNT, deployed, REGION, type Resource } from '../support/cloudformation.ts'
import { describePeers } from '../support/describe-peers.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { type FunctionName, packageService, SITE } from '../support/packaged-service.ts'
import { type AccessRequest, isAllowed, statementsOf, withoutEach } from '../support/policies.ts'
import { practiceFolder } from '../support/practice-world.ts'

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/newleaf`
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:notices`
const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`
const BUCKET = 'newleaf-permissions'

const STORES_AT_AWS = `\
environment: prod
secrets: { use: aws-secrets-manager, options: { kmsKey: '${KEY}', tags: { team: web } } }
state: { use: s3, options: { bucket: ${BUCKET}, forcePathStyle: true } }
notify:
  topic: { use: sns, options: { topicArn: '${TOPIC}' } }
  bus: { use: eventbridge, options: { bus: '${BUS}' } }
`
/** A certificate of which somebody must be told. */
const BROKEN = `\
  broken: { names: [broken.shop.example], deploy: [{ balancer: fr, loadBalancer: edge, frontend: nowhere }] }
`

const folder = practiceFolder()
/** A package holds the drivers that are named, so that those of the sandbox's own configuration are named as well. */
const PACKAGED = SITE.replace(
  'dns: { main:',
  "dns: { other: { use: scaleway, zones: [other.example], options: { token: 'env:DNS_TOKEN' } }, main:",
).replace(
  'balancers: { us:',
  "balancers: { fr: { use: scaleway, options: { zone: fr-par-1, token: 'env:LB_TOKEN' } }, us:",
)
const service = await packageService({ 'newleaf.yaml': STORES_AT_AWS + PACKAGED })
const resources = (queue: 'on' | 'off') =>
  deployed(service.template, { Queue: queue, NoticeTopicArn: TOPIC, NoticeBusArn: BUS })
const roleOf = (id: string, queue: 'on' | 'off') => resources(queue)[id] as Resource

const ROLES = {
  'the scheduled function': roleOf('ScheduledRole', 'off'),
  'the scheduled function with a queue': roleOf('ScheduledRole', 'on'),
  'the function for renewals by hand': roleOf('RenewRole', 'off'),
  'the worker': roleOf('WorkerRole', 'on'),
  'the status function': roleOf('StatusRole', 'off'),
  'the scheduler': roleOf('SchedulerRole', 'off'),
} as const
type Who = keyof typeof ROLES

afterAll(async () => {
  await service.remove()
  folder.remove()
})

describePeers('what AWS allows', ['moto'], ({ moto: program }) => {
  let world: World
  let moto: Moto
  let aws: ReturnType<typeof clients>
  const asked = new Map<Who, AccessRequest[]>()
  const note = (who: Who, requests: readonly AccessRequest[]) =>
    asked.set(who, [...(asked.get(who) ?? []), ...requests])

  beforeAll(async () => {
    world = await startWorld({ folder: folder.path, fresh: true })
    const tls = await serverCertificate(restoreAuthority(world.memory.house))
    moto = await startMoto({ program, tls })
    aws = clients(moto, world.memory.house.rootPem)
    await writeFile(join(service.folder, 'ca.pem'), world.memory.house.rootPem)
    await theMainJob()
    noteWhatAwsDoesItself()
  }, 300_000)
  afterAll(async () => {
    await aws.close()
    await moto.close()
    await world.close()
  })

  async function as<T>(who: Who, name: FunctionName, event: unknown, env = {}): Promise<T> {
    moto.forget()
    const answer = await service.call(name, event, {
      ...world.env,
      AWS_ENDPOINT_URL: moto.endpoint,
      NODE_EXTRA_CA_CERTS: join(service.folder, 'ca.pem'),
      ...awsEnvironment(),
      ...env,
    })
    note(who, [...accessRequests(moto.calls, { key: KEY, bus: BUS }), ...logRequests(`newleaf-prod-${name}`)])
    return answer as T
  }

  async function configure(change: (text: string) => string = (text) => text): Promise<void> {
    const text = (await readFile(world.configuration, 'utf8')).replace(STORES.files(), STORES_AT_AWS) + BROKEN
    await writeFile(join(service.folder, 'newleaf.yaml'), change(text))
  }
  /** Whatever is renewed afterwards has one name more. */
  const oneNameMore = (text: string) =>
    text.replace('names: [shop.example,', 'names: [deep.new.shop.example, shop.example,')

  async function theMainJob() {
    const well = {
      certificates: [{ id: 'shop', result: 'renewed' }, { id: 'blog', result: 'renewed' }, { id: 'broken' }],
    }
    await aws.startAnew()
    await configure()
    expect(await as('the status function', 'status', {})).toMatchObject({ ok: false })
    expect(await as('the scheduled function', 'scheduled', {})).toMatchObject(well)
    await configure(oneNameMore)
    expect(await as('the scheduled function', 'scheduled', {})).toMatchObject({
      certificates: [{ result: 'renewed' }, {}, {}],
    })
    expect(await as('the status function', 'status', {})).toMatchObject({
      certificates: [{ healthy: true }, { healthy: true }, { healthy: false }],
    })

    await aws.startAnew()
    await configure()
    expect(await as('the function for renewals by hand', 'renew', {})).toMatchObject(well)
    expect(await as('the function for renewals by hand', 'renew', { only: ['shop'], force: true })).toMatchObject({
      ok: true,
    })

    const queue = await aws.startAnew()
    const queued = { v: 1, ok: true, unhealthy: [], queued: ['shop', 'blog', 'broken'] }
    moto.misbehave({ action: 's3:PutObject', how: 'lost answer' })
    expect(await as('the scheduled function with a queue', 'scheduled', {}, { NEWLEAF_QUEUE_URL: queue })).toEqual(
      queued,
    )
    await work(queue)
    await configure(oneNameMore)
    // What a worker could not renew is known to whoever only gives away.
    expect(await as('the scheduled function with a queue', 'scheduled', {}, { NEWLEAF_QUEUE_URL: queue })).toEqual({
      ...{ ...queued, ok: false },
      unhealthy: [{ id: 'broken', code: 'NO_CERTIFICATE' }],
    })
    await work(queue)
  }

  /** As Lambda does it for a function, in its name (AWS Lambda developer guide, "Using Lambda with Amazon SQS"). */
  async function work(queue: string): Promise<void> {
    for (;;) {
      moto.forget()
      await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['VisibilityTimeout'] }))
      const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }))
      const Records = Messages.map(({ MessageId, Body }) => ({ messageId: MessageId, body: Body }))
      note('the worker', accessRequests(moto.calls, { key: KEY, bus: BUS }))
      if (Records.length === 0) return
      expect(await as('the worker', 'worker', { Records })).toEqual({ batchItemFailures: [] })
      moto.forget()
      for (const { ReceiptHandle } of Messages) {
        await aws.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle }))
      }
      note('the worker', accessRequests(moto.calls, { key: KEY, bus: BUS }))
    }
  }

  /** What nobody calls here, because AWS does it in the role's name when a run could not be started. */
  function noteWhatAwsDoesItself() {
    const arn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`
    const dead = { action: 'sqs:SendMessage', resource: arn('newleaf-prod-dead-letters') }
    const invoke = {
      action: 'lambda:InvokeFunction',
      resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:newleaf-prod-scheduled`,
    }
    note('the scheduled function', [dead])
    note('the scheduled function with a queue', [dead])
    note('the scheduler', [invoke, dead])
  }

  describe.each(Object.entries(ROLES))('the role of %s', (who, role) => {
    const statements = statementsOf(role)
    const refused = (left: typeof statements) =>
      (asked.get(who as Who) ?? []).filter((request) => !isAllowed(left, request))

    test('allows every call that was made', () => {
      expect(asked.get(who as Who)).not.toEqual([])
      expect(refused(statements)).toEqual([])
    })

    test.each(withoutEach(statements))('is not enough without $action on $on', ({ left }) => {
      expect(refused(left)).not.toEqual([])
    })
  })
})

const awsEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'))) as Record<string, string>

function clients(moto: Moto, ca: string) {
  const config = { endpoint: moto.endpoint, requestHandler: { httpsAgent: { ca } } }
  const s3 = new S3Client({ ...config, forcePathStyle: true })
  const sns = new SNSClient(config)
  const sqs = new SQSClient(config)
  const agent = new Agent({ connect: { ca } })
  return {
    sqs,
    /** An account with a bucket, a topic and a queue, and nothing in them. Resolves to the queue's URL. */
    async startAnew(): Promise<string> {
      await request(`${moto.endpoint}/moto-api/reset`, { method: 'POST', dispatcher: agent })
      await s3.send(
        new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }),
      )
      await sns.send(new CreateTopicCommand({ Name: 'notices' }))
      await sqs.send(new CreateQueueCommand({ QueueName: 'newleaf-prod-due' }))
      return `${moto.endpoint}/${ACCOUNT}/newleaf-prod-due`
    },
    async close() {
      for (const client of [s3, sns, sqs]) client.destroy()
      await agent.close()
    },
  }
}
