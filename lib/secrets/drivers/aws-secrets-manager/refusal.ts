import { Failure, type FailureCode, isFailure } from '../../../errors.ts'
import { type AwsCall, isAwsError, type SdkError } from '../../../vendors/aws/client.ts'

/**
 * What the service refuses under one name for several causes, of which its message tells the one.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html#API_PutSecretValue_Errors
 */
const CAUSES: readonly (readonly [says: RegExp, meaning: (id: string) => string])[] = [
  [/\breplica\b/i, (id) => `${id} is a replica, and takes no value here: set \`region\` to that of its primary`],
  [/\bdelet(?:ed|ion)\b/i, (id) => scheduled(id)],
  [
    /\b(?:managed|owned) by\b|\bowning service\b/i,
    (id) => `${id} belongs to another AWS service: set another \`prefix\``,
  ],
]

const scheduled = (id: string) =>
  `${id} is scheduled for deletion: take that back with "aws secretsmanager restore-secret --secret-id ${id}"`

const SEVERAL = ['InvalidRequestException', 'InvalidParameterException']

/** Of a label or a version: the secret itself is there. */
const NO_VALUE = /\bsecret value\b|\bstaging label\b|\bversion/i

/** `isMade`: the secret was made a moment ago, so that it may be missing only where the call arrived. */
export const refusal =
  ({ action, on }: AwsCall, isMade: boolean) =>
  (error: SdkError): never => {
    const { name = '', message = '', $metadata = {} } = error
    const { httpStatusCode: status, requestId } = $metadata
    const fields = { action, on, error: name, status, requestId, secret: on }
    const meaning = SEVERAL.includes(name) ? CAUSES.find(([says]) => says.test(message))?.[1] : undefined
    if (meaning !== undefined) throw new Failure('STORE_UNREADABLE', `the secret ${meaning(on)}`, { fields })
    if (isMade && name === 'ResourceNotFoundException' && !NO_VALUE.test(message)) {
      throw new Failure('UNAVAILABLE', `the secret ${on} was made just now, and is not found yet`, { fields })
    }
    throw error
  }

/** The trouble of a call, in the words of a store. */
export function explained(id: string, error: unknown): unknown {
  if (!isFailure(error)) return error
  const as = (code: FailureCode, message: string) => new Failure(code, message, { fields: error.fields })
  const { action } = error.fields
  if (error.code === 'REJECTED' && action === 'UpdateSecretVersionStage' && isAwsError(error, ...SEVERAL)) {
    return as('CONFLICT', `the labels of the secret ${id} were moved by another run`)
  }
  if (isAwsError(error, 'DecryptionFailure', 'EncryptionFailure')) {
    return as('STORE_UNREADABLE', `the KMS key of the secret ${id} cannot be used: is it disabled or deleted?`)
  }
  if (isAwsError(error, 'LimitExceededException')) {
    return as('STORE_FAILED', `the secret ${id} ${action === 'CreateSecret' ? TOO_MANY_SECRETS : TOO_MANY_VERSIONS}`)
  }
  return error
}

const TOO_MANY_SECRETS = 'would be one more than this account may hold in this region: ask AWS for a higher quota'
const TOO_MANY_VERSIONS = 'has too many versions: they go away within a day'

export const deleted = (id: string) =>
  new Failure('STORE_UNREADABLE', `the secret ${scheduled(id)}`, { fields: { secret: id } })
