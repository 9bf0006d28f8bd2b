import type { DriverContext, TokenOptions } from '../../platform/driver.ts'
import type { Rest, RestOptions } from '../../platform/rest.ts'
import { restWithToken } from '../../platform/rest-with-token.ts'

/** A client for the API of Linode (Akamai); the token is a personal access token. */
export const openLinode = (
  { token, endpoint = 'https://api.linode.com', caCertificate }: TokenOptions,
  context: Pick<DriverContext, 'resolve' | 'rest'>,
  explain: NonNullable<RestOptions['explain']>,
): Promise<Rest> => restWithToken({ vendor: 'Linode', endpoint, caCertificate, token, explain }, context)
