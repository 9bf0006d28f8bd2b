import { describe, expect, test } from 'vitest'
import { type CertificateDocument, emptyDocument, type Orphan, type TargetEntry } from '../../lib/state/document.ts'
import { deletableAt, forTargets, keptUntil, withoutOrphaned } from '../../lib/state/orphans.ts'
import type { Target } from '../../lib/types.ts'

const DAY = 86_400_000
const now = new Date('2026-11-22T06:00:00Z')
const days = (count: number) => new Date(now.getTime() + count * DAY)
const target = (id: string, change: Partial<Target> = {}): Target => ({
  ...{ id, name: id, balancer: id.split('/', 1)[0] ?? id, listener: { frontend: id } },
  ...change,
})
const [edge, apps] = [target('fr/edge'), target('us/apps')]
/** As it is remembered, with these objects. */
const entry = ({ name, balancer, listener }: Target, change: Partial<TargetEntry> = {}): TargetEntry => ({
  ...{ name, balancer, listener, verified: true, objects: ['now', 'old'] },
  ...{ addresses: { '192.0.2.1 port 443': { answersSince: days(-9), verified: days(-9) } } },
  superseded: [{ object: 'old', after: days(1) }],
  ...change,
})
const orphan = (change: Partial<Orphan> = {}): Orphan => ({
  ...{ name: 'us/apps', balancer: 'us', listener: { frontend: 'us/apps' }, since: days(-1) },
  objects: [{ object: 'old', after: days(1) }],
  ...change,
})
const known = (change: Partial<CertificateDocument> = {}): CertificateDocument => ({
  ...emptyDocument,
  targets: { 'fr/edge': entry(edge), 'us/apps': entry(apps) },
  ...change,
})
const resources = { 'fr/edge': 'vendor:edge', 'us/apps': 'vendor:apps' }
const seen = (document: CertificateDocument, targets: readonly Target[], of: Record<string, string | undefined> = {}) =>
  forTargets(document, targets, of, now)

describe('for the targets of the configuration, what is remembered', () => {
  test('is the same where nothing has changed, and no new document', () => {
    const document = known()
    expect(seen(document, [edge, apps])).toBe(document)
    expect(seen(document, [apps, edge])).toBe(document)
    expect(seen(emptyDocument, [])).toBe(emptyDocument)
  })

  test('gets the resource that was seen, and keeps it where nobody could look', () => {
    const once = seen(known(), [edge, apps], resources)
    expect(once.targets['us/apps']).toEqual({ ...entry(apps), resource: 'vendor:apps' })
    expect(seen(once, [edge, apps], { 'us/apps': undefined })).toBe(once)
  })

  test.each<[what: string, now: Target, remembered: Partial<TargetEntry>]>([
    ['its listener is written otherwise', { ...apps, listener: { frontend: '4711' } }, {}],
    ['its name is another one', { ...apps, name: 'us/4711' }, {}],
    ['its id is another one', target('us/4711'), { resource: 'vendor:apps' }],
    ['its balancer is called otherwise', target('west/apps'), { resource: 'vendor:apps' }],
    ['version 1 has noted it, by its name', target('us/4711', { name: 'us/apps' }), { listener: undefined as never }],
  ])('stays with a target when %s', (_what, other, remembered) => {
    const { listener: _none, ...old } = entry(apps)
    const before = 'listener' in remembered ? old : { ...entry(apps), ...remembered }
    const document = known({ targets: { 'fr/edge': entry(edge), 'us/apps': before } })
    const { targets, orphans } = seen(document, [edge, other], { [other.id]: 'vendor:apps' })
    expect(Object.keys(targets).sort()).toEqual(['fr/edge', other.id].sort())
    const { name, balancer, listener } = other
    expect(targets[other.id]).toEqual({ ...entry(apps), name, balancer, listener, resource: 'vendor:apps' })
    expect(orphans).toEqual([])
  })

  test.each<[what: string, other: Target, resource: string, remembered: Partial<TargetEntry>]>([
    ['another listener has its place', target('us/other'), 'vendor:other', { resource: 'vendor:apps' }],
    ['another listener has its name', target('us/other', { name: 'us/apps' }), 'vendor:other', {}],
    ['nobody knows what either is', target('us/other'), 'vendor:other', {}],
    ['version 1 has noted it, by another name', target('us/other'), 'vendor:other', { listener: undefined as never }],
  ])('becomes an orphan when %s', (_what, other, resource, remembered) => {
    const document = known({ targets: { 'fr/edge': entry(edge), 'us/apps': entry(apps, remembered) } })
    const { targets, orphans } = seen(document, [edge, other], { 'us/other': resource })
    expect(targets['us/other']).toEqual({
      ...{ name: other.name, balancer: 'us', listener: other.listener, resource },
      ...{ verified: false, addresses: {}, objects: [], superseded: [] },
    })
    expect(orphans).toMatchObject([{ name: 'us/apps', since: now }])
  })

  test('of a target that is gone becomes an orphan: what was current may go now, what had its grace keeps it', () => {
    expect(seen(known(), [edge]).orphans).toEqual([
      {
        ...{ name: 'us/apps', balancer: 'us', listener: apps.listener, since: now },
        objects: [
          { object: 'now', after: now },
          { object: 'old', after: days(1) },
        ],
      },
    ])
    const { listener: _none, ...old } = entry(apps, { resource: 'vendor:apps' })
    const [gone] = seen(known({ targets: { 'fr/edge': entry(edge), 'us/apps': old } }), [edge]).orphans
    expect(gone).not.toHaveProperty('listener')
    expect(gone).toMatchObject({ resource: 'vendor:apps' })
  })

  test('of a target that is gone and was given nothing is forgotten', () => {
    const document = known({
      targets: { 'fr/edge': entry(edge), 'us/apps': entry(apps, { objects: [], superseded: [] }) },
    })
    expect(seen(document, [edge])).toMatchObject({ targets: { 'fr/edge': {} }, orphans: [] })
    expect(Object.keys(seen(document, [edge]).targets)).toEqual(['fr/edge'])
  })

  test('of a target that is gone stays while another cannot be looked at: it may be the same one', () => {
    const document = known()
    const { targets, orphans } = seen(document, [edge, target('us/4711')], { 'fr/edge': 'vendor:edge' })
    expect(Object.keys(targets).sort()).toEqual(['fr/edge', 'us/apps'])
    expect(orphans).toEqual([])
  })

  test('begins with a target once somebody could look at it', () => {
    expect(seen(emptyDocument, [edge]).targets).toEqual({})
    expect(seen(emptyDocument, [edge], resources).targets).toEqual({
      'fr/edge': {
        ...{ name: 'fr/edge', balancer: 'fr', listener: edge.listener, resource: 'vendor:edge' },
        ...{ verified: false, addresses: {}, objects: [], superseded: [] },
      },
    })
  })

  test.each<[what: string, left: Orphan, target: Target, resource: string | undefined, again: boolean]>([
    ['its listener', orphan(), apps, undefined, true],
    ['its resource', orphan({ resource: 'vendor:apps', listener: { frontend: 'x' } }), apps, 'vendor:apps', true],
    [
      'its resource alone',
      orphan({ resource: 'vendor:apps', listener: undefined as never }),
      apps,
      'vendor:apps',
      true,
    ],
    ['a listener at another balancer', orphan({ balancer: 'west' }), apps, 'vendor:apps', false],
    ['another listener', orphan({ listener: { frontend: 'x' } }), apps, 'vendor:apps', false],
    ['another resource', orphan({ resource: 'vendor:x', listener: { frontend: 'x' } }), apps, 'vendor:apps', false],
  ])('of an orphan comes back to a target that is configured again with %s', (_what, left, other, resource, again) => {
    const { targets, orphans } = seen(known({ targets: {}, orphans: [left] }), [other], { [other.id]: resource })
    expect(orphans).toEqual(again ? [] : [left])
    expect(targets[other.id]?.objects).toEqual(again ? ['old'] : [])
  })

  test('of an orphan comes back beside what the target has, each object once', () => {
    const objects = [
      { object: 'old', after: now },
      { object: 'older', after: now },
    ]
    const others = [orphan({ name: 'other', listener: { frontend: 'other' } })]
    const document = known({ orphans: [...others, orphan({ objects }), ...others] })
    const again = seen(document, [edge, apps])
    expect(again.targets['us/apps']?.objects).toEqual(['now', 'old', 'older'])
    expect(again.orphans).toEqual([...others, ...others])
  })

  test('of an orphan comes back by the resource that is remembered, where nobody could look', () => {
    const left = orphan({ resource: 'vendor:apps', listener: { frontend: 'x' } })
    const document = known({ orphans: [left], targets: { 'us/apps': entry(apps, { resource: 'vendor:apps' }) } })
    expect(seen(document, [apps]).orphans).toEqual([])
  })

  test('is not taken from a target that is configured itself', () => {
    const document = known({ targets: { 'us/apps': entry(apps, { resource: 'vendor:apps' }) } })
    const { targets } = seen(document, [target('us/twice'), apps], { 'us/twice': 'vendor:apps' })
    expect([targets['us/twice']?.objects, targets['us/apps']?.objects]).toEqual([[], ['now', 'old']])
  })
})

