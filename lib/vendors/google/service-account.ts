/** A service account of Google Cloud: what its key has signed is exchanged for access tokens (RFC 7523). */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import { type Authorization, accessTokens } from '../../platform/access-tokens.ts'
import { HOUR, SECOND } from '../../platform/clock.ts'
import { type DriverContext, httpsUrl } from '../../platform/driver.ts'
import { safeParse } from '../../platform/safe-parse.ts'
import { Secret } from '../../platform/secret.ts'
import { tokenEndpoint } from '../../platform/token-endpoint.ts'

export interface ServiceAccount {
  readonly email: string
  /** The id of the project that it was made in. */
  readonly project: string
  readonly tokenUrl: string
  readonly key: KeyObject
  readonly keyId: string
}

/** It goes into paths. */
export const projectId = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9.:-]{0,98}[a-z0-9]$/, 'expected the id of a project such as my-project-123456'),
)

/** As the console and gcloud write it. */
const keyFile = v.object({
  type: v.literal('service_account'),
  project_id: projectId,
  private_key_id: v.string(),
  private_key: v.string(),
  client_email: v.string(),
  token_uri: httpsUrl,
})

/** Rejects with CONFIG_INVALID, which repeats nothing of it. */
export function serviceAccount(keyText: Secret): ServiceAccount {
  const read = safeParse(keyFile, parsed(keyText))
  if (!read.success) throw notAKey(v.getDotPath(read.issues[0]) ?? undefined)
  const { project_id: project, private_key_id: keyId, client_email: email, token_uri: tokenUrl } = read.output
  const key = privateKey(read.output.private_key)
  if (key?.asymmetricKeyType !== 'rsa') throw notAKey('private_key')
  return { email, project, tokenUrl, key, keyId }
}

const notAKey = (field: string | undefined) =>
  new Failure(
    'CONFIG_INVALID',
    `the key of the service account is not one in JSON as Google Cloud makes it${field === undefined ? '' : ` (${field})`}`,
  )

function parsed(text: Secret): unknown {
  try {
    return JSON.parse(text.reveal())
  } catch {
    return undefined // the error would quote the text
  }
}

function privateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** For requests within a scope, such as `https://www.googleapis.com/auth/ndev.clouddns.readwrite`. */
export function authorizationOf(
  account: ServiceAccount,
  scope: string,
  caCertificate: string | undefined,
  context: Pick<DriverContext, 'clock' | 'rest'>,
): Authorization {
  const grant = () => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertion(account, scope, context.clock.now()),
  })
  const endpoint = { vendor: 'Google', url: account.tokenUrl, caCertificate, grant }
  return accessTokens(tokenEndpoint(endpoint, context), context.clock)
}

/** Taken for an hour at most. */
function assertion({ email, tokenUrl, key, keyId }: ServiceAccount, scope: string, now: Date): Secret {
  const iat = Math.floor(now.getTime() / SECOND)
  const header = { alg: 'RS256', typ: 'JWT', kid: keyId }
  const payload = { iss: email, scope, aud: tokenUrl, iat, exp: iat + HOUR / SECOND }
  const signed = [header, payload].map((part) => base64url(JSON.stringify(part))).join('.')
  return new Secret(`${signed}.${base64url(sign('sha256', Buffer.from(signed), key))}`)
}

const base64url = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64url')
