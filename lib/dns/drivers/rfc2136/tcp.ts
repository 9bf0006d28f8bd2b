/** One message and its answer over TCP (RFC 1035 §4.2.2): whoever filters UDP, or fakes where it comes from, is left out. */
import { connect } from 'node:net'
import { Failure } from '../../../errors.ts'
import { SECOND } from '../../../platform/clock.ts'
import { firstMessage, framed } from '../../framing.ts'

export interface Server {
  readonly host: string
  readonly port: number
}

const TIMEOUT = 20 * SECOND

/** Rejects with UNREACHABLE when no whole answer comes. `timeLeft` in milliseconds. */
export function exchange({ host, port }: Server, message: Buffer, timeLeft: number): Promise<Buffer> {
  const time = Math.min(TIMEOUT, timeLeft)
  if (time <= 0) throw new Failure('OUT_OF_TIME', 'no time is left in this run for another DNS update')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(time) })
    let received = Buffer.alloc(0)
    const fail = (what: string, cause?: unknown) =>
      reject(new Failure('UNREACHABLE', `the DNS server ${host}:${port} ${what}`, { fields: { host, port }, cause }))
    socket.once('connect', () => socket.write(framed(message)))
    socket.on('data', (part) => {
      received = Buffer.concat([received, part])
      const answer = firstMessage(received)
      if (!answer) return
      resolve(answer)
      socket.destroy()
    })
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.name === 'AbortError'
        ? fail('did not answer in time', error)
        : fail(`could not be reached (${error.code})`, error),
    )
    socket.once('close', () => fail('closed the connection without an answer'))
  })
}
