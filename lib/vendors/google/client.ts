import * as v from 'valibot'
import { apiOptions, type DriverContext, secretReference } from '../../platform/driver.ts'
import { explainedBy, type Rest } from '../../platform/rest.ts'
import { authorizationOf, projectId, serviceAccount } from './service-account.ts'

export const googleOptions = {
  serviceAccountKey: v.pipe(secretReference, v.description('Reference to the key of a service account, in JSON.')),
  project: v.optional(
    v.pipe(projectId, v.description('The id of the project; that of the service account if absent.')),
  ),
  ...apiOptions,
}

type GoogleOptions = v.InferOutput<v.StrictObjectSchema<typeof googleOptions, undefined>>

interface Api {
  /** As it stands in messages. */
  readonly vendor: string
  readonly endpoint: string
  readonly scope: string
}

/** A client for one API of Google Cloud, and the project in which it is used. */
export async function openGoogle(
  given: GoogleOptions,
  { vendor, scope, ...api }: Api,
  context: Pick<DriverContext, 'resolve' | 'clock' | 'rest'>,
): Promise<{ readonly rest: Rest; readonly project: string }> {
  const { endpoint = api.endpoint, caCertificate } = given
  const account = serviceAccount(await context.resolve(given.serviceAccountKey))
  const authorization = authorizationOf(account, scope, caCertificate, context)
  const rest = context.rest({ vendor, endpoint, caCertificate, headers: {}, authorization, explain })
  return { rest, project: given.project ?? account.project }
}

const said = v.object({ reason: v.fallback(v.string(), '') })
const problem = v.object({
  error: v.object({ message: v.fallback(v.string(), ''), errors: v.fallback(v.array(said), []) }),
})

/** These come with 403 as well. */
const TOO_FAST = ['rateLimitExceeded', 'userRateLimitExceeded']
const TOO_MANY = 'quotaExceeded'

const explain = explainedBy(problem, ({ error: { message: reason, errors } }) => {
  if (errors.some((each) => TOO_FAST.includes(each.reason))) return { code: 'RATE_LIMITED', reason }
  return errors.some((each) => each.reason === TOO_MANY) ? { code: 'REJECTED', reason } : { reason }
})
