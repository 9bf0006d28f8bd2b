import { expect, test } from 'vitest'
import { inZone } from '../../lib/dns/zone-record.ts'

test.each([
  ['_acme-challenge.www.shop.example', 'shop.example', '_acme-challenge.www'],
  ['_acme-challenge.shop.example', 'shop.example', '_acme-challenge'],
  ['_acme-challenge.shop.example.shop.example', 'shop.example', '_acme-challenge.shop.example'],
  ['shop.example', 'shop.example', ''],
])('%s in the zone %s is written as "%s"', (name, zone, relativeName) => {
  const record = { name, zone, value: 'v', provider: 'main' }
  expect(inZone(record)).toEqual({ ...record, relativeName })
})
