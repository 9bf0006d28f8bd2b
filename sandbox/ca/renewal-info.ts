import type { Answer, CaContext } from './context.ts'
import { Problem } from './problem.ts'
import type { CertificateRecord } from './state.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const ASK_AGAIN = '21600'

/** RFC 9773 §4; nobody needs an account to ask. */
export function renewalInfo(context: CaContext, { id: certId }: { readonly id: string }): Answer {
  if (!/^[\w-]+\.[\w-]+$/.test(certId)) throw new Problem('malformed', 'The path is not a certificate identifier')
  const own = context.state.certificates.find((each) => each.certId === certId)
  if (own === undefined) throw new Problem('malformed', 'The certificate is not known', { status: 404 })
  const { body, retryAfter } = own.renewalInfo ?? { body: { suggestedWindow: windowOf(own, context.now()) } }
  const raw = typeof body === 'string' || (typeof body === 'object' && body !== null) ? body : JSON.stringify(body)
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'retry-after': retryAfter ?? ASK_AGAIN },
    body: raw ?? '',
  }
}

/** A third of the life before the end, half where that life is under ten days, give or take 1 %; at once when revoked (Boulder). */
function windowOf({ notBefore, notAfter, revokedAt }: CertificateRecord, now: Date) {
  const iso = (time: number) => new Date(time).toISOString()
  if (revokedAt !== undefined) return { start: iso(now.getTime() - HOUR), end: iso(now.getTime() - HOUR / 2) }
  const [from, until] = [Date.parse(notBefore), Date.parse(notAfter)]
  const life = until - from + 1_000
  const centre = until - life / (life < 10 * DAY ? 2 : 3)
  return { start: iso(centre - life / 100), end: iso(centre + life / 100) }
}
