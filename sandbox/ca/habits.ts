/** What is peculiar about the answers of some CAs, whatever they say. */
import type { Answer, CaContext } from './context.ts'
import type { Endpoint } from './faults.ts'
import { Problem } from './problem.ts'

interface Asked {
  readonly path: string
  readonly accept: string | undefined
}

/** Before anything happens: throws what a CA refuses that is particular about requests, and answers in the place of one that has moved. */
export function beforeAll(context: CaContext, endpoint: Endpoint, { path, accept }: Asked): Answer | undefined {
  const { faults } = context
  if ((accept ?? '') === '' && faults.take(endpoint, ['wantsAccept']))
    throw new Problem('malformed', 'Required header "Accept" is not present', { status: 406 })
  if (path !== '/directory' || !faults.take(endpoint, ['movesDirectory'])) return undefined
  return { status: 302, headers: { location: context.url('/moved/directory') } }
}

/** The answer as such a CA gives it. */
export function inItsWay({ faults }: CaContext, endpoint: Endpoint, answer: Answer): Answer {
  if (typeof answer.body !== 'object') return answer
  const body = faults.take(endpoint, ['nulls']) ? withNulls(answer.body) : answer.body
  if (!faults.take(endpoint, ['mislabelsJson'])) return { ...answer, body }
  return { ...answer, headers: { ...answer.headers, 'content-type': 'text/plain; charset=utf-8' }, body }
}

/** Each resource is known by what only it has. */
function withNulls(body: object): object {
  if ('newNonce' in body && 'meta' in body && typeof body.meta === 'object')
    return { newAuthz: null, ...body, meta: { website: '', caaIdentities: null, ...body.meta } }
  if ('finalize' in body && 'status' in body) {
    const done = body.status === 'pending' ? {} : { authorizations: null }
    return { ...{ certificate: null, error: null, notBefore: '', notAfter: null, replaces: '' }, ...body, ...done }
  }
  if ('challenges' in body && Array.isArray(body.challenges)) {
    const other = { type: 'sandbox-01', url: null, status: 'unheard-of', token: null, error: '' }
    const own = body.challenges.map((each: object) => ({ error: null, validated: '', ...each }))
    return { wildcard: null, ...body, challenges: [other, ...own] }
  }
  return body
}
