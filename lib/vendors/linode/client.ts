import type { DriverContext, TokenOptions } from '../../platform/driver.ts'
import type { Rest, RestOptions } from '../../platform/rest.ts'
import { Secret } from '../../platform/secret.ts'

/** A client for the API of Linode (Akamai); the token is a personal access token. */
export async function openLinode(
  { token, endpoint = 'https://api.linode.com', caCertificate }: TokenOptions,
  context: Pick<DriverContext, 'resolve' | 'rest'>,
  explain: NonNullable<RestOptions['explain']>,
): Promise<Rest> {
  const secret = await context.resolve(token)
  const headers = { authorization: new Secret(`Bearer ${secret.reveal()}`) }
  return context.rest({ vendor: 'Linode', endpoint, caCertificate, headers, explain })
}
