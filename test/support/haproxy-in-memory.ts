/** HAProxy's runtime API as far as certificates go, in memory: one transaction for everybody, as 2.6 has it. */
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface HaproxyInMemory {
  readonly folder: string
  readonly socket: string
  /** The file whose certificate it serves. */
  readonly file: string
  /** Every command that it was sent, without payloads. */
  readonly commands: readonly string[]
  /** The certificate that is served, and what somebody is about to put in the place of which file's. */
  served: string
  transaction: { file: string; pem: string } | undefined
  /** Whether somebody else's command has the certificates locked just now: then nothing is done, and it says so. */
  isLocked(command: string): boolean
  /** Called after each command has had its effect; what it returns is said instead of HAProxy's answer. */
  afterwards(command: string): string | undefined
  close(): Promise<void>
}

const LOCKED = "Can't do that!\nOperations on certificates are currently locked!"

const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint.replaceAll(':', '')

/** Serves `served` from `shop.pem`. */
export async function haproxyInMemory(served: string): Promise<HaproxyInMemory> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-haproxy-in-memory-'))
  const commands: string[] = []
  const open = new Set<Socket>()
  const haproxy: HaproxyInMemory = {
    folder,
    socket: join(folder, 'admin.sock'),
    file: join(folder, 'shop.pem'),
    commands,
    served,
    transaction: undefined,
    isLocked: () => false,
    afterwards: () => undefined,
    async close() {
      for (const connection of open) connection.destroy()
      await new Promise((done) => server.close(done))
      await rm(folder, { recursive: true, force: true })
    },
  }
  const server = createServer((connection) => {
    open.add(connection)
    connection.on('error', () => connection.destroy())
    let text = ''
    connection.on('data', (part) => {
      text += part.toString()
      const [line = ''] = text.split('\n')
      if (!text.endsWith(line.endsWith('<<') ? '\n\n' : '\n')) return
      const command = line.replace(/ <<$/, '')
      commands.push(command)
      const isLocked = command !== 'show cli level' && haproxy.isLocked(command)
      const said = isLocked ? LOCKED : answer(haproxy, command, text.slice(line.length).trim())
      connection.end(`${haproxy.afterwards(command) ?? said}\n\n`)
    })
  })
  await new Promise<void>((done) => server.listen(haproxy.socket, done))
  await writeFile(haproxy.file, served)
  return haproxy
}

function answer(haproxy: HaproxyInMemory, command: string, payload: string): string {
  const { file, transaction } = haproxy
  const [verb = '', , , name = ''] = command.split(' ')
  if (command === 'show cli level') return 'admin'
  if (command === 'show ssl cert')
    return `${transaction ? `# transaction\n*${transaction.file}\n` : ''}# filename\n${file}`
  if (verb === 'show') {
    const pem = name.startsWith('*') ? transaction?.pem : haproxy.served
    if (pem === undefined) return "Can't display the certificate: Not found or the certificate is a bundle!"
    return `Filename: ${name}\nStatus: Used\nSHA1 FingerPrint: ${fingerprintOf(pem)}`
  }
  if (verb === 'set') {
    haproxy.transaction = { file: transaction?.file ?? name, pem: payload }
    return `Transaction ${transaction ? 'updated' : 'created'} for certificate ${transaction?.file ?? name}!`
  }
  if (transaction === undefined) return 'No ongoing transaction!'
  haproxy.transaction = undefined
  if (verb === 'commit') haproxy.served = transaction.pem
  return verb === 'commit' ? `Committing ${name}.\nSuccess!` : `Transaction aborted for certificate ${name}!`
}
