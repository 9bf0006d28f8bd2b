import { Failure, isFailure } from '../../../errors.ts'
import { type AwsCall, isAwsError, type SdkError } from '../../../vendors/aws/client.ts'

/** What ACM says of a certificate that it does not import, and what to do about it. The order counts. */
const REASONS: readonly (readonly [words: RegExp, meaning: string])[] = [
  [
    /missing one or more (extended )?key usages/i,
    'it lacks a key usage that the one in its place has, and ACM lets none be taken away but client authentication; order ' +
      'with a profile that has it (an RSA certificate of the profiles tlsserver and shortlived lacks keyEncipherment), or ' +
      'import it as a new certificate',
  ],
  [
    /key (type|size|algorithm|length)|same key/i,
    'ACM takes no key of another kind or size in its place, and no certificate whose key is of another family than that of its ' +
      'issuer',
  ],
  [/chain/i, 'ACM cannot follow its chain'],
  [/private key/i, 'ACM cannot read its private key, or finds that it does not fit'],
  [/expired|not (yet )?valid|in effect/i, 'by the clock of AWS it is not valid now'],
]

const REFUSED = ['ValidationException', 'InvalidParameterException', 'InvalidArgsException']

/** Throws what an import was refused with, in our own words: those of ACM may hold what it was sent. */
export const refusal =
  ({ action, on }: AwsCall) =>
  (error: SdkError): never => {
    const { name = '', message = '', $metadata = {} } = error
    const meaning = REFUSED.includes(name) ? REASONS.find(([words]) => words.test(message))?.[1] : undefined
    if (meaning === undefined) throw error
    throw new Failure('REJECTED', `${action} of ${on} was refused with ${name}: ${meaning}`, {
      fields: { action, on, error: name, status: $metadata.httpStatusCode, requestId: $metadata.requestId },
    })
  }

/** The trouble of a call, in the words of a target. */
export function explained(error: unknown, on: string, acm: string): unknown {
  if (!isFailure(error)) return error
  const { fields } = error
  if (isAwsError(error, 'ResourceNotFoundException', 'InvalidArnException')) return missing(on, acm, error)
  if (isAwsError(error, 'LimitExceededException', 'ServiceQuotaExceededException')) {
    return new Failure(
      'TARGET_FULL',
      `${acm} is at one of its quotas, by default 2,500 imported certificates and 5,000 imports within 365 days; delete ` +
        'certificates that nothing uses, or ask AWS for more',
      { fields },
    )
  }
  if (isAwsError(error, 'ConflictException', 'ResourceInUseException', 'RequestInProgressException')) {
    return new Failure('TARGET_BUSY', `${on} is being changed by somebody else; the next run carries on`, { fields })
  }
  return error
}

export const missing = (what: string, acm: string, cause?: unknown) =>
  new Failure('TARGET_MISSING', `${acm} has no certificate ${what}; check the configuration`, { cause })
