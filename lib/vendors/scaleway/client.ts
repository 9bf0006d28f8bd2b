import type { DriverContext, TokenOptions } from '../../platform/driver.ts'
import type { Rest, RestOptions } from '../../platform/rest.ts'

/** A client for any of Scaleway's APIs; the token is the secret key of an API key. */
export const openScaleway = async (
  { token, endpoint = 'https://api.scaleway.com', caCertificate }: TokenOptions,
  context: Pick<DriverContext, 'resolve' | 'rest'>,
  explain: NonNullable<RestOptions['explain']>,
): Promise<Rest> =>
  context.rest({
    vendor: 'Scaleway',
    endpoint,
    caCertificate,
    headers: { 'x-auth-token': await context.resolve(token) },
    explain,
  })
