import { lookup } from 'node:dns/promises'
import { BlockList, connect, isIP, type NetConnectOpts } from 'node:net'
import { Failure, type FailureCode } from '../../../errors.ts'
import { SECOND } from '../../../platform/clock.ts'
import { requireTime } from '../../../platform/deadline.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import { pathFrom } from '../../../platform/file-tree.ts'
import { safeText } from '../../../platform/log.ts'
import { isPrivate } from '../../../platform/private-networks.ts'
import { retrySoon } from '../../../platform/retry.ts'
import type { Secret } from '../../../platform/secret.ts'
import { readOnce } from '../../../platform/shared-reads.ts'

/** The runtime API, https://docs.haproxy.org/2.6/management.html#9.3. One connection a command: it ends with the answer. */
export interface RuntimeApi {
  /** Where it is, as the configuration says it. */
  readonly socket: string
  /** The same, however its path is written: absolute, or host:port. */
  readonly address: string
  /** For commands that change nothing: asked again while that helps, and shared where reads are. */
  show(command: string): Promise<string>
  /** For commands that change something: sent once. What goes along begins with `<<`. */
  send(command: string, payload?: Secret): Promise<string>
  /** With time of its own, for what must be cleaned up when there is none left. */
  cleanUp(command: string): Promise<string>
}

export interface RuntimeApiOptions {
  readonly socket: string
  readonly unencrypted: boolean
}

const TIMEOUT = 10 * SECOND
/** It locks its certificates for one command at a time, and the longest, a commit, takes a moment for each bind. */
const FIRST_PAUSE = SECOND / 50
const LONGEST_PAUSE = SECOND
const MAX_ANSWER = 1024 * 1024
/** A command must fit `tune.bufsize`, which is 16384 if nobody changed it; HAProxy hangs up on a longer one without a word. */
const LONG = 8_000

const TCP = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<host>[a-z0-9.-]+)):(?<port>\d{1,5})$/i

export function createRuntimeApi(
  { socket, unencrypted }: RuntimeApiOptions,
  context: Pick<DriverContext, 'folder' | 'clock' | 'random' | 'timeLeft'>,
): RuntimeApi {
  const { six, host = six, port } = TCP.exec(socket)?.groups ?? {}
  const address = host === undefined ? pathFrom(context.folder, socket) : socket
  const reach = async (): Promise<NetConnectOpts> =>
    host === undefined ? { path: address } : { host: await trusted(host, socket, unencrypted), port: Number(port) }

  async function exchange(command: string, payload: Secret | undefined, timeout: number): Promise<string> {
    const options = await reach()
    const text = payload === undefined ? `${command}\n` : `${command} <<\n${payload.reveal()}\n\n`
    const answer = await converse(options, text, timeout, socket)
    // Every answer ends with an empty line.
    if (answer.endsWith('\n\n') || answer === '\n') return answer.trimEnd()
    if (text.length <= LONG) throw silence(socket, 'it hung up in the midst of an answer')
    throw tooLong(command, text.length)
  }
  /** Asked again while HAProxy is in the midst of somebody else's command: it has done nothing when it says so. */
  async function unlocked(command: string, payload: Secret | undefined, timeout: () => number): Promise<string> {
    for (let pause = FIRST_PAUSE; ; pause *= 2) {
      const answer = await exchange(command, payload, timeout())
      if (!LOCKED.test(answer) || pause > LONGEST_PAUSE) return understood(command, answer, socket)
      await context.clock.sleep(pause * (0.5 + context.random()))
    }
  }
  const inTime = (command: string, payload?: Secret) =>
    unlocked(command, payload, () => {
      requireTime(context.timeLeft, 1)
      return Math.min(TIMEOUT, context.timeLeft())
    })

  return {
    socket,
    address,
    show: (command) => readOnce(command, () => retrySoon(() => inTime(command), context)),
    send: inTime,
    cleanUp: (command) => unlocked(command, undefined, () => 2 * SECOND),
  }
}

