import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Failure, isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { isAwsError, openAws } from '../../lib/vendors/aws/client.ts'
import { tools } from '../support/driver-context.ts'

const hostContext = { ...tools, folder: '/' }
const CALL = { action: 'PutSecretValue', on: 'newleaf/prod/linode' }

/** As the SDK throws it. */
const sdkError = (name: string, status: number | undefined, message = '', more: object = {}) =>
  Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status, requestId: 'request-1' },
    $response: { statusCode: status, body: 'canary-token-in-the-answer' },
    ...more,
  })

async function failed(error: unknown): Promise<Failure> {
  const aws = await openAws({}, hostContext)
  const caught = await aws.call(CALL, () => Promise.reject(error)).catch((thrown: unknown) => thrown)
  if (!isFailure(caught)) throw caught
  return caught
}

describe('trouble with AWS', () => {
  test.each([
    ['AccessDeniedException', 400, 'DENIED', /allow the role PutSecretValue$/],
    ['AccessDenied', 403, 'DENIED', /allow the role/],
    ['UnrecognizedClientException', 400, 'DENIED', /credentials are not known/],
    ['SignatureDoesNotMatch', 403, 'DENIED', /credentials are not known/],
    ['XAdminUserNotFound', 404, 'DENIED', /credentials are not known/],
    ['ExpiredTokenException', 400, 'DENIED', /credentials have run out/],
    ['RequestTimeTooSkewed', 403, 'DENIED', /clock of this machine is wrong/],
    ['ThrottlingException', 400, 'UNAVAILABLE', /failed with 400 ThrottlingException$/],
    ['SlowDown', 503, 'UNAVAILABLE', /failed with 503/],
    ['TooManyRequestsException', 429, 'UNAVAILABLE', /failed with 429/],
    ['InternalError', 500, 'UNAVAILABLE', /failed with 500/],
    ['ConditionalRequestConflict', 409, 'UNAVAILABLE', /failed with 409/],
    ['ResourceNotFoundException', 400, 'NOT_FOUND', /refused with 400/],
    ['NoSuchBucket', 404, 'NOT_FOUND', /refused with 404 NoSuchBucket/],
    ['PreconditionFailed', 412, 'CONFLICT', /refused with 412/],
    ['PermanentRedirect', 301, 'ANSWER_INVALID', /another region, set `region`/],
    ['AuthorizationHeaderMalformed', 400, 'REJECTED', /another region, set `region`/],
    ['ValidationException', 400, 'REJECTED', /refused with 400/],
    ['SyntaxError', 200, 'ANSWER_INVALID', /refused with 200/],
  ] as const)('%s with %i is %s', async (name, status, code, words) => {
    const failure = await failed(sdkError(name, status))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) })
    expect(failure.message).toMatch(/^PutSecretValue of newleaf\/prod\/linode /)
    expect(failure.fields).toMatchObject({ ...CALL, error: name, status, requestId: 'request-1' })
    expect(isAwsError(failure, 'Another', name)).toBe(true)
    expect(isAwsError(failure, 'Another')).toBe(false)
  })

  test('a refusal that lies in the KMS key says so', async () => {
    const { message } = await failed(sdkError('AccessDeniedException', 400, 'Access to KMS is not allowed'))
    expect(message).toMatch(/the role may not use the KMS key$/)
  })

  test('an expired signature is a wrong clock', async () => {
    const { message } = await failed(
      sdkError('InvalidSignatureException', 403, 'Signature expired: 2026 is now earlier'),
    )
    expect(message).toMatch(/clock of this machine is wrong$/)
  })

  test.each([
    ['ECONNREFUSED', { code: 'ECONNREFUSED' }, 'Error'],
    ['TimeoutError', {}, 'TimeoutError'],
    ['AbortError', {}, 'AbortError'],
  ])('no answer (%s) is UNREACHABLE', async (shown, more, name) => {
    const failure = await failed(sdkError(name, undefined, '', more))
    expect(failure).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining(`got no answer (${shown})`) })
  })

  test.each(['ERR_INVALID_CHAR', 'ERR_INVALID_ARG_TYPE'])(
    'what cannot be sent (%s) is our own input, not the network',
    async (code) => {
      expect(await failed(sdkError('TypeError', undefined, '', { code }))).toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('was not sent'),
      })
    },
  )

  test('without credentials or a region it says what to set', async () => {
    expect((await failed(sdkError('CredentialsProviderError', undefined))).code).toBe('DENIED')
    expect(await failed(new Error('Region is missing'))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('AWS_REGION'),
    })
  })

  test('F-89 nothing of what AWS said or was sent is in the failure', async () => {
    const error = sdkError('AccessDenied', 403, 'canary-token-in-the-message', { $fault: 'client' })
    expect(inspect(await failed(error), { depth: 9, showHidden: true })).not.toContain('canary')
  })

  test('a mistake of the program is none of AWS', async () => {
    const mistake = new TypeError('x is not a function')
    await expect(failed(mistake)).rejects.toBe(mistake)
  })
})

