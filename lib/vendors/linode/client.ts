import type { DriverContext, TokenOptions } from '../../platform/driver.ts'
import type { Rest, RestOptions } from '../../platform/rest.ts'
import { bearer } from '../../platform/secret.ts'
import type { Expiring } from '../../ports.ts'
import { expiryOf } from './expiry.ts'

/** A client for the API of Linode (Akamai), and what it tells of the token, which is a personal access token. */
export async function openLinode(
  { token, endpoint = 'https://api.linode.com', caCertificate }: TokenOptions,
  context: Pick<DriverContext, 'resolve' | 'rest'>,
  explain: NonNullable<RestOptions['explain']>,
): Promise<{ readonly rest: Rest } & Required<Expiring>> {
  const secret = await context.resolve(token)
  const headers = { authorization: bearer(secret) }
  const rest = context.rest({ vendor: 'Linode', endpoint, caCertificate, headers, explain })
  return { rest, expiresAt: () => expiryOf(secret, rest) }
}