describe('at an orphan may be deleted', () => {
  const left = orphan({
    objects: [
      { object: 'a', after: now },
      { object: 'b', after: days(-1) },
      { object: 'c', after: new Date(now.getTime() + 1) },
    ],
  })
  const at = (targets: Record<string, TargetEntry>, current?: string) => deletableAt(left, { targets, current }, now)
  const using = (change: Partial<TargetEntry>) => ({ x: entry(apps, { objects: ['a'], superseded: [], ...change }) })

  test('what is past its time', () => {
    expect(at({})).toEqual(['a', 'b'])
  })

  test.each<[what: string, targets: Record<string, TargetEntry>, current: string | undefined, deletable: string[]]>([
    ['not what a target there may go back to', using({}), undefined, ['b']],
    ['what is current, and is bound wherever it is used', using({}), 'a', ['a', 'b']],
    ['what a target at another balancer uses', using({ balancer: 'fr' }), undefined, ['a', 'b']],
    [
      'what is past its grace at a target there',
      using({ superseded: [{ object: 'a', after: now }] }),
      undefined,
      ['a', 'b'],
    ],
    [
      'not what has its grace at a target there',
      using({
        superseded: [
          { object: 'a', after: days(1) },
          { object: 'b', after: now },
        ],
      }),
      undefined,
      ['b'],
    ],
  ])('%s', (_what, targets, current, deletable) => {
    expect(at(targets, current)).toEqual(deletable)
  })

  test('for a week', () => {
    expect(keptUntil(left)).toEqual(days(6))
  })
})

test('an orphan goes with the last of its objects; another one of its name stays', () => {
  const two = orphan({
    objects: [
      { object: 'a', after: now },
      { object: 'b', after: now },
    ],
  })
  const objects = [{ object: 'a', after: now }]
  const others = [orphan({ since: days(-2), objects }), orphan({ name: 'us/other', objects })]
  const document = known({ orphans: [...others, two] })
  expect(withoutOrphaned(document, two, ['a']).orphans).toEqual([
    ...others,
    { ...two, objects: [{ object: 'b', after: now }] },
  ])
  expect(withoutOrphaned(document, two, ['b', 'a']).orphans).toEqual(others)
})
