import { describe, expect, test } from 'vitest'
import { unconfiguredText } from '../../cli/unconfigured-text.ts'
import { Failure } from '../../lib/errors.ts'
import { unconfiguredInState } from '../../lib/observe/unconfigured.ts'
import { unconfiguredIn } from '../../lib/policy/unconfigured.ts'
import { documentKey, emptyDocument } from '../../lib/state/document.ts'
import type { PlanItem, TargetView } from '../../lib/types.ts'
import { createMemoryWorld, shop } from '../support/memory-world.ts'

const plain = (_colour: string, text: string) => text

describe('a certificate that has left the configuration', () => {
  test('is found with what it had and where, and one that is configured or another environment’s is not', async () => {
    const world = await createMemoryWorld()
    const { certificate } = await world.run()
    await world.state.write(documentKey('theirs'), { ...emptyDocument, environment: 'prod' }, undefined)
    await world.state.write(documentKey('torn'), { v: 2 }, undefined)
    await world.state.write(documentKey('never'), emptyDocument, undefined)

    expect(await unconfiguredInState([shop, { ...shop, id: 'torn' }, { ...shop, id: 'never' }], world)).toEqual([])
    const left = await unconfiguredInState([], world)
    expect(left).toEqual([
      { id: 'never', current: undefined, targets: [], error: undefined },
      {
        id: 'shop',
        current: expect.objectContaining({ fingerprint: certificate?.fingerprint }),
        targets: ['fr/edge', 'us/apps'],
        error: undefined,
      },
      { id: 'torn', current: undefined, targets: [], error: expect.objectContaining({ code: 'STORE_UNREADABLE' }) },
    ])

    const [heading, ...lines] = unconfiguredText(left, world.clock.now(), plain).trim().split('\n')
    expect(heading).toBe('Not in the configuration, and not renewed any more:')
    expect(lines).toEqual([
      '  never  it never had a certificate',
      expect.stringMatching(/^ {2}shop {2}[0-9a-f]{16} at fr\/edge, us\/apps, ends \d{4}-/),
      '    shop.example, *.shop.example',
      expect.stringMatching(/^ {2}torn {2}STORE_UNREADABLE: the state document certificate\/torn is damaged/),
      '  newleaf forget ID ends one',
    ])
  })

  test('is at no target that a certificate of the configuration has taken over with all of its names', async () => {
    const world = await createMemoryWorld()
    await world.run()
    const targets = shop.targets.filter(({ balancer }) => balancer === 'fr')
    const renamed = (names: string[]) => [{ ...shop, id: 'renamed', names, targets }]
    expect(await unconfiguredInState(renamed([...shop.names, 'new.example']), world)).toMatchObject([
      { targets: ['us/apps'] },
    ])
    expect(await unconfiguredInState(renamed(['new.example']), world)).toMatchObject([
      { targets: ['fr/edge', 'us/apps'] },
    ])
  })

  test('is nothing to be shown where there is none', () => {
    expect(unconfiguredText([], new Date(), plain)).toBe('')
  })
})

describe('what newleaf has created at a load balancer, and the configuration does not ask for', () => {
  const hex = '0123456789abcdef'
  const holding = (...managed: string[]): TargetView => ({ serves: true, endpoints: [], probes: [], managed })
  const item = (targets: PlanItem['targets'], orphaned: PlanItem['orphaned'] = []) =>
    ({ spec: shop, targets, orphaned }) as unknown as PlanItem
  const found = (items: PlanItem[], all = [shop]) =>
    unconfiguredIn(items, all, 'test').map(({ balancer, object, after }) => [balancer, object, after?.getTime()])
  const [own, gone, older] = ['shop', 'gone', 'older'].map((id) => `newleaf-test-${id}-${hex}`) as [
    string,
    string,
    string,
  ]

  test('is what none of the certificates that are brought there has, once', () => {
    const views = { 'fr/edge': holding(own, gone), 'us/apps': holding(gone, own, older, gone) }
    expect(found([item(views), item(views)])).toEqual([
      ['fr', gone, undefined],
      ['us', gone, undefined],
      ['us', older, undefined],
    ])
    const other = { ...shop, id: 'other', targets: shop.targets.slice(1) }
    const theirs = `newleaf-test-other-${hex}`
    const both = { 'fr/edge': holding(theirs), 'us/apps': holding(theirs) }
    expect(found([item(both)], [other, shop])).toEqual([['fr', theirs, undefined]])
  })

  test('is what is left at targets that left the configuration, with when it is deleted', () => {
    const orphaned = [{ balancer: 'us', object: own, after: new Date(5) }]
    expect(found([item({ 'us/apps': holding(own) }, orphaned)])).toEqual([['us', own, 5]])
    expect(found([item({ 'us/apps': holding(gone) }, [{ balancer: 'us', object: gone, after: new Date(5) }])])).toEqual(
      [['us', gone, 5]],
    )
  })

  test('is not known where a target was not looked at, could not be, or its API does not tell', () => {
    const silent: TargetView = { serves: true, endpoints: [], probes: [] }
    expect(found([item({ 'fr/edge': { error: new Failure('DENIED', 'no') }, 'us/apps': silent })])).toEqual([])
    expect(found([item({})])).toEqual([])
  })
})
