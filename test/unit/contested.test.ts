import { describe, expect, test } from 'vitest'
import { contention } from '../../lib/policy/contested.ts'
import type { TargetEntry } from '../../lib/state/document.ts'
import type { ServedInstead } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const now = new Date('2026-11-22T06:00:00Z')
const contest = { spec: shop, environment: 'test', now }
const known: TargetEntry = {
  ...{ name: 'fr/edge', balancer: 'fr', verified: true, addresses: {}, objects: [], superseded: [] },
  deployed: { fingerprint: 'ab', object: 'newleaf-test-shop-0123456789abcdef', since: now },
}
const { deployed: _never, ...fresh } = known

describe('what is served in place of ours', () => {
  const served = (name: string, covers: readonly string[] = shop.names, notAfter?: Date): ServedInstead => {
    return { name, covers, notAfter }
  }
  const prod = 'newleaf-prod-shop-0123456789abcdef'

  test.each([
    ['of another environment', true, served(prod)],
    ['of another environment, for one of the names', true, served(prod, ['shop.example'])],
    ['of another environment, by a wildcard', true, served('newleaf-prod-all-0123456789abcdef', ['*.example'])],
    ['of another environment, that ends in a moment', true, served(prod, shop.names, new Date(now.getTime() + 1))],
    ['of another environment, that has expired', false, served(prod, shop.names, now)],
    ['of another id with one of its names', true, served('newleaf-test-store-0123456789abcdef', ['shop.example'])],
    ['of another id, with a wildcard above it', false, served('newleaf-test-all-0123456789abcdef', ['*.example'])],
    ['of other names', false, served('newleaf-prod-blog-0123456789abcdef', ['blog.example'])],
    ['an earlier version of its own', false, served('newleaf-test-shop-ffffffffffffffff')],
    ['somebody else’s', false, served('by-hand')],
  ])('%s: contested is %s', (_what, isContested, instead) => {
    for (const all of [[instead], [served('by-hand'), instead], isContested ? [instead, served(prod)] : []]) {
      const failure = contention({ serves: false, instead: all }, known, contest)
      expect(failure?.code).toBe(isContested ? 'TARGET_CONTESTED' : undefined)
      if (isContested) expect(failure?.message).toContain(`fr/edge serves ${instead.name}, which another newleaf`)
    }
    expect(contention({ serves: true, instead: [instead] }, known, contest)).toBeUndefined()
    expect(contention({ serves: false, instead: [instead] }, fresh, contest)).toBeUndefined()
  })
})

test('a target that was put right three times within a week is contested, whatever is served there', () => {
  const at = (...days: number[]) => days.map((day) => new Date(now.getTime() - day * 86_400_000))
  const after = (repairs: Date[] | undefined, serves = false) =>
    contention({ serves }, { ...known, ...(repairs && { repairs }) }, contest)
  expect(after(at(3, 2, 1))).toMatchObject({
    code: 'TARGET_CONTESTED',
    message: `fr/edge was put right three times since ${at(3)[0]?.toISOString()}, and serves another certificate again: newleaf leaves it as it is`,
    fields: { target: 'fr/edge' },
  })
  for (const repairs of [undefined, [], at(1), at(2, 1)]) expect(after(repairs)).toBeUndefined()
  expect(after(at(3, 2, 1), true)).toBeUndefined()
})
