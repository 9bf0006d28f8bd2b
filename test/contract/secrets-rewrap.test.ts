import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore } from '../../lib/ports.ts'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { type Cloud, startBucketCloud } from '../support/cloud-stores.ts'
import { failureOf, openSecrets, temporaryFolder } from '../support/stores.ts'

let cloud: Cloud<ObjectStorage>
beforeAll(async () => {
  cloud = await startBucketCloud()
})
afterAll(() => cloud.close())

/** Ways to open one store: with the key that it was set up with, with a new one alone, and with both. */
interface Place {
  former(): Promise<SecretStore>
  next(): Promise<SecretStore>
  both(): Promise<SecretStore>
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async file() {
    const folder = await temporaryFolder(onTestFinished)
    const open = (options: object) => () => openSecrets(folder, options)
    await mkdir(join(folder, 'keys'), { mode: 0o700 })
    await writeFile(join(folder, 'keys/next.key'), Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
    const [masterKey, formerMasterKey] = ['keys/next.key', 'keys/master.key']
    return {
      former: open({ masterKey: formerMasterKey }),
      next: open({ masterKey }),
      both: open({ masterKey, formerMasterKey }),
    }
  },
  async 'file with a passphrase'() {
    const folder = await temporaryFolder(onTestFinished)
    const open = (options: object) => () => openSecrets(folder, options)
    const [passphrase, formerPassphrase] = ['env:ONE', 'env:OTHER']
    return {
      former: open({ passphrase: formerPassphrase }),
      next: open({ passphrase }),
      both: open({ passphrase, formerPassphrase }),
    }
  },
  async s3() {
    const { sealed } = cloud.place()
    const open = (options: object) => () => sealed(options)
    const [masterKey, formerMasterKey] = ['env:OTHER', 'env:MASTER']
    return {
      former: open({ masterKey: formerMasterKey }),
      next: open({ masterKey }),
      both: open({ masterKey, formerMasterKey }),
    }
  },
}

describe.each(Object.entries(places))('the key of the secrets in %s', (_kind, place) => {
  test('is changed, and then the new one alone opens what the former one has sealed', async () => {
    const { former, next, both } = await place()
    const store = await former()
    const first = await store.stage('certificate/shop', new Secret('canary-token-one'))
    await store.activate('certificate/shop', first, undefined)
    await store.stage('certificate/shop', new Secret('canary-token-two'))
    await store.stage('linode/api', new Secret('canary-token-three'))

    expect(await failureOf(next())).toBe('STORE_UNREADABLE')
    const changing = await both()
    expect((await changing.read('certificate/shop', 'current'))?.value.reveal()).toBe('canary-token-one')
    expect(await changing.rewrap?.()).toBe(2)
    expect(await failureOf(former())).toBe('STORE_UNREADABLE')
    const changed = await next()
    expect((await changed.read('certificate/shop', 'current'))?.value.reveal()).toBe('canary-token-one')
    expect((await changed.read('certificate/shop', 'pending'))?.value.reveal()).toBe('canary-token-two')
    expect((await changed.read('linode/api', 'pending'))?.value.reveal()).toBe('canary-token-three')
    expect(await (await both()).rewrap?.()).toBe(0)

    // Whoever was under way reads on, and writes nothing that only the former key opens.
    expect(await failureOf(store.stage('linode/api', new Secret('canary-token-late')))).toBe('STORE_UNREADABLE')
  })
})