/** Resolves to everything that came until the other side was done or hung up. */
const converse = (options: NetConnectOpts, text: string, timeout: number, socket: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const connection = connect(options)
    const parts: Buffer[] = []
    let size = 0
    let connected = false
    const timer = setTimeout(
      () => connection.destroy(silence(socket, `no answer within ${timeout / SECOND} s`)),
      timeout,
    )
    connection.once('connect', () => {
      connected = true
      connection.write(text)
    })
    connection.on('data', (part) => {
      parts.push(part)
      size += part.length
      if (size > MAX_ANSWER) connection.destroy(invalid(`larger than ${MAX_ANSWER} bytes`))
    })
    connection.once('error', (error) => {
      const hungUp = connected && /^(EPIPE|ECONNRESET)$/.test((error as NodeJS.ErrnoException).code ?? '')
      if (!hungUp) reject(unconnected(error, socket))
    })
    connection.once('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(parts).toString('utf8'))
    })
  })

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
const isLoopback = (address: string) => loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** A private key goes this way, and the runtime API speaks no TLS: only to where nobody else listens. */
async function trusted(host: string, socket: string, unencrypted: boolean): Promise<string> {
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw silence(socket, 'the name is not known', cause)
  })
  const addresses = found.map(({ address }) => address)
  const [first] = addresses
  if (first === undefined) throw silence(socket, 'the name has no address')
  if (addresses.every(isLoopback)) return first
  if (!addresses.every(isPrivate)) throw unsafe(socket, 'over a public network; run newleaf where HAProxy runs')
  if (unencrypted) return first
  throw unsafe(
    socket,
    'over a network; use a unix socket, or a tunnel that ends on this machine, or say unencrypted: true for a network that ' +
      'is yours alone',
  )
}

const LOCKED = /currently locked/

/** What HAProxy says when it does not do as it was told, whatever the command was. */
const REFUSALS: readonly (readonly [says: RegExp, code: FailureCode, advice: string])[] = [
  [/^Permission denied/, 'DENIED', 'its stats socket needs `level admin`'],
  [LOCKED, 'TARGET_BUSY', 'somebody else is changing certificates'],
  [
    /^The ongoing transaction is about|^No ongoing transaction/m,
    'TARGET_BUSY',
    'somebody else is changing certificates',
  ],
  [/^Unknown command/, 'TARGET_REFUSED', 'HAProxy 2.2 or later is needed, and its own socket, not the master’s'],
  [/^The command is too big/, 'TARGET_REFUSED', 'raise tune.bufsize in its global section'],
]

function understood(command: string, answer: string, socket: string): string {
  const [, code, advice] = REFUSALS.find(([says]) => says.test(answer)) ?? []
  if (code === undefined) return answer
  throw new Failure(code, `HAProxy at ${socket} refused "${command}": ${quoted(answer)}; ${advice}`)
}

/** A name in a command: a space ends an argument, a semicolon the command. */
export const escaped = (name: string) => name.replace(/[\\ ;<]/g, '\\$&')

/** Whatever could be part of what it was sent is left out. */
export const quoted = (answer: string) =>
  safeText(answer.replace(/[\w+/=]{48,}/g, '…').replace(/\s+/g, ' ')).slice(0, 300)

const tooLong = (command: string, length: number) =>
  new Failure(
    'TARGET_REFUSED',
    `HAProxy hung up on "${command}" with ${length} bytes, which is what it does when tune.bufsize is smaller (16384 if nothing ` +
      'is configured); raise it in its global section',
  )

function unconnected(error: Error, socket: string): Failure {
  if (error instanceof Failure) return error
  const { code = error.name } = error as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') return silence(socket, code, error)
  const message = `the socket ${socket} may not be used: give it to the user that newleaf runs as (${code})`
  return new Failure('DENIED', message, { cause: error })
}

const silence = (socket: string, why: string, cause?: unknown) =>
  new Failure('UNREACHABLE', `HAProxy does not answer at ${socket}: ${why}`, { cause })

const unsafe = (socket: string, how: string) =>
  new Failure('URL_REFUSED', `the runtime API at ${socket} would be sent a private key unencrypted ${how}`)

export const invalid = (what: string) =>
  new Failure('ANSWER_INVALID', `HAProxy answered with something else than expected: ${what}`)
