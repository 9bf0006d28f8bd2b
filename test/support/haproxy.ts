import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Authority, createAuthority, type KeyKind } from '../../sandbox/pki.ts'
import { freePorts, startChildServer } from './child-server.ts'
import { ADDRESSES } from './haproxy-driver.ts'
import { issue } from './practice-world.ts'

export const SHOP = ['shop.example', '*.shop.example'] as const

/** What becomes of a command: done; refused by hanging up; done, and its answer lost; or said no to, in these words. */
export type Fate = 'done' | 'refused' | 'lost' | { readonly says: string }

export interface Haproxy {
  /** Holds shop.pem and partner.pem, and the crt-lists shop.txt and bare.txt. */
  readonly folder: string
  /** Of the bind with shop.txt, and of the one with bare.txt, which knows nobody but the partner. */
  readonly port: number
  readonly barePort: number
  /** Stats sockets, by their level; `tcp` has the level admin. */
  readonly sockets: Readonly<Record<'admin' | 'operator' | 'user' | 'tcp', string>>
  /** A socket in front of `admin`: everything that went through it, and what becomes of the next. */
  readonly tapped: string
  readonly commands: readonly string[]
  fate: (command: string) => Fate | Promise<Fate>
  readonly authority: Authority
  /** As any other program would ask, at `admin`. */
  ask(command: string, payload?: string): Promise<string>
  restart(): Promise<void>
  close(): Promise<void>
}

export interface HaproxyOptions {
  readonly program: string
  readonly kind: KeyKind
  /** Added to the global section. */
  readonly global?: string
  /** Whether the bind for nobody yet loads the folder `whole`, in which the partner is, instead of a crt-list. */
  readonly whole?: boolean
}

export async function startHaproxy({ program, kind, global = '', whole = false }: HaproxyOptions): Promise<Haproxy> {
  const root = await mkdtemp(join(tmpdir(), 'newleaf-haproxy-'))
  const folder = join(root, 'certs')
  await mkdir(join(folder, 'whole'), { recursive: true })
  const authority = await createAuthority({ name: 'peers' })
  for (const [name, names] of Object.entries({ shop: SHOP, partner: ['partner.example'] })) {
    const { chainPem, privateKeyPem } = await issue(authority, kind, names)
    await writeFile(join(folder, `${name}.pem`), chainPem + privateKeyPem, { mode: 0o640 })
  }
  await copyFile(join(folder, 'partner.pem'), join(folder, 'whole/partner.pem'))
  await writeFile(join(folder, 'shop.txt'), `${folder}/shop.pem\n${folder}/partner.pem [alpn http/1.1]\n`)
  await writeFile(join(folder, 'bare.txt'), `${folder}/partner.pem\n`)
  const [port = 0, barePort = 0, tcp = 0] = await freePorts(3)
  const sockets = {
    admin: join(root, 'admin.sock'),
    operator: join(root, 'operator.sock'),
    user: join(root, 'user.sock'),
    tcp: `127.0.0.1:${tcp}`,
  }
  const bind = (at: number, from: string) =>
    ADDRESSES.map((address) => `  bind ${address}:${at} ssl strict-sni ${from}\n`).join('')
  const bareFrom = whole ? `crt ${folder}/whole/` : `crt-list ${folder}/bare.txt`
  const configuration = join(root, 'haproxy.cfg')
  await writeFile(
    configuration,
    `global
  stats socket ${sockets.admin} level admin mode 600
  stats socket ${sockets.operator} level operator mode 600
  stats socket ${sockets.user} level user mode 600
  stats socket ipv4@${sockets.tcp} level admin
  ${global}
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend shop
${bind(port, `crt-list ${folder}/shop.txt`)}${bind(barePort, bareFrom)}  http-request return status 200 content-type text/plain string served
`,
  )
  const start = () => startChildServer({ program, args: ['-db', '-f', configuration], ports: [port, barePort, tcp] })
  let running = await start().catch(async (error: unknown) => {
    await rm(root, { recursive: true, force: true })
    throw error
  })
  const tapped = join(root, 'tapped.sock')
  const tap = await startTap(tapped, sockets.admin, (command) => {
    self.commands.push(command)
    return self.fate(command)
  })
  const self = {
    folder,
    port,
    barePort,
    sockets,
    tapped,
    commands: [] as string[],
    fate: (_command: string): Fate | Promise<Fate> => 'done',
    authority,
    ask: (command: string, payload?: string) =>
      askAt(sockets.admin, payload === undefined ? `${command}\n` : `${command} <<\n${payload}\n\n`),
    async restart() {
      await running.close()
      running = await start()
    },
    async close() {
      await tap.close()
      await running.close()
      await rm(root, { recursive: true, force: true })
    },
  }
  return self
}

function askAt(path: string, command: string): Promise<string> {
  const socket = connect(path)
  socket.write(command)
  return text(socket)
}

/** Hands on one command a connection. */
async function startTap(path: string, to: string, fateOf: (command: string) => Fate | Promise<Fate>) {
  const open = new Set<Socket>()
  async function serve(socket: Socket): Promise<void> {
    let command = ''
    for await (const part of socket.iterator({ destroyOnReturn: false })) {
      command += String(part)
      if (command.includes('<<\n') ? command.endsWith('\n\n') : command.endsWith('\n')) break
    }
    const fate = await fateOf(command.split('\n')[0]?.replace(/ <<$/, '') ?? '')
    if (typeof fate === 'object') return void socket.end(`${fate.says}\n\n`)
    const answer = fate === 'refused' ? '' : await askAt(to, command)
    if (fate === 'done') socket.end(answer)
    else socket.destroy()
  }
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket).catch(() => socket.destroy()) // HAProxy is gone, and whoever asks sees a connection that ends
  })
  await new Promise<void>((done) => server.listen(path, done))
  return {
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
