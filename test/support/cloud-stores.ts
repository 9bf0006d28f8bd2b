import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import * as v from 'valibot'
import type { Driver, DriverContext } from '../../lib/platform/driver.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, StateStore } from '../../lib/ports.ts'
import { driver as secretsManager } from '../../lib/secrets/drivers/aws-secrets-manager/driver.ts'
import { driver as s3Secrets } from '../../lib/secrets/drivers/s3.ts'
import { driver as s3State } from '../../lib/state/drivers/s3.ts'
import { type ObjectStorage, startObjectStorage } from '../../sandbox/object-storage/object-storage.ts'
import { createAuthority, type Identity, serverCertificate } from '../../sandbox/pki.ts'
import { contextOver, tools } from './driver-context.ts'
import { type Moto, startMoto } from './moto.ts'
import { REGION, type StoragePeer, type StoragePeerOptions } from './storage-peers.ts'

export const BUCKET = 'newleaf-stores'
const ACCESS_KEY = { id: 'canary-token-id', secret: 'canary-token-key' }
/** May read and write what it knows the key of. */
const NO_LISTING = { id: 'canary-token-no-listing', secret: 'canary-token-key', rights: ['read', 'write'] } as const
/** What the references in the tests stand for. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ID: ACCESS_KEY.id,
  KEY: ACCESS_KEY.secret,
  NO_LISTING: NO_LISTING.id,
  MASTER: randomBytes(32).toString('base64'),
  OTHER: randomBytes(32).toString('base64'),
  SHORT: randomBytes(16).toString('base64'),
  PASSPHRASE: 'canary-token-passphrase',
}

/** The options that lead to a place of its own, and ways to open the stores there. */
export interface CloudPlace {
  readonly folder: string
  /** For both S3 drivers. */
  readonly bucket: object
  state(options?: object, context?: Partial<DriverContext>): Promise<StateStore>
  sealed(options?: object, context?: Partial<DriverContext>): Promise<SecretStore>
}

export interface Cloud<Server> {
  readonly server: Server
  /** PEM of the CA behind the server. */
  readonly caCertificate: string
  /** Of the configuration: `ca.pem` lies in it. */
  readonly folder: string
  /** An empty place. */
  place(): CloudPlace
  close(): Promise<void>
}

const opened = <Port, Options extends v.GenericSchema>(
  driver: Driver<Port, Options>,
  options: object,
  folder: string,
  context: Partial<DriverContext> = {},
): Promise<Port> => {
  const noHttp = { send: () => Promise.reject(new Error('no other HTTP is spoken')), close: async () => {} }
  return driver.open(v.parse(driver.options, options), {
    ...contextOver(noHttp, '').context,
    resolve: async ({ name }) => new Secret(ENVIRONMENT[name] ?? ''),
    folder,
    ...context,
  })
}

const bucketPlace = (folder: string, bucket: object): CloudPlace => ({
  folder,
  bucket,
  state: (options = {}, context) => opened(s3State, { ...bucket, ...options }, folder, context),
  sealed: (options = { masterKey: 'env:MASTER' }, context) =>
    opened(s3Secrets, { ...bucket, ...options }, folder, context),
})

async function withHouse<Server extends { close(): Promise<void> }>(
  start: (tls: Identity) => Promise<Server>,
  place: (server: Server, folder: string, prefix: string) => CloudPlace,
): Promise<Cloud<Server>> {
  const house = await createAuthority({ name: 'House of the stores' })
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-cloud-'))
  await writeFile(join(folder, 'ca.pem'), house.rootPem)
  const server = await start(await serverCertificate(house))
  let places = 0
  return {
    server,
    folder,
    caCertificate: house.rootPem,
    place: () => place(server, folder, `place-${++places}`),
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The sandbox's object storage. */
export const startBucketCloud = (): Promise<Cloud<ObjectStorage>> =>
  withHouse(
    (tls) => startObjectStorage({ tls, keys: [ACCESS_KEY, NO_LISTING], buckets: [BUCKET] }),
    ({ endpoint, region }, folder, prefix) =>
      bucketPlace(folder, {
        bucket: BUCKET,
        prefix,
        endpoint,
        region,
        caCertificate: 'ca.pem',
        forcePathStyle: true,
        accessKeyId: 'env:ID',
        secretAccessKey: 'env:KEY',
      }),
  )

/** Another program's storage, with a bucket. */
export async function startStorageCloud(
  start: (options: StoragePeerOptions) => Promise<StoragePeer>,
  program: string,
): Promise<Cloud<StoragePeer>> {
  const cloud = await withHouse(
    (tls) => start({ program, tls, key: ACCESS_KEY }),
    ({ endpoint }, folder, prefix) =>
      bucketPlace(folder, {
        bucket: BUCKET,
        prefix,
        endpoint,
        region: REGION,
        caCertificate: 'ca.pem',
        forcePathStyle: true,
        accessKeyId: 'env:ID',
        secretAccessKey: 'env:KEY',
      }),
  )
  await withS3(cloud, (client) => client.send(creating(BUCKET)))
  return cloud
}

/** Every object in it is locked for a day when it is written. */
export async function createLockedBucket(cloud: Cloud<StoragePeer>): Promise<string> {
  const Bucket = `${BUCKET}-locked`
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const
  await withS3(cloud, async (client) => {
    await client.send(creating(Bucket, { ObjectLockEnabledForBucket: true }))
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule },
      }),
    )
  })
  return Bucket
}

const creating = (Bucket: string, more: { ObjectLockEnabledForBucket?: true } = {}) =>
  new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION }, ...more })

async function withS3(
  { server, caCertificate }: Cloud<{ readonly endpoint: string; close(): Promise<void> }>,
  work: (client: S3Client) => Promise<unknown>,
): Promise<void> {
  const client = new S3Client({
    endpoint: server.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: ACCESS_KEY.id, secretAccessKey: ACCESS_KEY.secret },
    requestHandler: { httpsAgent: { ca: caCertificate } },
  })
  await work(client)
  client.destroy()
}

/** AWS as moto emulates it, with a bucket. */
export async function startAwsCloud(program: string): Promise<Cloud<Moto>> {
  const cloud = await withHouse(
    (tls) => startMoto({ program, tls }),
    ({ endpoint }, folder, prefix) =>
      bucketPlace(folder, { bucket: BUCKET, prefix, endpoint, caCertificate: 'ca.pem', forcePathStyle: true }),
  )
  await withS3(cloud, (client) => client.send(creating(BUCKET)))
  return cloud
}

export const openSecretsManager = (
  { server, folder }: Cloud<Moto>,
  options: object,
  context: Partial<DriverContext> = {},
): Promise<SecretStore> =>
  opened(secretsManager, { endpoint: server.endpoint, caCertificate: 'ca.pem', ...options }, folder, {
    ...tools,
    ...context,
  })
