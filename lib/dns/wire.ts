/** One question to one server: over UDP, and over TCP where that brings no answer, or not the whole of it (RFC 7766 §5). */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { firstMessage, framed } from './framing.ts'
import { type Message, type Question, queryFor, readAnswer } from './message.ts'
import { NoAnswer, noAnswer } from './no-answer.ts'

/** How long each of its tries may take, in milliseconds, and how many there are over UDP; and what is known of the servers. */
export interface Manners {
  readonly timeout: number
  readonly tries: number
  /** Servers that have answered over TCP alone: UDP is not tried again there. */
  readonly overTcpAlone: Set<string>
  /** Is waited for before anything is sent. */
  pace(): Promise<void>
}

interface Try extends Question {
  readonly host: string
  readonly port: number
  readonly timeout: number
}

/** `server`: an address, with a port if it is not 53. Rejects with NoAnswer where there is no answer. */
export async function askOverWire(server: string, question: Question, manners: Manners): Promise<Message> {
  const { timeout, tries, overTcpAlone, pace } = manners
  const asked: Try = { ...question, ...endpoint(server), timeout }
  let silence: unknown
  for (let attempt = overTcpAlone.has(server) ? tries : 0; attempt < tries; attempt++) {
    await pace()
    try {
      const answer = await overUdp(asked)
      if (!answer.isTruncated) return answer
      silence = undefined
      break
    } catch (error) {
      silence = error
      if (!(error instanceof NoAnswer && error.code === 'ETIMEOUT')) break
    }
  }
  await pace()
  try {
    const answer = await overTcp(asked)
    if (silence !== undefined) overTcpAlone.add(server)
    return answer
  } catch (error) {
    throw silence ?? error
  }
}

function endpoint(server: string): { host: string; port: number } {
  const withPort = isIPv6(server) ? undefined : /^\[?(?<host>[^\]]*?)\]?:(?<port>\d+)$/.exec(server)
  const { host = server, port = '53' } = withPort?.groups ?? {}
  return { host, port: Number(port) }
}

/** A socket each: the port that the answer must come to is part of what nobody else can know. */
async function overUdp({ host, port, timeout, ...question }: Try): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const id = randomInt(65_536)
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const timer = setTimeout(() => reject(new NoAnswer('ETIMEOUT')), timeout)
  socket.on('error', (error) => reject(noAnswer(error)))
  socket.on('message', (bytes) => {
    try {
      const answer = readAnswer(bytes, id, question)
      if (answer) resolve(answer)
    } catch (error) {
      reject(noAnswer(error))
    }
  })
  // Connected, it hears this one server alone, and of a port that nobody listens at.
  socket.connect(port, host, ((error?: Error) => {
    if (error) reject(noAnswer(error))
    else socket.send(queryFor(question, id))
  }) as () => void)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

async function overTcp({ host, port, timeout, ...question }: Try): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const id = randomInt(65_536)
  const socket = connect({ host, port })
  const timer = setTimeout(() => reject(new NoAnswer('ETIMEOUT')), timeout)
  let received = Buffer.alloc(0)
  socket.on('error', (error) => reject(noAnswer(error)))
  socket.on('close', () => reject(new NoAnswer('EBADRESP')))
  socket.on('connect', () => socket.write(framed(queryFor(question, id))))
  socket.on('data', (part) => {
    received = Buffer.concat([received, part])
    const message = firstMessage(received)
    if (!message) return
    try {
      const answer = readAnswer(message, id, question)
      if (answer) resolve(answer)
      else reject(new NoAnswer('EBADRESP'))
    } catch (error) {
      reject(noAnswer(error))
    }
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
