import { describe, expect, test } from 'vitest'
import type { CertificateObject } from '../../lib/balancers/drivers/scaleway/api.ts'
import { evictable } from '../../lib/balancers/drivers/scaleway/evictable.ts'

/** `shop 1`: a version of ours; anything else is a name as it stands. */
const certificate = (text: string, index: number): CertificateObject => {
  const [, id, number] = /^(\w+) (\d)/.exec(text) ?? []
  const name = id === undefined ? text.replace(/ failed$/, '') : `newleaf-prod-${id}-000000000000000${number}`
  const [type, status] = [
    text.endsWith(' Scaleway') ? 'letsencrypt' : 'custom',
    text.endsWith('failed') ? 'error' : 'ready',
  ]
  return { id: `${index}`, name, type, status, common_name: '', subject_alternative_name: [], not_valid_after: '' }
}

const SHOP_1 = 'newleaf-prod-shop-0000000000000001'

describe('what a full load balancer can spare', () => {
  test.each([
    ['nothing of nobody', [], [], [], []],
    [
      'the older ones of which a newer one is in use, oldest first',
      ['shop 1', 'shop 2', 'shop 3', 'shop 4'],
      [3],
      [],
      [0, 1],
    ],
    ['all but the newest where none is in use', ['shop 1', 'shop 2', 'shop 3'], [], [], [0, 1]],
    ['an older one than what is in use only if another stands between', ['shop 1', 'shop 2'], [1], [], []],
    [
      'one that is newer than what is in use only if a newer one stands there',
      ['shop 1', 'shop 2', 'shop 3'],
      [0],
      [],
      [1],
    ],
    ['never what the caller keeps', ['shop 1', 'shop 2', 'shop 3'], [], [SHOP_1], [1]],
    ['each certificate on its own', ['shop 1', 'blog 1', 'shop 2', 'blog 2'], [], [], [0, 1]],
    ['the second object of a name that is in use', ['shop 1', 'shop 1', 'shop 2'], [1, 2], [], [0]],
    ['what could not be imported, even the newest', ['shop 1', 'shop 2 failed'], [], [], [1]],
    ['nothing of others', ['partner', 'newleaf-prod', 'newleaf-staging-shop-0000000000000001', 'shop'], [], [], []],
    ['nothing that Scaleway itself obtained', ['shop 1 Scaleway', 'shop 2 Scaleway'], [], [], []],
  ])('is %s', (_title, names, inUse, keep, expected) => {
    const known = names.map(certificate)
    const frontends = [{ certificate_ids: inUse.map(String) }, { certificate_ids: [] }]
    const spare = evictable(known, frontends, keep, 'prod')
    expect(spare.map(({ id }) => Number(id))).toEqual(expected)
  })
})
