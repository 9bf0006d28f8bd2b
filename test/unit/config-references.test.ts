import { describe, expect, test } from 'vitest'
import { createResolver } from '../../lib/config/references.ts'
import { Failure, isFailure } from '../../lib/errors.ts'
import { Secret, type SecretReference } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'

const kept: Record<string, string> = {
  linode: 'canary-token-linode\n',
  windows: 'canary-token-windows\r\n',
  two: 'canary-token-two\n\n',
  marked: '\uFEFF canary-token-marked \t\r',
  inside: 'canary-token-\r\ninside',
  objectMarked: '\uFEFF{ "dns": "canary-token-dns" }',
  pem: '-----BEGIN KEY-----\ncanary\n-----END KEY-----\n',
  keys: JSON.stringify({ pem: 'canary\r\nlines\n' }),
  json: '{\n\t"key": "canary"\n}\n',
  empty: '\n',
  scaleway: JSON.stringify({ dns: 'canary-token-dns\n', lb: 'canary-token-lb', port: 443, none: '' }),
  list: '["canary-token-list"]',
  broken: '{"dns": "canary-token-broken',
}

function storeOf(values: Record<string, string>): Pick<SecretStore, 'read'> & { reads: string[] } {
  const reads: string[] = []
  return {
    reads,
    async read(name, stage) {
      reads.push(`${name} ${stage}`)
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      return value === undefined ? undefined : { version: '1', value: new Secret(value) }
    },
  }
}

const env = { LINODE_TOKEN: 'canary-token-env\n', EMPTY: '', BLANK: '\n', NULL: 'canary\u0000token' }
const secret = (name: string, field?: string): SecretReference => ({
  from: 'secret',
  name,
  ...(field === undefined ? {} : { field }),
})

describe('a reference is resolved', () => {
  test.each<[string, SecretReference, string]>([
    ['to a variable of the environment', { from: 'env', name: 'LINODE_TOKEN' }, 'canary-token-env'],
    ['to a secret of the store', secret('linode'), 'canary-token-linode'],
    ['without the line end of Windows', secret('windows'), 'canary-token-windows'],
    ['without more than one line end', secret('two'), 'canary-token-two'],
    ['without a byte order mark, white space and a lone carriage return', secret('marked'), 'canary-token-marked'],
    ['to a field of a secret', secret('scaleway', 'dns'), 'canary-token-dns'],
    ['to a text of several lines', secret('pem'), '-----BEGIN KEY-----\ncanary\n-----END KEY-----'],
    ['to a field of several lines', secret('keys', 'pem'), 'canary\r\nlines'],
    ['to a JSON object as a whole', secret('json'), '{\n\t"key": "canary"\n}'],
    ['to a field behind a byte order mark', secret('objectMarked', 'dns'), 'canary-token-dns'],
  ])('%s', async (_, reference, value) => {
    const found = await createResolver({ env, secrets: storeOf(kept) })(reference)
    expect(found).toBeInstanceOf(Secret)
    expect(found.reveal()).toBe(value)
  })

  test('with one reading of a secret, however many of its fields are used', async () => {
    const secrets = storeOf(kept)
    const resolve = createResolver({ env, secrets })
    await Promise.all([resolve(secret('scaleway', 'dns')), resolve(secret('scaleway', 'lb'))])
    await resolve(secret('scaleway', 'lb'))
    expect(secrets.reads).toEqual(['scaleway current'])
  })
})

describe('a reference to nothing is told by its name, never with a value', () => {
  test.each<[string, SecretReference, string]>([
    ['a variable that is not set', { from: 'env', name: 'NOT_SET' }, 'env:NOT_SET'],
    ['a variable that is empty', { from: 'env', name: 'EMPTY' }, 'env:EMPTY'],
    ['a variable with a line end alone', { from: 'env', name: 'BLANK' }, 'env:BLANK'],
    ['a variable that every object has', { from: 'env', name: 'constructor' }, 'env:constructor'],
    ['a missing secret', secret('nothing'), 'secret:nothing'],
    ['an empty secret', secret('empty'), 'secret:empty'],
    ['a token with a line break inside', { ...secret('inside'), oneLine: true }, 'secret:inside'],
    ['a token with a null byte inside', { from: 'env', name: 'NULL', oneLine: true }, 'env:NULL'],
    ['a token that is a PEM', { ...secret('keys', 'pem'), oneLine: true }, 'secret:keys#pem'],
    ['a field of what is no JSON', secret('broken', 'dns'), 'secret:broken#dns'],
    ['a field of what is no object', secret('list', '0'), 'secret:list#0'],
    ['a field that is missing', secret('scaleway', 'token'), 'secret:scaleway#token'],
    ['a field that every object has', secret('scaleway', 'toString'), 'secret:scaleway#toString'],
    ['a field that is no text', secret('scaleway', 'port'), 'secret:scaleway#port'],
    ['a field that is empty', secret('scaleway', 'none'), 'secret:scaleway#none'],
  ])('%s', async (_, reference, shown) => {
    const resolve = createResolver({ env, secrets: storeOf(kept) })
    const error = await resolve(reference).catch((thrown: unknown) => thrown)
    expect(isFailure(error, 'REFERENCE_UNRESOLVED')).toBe(true)
    expect(error).toMatchObject({ message: expect.stringContaining(shown), fields: { reference: shown } })
    expect(`${(error as Failure).stack} ${(error as Failure).cause}`).not.toContain('canary')
  })
})

test('trouble in the store passes through as the store’s, and the next call asks it again', async () => {
  let calls = 0
  const secrets: Pick<SecretStore, 'read'> = {
    async read() {
      if (++calls === 1) throw new Failure('UNAVAILABLE', 'the store did not answer')
      return { version: '1', value: new Secret('canary-token-late') }
    },
  }
  const resolve = createResolver({ env, secrets })
  await expect(resolve(secret('linode'))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    fields: { store: 'secrets' },
  })
  expect((await resolve(secret('linode'))).reveal()).toBe('canary-token-late')
})
