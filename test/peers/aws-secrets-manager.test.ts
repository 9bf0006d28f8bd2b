import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createResolver } from '../../lib/config/references.ts'
import { isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import { type Cloud, openSecretsManager, startAwsCloud } from '../support/cloud-stores.ts'
import { describePeers } from '../support/describe-peers.ts'
import type { AwsFault, Moto } from '../support/moto.ts'
import { failureOf } from '../support/stores.ts'

const NAME = 'certificate/shop'
const one = new Secret('canary-token-one')
const two = new Secret('canary-token-two')
const three = new Secret('canary-token-three')

describePeers('AWS Secrets Manager', ['moto'], ({ moto }) => {
  let cloud: Cloud<Moto>
  let client: SecretsManagerClient
  beforeAll(async () => {
    cloud = await startAwsCloud(moto)
    client = new SecretsManagerClient({
      endpoint: cloud.server.endpoint,
      requestHandler: { httpsAgent: { ca: cloud.caCertificate } },
    })
  })
  afterAll(async () => {
    client.destroy()
    await cloud.close()
  })

  let prefixes = 0
  /** A store at a prefix of its own; the calls that it makes from now on. */
  async function opened(options: object = {}) {
    const prefix = `newleaf/test-${++prefixes}`
    const store = await openSecretsManager(cloud, { prefix, ...options })
    const id = `${prefix}/${NAME}`
    const since = cloud.server.calls.length
    return {
      store,
      id,
      open: () => openSecretsManager(cloud, { prefix, ...options }),
      calls: () => cloud.server.calls.slice(since).map(({ action }) => action.replace('secretsmanager:', '')),
      describe: () => client.send(new DescribeSecretCommand({ SecretId: id })),
    }
  }
  const fault = (action: string, more: Partial<AwsFault> = {}) =>
    onTestFinished(cloud.server.misbehave({ action: `secretsmanager:${action}`, how: 'refused', times: 99, ...more }))
  const at = async (store: SecretStore) => {
    const texts = []
    for (const stage of ['current', 'pending', 'previous'] as const) {
      texts.push((await store.read(NAME, stage))?.value.reveal())
    }
    return texts
  }

  test('the first value of a new secret is pending, and nothing is current', async () => {
    const { store, describe, calls } = await opened()
    const version = await store.stage(NAME, one)
    expect(calls()).toEqual(['DescribeSecret', 'CreateSecret', 'PutSecretValue'])
    expect(await at(store)).toEqual([undefined, one.reveal(), undefined])
    expect((await describe()).VersionIdsToStages).toEqual({
      'newleaf-nothing-is-stored-here-yet': ['AWSCURRENT'],
      [version]: ['AWSPENDING'],
    })
    await store.activate(NAME, version, undefined)
    expect(await at(store)).toEqual([one.reveal(), undefined, undefined])
  })

  test('a secret that somebody created empty works as well, even if none may be created', async () => {
    const { store, id, calls } = await opened({ create: false })
    await client.send(new CreateSecretCommand({ Name: id }))
    expect(await at(store)).toEqual([undefined, undefined, undefined])
    const version = await store.stage(NAME, one)
    expect(await at(store)).toEqual([undefined, one.reveal(), undefined])
    await store.activate(NAME, version, undefined)
    expect(await at(store)).toEqual([one.reveal(), undefined, undefined])
    expect(calls().filter((action) => action === 'CreateSecret')).toHaveLength(1)
  })

  test('a secret that is missing and may not be created is named, with the command that creates it', async () => {
    const { store, id, calls } = await opened({ create: false })
    await expect(store.stage(NAME, one)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`aws secretsmanager create-secret --name ${id}`),
    })
    expect(await failureOf(store.activate(NAME, 'any', undefined))).toBe('SECRET_CONFLICT')
    expect(calls()).toEqual(['DescribeSecret', 'DescribeSecret'])
  })

  test('what is created has the KMS key and the tags of the configuration', async () => {
    const { store, describe } = await opened({ kmsKey: 'alias/newleaf', tags: { team: 'edge' } })
    await store.stage(NAME, one)
    expect(await describe()).toMatchObject({ KmsKeyId: 'alias/newleaf', Tags: [{ Key: 'team', Value: 'edge' }] })
  })

  test('a first issue makes three versions, and each renewal two', async () => {
    const { store, id } = await opened()
    const versions = async () =>
      (await client.send(new ListSecretVersionIdsCommand({ SecretId: id, IncludeDeprecated: true }))).Versions?.length
    await store.stage(NAME, new Secret('canary-token-key'))
    const first = await store.stage(NAME, one)
    await store.activate(NAME, first, undefined)
    expect(await versions()).toBe(3)
    await store.stage(NAME, new Secret('canary-token-next-key'))
    await store.activate(NAME, await store.stage(NAME, two), first)
    expect(await versions()).toBe(5)
  })

  test('the content decides the version, and the secret does: equal tokens at two names tell nothing', async () => {
    const { store } = await opened()
    const [shop, blog] = [await store.stage(NAME, one), await store.stage('certificate/blog', one)]
    expect(shop).toMatch(/^[0-9a-f]{64}$/)
    expect(shop).not.toBe(blog)
  })

  test('a token of the user below the prefix is found by its name and field', async () => {
    const { store, id } = await opened()
    const Name = id.replace(NAME, 'scaleway')
    await client.send(new CreateSecretCommand({ Name, SecretString: '{"dns":"canary-token-dns"}' }))
    const resolve = createResolver({ env: {}, secrets: store })
    expect((await resolve({ from: 'secret', name: 'scaleway', field: 'dns' })).reveal()).toBe('canary-token-dns')
    expect(await failureOf(resolve({ from: 'secret', name: 'linode' }))).toBe('REFERENCE_UNRESOLVED')
  })

  test('a token that is put in over the old one is found at the next read', async () => {
    const { store, id } = await opened()
    const SecretId = id.replace(NAME, 'linode')
    await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'canary-token-old' }))
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'canary-token-new' }))
    expect((await store.read('linode', 'current'))?.value.reveal()).toBe('canary-token-new')
  })

  test('F-63 a pending version that a rotation of somebody else left is replaced', async () => {
    const { store, id } = await opened()
    const first = await store.stage(NAME, one)
    await store.activate(NAME, first, undefined)
    const foreign = { SecretString: 'canary-token-foreign', VersionStages: ['AWSPENDING'] }
    await client.send(new PutSecretValueCommand({ SecretId: id, ...foreign }))
    await store.activate(NAME, await store.stage(NAME, two), first)
    expect(await at(store)).toEqual([two.reveal(), undefined, one.reveal()])
  })

  test('F-65 what is too large, or empty, is refused before anything is sent', async () => {
    const { store, calls } = await opened()
    for (const text of ['', 'x'.repeat(65_537), 'ü'.repeat(32_769)]) {
      expect(await failureOf(store.stage(NAME, new Secret(text)))).toBe('STORE_FAILED')
    }
    expect(calls()).toEqual([])
    await store.stage(NAME, new Secret('x'.repeat(65_536)))
  })

  test.each(['../up', 'a/../b', 'a//b', '/a', 'a/', '', 'a b', 'arn:aws:secretsmanager'])(
    'the name %j is refused',
    async (name) => {
      const { store, calls } = await opened()
      expect(await failureOf(store.read(name, 'current'))).toBe('CONFIG_INVALID')
      expect(await failureOf(store.stage(name, one))).toBe('CONFIG_INVALID')
      expect(calls()).toEqual([])
    },
  )

  test('a removed secret is scheduled for deletion after the thirty days that AWS gives, also when the answer is lost', async () => {
    const { store, describe } = await opened()
    await store.stage(NAME, one)
    fault('DeleteSecret', { how: 'lost answer', times: 1 })
    const again = () => store.remove(NAME).catch(() => store.remove(NAME))
    expect(await again()).toBe('scheduled')
    const { DeletedDate } = await describe()
    expect((DeletedDate?.getTime() ?? 0) / 86_400_000).toBeGreaterThan(Date.now() / 86_400_000 + 29)
    expect(await store.remove(NAME)).toBe('scheduled')
    expect(await store.remove('certificate/never')).toBe('removed')
  })

  test.each([
    [
      'Operation not permitted on a replica secret. Call must be made in primary secret’s region.',
      /is a replica, and takes no value here: set `region`/,
    ],
    [
      'You can’t modify this secret because it is managed by appflow.',
      /belongs to another AWS service: set another `prefix`/,
    ],
    [
      'You can’t perform this operation on the secret because it was marked for deletion.',
      /is scheduled for deletion: take that back/,
    ],
  ])('an invalid request is told by its message: %s', async (message, words) => {
    const { store } = await opened()
    const version = await store.stage(NAME, one)
    const invalid = { error: 'InvalidRequestException', status: 400, message }
    for (const action of ['PutSecretValue', 'UpdateSecretVersionStage']) fault(action, invalid)
    for (const work of [() => store.stage(NAME, two), () => store.activate(NAME, version, undefined)]) {
      await expect(work()).rejects.toMatchObject({ code: 'STORE_UNREADABLE', message: expect.stringMatching(words) })
    }
  })

  test('an invalid request whose message is not known is told as that alone', async () => {
    const { store } = await opened()
    await store.stage(NAME, one)
    fault('PutSecretValue', { error: 'InvalidRequestException', status: 400, message: 'You can’t do this today.' })
    await expect(store.stage(NAME, two)).rejects.toMatchObject({
      code: 'REJECTED',
      message: expect.stringMatching(/was refused with 400 InvalidRequestException$/),
    })
  })

  test.each([
    ['CreateSecret', /ask AWS for a higher quota$/],
    ['PutSecretValue', /too many versions/],
  ])('a quota that %s has reached is told by what it counts', async (action, words) => {
    const { store } = await opened()
    fault(action, { error: 'LimitExceededException', status: 400 })
    await expect(store.stage(NAME, one)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(words),
    })
  })

  test.each(['PutSecretValue', 'DescribeSecret', 'GetSecretValue'])(
    'a secret that was just made and that %s does not find yet is waited for',
    async (action) => {
      const { store } = await opened()
      const missing = { error: 'ResourceNotFoundException', status: 400, times: 3 }
      const message = 'Secrets Manager can’t find the specified secret.'
      if (action === 'PutSecretValue') fault(action, { ...missing, message })
      const version = await store.stage(NAME, one)
      if (action !== 'PutSecretValue') fault(action, { ...missing, message })
      if (action === 'DescribeSecret') await store.activate(NAME, version, undefined)
      else expect((await store.read(NAME, 'pending'))?.version).toBe(version)
      expect(await store.read(NAME, action === 'DescribeSecret' ? 'pending' : 'current')).toBe(undefined)
    },
  )

  test('F-61 a secret that is scheduled for deletion is not absent: it says how to take that back', async () => {
    const { store, id } = await opened()
    const version = await store.stage(NAME, one)
    await client.send(new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays: 7 }))
    const works = [
      () => store.read(NAME, 'pending'),
      () => store.stage(NAME, two),
      () => store.activate(NAME, version, undefined),
    ]
    for (const work of works) {
      await expect(work()).rejects.toMatchObject({
        code: 'STORE_UNREADABLE',
        message: expect.stringContaining(`aws secretsmanager restore-secret --secret-id ${id}`),
      })
    }
  })

  test('F-62 a secret that is binary is not absent', async () => {
    const { store, id } = await opened()
    await client.send(new CreateSecretCommand({ Name: id, SecretBinary: Buffer.from('canary-token-binary') }))
    expect(await failureOf(store.read(NAME, 'current'))).toBe('STORE_UNREADABLE')
  })

  test.each([
    ['AccessDeniedException', 400, 'DENIED'],
    ['DecryptionFailure', 400, 'STORE_UNREADABLE'],
    ['ThrottlingException', 400, 'UNAVAILABLE'],
    ['InternalServiceError', 500, 'UNAVAILABLE'],
    ['ExpiredTokenException', 400, 'DENIED'],
  ])('F-61 %s is not absence, to any of the methods', async (error, status, code) => {
    const { store } = await opened()
    const version = await store.stage(NAME, one)
    fault('GetSecretValue', { error, status })
    fault('DescribeSecret', { error, status })
    expect(await failureOf(store.read(NAME, 'pending'))).toBe(code)
    expect(await failureOf(store.stage(NAME, two))).toBe(code)
    expect(await failureOf(store.activate(NAME, version, undefined))).toBe(code)
  })

  test('F-61 denied to write is told with what must be allowed', async () => {
    const { store } = await opened()
    const denied = { error: 'AccessDeniedException', status: 400 }
    for (const action of ['CreateSecret', 'PutSecretValue', 'UpdateSecretVersionStage']) fault(action, denied)
    await expect(store.stage(NAME, one)).rejects.toThrow(/CreateSecret .* allow the role CreateSecret$/)
    expect(await at(store)).toEqual([undefined, undefined, undefined])
  })

  test('F-65 too many versions is told as that', async () => {
    const { store } = await opened()
    fault('PutSecretValue', { error: 'LimitExceededException', status: 400 })
    await expect(store.stage(NAME, one)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  test('F-60 throttled twice, a call is made a third time', async () => {
    const { store, calls } = await opened()
    fault('PutSecretValue', { error: 'ThrottlingException', status: 400, times: 2 })
    await store.stage(NAME, one)
    expect(calls().filter((action) => action === 'PutSecretValue')).toHaveLength(3)
    expect(await at(store)).toEqual([undefined, one.reveal(), undefined])
  })

  test('F-02 two that create the same secret at once both stage', async () => {
    const { open } = await opened()
    const stores = await Promise.all([open(), open(), open()])
    const versions = await Promise.all(
      [one, two, three].map((value, index) => stores[index]?.stage(NAME, value) ?? Promise.reject()),
    )
    const [store] = stores
    expect(versions).toContain((await store?.read(NAME, 'pending'))?.version)
    expect(await store?.read(NAME, 'current')).toBe(undefined)
  })

  test('F-02 labels that another run moves after the look are looked at again', async () => {
    const { store, open } = await opened()
    const first = await store.stage(NAME, one)
    await store.activate(NAME, first, undefined)
    const second = await store.stage(NAME, two)
    const other = await open()
    const end = cloud.server.misbehave({
      action: 'secretsmanager:UpdateSecretVersionStage',
      how: 'refused',
      status: 503,
      error: 'ServiceUnavailable',
      times: 1,
    })
    onTestFinished(end)
    const [mine, theirs] = await Promise.all([
      failureOf(store.activate(NAME, second, first)),
      failureOf(other.activate(NAME, second, first)),
    ])
    expect([mine, theirs]).toEqual(['no failure', 'no failure'])
    expect(await at(store)).toEqual([two.reveal(), undefined, one.reveal()])
  })

  /** One renewal: stage, stage, promote. Each of them is done again, as the next run would, until it is done. */
  async function renewal(open: () => Promise<SecretStore>) {
    const again = async <T>(work: (store: SecretStore) => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await work(await open())
        } catch (error) {
          if (!isFailure(error, 'UNREACHABLE')) throw error
        }
      }
    }
    await again((store) => store.stage(NAME, two))
    const version = await again((store) => store.stage(NAME, three))
    const expected = (await again((store) => store.read(NAME, 'current')))?.version
    if (expected !== version) await again((store) => store.activate(NAME, version, expected))
  }

  test.each(['DescribeSecret', 'CreateSecret', 'PutSecretValue', 'UpdateSecretVersionStage', 'GetSecretValue'])(
    'F-01 F-66 an answer to %s that is lost once, or for good, does no harm',
    async (action) => {
      for (const times of [1, 3, 4]) {
        const { open, store } = await opened()
        onTestFinished(cloud.server.misbehave({ action: `secretsmanager:${action}`, how: 'lost answer', times }))
        await renewal(open)
        expect(await at(store)).toEqual([three.reveal(), undefined, undefined])
      }
    },
  )

  test('nothing is called but what the documentation lists', () => {
    const allowed = [
      ...['GetSecretValue', 'DescribeSecret', 'PutSecretValue', 'UpdateSecretVersionStage', 'CreateSecret'],
      'DeleteSecret', // by `newleaf forget`
      'ListSecretVersionIds', // by this test
    ]
    const called = new Set(cloud.server.calls.map(({ action }) => action))
    called.delete('s3:CreateBucket')
    expect([...called].sort()).toEqual(allowed.map((action) => `secretsmanager:${action}`).sort())
  })
})
