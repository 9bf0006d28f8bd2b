import * as v from 'valibot'
import { isoMoment } from '../../platform/iso-moment.ts'
import type { Rest } from '../../platform/rest.ts'
import type { Secret } from '../../platform/secret.ts'
import { everyPage } from './pages.ts'

/** How much of a token a list of them shows (techdocs, Personal access token). */
const SHOWN = 16

const tokenAnswer = v.object({ token: v.string(), expiry: v.nullish(isoMoment) })

/**
 * When a personal access token expires, which needs the scope `account:read_only`; undefined: it never does, or it is not one of
 * those that its user's profile lists (techdocs, List personal access tokens).
 */
export async function expiryOf(token: Secret, rest: Rest): Promise<Date | undefined> {
  const listed = await everyPage('/v4/profile/tokens', tokenAnswer, rest)
  const own = listed.filter((each) => each.token.length >= SHOWN && token.reveal().startsWith(each.token))
  return own.length === 1 ? (own[0]?.expiry ?? undefined) : undefined
}
