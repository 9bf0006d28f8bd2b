/** How a token endpoint issues access tokens (RFC 6749). */
import * as v from 'valibot'
import { accessToken, type IssuedToken } from './access-tokens.ts'
import { SECOND } from './clock.ts'
import type { DriverContext } from './driver.ts'
import { explainedBy, type RestRequest } from './rest.ts'
import { Secret } from './secret.ts'

export interface TokenEndpoint {
  /** The vendor's name as it stands in messages. */
  readonly vendor: string
  readonly url: string
  readonly caCertificate?: string | undefined
  /** The fields of the request (RFC 6749 §4), for each anew. */
  grant(): NonNullable<RestRequest<v.GenericSchema>['form']>
}

const tokenAnswer = v.object({
  access_token: accessToken,
  token_type: v.pipe(v.string(), v.regex(/^bearer$/i)),
  expires_in: v.pipe(v.number(), v.minValue(0)),
})

export function tokenEndpoint(
  { vendor, url, caCertificate, grant }: TokenEndpoint,
  context: Pick<DriverContext, 'rest'>,
): () => Promise<IssuedToken> {
  const { origin, pathname: path } = new URL(url)
  const rest = context.rest({ vendor, endpoint: origin, caCertificate, headers: {}, explain })
  return async () => {
    const issued = await rest.call({ method: 'POST', path, form: grant(), answer: tokenAnswer })
    return { token: new Secret(issued.access_token), lifetime: issued.expires_in * SECOND }
  }
}

/** RFC 6749 §5.2; most of these come with 400. */
const problem = v.object({ error: v.string(), error_description: v.fallback(v.string(), '') })
const NOT_LET_IN = ['access_denied', 'invalid_client', 'invalid_grant', 'unauthorized_client']

const explain = explainedBy(problem, ({ error, error_description }) => {
  const reason = error_description === '' ? error : `${error}: ${error_description}`
  return NOT_LET_IN.includes(error) ? { code: 'DENIED', reason } : { reason }
})
