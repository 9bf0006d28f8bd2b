import { afterEach } from 'vitest'
import type { Frontend, ScalewayState } from '../../sandbox/scaleway/objects.ts'
import { type Practice, practiceScaleway, type Tap } from './practice-balancers.ts'

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

/** A load balancer of its own for a test, closed after it. */
export async function openedScaleway() {
  const practice = await practiceScaleway()
  running.push(practice)
  const [lb, frontend] = [first(practice.state.lbs), first(practice.state.frontends)]
  /** The names of what is bound, in their order. */
  const bound = () => frontend.certificate_ids.map((id) => nameOf(practice.state, id))
  return { ...practice, practice, lb, frontend, bound }
}

export function first<T>(list: readonly T[]): T {
  const [one] = list
  if (one === undefined) throw new Error('the world is not furnished')
  return one
}

const nameOf = ({ certificates }: ScalewayState, id: string) => certificates.find((each) => each.id === id)?.name

export const bindAt = (frontend: Frontend, id: string, place: number) =>
  frontend.certificate_ids.splice(Math.min(place, frontend.certificate_ids.length), 0, id)

/** Changes what the API answers to some requests. */
export const answers =
  (method: string, path: RegExp, change: (body: Record<string, unknown>) => object): Tap =>
  async (request, send) => {
    const answer = await send()
    if (request.method !== method || !path.test(new URL(request.url).pathname) || answer.status !== 200) return answer
    return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body))) }
  }
