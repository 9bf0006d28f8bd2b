import type { DriverContext, TokenOptions } from '../../platform/driver.ts'
import type { Rest, RestOptions } from '../../platform/rest.ts'
import type { Expiring } from '../../ports.ts'
import { expiryOf } from './expiry.ts'

interface ScalewayOptions extends TokenOptions {
  readonly accessKey?: string | undefined
}

/** A client for any of Scaleway's APIs, and what they tell of the token, which is the secret key of an API key. */
export async function openScaleway(
  { token, accessKey, endpoint = 'https://api.scaleway.com', caCertificate }: ScalewayOptions,
  context: Pick<DriverContext, 'resolve' | 'rest'>,
  explain: NonNullable<RestOptions['explain']>,
): Promise<{ readonly rest: Rest } & Required<Expiring>> {
  const headers = { 'x-auth-token': await context.resolve(token) }
  const rest = context.rest({ vendor: 'Scaleway', endpoint, caCertificate, headers, explain })
  return { rest, expiresAt: async () => (accessKey === undefined ? undefined : expiryOf(accessKey, rest)) }
}
