import type { DriverContext, TokenOptions } from '../../platform/driver.ts'
import type { Rest, RestOptions } from '../../platform/rest.ts'
import { bearer } from '../../platform/secret.ts'

/** A client for the API of Linode (Akamai); the token is a personal access token. */
export async function openLinode(
  { token, endpoint = 'https://api.linode.com', caCertificate }: TokenOptions,
  context: Pick<DriverContext, 'resolve' | 'rest'>,
  explain: NonNullable<RestOptions['explain']>,
): Promise<Rest> {
  const headers = { authorization: bearer(await context.resolve(token)) }
  return context.rest({ vendor: 'Linode', endpoint, caCertificate, headers, explain })
}
