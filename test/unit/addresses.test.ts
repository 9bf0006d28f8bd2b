import { expect, test } from 'vitest'
import { addressesOf } from '../../lib/platform/addresses.ts'
import { failure } from '../support/failure.ts'

const failing = (code: string | undefined) => async () => {
  throw Object.assign(new Error('getaddrinfo'), { code })
}

test('a host has every address of both families, each once', async () => {
  const found = ['192.0.2.1', '2001:db8::1', '192.0.2.1'].map((address) => ({ address }))
  expect(await addressesOf('edge.example', async () => found)).toEqual(['192.0.2.1', '2001:db8::1'])
})

test('an address is its own, and nobody is asked', async () => {
  for (const address of ['192.0.2.1', '2001:db8::1']) {
    expect(await addressesOf(address, failing('EAI_AGAIN'))).toEqual([address])
  }
})

test('this machine is found', async () => {
  expect(await addressesOf('localhost')).toContain('127.0.0.1')
})

test.each(['ENOTFOUND', 'ENODATA'])('a host that is not there has none (%s)', async (code) => {
  expect(await addressesOf('gone.example', failing(code))).toEqual([])
})

test.each(['EAI_AGAIN', 'ETIMEOUT', undefined])('trouble is not absence (%s)', async (code) => {
  expect(await failure(addressesOf('edge.example', failing(code)))).toMatchObject({
    code: 'DNS_LOOKUP_FAILED',
    fields: { name: 'edge.example', reason: code ?? 'no answer' },
  })
})
