/** What AWS asks a role about for the calls that were seen, and for what it does itself in the role's name. */
import { ACCOUNT, REGION } from './cloudformation.ts'
import type { AwsCall } from './moto.ts'
import type { AccessRequest } from './policies.ts'

export interface Surrounding {
  /** Of the KMS key that secrets and state are encrypted with. */
  readonly key: string
  /** Of the event bus. */
  readonly bus: string
}

export const accessRequests = (calls: readonly AwsCall[], surrounding: Surrounding): AccessRequest[] =>
  calls.flatMap((call) => {
    const [service = ''] = call.action.split(':')
    const ask = SERVICES[service]
    if (ask === undefined) throw new Error(`nobody knows what ${call.action} needs`)
    return ask(call, surrounding)
  })

const SERVICES: Readonly<Record<string, (call: AwsCall, surrounding: Surrounding) => AccessRequest[]>> = {
  s3({ action, on, status }, { key }) {
    const bucket = `arn:aws:s3:::${on.split('/')[0]}`
    const prefix = on.slice(on.indexOf('/') + 1)
    if (action === 's3:ListBucket') return [{ action, resource: bucket, context: { 's3:prefix': prefix } }]
    const context = { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }
    return [
      { action, resource: `arn:aws:s3:::${on}` },
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: without it a missing object is a 403
      ...(action === 's3:GetObject' && status === 404 ? [{ action: 's3:ListBucket', resource: bucket }] : []),
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
      ...(action === 's3:GetObject' && status === 200 ? [{ action: 'kms:Decrypt', resource: key, context }] : []),
      ...(action === 's3:PutObject' ? [{ action: 'kms:GenerateDataKey', resource: key, context }] : []),
    ]
  },

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
  secretsmanager({ action, on, status }, { key }) {
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${on}`
    const context = { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` }
    const kms = (...actions: string[]) => actions.map((each) => ({ action: each, resource: key, context }))
    return [
      // A secret that is not there has no random end.
      { action, resource: secret },
      { action, resource: `${secret}-a1B2c3` },
      // It is created with the tags of the configuration.
      ...(action.endsWith(':CreateSecret') ? [{ action: 'secretsmanager:TagResource', resource: secret }] : []),
      ...(action.endsWith(':GetSecretValue') && status === 200 ? kms('kms:Decrypt') : []),
      ...(/:(CreateSecret|PutSecretValue)$/.test(action) ? kms('kms:GenerateDataKey', 'kms:Decrypt') : []),
    ]
  },

  sqs: ({ action, on }) => [
    { action: action.replace(/Batch$/, ''), resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:${on.split('/').at(-1)}` },
  ],
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_acm.html
  acm({ action, on, status }) {
    if (action === 'acm:ListCertificates') return [{ action, resource: '*' }]
    // A certificate that is imported for the first time has no ARN yet, and is made with its tags.
    const resource = on === '' ? `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/new` : on
    const isNew = action === 'acm:ImportCertificate' && on === '' && status === 200
    return [{ action, resource }, ...(isNew ? [{ action: 'acm:AddTagsToCertificate', resource }] : [])]
  },

  sns: ({ action, on }) => [{ action, resource: on }],
  events: ({ action }, { bus }) => [{ action, resource: bus }],
}

/** What Lambda writes of every function (AWS Lambda developer guide, AWSLambdaBasicExecutionRole). */
export const logRequests = (functionName: string): AccessRequest[] =>
  ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    action,
    resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/${functionName}:log-stream:2026/11/22/[$LATEST]ab`,
  }))
