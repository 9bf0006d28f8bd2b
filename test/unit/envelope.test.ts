import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { createKeyring, macOf, seal, unseal, versionOf } from '../../lib/secrets/envelope.ts'
import { failureOf } from '../support/stores.ts'

const keyring = createKeyring(Buffer.alloc(32, 1))
const item = { name: 'certificate/shop', version: 'a'.repeat(32) }
const value = new Secret('canary-token-sealed')
const opened = (bytes: Buffer, by = keyring, as = item) => failureOf((async () => unseal([by], as, bytes))())

describe('an envelope', () => {
  test('gives back what was sealed, and shows nothing of it', () => {
    const bytes = seal(keyring, item, value)
    expect(unseal([keyring], item, bytes).reveal()).toBe(value.reveal())
    expect(bytes.toString('latin1')).not.toContain('canary')
  })

  test('is another one each time: no data key and no nonce is used twice', () => {
    const parts = Array.from({ length: 50 }, () => seal(keyring, item, value)).flatMap((bytes) => [
      bytes.subarray(41, 53).toString('hex'), // nonces
      bytes.subarray(101, 113).toString('hex'),
      bytes.subarray(53, 85).toString('hex'), // the wrapped data key
    ])
    expect(new Set(parts).size).toBe(150)
  })

  test('F-62 a flipped bit anywhere, a byte less and a byte more are found', async () => {
    const bytes = seal(keyring, item, value)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect([bit, await opened(damaged)]).toEqual([bit, 'STORE_UNREADABLE'])
    }
    for (let length = 0; length < bytes.length; length++) {
      expect([length, await opened(bytes.subarray(0, length))]).toEqual([length, 'STORE_UNREADABLE'])
    }
    expect(await opened(Buffer.concat([bytes, Buffer.of(0)]))).toBe('STORE_UNREADABLE')
  })

  test('F-6A opens only under its own name and version, and with its own key', async () => {
    const bytes = seal(keyring, item, value)
    expect(await opened(bytes)).toBe('no failure')
    expect(await opened(bytes, keyring, { ...item, name: 'certificate/blog' })).toBe('STORE_UNREADABLE')
    expect(await opened(bytes, keyring, { ...item, version: 'b'.repeat(32) })).toBe('STORE_UNREADABLE')
    expect(await opened(bytes, keyring, { name: 'certificate/shopa', version: 'a'.repeat(31) })).toBe(
      'STORE_UNREADABLE',
    )
    expect(await opened(bytes, createKeyring(Buffer.alloc(32, 2)))).toBe('STORE_UNREADABLE')
    expect(await opened(bytes, createKeyring(Buffer.alloc(32, 1), Buffer.alloc(16, 1)))).toBe('STORE_UNREADABLE')
  })

  test('F-69 one of a newer format is refused by saying so', () => {
    const bytes = seal(keyring, item, value)
    bytes[8] = 2
    expect(() => unseal([keyring], item, bytes)).toThrow(/newer newleaf/)
  })

  test('a message tells nothing of what is inside: every damage behind the header has the same one', () => {
    const messages = [50, 90, 105, 120, -1].map((index) => {
      const damaged = seal(keyring, item, value)
      const at = index < 0 ? damaged.length + index : index
      damaged[at] = (damaged[at] ?? 0) ^ 1
      try {
        return unseal([keyring], item, damaged).toString()
      } catch (error) {
        return String(error)
      }
    })
    expect(new Set(messages).size).toBe(1)
  })
})

describe('the version of a secret', () => {
  const version = versionOf(keyring, item.name, value)

  test('is the same for the same content', () => {
    expect(version).toMatch(/^[0-9a-f]{32}$/)
    expect(versionOf(createKeyring(Buffer.alloc(32, 1)), item.name, new Secret(value.reveal()))).toBe(version)
  })

  test('differs by content, by name and by key', () => {
    expect(versionOf(keyring, item.name, new Secret('canary-token-another'))).not.toBe(version)
    expect(versionOf(keyring, 'certificate/blog', value)).not.toBe(version)
    expect(versionOf(createKeyring(Buffer.alloc(32, 2)), item.name, value)).not.toBe(version)
  })
})

test('a proof belongs to its parts as they are divided', () => {
  expect(macOf(keyring, 'ab', 'c')).not.toBe(macOf(keyring, 'a', 'bc'))
  expect(macOf(keyring, 'ab')).not.toBe(macOf(keyring, 'ab', ''))
})
