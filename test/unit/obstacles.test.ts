import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { type Finding, findingsIn, obstaclesOf } from '../../lib/policy/obstacles.ts'
import type { Decision, PlanItem, TargetView } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const failed = (code: FailureCode, message = 'no', fields = {}) => new Failure(code, message, { fields })

describe('what the look at a certificate has found', () => {
  const blocked = (error: Failure): Decision => ({ action: 'blocked', error })
  const fresh: Decision = { action: 'wait', reason: 'fresh', until: new Date(0), message: '' }
  const found = (decision: Decision, targets: Record<string, TargetView> = {}, observed = true) =>
    findingsIn({ spec: shop, decision, targets, observed } as unknown as PlanItem)
  const full: TargetView = { serves: false, endpoints: [], probes: [], quota: { held: 5, limit: 5, room: 0 } }
  const well: TargetView = { serves: true, endpoints: [], probes: [] }

  test.each([
    ['TARGET_MISSING', 'certificates.shop.deploy[1]'],
    ['TARGET_REFUSED', 'certificates.shop.deploy[1]'],
    ['TARGET_FULL', 'certificates.shop.deploy[1]'],
    ['TARGET_BUSY', 'certificates.shop.deploy[1]'],
    ['DENIED', 'balancers.us'],
    ['UNREACHABLE', 'balancers.us'],
  ] as const)('at its second target, %s, stands at %s', (code, location) => {
    const error = failed(code)
    const targets = { 'fr/edge': well, 'us/apps': { error } }
    expect(found(fresh, targets)).toEqual([{ location, error, certificates: ['shop'] }])
  })

  test('is that a target has no room, and nothing of a target that was not looked at', () => {
    expect(found(fresh, { 'fr/edge': full })).toMatchObject([
      { location: 'certificates.shop.deploy[0]', error: { code: 'TARGET_FULL' } },
    ])
  })

  test.each([
    ['secrets', 'secrets'],
    ['state', 'state'],
    ['other', 'certificates.shop'],
    [undefined, 'certificates.shop'],
  ])('in the store %s stands at %s', (store, location) => {
    const error = failed('STORE_UNREADABLE', 'torn', { store })
    expect(found(blocked(error))).toEqual([{ location, error, certificates: ['shop'] }])
  })

  test('is told once: by its targets where these keep it from being looked at, and beside them where the stores do', () => {
    const [torn, gone] = [failed('STORE_UNREADABLE'), failed('UNREACHABLE')]
    const codes = (observed: boolean) =>
      found(blocked(torn), { 'fr/edge': { error: gone } }, observed).map(({ error }) => error.code)
    expect(codes(true)).toEqual(['UNREACHABLE'])
    expect(codes(false)).toEqual(['STORE_UNREADABLE', 'UNREACHABLE'])
  })
})

describe('findings', () => {
  const finding = (location: string, error: Failure, ...certificates: string[]): Finding => {
    return { location, error, certificates }
  }
  const token = { location: 'balancers.us.options.token', text: 'env:LINODE', check: async () => {} }
  const told = (...findings: Finding[]) =>
    obstaclesOf(findings, [token]).map(({ error, locations, certificates }) => [
      ...[error.code, error.message, locations.join(' ')],
      certificates.join(' '),
    ])

  test('that say the same, but for the certificate, are one, with every location and every certificate once', () => {
    const taken = (id: string) => failed('TARGET_CONTESTED', `${id} is taken off, and ${id} is put back`)
    expect(
      told(
        finding('certificates.a', taken('a'), 'a'),
        finding('certificates.b', taken('b'), 'b'),
        finding('certificates.b', taken('b'), 'b'),
      ),
    ).toEqual([['TARGET_CONTESTED', taken('a').message, 'certificates.a certificates.b', 'a b']])
  })

  test('that say something else, or of another code, are told each by itself', () => {
    const missing = (code: FailureCode, message: string, id: string) =>
      finding(`certificates.${id}`, failed(code, message), id)
    expect(
      told(
        missing('TARGET_MISSING', 'no listener a-1', 'a'),
        missing('TARGET_MISSING', 'no listener b-1', 'b'),
        missing('TARGET_MISSING', 'no listener 1-a', 'a'),
        missing('TARGET_MISSING', 'no listener 1-b', 'b'),
        missing('TARGET_REFUSED', 'no listener a-1', 'a'),
      ),
    ).toHaveLength(5)
  })

  test('of trouble with whoever is asked are one at each location, whatever they say', () => {
    expect(
      told(
        finding('balancers.fr', failed('UNREACHABLE', 'one'), 'a'),
        finding('balancers.fr', failed('UNREACHABLE', 'other'), 'b'),
        finding('balancers.us', failed('UNREACHABLE', 'one'), 'c'),
      ),
    ).toEqual([
      ['UNREACHABLE', 'one', 'balancers.fr', 'a b'],
      ['UNREACHABLE', 'one', 'balancers.us', 'c'],
    ])
  })

  test('are told with the reference that they are about, whichever of them it stands with', () => {
    const error = failed('REFERENCE_UNRESOLVED', 'env:LINODE stands for nothing', { reference: token.text })
    const [known, unknown] = [finding('balancers.us', error, 'a'), finding('certificates.b', error, 'b')]
    for (const both of [
      [known, unknown],
      [unknown, known],
    ])
      expect(obstaclesOf(both, [token])).toMatchObject([{ reference: 'env:LINODE' }])
    expect(obstaclesOf([unknown], [token])).toMatchObject([{ reference: undefined }])
  })
})
