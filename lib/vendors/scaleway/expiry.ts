import * as v from 'valibot'
import { isoMoment } from '../../platform/iso-moment.ts'
import type { Rest } from '../../platform/rest.ts'

/** The option beside a token without which nobody can ask about it: the API knows an API key by this name alone. */
export const accessKeyOption = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^SCW[A-Z0-9]{17}$/, 'expected an access key such as SCW0123456789ABCDEFG'),
    v.description(
      'The access key of the same API key, which is no secret: with it newleaf can tell when that expires.',
    ),
  ),
)

const keyAnswer = v.object({ expires_at: v.nullish(isoMoment) })

/** When an API key expires (IAM, Get an API key); undefined: it never does. */
export async function expiryOf(accessKey: string, rest: Rest): Promise<Date | undefined> {
  const { expires_at } = await rest.call({
    method: 'GET',
    path: `/iam/v1alpha1/api-keys/${accessKey}`,
    answer: keyAnswer,
  })
  return expires_at ?? undefined
}
