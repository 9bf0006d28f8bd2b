import type { DriverContext } from './driver.ts'
import type { Rest, RestOptions } from './rest.ts'
import { bearer, type SecretReference } from './secret.ts'

interface Api extends Omit<RestOptions, 'headers' | 'authorization'> {
  readonly token: SecretReference
}

/** A client for an API that takes a token in the header `authorization` as it stands (RFC 6750). */
export const restWithToken = async (
  { token, ...api }: Api,
  { resolve, rest }: Pick<DriverContext, 'resolve' | 'rest'>,
): Promise<Rest> => rest({ ...api, headers: { authorization: bearer(await resolve(token)) } })
