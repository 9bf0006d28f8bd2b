import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { deployed, type Json, type Resource } from '../support/cloudformation.ts'
import { AT_AWS, namesInZip, packageService, SITE } from '../support/packaged-service.ts'
import { statementsOf } from '../support/policies.ts'

const [site = '', certificates = ''] = SITE.split(/^(?=certificates:)/m)
const service = await packageService({
  'newleaf.yaml': `${AT_AWS}include: 'shop*.yaml'${site.replace('options: { token', 'options: { caCertificate: ./ca.pem, token')}`,
  'shops.yaml': certificates,
  'ca.pem': rootCertificates[0] ?? '',
  'bundle.pem': '-----BEGIN PRIVATE KEY-----',
})
afterAll(() => service.remove())

const all = deployed(service.template)
const withQueue = deployed(service.template, { Queue: 'on' })
const of = (type: string, from = all) => Object.entries(from).filter(([, { Type }]) => Type === type)
const propertiesOf = (id: string, from = all) => (from[id] as Resource).Properties
const functions: Record<string, Json> = Object.fromEntries(
  of('AWS::Lambda::Function').map(([, { Properties }]) => [Properties.FunctionName, Properties]),
)

describe('the packaged service', () => {
  test.each(['scheduled', 'renew', 'worker', 'status'] as const)(
    'has a zip for %s under 1 MB, with its own code, the configuration, what it includes and its certificates, and nothing else',
    async (name) => {
      const zip = await service.zip(name)
      expect(zip.length).toBeLessThan(1_000_000)
      const names = namesInZip(zip)
      expect(names).toContain(`.build/${name}/${name}.mjs`)
      expect(names.filter((each) => !each.startsWith(`.build/${name}/`))).toEqual([
        'ca.pem',
        'newleaf.yaml',
        'shops.yaml',
      ])
    },
  )

  test('has these functions, for the runtime that the tests run on, on ARM', () => {
    expect(Object.keys(functions).sort()).toEqual(
      ['renew', 'scheduled', 'status', 'worker'].map((name) => `newleaf-shops-${name}`),
    )
    for (const { Runtime, Architectures } of Object.values(functions)) {
      expect(Runtime).toBe(`nodejs${process.versions.node.split('.')[0]}.x`)
      expect(Architectures).toEqual(['arm64'])
    }
  })

  test('takes what the configuration says already from there', () => {
    expect(propertiesOf('StateBucket').BucketName).toBe('state-of-the-shops')
    const resources = statementsOf(all.RenewRole as Resource).flatMap((statement) => statement.resources)
    expect(resources).toContain('arn:aws:s3:::state-of-the-shops/tls/state/*')
    expect(resources).toContain('arn:aws:secretsmanager:eu-central-1:123456789012:secret:teams/shops/*')
  })

  test('has every parameter at the top of one file', async () => {
    const { custom } = parse(await readFile('serverless.yml', 'utf8'), { logLevel: 'silent' })
    for (const name of ['schedule', 'timeZone', 'queue', 'kmsKeyArn', 'alarmTopicArn'])
      expect(custom).toHaveProperty(name)
  })
})

describe('the schedule', () => {
  test('starts one run at a time, hourly, in a named time zone, and tries nothing twice', () => {
    const [[, { Properties }]] = of('AWS::Scheduler::Schedule') as [[string, Resource]]
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 hour)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      Target: {
        RetryPolicy: { MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: expect.stringContaining('dead-letters') },
      },
    })
    expect(functions['newleaf-shops-scheduled']).toMatchObject({ ReservedConcurrentExecutions: 1, Timeout: 900 })
    expect(propertiesOf('ScheduledLambdaEvConf')).toMatchObject({ MaximumRetryAttempts: 0 })
  })

  test('gives to the workers only with the queue, and nobody polls a queue that is off', () => {
    const url = (from: typeof all) =>
      propertiesOf('ScheduledLambdaFunction', from).Environment.Variables.NEWLEAF_QUEUE_URL
    expect([url(all), url(withQueue)]).toEqual(['', 'newleaf-shops-due'])
    const source = (from: typeof all) => propertiesOf('WorkerSource', from)
    expect(source(all).Enabled).toBe(false)
    expect(source(withQueue)).toMatchObject({
      Enabled: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    })
  })

  test('a message stays hidden for six times as long as a worker may take, and is given up in the end', () => {
    const { VisibilityTimeout, RedrivePolicy } = propertiesOf('Due')
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * functions['newleaf-shops-worker'].Timeout)
    expect(RedrivePolicy).toMatchObject({ maxReceiveCount: 3 })
  })
})

