/** Access tokens that a token endpoint issues, and that expire (RFC 6749). */
import * as v from 'valibot'
import type { Clock } from '../ports.ts'
import { after, MINUTE } from './clock.ts'
import type { DriverContext } from './driver.ts'
import { explainedBy, type Rest, type RestRequest } from './rest.ts'
import { bearer, Secret } from './secret.ts'

/** What the header `authorization` of many requests holds. */
export interface Authorization {
  /** Fetched by the first who needs it, for all; fetched again before it expires. A failure to fetch is not kept. */
  current(): Promise<Secret>
  /** The vendor takes this one no more: another is fetched, unless that has been done since. */
  discard(refused: Secret): void
}

export interface TokenEndpoint {
  /** The vendor's name as it stands in messages. */
  readonly vendor: string
  readonly url: string
  readonly caCertificate?: string | undefined
  /** The fields of the request (RFC 6749 §4), for each anew. */
  grant(): NonNullable<RestRequest<v.GenericSchema>['form']>
}

/** A request is on its way for half of that at most. */
const BEFORE_EXPIRY = MINUTE

export function accessTokens(
  { vendor, url, caCertificate, grant }: TokenEndpoint,
  { clock, rest: open }: Pick<DriverContext, 'clock' | 'rest'>,
): Authorization {
  const { origin, pathname } = new URL(url)
  const rest = open({ vendor, endpoint: origin, caCertificate, headers: {}, explain })
  let held: Issued | undefined
  let fetching: Promise<Issued> | undefined
  const isFresh = ({ expires }: Issued) => after(clock.now(), BEFORE_EXPIRY) < expires

  async function fetch(): Promise<Issued> {
    try {
      held = await issue(rest, { path: pathname, form: grant() }, clock)
      return held
    } finally {
      fetching = undefined
    }
  }
  return {
    async current() {
      if (held !== undefined && isFresh(held)) return held.header
      fetching ??= fetch()
      return (await fetching).header
    },
    discard(refused) {
      if (held?.header === refused) held = undefined
    },
  }
}

interface Issued {
  readonly header: Secret
  readonly expires: Date
}

/** Visible ASCII (RFC 6749 appendix A.12), as it goes into a header. */
const tokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,16384}$/)),
  token_type: v.pipe(v.string(), v.regex(/^bearer$/i)),
  expires_in: v.pipe(v.number(), v.minValue(0)),
})

type TokenRequest = Pick<RestRequest<v.GenericSchema>, 'path' | 'form'>

async function issue(rest: Rest, request: TokenRequest, clock: Clock): Promise<Issued> {
  const asked = clock.now()
  const issued = await rest.call({ ...request, method: 'POST', answer: tokenAnswer })
  return { header: bearer(new Secret(issued.access_token)), expires: after(asked, issued.expires_in * 1_000) }
}

/** RFC 6749 §5.2; most of these come with 400. */
const problem = v.object({ error: v.string(), error_description: v.fallback(v.string(), '') })
const NOT_LET_IN = ['access_denied', 'invalid_client', 'invalid_grant', 'unauthorized_client']

const explain = explainedBy(problem, ({ error, error_description }) => {
  const reason = error_description === '' ? error : `${error}: ${error_description}`
  return NOT_LET_IN.includes(error) ? { code: 'DENIED', reason } : { reason }
})
