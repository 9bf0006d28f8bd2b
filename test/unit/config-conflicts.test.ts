import { expect, test } from 'vitest'
import { createConflicts } from '../../lib/config/conflicts.ts'

/** How often something is read of a certificate while so many are compared, all of them at one target. */
function readsFor(count: number, namesOf: (at: number) => string[]): number {
  const conflicts = createConflicts()
  let reads = 0
  const counted = <T extends object>(value: T): T =>
    new Proxy(value, {
      get(target, field) {
        reads += 1
        return Reflect.get(target, field)
      },
    })
  for (let at = 0; at < count; at++) {
    const entry = counted({ id: `c${at}`, names: namesOf(at), key: undefined, deploy: [] })
    conflicts.twinOf(entry)
    conflicts.takeTarget({ id: 'fr/edge/https', singleCertificate: false }, entry)
  }
  return reads
}

test.each([
  ['of different names', (at: number) => [`shop-${at}.example.com`, `*.shop-${at}.example.com`]],
  ['of the same names', () => ['shop.example.com', '*.shop.example.com']],
  ['of a name in common', (at: number) => ['shop.example.com', `shop-${at}.example.com`]],
])(
  'certificates %s are compared in a time that grows with their number, and not with its square',
  (_which, namesOf) => {
    expect(readsFor(2_000, namesOf)).toBeLessThanOrEqual(2.1 * readsFor(1_000, namesOf))
  },
)