describe('the bucket of the state', () => {
  test('keeps old versions for a while, is encrypted, closed to the public, and outlives the stack', () => {
    expect(all.StateBucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    const { PublicAccessBlockConfiguration, ...properties } = propertiesOf('StateBucket')
    expect(properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: { Rules: [{ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    })
    expect(new Set(Object.values(PublicAccessBlockConfiguration))).toEqual(new Set([true]))
    expect(propertiesOf('StateBucket', deployed(service.template, { KmsKeyArn: 'arn:key' }))).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { KMSMasterKeyID: 'arn:key' } }],
      },
    })
  })

  test('refuses whoever comes without TLS', () => {
    expect(propertiesOf('StateBucketPolicy').PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    )
  })
})

describe('the alarms', () => {
  const alarm = (id: string) => propertiesOf(id)

  test('F-12: three intervals without a run that came to its end are one, whatever the reason, the schedule switched off among them', () => {
    expect(alarm('NoRunAlarm')).toMatchObject({
      AlarmName: 'newleaf-shops-no-run',
      Namespace: 'newleaf',
      MetricName: 'Success',
      Dimensions: [{ Name: 'environment', Value: 'shops' }],
      Statistic: 'SampleCount',
      Period: 3600,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    })
  })

  test('a certificate that no run of four intervals has found healthy is one, and silence makes it neither better nor worse', () => {
    expect(alarm('UnhealthyAlarm')).toMatchObject({
      AlarmName: 'newleaf-shops-unhealthy',
      MetricName: 'Unhealthy',
      Dimensions: [{ Name: 'environment', Value: 'shops' }],
      Statistic: 'Minimum',
      Period: 4 * 3600,
      TreatMissingData: 'ignore',
    })
  })

  test('a certificate with too little of its life left, an error and a dead letter are one each', () => {
    expect(alarm('ExpiresSoonAlarm')).toMatchObject({ MetricName: 'LifeLeft', Statistic: 'Minimum', Threshold: 15 })
    expect(alarm('DeadLettersAlarm')).toMatchObject({
      Dimensions: [{ Value: 'newleaf-shops-dead-letters' }],
      Threshold: 1,
    })
    const watched = alarm('ErrorsAlarm').Metrics.flatMap(
      ({ MetricStat }: { MetricStat?: { Metric: { Dimensions: { Value: string }[] } } }) =>
        MetricStat ? [MetricStat.Metric.Dimensions[0]?.Value] : [],
    )
    expect(watched.sort()).toEqual(Object.keys(functions).sort())
  })

  test('each tells somebody: a topic of its own, or one that is there', () => {
    const given = deployed(service.template, { AlarmTopicArn: 'arn:topic' })
    expect(given).not.toHaveProperty('AlarmTopic')
    for (const [id] of of('AWS::CloudWatch::Alarm')) {
      expect(alarm(id).AlarmActions).toEqual(['arn:aws:sns:eu-central-1:123456789012:newleaf-shops-alarms'])
      expect(propertiesOf(id, given).AlarmActions).toEqual(['arn:topic'])
    }
  })
})

describe('the roles', () => {
  const roles = of('AWS::IAM::Role')

  test('are one for each function, and one for the scheduler', () => {
    expect(roles.map(([id]) => id).sort()).toEqual([
      'RenewRole',
      'ScheduledRole',
      'SchedulerRole',
      'StatusRole',
      'WorkerRole',
    ])
    expect(new Set(Object.values(functions).map(({ Role }) => Role)).size).toBe(4)
  })

  test.each(roles.map(([id]) => id))('%s names every action, and every resource as exactly as AWS has it', (id) => {
    for (const from of [all, withQueue]) {
      for (const { actions, resources } of statementsOf(from[id] as Resource)) {
        expect(actions.filter((action) => /[*?]/.test(action))).toEqual([])
        // Objects and secrets below a prefix, and the streams of one log group.
        const wild = resources.filter((arn) => /[*?]/.test(arn))
        expect(
          wild.filter(
            (arn) =>
              !/^arn:aws:(s3:::state-of-the-shops\/tls\/state\/\*|secretsmanager:.*:secret:teams\/shops\/\*|logs:.*:\*)$/.test(
                arn,
              ),
          ),
        ).toEqual([])
      }
    }
  })

  test('nobody deletes a secret, and who only tells the status reads none', () => {
    const actions = (id: string) => statementsOf(all[id] as Resource).flatMap((statement) => statement.actions)
    for (const [id] of roles) expect(actions(id)).not.toContain('secretsmanager:DeleteSecret')
    expect(actions('StatusRole').sort()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
    ])
    const giving = statementsOf(withQueue.ScheduledRole as Resource).flatMap((statement) => statement.actions)
    expect(giving.filter((action) => action.startsWith('secretsmanager:'))).toEqual([])
  })

  test('only the scheduler of this account may start the schedule’s role', () => {
    expect(propertiesOf('SchedulerRole').AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
      StringEquals: {
        'aws:SourceAccount': '123456789012',
        'aws:SourceArn': 'arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default',
      },
    })
  })
})
