import { expect, test } from 'vitest'
import { spread } from '../../lib/renewal/spread.ts'
import type { CertificateSpec } from '../../lib/types.ts'
import { shop } from '../support/memory-world.ts'

const at = (id: string, name: string): CertificateSpec => ({
  ...shop,
  id,
  targets: shop.targets.slice(0, 1).map((target) => ({ ...target, name })),
})
const ids = (specs: readonly CertificateSpec[]) => specs.map(({ id }) => id)

test('certificates are taken in turn over the load balancers, and over each in the order of the configuration', () => {
  const specs = [
    ...[at('a1', 'fr/edge/https'), at('a2', 'fr/edge/https'), at('a3', 'fr/edge/other')],
    ...[at('b1', 'fr/edge-2/https'), at('c1', 'us/edge/443'), at('c2', 'us/edge/444')],
  ]
  expect(ids(spread(specs))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
})

test('those of one load balancer stay as they are, and so does one that has no target', () => {
  const specs = [at('a1', 'fr/edge/https'), at('a2', 'fr/edge/https'), { ...shop, id: 'none', targets: [] }]
  expect(ids(spread(specs))).toEqual(['a1', 'none', 'a2'])
  expect(spread([])).toEqual([])
})
