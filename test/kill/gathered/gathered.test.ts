/** Swaps of several certificates at one load balancer go up together: what becomes of them when one is bad, or the run is killed. */
import { expect, test } from 'vitest'
import { killsOf } from './parts.ts'
import { BAD, openGathered, tellGathered } from './stories.ts'
import type { Gathered } from './world.ts'

const TWENTY = 20
const LONG = 60_000

const fingerprintAt = (world: Gathered, id: string) => {
  const handshake = world.shown(`${id}.example`)
  return handshake.result === 'presented' ? handshake.certificate.fingerprint : handshake.result
}

test.each([
  { course: 'one-breaks', title: 'whose handshakes the load balancer breaks' },
  { course: 'one-stale', title: 'that the load balancer does not come to serve' },
] as const)(
  'of twenty that go up together the one $title is put back alone, and the others are served, verified and told so',
  async ({ course }) => {
    const world = (await openGathered(TWENTY, course))()
    const before = new Map(world.specs.map(({ id }) => [id, fingerprintAt(world, id)]))
    // It stays bad while it is looked at; who was told mends it before the next run.
    const seen: (string | undefined)[] = []
    const { send } = world.notifier
    world.notifier.send = async (notice) => {
      if (notice.event === 'problem') seen.push(fingerprintAt(world, BAD))
      await send(notice)
    }
    const { broken, reports, effects } = await tellGathered(world)
    expect(broken).toEqual([])

    const [first] = reports
    const others = first?.certificates.filter(({ id }) => id !== BAD) ?? []
    expect(others).toHaveLength(TWENTY - 1)
    for (const { id, result, targets, health, certificate } of others) {
      expect([id, result, health.healthy]).toEqual([id, 'renewed', true])
      expect(Object.values(targets).map(({ state }) => state)).toEqual(['verified'])
      expect(certificate?.fingerprint).not.toBe(before.get(id))
      expect(fingerprintAt(world, id)).toBe(certificate?.fingerprint)
    }
    const bad = first?.certificates.find(({ id }) => id === BAD)
    expect([bad?.result, bad?.error?.code, bad?.health.healthy]).toEqual(['failed', 'VERIFY_FAILED', false])
    expect(seen).toEqual([before.get(BAD)]) // told once, and by then it was put back
    const told = world.notifier.notices.filter(({ event }) => event === 'problem')
    expect(told.map(({ certificate }) => certificate)).toEqual([BAD])
    // The first alone, the others with one update for each frontend, the bad one back and there again; and one that came late.
    const updates = effects.filter(({ name }) => name.startsWith('balancers.edge PUT'))
    expect(updates.length).toBeLessThan(TWENTY / 2)
  },
  LONG,
)

test(
  'a run that is killed at any change of a load balancer to which certificates go up together is finished by the next one',
  async () => {
    const begin = await openGathered(4, 'all-well')
    const { effects, broken } = await tellGathered(begin())
    expect(broken).toEqual([])
    const requests = effects.filter(({ place, changes }) => place === 'balancers.edge' && changes)
    const updates = requests.filter(({ name }) => name.includes(' PUT '))
    expect(requests).toHaveLength(4 + updates.length)
    expect(updates.length).toBeGreaterThan(1)
    const kills = killsOf({ effects: requests }, 'all-well')
    const bad: string[] = []
    for (const kill of kills) {
      const { wasKilled, broken } = await tellGathered(begin(), kill)
      // How many go up together is a matter of timing: there may be an update less.
      if (!wasKilled && !kill.name.includes(' PUT ')) bad.push(`${kill.name} ${kill.nth} did not come`)
      bad.push(...broken.map((each) => `${kill.name} ${kill.nth} ${kill.kind}: ${each}`))
    }
    expect(kills).toHaveLength(2 * requests.length)
    expect(bad).toEqual([])
  },
  LONG,
)

test('what is broken is seen: a load balancer that forgets what is foreign, one that mixes certificates up, and one that is never mended', async () => {
  const begin = await openGathered(4, 'one-breaks')
  const found = async (spoil: (world: Gathered) => void): Promise<string> => {
    const world = begin()
    spoil(world)
    return (await tellGathered(world)).broken.join('\n')
  }
  const onUpdate = (spoil: (ids: string[]) => string[]) => (world: Gathered) => {
    const [frontend] = world.scaleway.frontends
    let ids = frontend?.certificate_ids ?? []
    if (frontend === undefined) throw new Error('there is a frontend')
    Object.defineProperty(frontend, 'certificate_ids', {
      get: () => ids,
      set: (told: string[]) => {
        ids = spoil(told)
      },
    })
  }
  expect(await found(onUpdate((ids) => ids.slice(1)))).toContain('I5 what is foreign at web has been moved')
  expect(await found(onUpdate((ids) => ids.slice(0, 3)))).toContain('is answered with a certificate for another name')
  const neverMended = (world: Gathered) => {
    const { bad } = world
    Object.defineProperty(world, 'bad', { get: () => bad, set() {} })
  }
  expect(await found(neverMended)).toContain(`it never became well: ${BAD}: it was not renewed`)
})

test('what is broken is seen: orders that are forgotten', async () => {
  const begin = await openGathered(4, 'all-well')
  const world = begin()
  const { write } = world.memory.state
  const without = (field: string) => async (key: string, document: unknown, tag: string | undefined) =>
    write(key, { ...(document as object), [field]: undefined }, tag)
  const kill = { name: 'authorities.ca.finalize', nth: 4, kind: 'lost' } as const
  Object.assign(world.memory.state, { write: without('order') })
  expect((await tellGathered(world, kill)).broken.join('\n')).toContain('I3')
  Object.assign(world.memory.state, { write })
  expect((await tellGathered(begin(), kill)).broken).toEqual([])
})
