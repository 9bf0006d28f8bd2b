import type { SecureContext } from 'node:tls'
import * as v from 'valibot'
import { Failure, type FailureCode, isFailure } from '../../errors.ts'
import { type Breaker, createBreaker } from '../../platform/breaker.ts'
import { readCaCertificate, trusting } from '../../platform/ca-certificate.ts'
import { SECOND } from '../../platform/clock.ts'
import { requireTime } from '../../platform/deadline.ts'
import { apiOptions, type DriverContext } from '../../platform/driver.ts'
import { retrySoon } from '../../platform/retry.ts'
import type { Secret } from '../../platform/secret.ts'

/** Fields that every driver of an AWS service has. */
export const awsOptions = {
  ...apiOptions,
  region: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9-]{2,40}$/, 'expected a region such as eu-central-1'),
      v.description('The region; the one of the environment (AWS_REGION) if absent.'),
    ),
  ),
}

export interface Credentials {
  readonly accessKeyId: Secret
  readonly secretAccessKey: Secret
  /** Of a role that was assumed. */
  readonly sessionToken?: Secret
}

export interface AwsOptions {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly caCertificate?: string | undefined
  /** In place of those that the SDK finds itself: in the environment, the function's role or a profile. */
  readonly credentials?: Credentials | undefined
}

export interface AwsCall {
  /** As a policy names it, without the service: `GetSecretValue`. */
  readonly action: string
  /** What it is about: the name of a secret, a bucket and a key, a queue. */
  readonly on: string
  /** It must not be made twice: what became of it when no answer comes is the caller's to find out. */
  readonly once?: true
}

/** What every client of the AWS SDK is made with, and how its calls are made. */
export interface Aws {
  /** For the constructor of any client. */
  readonly config: ReturnType<typeof clientConfig>
  /**
   * Makes a call; unless it says `once`, it is made again while that helps. Trouble is a Failure, and `isAwsError` tells
   * what AWS called it, `statusOf` with which status. Whatever streams in must be read within `send`, and what only the
   * message of an error tells.
   */
  call<T>(call: AwsCall, send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T>
}

/** Where a key may be written once a second, who writes it alone gets through after the second pause at the latest. */
const TOO_FAST = { tries: 4, pause: SECOND }

const TIMEOUT = 30_000
/** With less time, no answer may be our haste. */
const LONG_ENOUGH = 5_000
const IDLE = 5_000

export interface AwsContext extends Pick<DriverContext, 'folder' | 'clock' | 'random' | 'timeLeft'> {
  /** Of whoever opens the same API several times in a run; one of its own if absent. */
  readonly breaker?: Breaker
}

/** One API in one region: when it never answers, its calls do not wait for it again and again. */
export async function openAws(
  options: AwsOptions,
  { folder, clock, random, timeLeft, breaker = createBreaker(clock) }: AwsContext,
): Promise<Aws> {
  const { caCertificate: path } = options
  const api = apiOf(options)
  return {
    config: clientConfig(
      options,
      path === undefined ? undefined : await trusting(await readCaCertificate(folder, path)),
    ),
    call: (call, send) =>
      retrySoon(
        async () => {
          requireTime(timeLeft, 1)
          breaker.check(api)
          const time = Math.min(TIMEOUT, timeLeft())
          try {
            const answer = await send({ abortSignal: AbortSignal.timeout(time) })
            breaker.answered(api)
            return answer
          } catch (error) {
            if (wasAnswered(error)) breaker.answered(api)
            else if (isSilence(error) && time >= LONG_ENOUGH) breaker.timedOut(api)
            throw toAwsFailure(error, call)
          }
        },
        {
          clock,
          random,
          timeLeft,
          ...(call.once ? { tries: 1 } : { pace: (failure) => (wasTooFast(failure) ? TOO_FAST : undefined) }),
        },
      ),
  }
}

/** What is sent in one go, by a client of its own: its connections are closed after it. */
export async function withClient<Client extends { destroy(): void }, T>(
  client: Client,
  send: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await send(client)
  } finally {
    client.destroy()
  }
}

/** Whether AWS called the trouble by one of these names. */
export const isAwsError = (error: unknown, ...names: string[]): error is Failure =>
  isFailure(error) && names.includes(String(error.fields.error))

/** Of the answer; undefined when there was none. */
export const statusOf = (error: unknown): number | undefined =>
  isFailure(error) && typeof error.fields.status === 'number' ? error.fields.status : undefined

/** After others, or after what it is about was made: a service may not find that everywhere at once. */
const wasTooFast = (failure: Failure): boolean =>
  failure.code === 'UNAVAILABLE' &&
  ([429, 503].includes(statusOf(failure) ?? 0) ||
    TOO_MANY.test(String(failure.fields.error)) ||
    isAwsError(failure, 'ResourceNotFoundException'))

