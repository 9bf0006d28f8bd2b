import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from '../../sandbox/pki.ts'
import { type ChildServer, freePorts, startChildServer } from './child-server.ts'

/** A storage that speaks like S3, as a child of this process. */
export interface StoragePeer {
  readonly endpoint: string
  close(): Promise<void>
}

export interface StoragePeerOptions {
  readonly program: string
  readonly tls: Identity
  readonly key: { readonly id: string; readonly secret: string }
}

interface Start extends Omit<StoragePeerOptions, 'tls'> {
  readonly port: number
  /** Empty, for the objects. */
  readonly data: string
  readonly versions: string
  /** With `public.crt` and `private.key`. */
  readonly certificates: string
}

/** https://github.com/versity/versitygw: every object is a file. */
export const startVersitygw = (options: StoragePeerOptions): Promise<StoragePeer> =>
  started(options, ({ program, port, data, versions, certificates, key }) =>
    startChildServer({
      program,
      args: [
        ...['--port', `127.0.0.1:${port}`, '--region', REGION, '--quiet'],
        ...['--cert', join(certificates, 'public.crt'), '--key', join(certificates, 'private.key')],
        ...['posix', '--versioning-dir', versions, data],
      ],
      env: { ROOT_ACCESS_KEY_ID: key.id, ROOT_SECRET_ACCESS_KEY: key.secret },
      ports: [port],
    }),
  )

/** https://github.com/minio/minio: one node with one drive. */
export const startMinio = (options: StoragePeerOptions): Promise<StoragePeer> =>
  started(options, ({ program, port, data, certificates, key }) =>
    startChildServer({
      program,
      args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, '--certs-dir', certificates, data],
      env: {
        MINIO_ROOT_USER: key.id,
        MINIO_ROOT_PASSWORD: key.secret,
        MINIO_REGION: REGION,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
      },
      ports: [port],
    }),
  )

export const REGION = 'eu-central-1'

async function started(
  { tls, ...options }: StoragePeerOptions,
  start: (how: Start) => Promise<ChildServer>,
): Promise<StoragePeer> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-storage-'))
  const [data, versions, certificates] = ['data', 'versions', 'certificates'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const each of [data, versions, certificates]) await mkdir(each)
  await writeFile(join(certificates, 'public.crt'), tls.cert)
  await writeFile(join(certificates, 'private.key'), tls.key, { mode: 0o600 })
  const [port = 0] = await freePorts(1)
  const server = await start({ ...options, port, data, versions, certificates })
  return {
    endpoint: `https://localhost:${port}`,
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
