import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Identity } from '../../sandbox/pki.ts'
import { freePorts, startChildServer } from './child-server.ts'
import { startCountingProxy } from './counting-proxy.ts'

export interface PebbleOptions {
  /** Where the program is. */
  readonly program: string
  /** Of its https endpoints, and the certificate behind it. */
  readonly tls: Identity
  readonly caCertificate: string
  /** Which DNS server it asks: `127.0.0.1:5353`. */
  readonly dns: string
  /** Default: true. */
  readonly strict?: boolean
  /** Of 100 good nonces; default 0. */
  readonly nonceReject?: number
  /** Of 100 names that were proved before; default 0. */
  readonly authzReuse?: number
  /** Seconds that it asks clients to wait; default 0, which is not at all. */
  readonly retryAfter?: { readonly authz: number; readonly order: number }
  /** Validations take up to so many seconds; default 0. */
  readonly sleep?: number
  /** How long certificates live, in seconds. */
  readonly profiles?: Readonly<Record<string, number>>
  /** Base64url keys of external accounts by key identifier; with any, a new account needs one. */
  readonly externalAccounts?: Readonly<Record<string, string>>
  readonly blocked?: readonly string[]
  /** Of its own keys; default ecdsa. */
  readonly keyAlgorithm?: 'rsa' | 'ecdsa'
}

export interface Pebble {
  readonly directory: string
  /** Every request so far, or since `forget`, as `POST /order-plz`. */
  requests(): Promise<string[]>
  /** Made so far, or since `forget`. */
  connections(): number
  forget(): Promise<void>
  /** PEM of the root under which it issues. */
  root(): Promise<string>
  /** `Valid` or `Revoked`. */
  statusOf(serial: string): Promise<string>
  /** What it says from now on when asked when to renew this certificate. */
  setRenewalInfo(leafPem: string, answer: object): Promise<void>
  close(): Promise<void>
}

const REQUEST = /^Pebble \S+ \S+ (?<asked>[A-Z]+ \S+) -> calling handler/
/** A request that no client makes; once it stands in the log, all earlier ones do. */
const MARK = { method: 'HEAD', path: '/dir' }

/** Let's Encrypt's test server, as a child of this process. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-pebble-'))
  const [port = 0, management = 0, http = 0, tls = 0] = await freePorts(4)
  const config = join(folder, 'pebble.json')
  const files = { certificate: join(folder, 'cert.pem'), privateKey: join(folder, 'key.pem') }
  await writeFile(files.certificate, options.tls.cert)
  await writeFile(files.privateKey, options.tls.key, { mode: 0o600 })
  await writeFile(
    config,
    JSON.stringify({ pebble: { ...files, ...configuration(options, port, management, http, tls) } }),
  )

  const asked: string[] = []
  const marks: (() => void)[] = []
  const server = await startChildServer({
    program: options.program,
    args: ['-config', config, `-strict=${options.strict ?? true}`, '-dnsserver', options.dns],
    env: environment(options),
    ports: [port, management],
    onLine(line) {
      const request = REQUEST.exec(line)?.groups?.asked
      if (request === `${MARK.method} ${MARK.path}`) marks.shift()?.()
      else if (request !== undefined) asked.push(request)
    },
  })
  const proxy = await startCountingProxy(port)
  let before = 0

  const ask = async (at: number, method: string, path: string, body?: string): Promise<string> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        'user-agent': 'newleaf-test',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      }
      request({ host: '127.0.0.1', port: at, method, path, headers, ca: options.caCertificate, agent: false }, resolve)
        .once('error', reject)
        .end(body)
    })
    const said = await text(answer)
    if (answer.statusCode !== 200) throw new Error(`Pebble answered ${method} ${path} with ${answer.statusCode}`)
    return said
  }
  const settled = async () => {
    const logged = new Promise<void>((resolve) => marks.push(resolve))
    await Promise.all([ask(port, MARK.method, MARK.path), logged])
  }

  return {
    directory: `https://127.0.0.1:${proxy.port}/dir`,
    async requests() {
      await settled()
      return [...asked]
    },
    connections: () => proxy.connections - before,
    async forget() {
      await settled()
      asked.length = 0
      before = proxy.connections
    },
    root: () => ask(management, 'GET', '/roots/0'),
    async statusOf(serial) {
      const { Status } = JSON.parse(await ask(management, 'GET', `/cert-status-by-serial/${serial.toLowerCase()}`))
      return Status
    },
    async setRenewalInfo(leafPem, answer) {
      const body = { Certificate: leafPem, ARIResponse: JSON.stringify(answer) }
      await ask(management, 'POST', '/set-renewal-info/', JSON.stringify(body))
    },
    async close() {
      await proxy.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const DAY = 86_400

const configuration = (
  options: PebbleOptions,
  port: number,
  management: number,
  httpPort: number,
  tlsPort: number,
) => ({
  listenAddress: `127.0.0.1:${port}`,
  managementListenAddress: `127.0.0.1:${management}`,
  httpPort,
  tlsPort,
  keyAlgorithm: options.keyAlgorithm ?? 'ecdsa',
  retryAfter: options.retryAfter ?? { authz: 0, order: 0 },
  domainBlocklist: options.blocked ?? [],
  externalAccountBindingRequired: options.externalAccounts !== undefined,
  externalAccountMACKeys: options.externalAccounts ?? {},
  profiles: Object.fromEntries(
    Object.entries(options.profiles ?? { classic: 90 * DAY }).map(([name, validityPeriod]) => [
      name,
      { description: `${validityPeriod} s`, validityPeriod },
    ]),
  ),
})

const environment = ({ nonceReject = 0, authzReuse = 0, sleep = 0 }: PebbleOptions) => ({
  PEBBLE_WFE_NONCEREJECT: String(nonceReject),
  PEBBLE_AUTHZREUSE: String(authzReuse),
  ...(sleep > 0 ? { PEBBLE_VA_SLEEPTIME: String(sleep) } : { PEBBLE_VA_NOSLEEP: '1' }),
})
