import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handler as renew } from '../../handlers/renew.ts'
import { handler as scheduled } from '../../handlers/scheduled.ts'
import { findDue } from '../../lib/observe/due.ts'
import { documentKey, emptyDocument } from '../../lib/state/document.ts'
import { markerKey, moveMarker } from '../../lib/state/schedule.ts'
import { type FunctionWorld, functionWorld, plenty } from '../support/function-world.ts'
import { createMemoryState } from '../support/memory-stores.ts'
import { shop } from '../support/memory-world.ts'

let at: FunctionWorld
beforeAll(async () => {
  at = await functionWorld()
})
afterAll(() => at.close())

/** Every file of the two stores, by its path: what it holds. */
async function stores(): Promise<Record<string, string>> {
  const root = join(at.folder, 'newleaf')
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
  const held = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name)
    return [
      path.slice(root.length),
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ] as const
  })
  return Object.fromEntries((await Promise.all(held)).sort())
}

const writes = () =>
  [...at.world.scaleway.requests, ...at.world.linode.requests].filter(({ method }) => method !== 'GET').length

describe('F-68: two environments with one store', () => {
  beforeAll(async () => {
    expect(await scheduled({}, plenty)).toMatchObject({ ok: true })
  })

  const other = (text: string) => text.replace('environment: sandbox', 'environment: staging')

  test.each([
    ['called by a person', () => renew({ force: true }, plenty)],
    ['called by its schedule', () => scheduled({}, plenty)],
    ['called by its schedule again', () => scheduled({}, plenty)],
  ])('the second, %s, says whose it is, orders nothing, changes nothing and writes nothing', async (_how, call) => {
    const [before, issued, changes] = [await stores(), at.issued(), writes()]
    await at.configure(other)
    const answer = await call()
    await at.configure()
    expect(answer).toMatchObject({
      ok: false,
      certificates: [
        { id: 'shop', result: 'failed', error: { code: 'STORE_FOREIGN' } },
        { id: 'blog', result: 'failed', error: { code: 'STORE_FOREIGN' } },
      ],
    })
    expect(JSON.stringify(answer)).toContain('belongs to the environment \\"sandbox\\"')
    expect([await stores(), at.issued(), writes()]).toEqual([before, issued, changes])
  })

  test('the second with other certificates leaves the markers of the first where they are', async () => {
    const state = createMemoryState()
    const now = new Date('2026-11-22T06:00:00Z')
    const clock = { now: () => now, sleep: async () => {} }
    const past = new Date('2026-11-22T05:00:00Z')
    const request = { force: false, dryRun: false, fullScan: false }
    for (const id of ['shop', 'forgotten']) await moveMarker(state, id, undefined, past)
    await state.write(documentKey('shop'), { ...emptyDocument, environment: 'prod' }, undefined)
    const other = { ...shop, id: 'other' }
    const markers = async () => (await state.list('wake/2')).filter((key) => !key.endsWith('/other'))
    await (await findDue([other], request, { state, clock, environment: 'staging' })).updateSchedule([])
    expect(await markers()).toEqual([markerKey(past, 'shop')])
    await (await findDue([other], request, { state, clock, environment: 'prod' })).updateSchedule([])
    expect(await markers()).toEqual([])
  })

  test('the first goes on as if nothing had been', async () => {
    const [before, issued] = [await stores(), at.issued()]
    expect(await renew({}, plenty)).toMatchObject({ ok: true })
    expect(at.issued()).toBe(issued)
    const paths = (all: object) => Object.keys(all).filter((path) => path.includes('secrets'))
    expect(paths(await stores())).toEqual(paths(before))
  })
})