/** The SDK tries nothing twice itself: a run knows better how much time is left. */
const clientConfig = ({ region, endpoint, credentials }: AwsOptions, secureContext: SecureContext | undefined) => ({
  ...(region === undefined ? {} : { region }),
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(credentials === undefined
    ? {}
    : {
        credentials: {
          accessKeyId: credentials.accessKeyId.reveal(),
          secretAccessKey: credentials.secretAccessKey.reveal(),
          ...(credentials.sessionToken && { sessionToken: credentials.sessionToken.reveal() }),
        },
      }),
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 10_000,
    requestTimeout: TIMEOUT,
    throwOnRequestTimeout: true,
    // A connection that nobody uses is gone soon: a frozen function must not find dead ones when it thaws.
    httpsAgent: { keepAlive: true, timeout: IDLE, ...(secureContext && { secureContext }) },
  },
})

/** What the SDK's errors look like, as far as they are read here. */
export interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly statusCode?: number }
}

/** As messages name it. */
const apiOf = ({ endpoint, region }: AwsOptions): string =>
  endpoint === undefined ? `the AWS API${region === undefined ? '' : ` in ${region}`}` : new URL(endpoint).host

const statusIn = ({ $metadata, $response }: SdkError) => $metadata?.httpStatusCode ?? $response?.statusCode
const wasAnswered = (error: unknown): boolean => statusIn(error as SdkError) !== undefined
/** Its own, of a connection or of an answer, and that of our signal. */
const isTimeOut = (error: unknown): boolean => /Timeout|Abort/.test((error as SdkError).name ?? '')
/** The SDK gives the same name to a connection that was broken off. */
const isSilence = (error: unknown): boolean =>
  isTimeOut(error) && !['ECONNRESET', 'EPIPE'].includes(String((error as SdkError).code))

/** Without a cause: what the SDK throws carries the request with it, and so the secret that was to be stored. */
function toAwsFailure(error: unknown, { action, on }: AwsCall): unknown {
  if (isFailure(error)) return error
  const { name = 'Error', message = '', code, $metadata = {} } = error as SdkError
  const status = statusIn(error as SdkError)
  const fields = { action, on, error: name, status, requestId: $metadata.requestId }
  const failure = (as: FailureCode, what: string) => new Failure(as, `${action} of ${on} ${what}`, { fields })

  if (status !== undefined) return failure(codeOf(name, status), explained(name, status, message, action))
  if (name === 'CredentialsProviderError') return failure('DENIED', 'was not sent: no AWS credentials were found')
  if (message.includes('Region is missing')) {
    return new Failure('CONFIG_INVALID', 'no AWS region is known: set `region`, or AWS_REGION in the environment')
  }
  if (typeof code === 'string' && code.startsWith('ERR_INVALID_')) {
    const why = 'it would hold a character that no request may hold: look at the AWS credentials for a line break'
    return failure('CONFIG_INVALID', `was not sent: ${why} (${code})`)
  }
  const cause = typeof code === 'string' ? code : name
  if (typeof code === 'string' || isTimeOut(error)) return failure('UNREACHABLE', `got no answer (${cause})`)
  return error
}

/** Throttling by AWS names no time until which to wait, so that it is UNAVAILABLE: to be tried again soon. */
function codeOf(name: string, status: number): FailureCode {
  if (status === 501 || name === 'NotImplemented') return 'REJECTED' // another time it will not be either
  if (BAD_TIME.test(name) || TOO_MANY.test(name) || status === 429 || status === 408 || status >= 500)
    return 'UNAVAILABLE'
  if (DENIED.test(name) || status === 401 || status === 403) return 'DENIED'
  if (/NotFound|NoSuch|NonExistent|DoesNotExist/.test(name) || status === 404) return 'NOT_FOUND'
  if (status === 409 || status === 412) return 'CONFLICT'
  return status >= 400 ? 'REJECTED' : 'ANSWER_INVALID'
}

/** Nothing is wrong with the request: it came too soon after others, or at a bad time. */
const TOO_MANY = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ThroughputExceeded/
const BAD_TIME = /PriorRequestNotComplete|RequestTimeout$|ConditionalRequestConflict|OperationAborted/
const DENIED =
  /AccessDenied|Unauthorized|AuthFailure|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|Signature|ExpiredToken|RequestExpired|TooSkewed|OptInRequired|Authentication|KMSAccess|UserNotFound/

/** In our own words: AWS may repeat what it was sent. */
function explained(name: string, status: number, message: string, action: string): string {
  const was = `was refused with ${status} ${name}`
  if (/TooSkewed/.test(name) || /Signature (expired|not yet current)/.test(message)) {
    return `${was}: the clock of this machine is wrong`
  }
  if (/ExpiredToken|RequestExpired/.test(name)) return `${was}: the credentials have run out`
  if (/InvalidAccessKeyId|UnrecognizedClient|InvalidClientTokenId|Signature|UserNotFound/.test(name)) {
    return `${was}: the credentials are not known there, or not for this region`
  }
  if (/AccessDenied/.test(name) && /\bKMS\b|kms:/i.test(message)) return `${was}: the role may not use the KMS key`
  if (/AccessDenied/.test(name)) return `${was}: allow the role ${action}`
  if (status === 301 || name === 'AuthorizationHeaderMalformed')
    return `${was}: it is in another region, set \`region\``
  return codeOf(name, status) === 'UNAVAILABLE' ? `failed with ${status} ${name}` : was
}