describe('a call to AWS', () => {
  test('F-60 is made again while that helps, three times in all', async () => {
    const aws = await openAws({}, hostContext)
    let tries = 0
    const work = (error: unknown, until: number) => async () => {
      tries += 1
      if (tries < until) throw error
      return 'done'
    }
    expect(await aws.call(CALL, work(sdkError('InternalError', 500), 3))).toBe('done')
    expect(tries).toBe(3)
    tries = 0
    await expect(aws.call(CALL, work(sdkError('InternalError', 500), 9))).rejects.toThrow(Failure)
    expect(tries).toBe(3)
    tries = 0
    await expect(aws.call(CALL, work(sdkError('AccessDenied', 403), 9))).rejects.toThrow(Failure)
    expect(tries).toBe(1)
  })

  test.each([
    ['SlowDown', 503],
    ['Unknown', 429],
    ['ProvisionedThroughputExceededException', 400],
  ])('that came too soon after others (%s, %i) is made again for longer than a second', async (name, status) => {
    const pauses: number[] = []
    const sleep = async (milliseconds: number) => void pauses.push(milliseconds)
    const aws = await openAws({}, { ...hostContext, clock: { ...tools.clock, sleep }, random: () => 0 })
    const call = aws.call(CALL, () => Promise.reject(sdkError(name, status)))
    expect(await call.catch((error: unknown) => error)).toMatchObject({ code: 'UNAVAILABLE' })
    expect(pauses).toEqual([500, 1_000, 2_000])
  })

  test('that a service does not know is not made again, whether the status says so or the name', async () => {
    for (const error of [sdkError('Unknown', 501), sdkError('NotImplemented', 400)]) {
      expect(await failed(error)).toMatchObject({ code: 'REJECTED', message: expect.stringContaining('was refused') })
    }
  })

  test('F-04 is not made when no time is left', async () => {
    const aws = await openAws({}, { ...hostContext, timeLeft: () => 0 })
    await expect(aws.call(CALL, async () => 'made')).rejects.toMatchObject({ code: 'OUT_OF_TIME' })
  })

  test('is broken off when the run ends', async () => {
    const aws = await openAws({}, { ...hostContext, timeLeft: () => 5 })
    const aborted = aws.call(CALL, ({ abortSignal }) => {
      const { promise, reject } = Promise.withResolvers<never>()
      abortSignal.onabort = () => reject(sdkError('AbortError', undefined))
      return promise
    })
    await expect(aborted).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  test('clients get the region, the endpoint and the keys, and try nothing twice themselves', async () => {
    const { config } = await openAws(
      {
        region: 'fr-par',
        endpoint: 'https://s3.fr-par.scw.cloud',
        credentials: { accessKeyId: new Secret('canary-token-id'), secretAccessKey: new Secret('canary-token-key') },
      },
      hostContext,
    )
    expect(config).toMatchObject({ region: 'fr-par', endpoint: 'https://s3.fr-par.scw.cloud', maxAttempts: 1 })
    expect(Object.keys(config.credentials ?? {})).toEqual(['accessKeyId', 'secretAccessKey'])
    expect((await openAws({}, hostContext)).config).not.toHaveProperty('credentials')
  })
})
