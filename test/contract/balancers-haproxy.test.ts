import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { afterEach, describe, expect, test } from 'vitest'
import { driver } from '../../lib/balancers/drivers/haproxy/driver.ts'
import { isFailure } from '../../lib/errors.ts'
import type { LogRecord } from '../../lib/platform/log.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { failure } from '../support/failure.ts'
import { listenerAt, openDriver } from '../support/haproxy-driver.ts'
import { versionOf } from '../support/haproxy-practice.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

const authority = await createAuthority({ name: 'haproxy' })
const version = () => versionOf({ authority }, 'ecdsa-p256')

/** Something that answers like a runtime API: undefined is silence, and text is sent as it is. */
async function answering(answer: (command: string, folder: string) => string | undefined, timeLeft = () => 60_000) {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-runtime-api-'))
  const socket = join(folder, 'admin.sock')
  const commands: string[] = []
  const open = new Set<Socket>()
  const server = createServer((connection) => {
    open.add(connection)
    connection.on('error', () => connection.destroy())
    connection.once('data', (text) => {
      const command = text.toString().split('\n')[0] ?? ''
      commands.push(command)
      const said = answer(command, folder)
      if (said !== undefined) connection.end(said)
    })
  })
  await new Promise<void>((done) => server.listen(socket, done))
  closing.push(async () => {
    for (const connection of open) connection.destroy()
    await new Promise((done) => server.close(done))
    await rm(folder, { recursive: true, force: true })
  })
  const log: LogRecord[] = []
  const file = join(folder, 'shop.pem')
  await writeFile(file, 'old')
  return { balancer: await openDriver({ socket, folder }, log, timeLeft), commands, folder, file, log }
}

const listener = listenerAt('shop.pem', 443)
const changing = (commands: readonly string[]) => commands.filter((command) => !command.startsWith('show '))

/** A healthy HAProxy that serves another certificate from shop.pem, but for what it says to `set ssl cert`. */
const healthy = (said: string) => (command: string, folder: string) => {
  const file = `${folder}/shop.pem`
  if (command === 'show cli level') return 'admin\n\n'
  if (command === 'show ssl cert') return `# filename\n${file}\n\n`
  if (command.startsWith('show ')) return `Filename: ${file}\nStatus: Used\nSHA1 FingerPrint: ${'0'.repeat(40)}\n\n`
  return command.startsWith('set ') ? `${said}\n\n` : undefined
}

const calls = (balancer: LoadBalancer, one: Deployment<Certificate>): [string, () => Promise<unknown>][] => [
  ['look', () => balancer.inspect(listener, one)],
  ['swap', () => balancer.swap(listener, one)],
  ['secure', () => balancer.attachFirst(listener, one)],
  ['list', () => balancer.list(listener)],
]

describe('what answers instead of HAProxy', () => {
  const garbage = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'admin\n\n',
      '# filename\n\n',
      '# transaction\n*/x\n# filename\n/x\n\n',
      'Status: Used\n\n',
      '\n',
      '\n\n',
    ),
  )
  test('changes nothing, neither there nor on disk, and every failure is one of ours', async () => {
    let turn = 0
    let answers: string[] = []
    const { balancer, commands, file } = await answering((command) =>
      command === 'show cli level' ? 'admin\n\n' : answers[turn++ % answers.length],
    )
    const one = await version()
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { minLength: 1, maxLength: 4 }), async (given) => {
        for (const [, call] of calls(balancer, one)) {
          ;[answers, turn] = [given, 0]
          const error = await call().then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
          expect(error === undefined || isFailure(error), String(error)).toBe(true)
        }
        expect(changing(commands)).toEqual([])
        expect(await readFile(file, 'utf8')).toBe('old')
      }),
      { numRuns: 60 },
    )
  })

  test('F-10 an endless answer is refused at one mebibyte', async () => {
    const { balancer } = await answering(() => 'x'.repeat(1024 * 1024 + 1))
    expect(await failure(balancer.list(listener))).toMatchObject({ code: 'ANSWER_INVALID' })
  })

  test('an answer that is cut short is none', async () => {
    const { balancer } = await answering(() => 'admin')
    expect(await failure(balancer.inspect(listener, undefined))).toMatchObject({ code: 'UNREACHABLE', retry: 'soon' })
  })

  test('F-04 silence ends with the time that the run has left', async () => {
    const { balancer } = await answering(
      () => undefined,
      () => 50,
    )
    expect(await failure(balancer.inspect(listener, undefined))).toMatchObject({ code: 'UNREACHABLE' })
    const { balancer: late, commands } = await answering(
      () => undefined,
      () => 0,
    )
    expect(await failure(late.inspect(listener, undefined))).toMatchObject({ code: 'OUT_OF_TIME' })
    expect(commands).toEqual([])
  })

  test.each([
    ['Permission denied', 'DENIED', /level admin/],
    ["Can't update the certificate!\nOperations on certificates are currently locked!", 'TARGET_BUSY', /somebody else/],
    ['Unknown command. Please enter one of the following commands', 'TARGET_REFUSED', /2\.2 or later/],
    ['The command is too big for the buffer size.', 'TARGET_REFUSED', /tune\.bufsize/],
    ["Can't load the payload", 'TARGET_REFUSED', /Can't load the payload/],
  ])('"%s" is %s', async (said, code, advice) => {
    const practice = await answering(healthy(said))
    const refused = await failure(practice.balancer.swap(listener, await version()))
    expect(refused).toMatchObject({ code })
    expect(refused?.message).toMatch(advice)
    expect(await readFile(practice.file, 'utf8')).toBe('old')
    expect((await readdir(practice.folder)).filter((name) => name.includes('newleaf-'))).toEqual([])
  })

  test('F-89 that it repeats what it was sent puts no key into a failure or the log', async () => {
    const one = await version()
    const key = one.certificate.privateKeyPem.reveal()
    const practice = await answering(healthy(`no: ${key}`))
    const refused = await failure(practice.balancer.swap(listener, one))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
    const text = `${refused?.stack} ${JSON.stringify([refused, practice.log])}`
    expect(
      key
        .split('\n')
        .slice(1, -2)
        .filter((line) => text.includes(line)),
    ).toEqual([])
  })
})

describe('the way to the runtime API', () => {
  const at = async (socket: string, unencrypted = false) =>
    openDriver({ socket, folder: '/nowhere', unencrypted }, [], () => 200)

  test('a socket that is not there cannot be reached', async () => {
    for (const socket of ['/nowhere/admin.sock', '127.0.0.1:1', '[::1]:1', 'localhost:1']) {
      const missing = await failure((await at(socket)).inspect(listener, undefined))
      expect(missing, socket).toMatchObject({ code: 'UNREACHABLE', retry: 'soon' })
    }
  })

  test.each(['0.0.0.0:1', '10.0.0.1:9999', '192.168.1.1:9999', '[fd00::1]:9999'])(
    'a private network is refused unless somebody says that keys may cross it unencrypted: %s',
    async (socket) => {
      const refused = await failure((await at(socket)).inspect(listener, undefined))
      expect(refused).toMatchObject({ code: 'URL_REFUSED', retry: 'never' })
      expect(refused?.message).toContain('unencrypted: true')
    },
  )

  test('somebody may say that keys may cross a private network unencrypted', async () => {
    // As an address of this machine it is no loopback address.
    const allowed = await at('0.0.0.0:1', true)
    expect(await failure(allowed.inspect(listener, undefined))).toMatchObject({ code: 'UNREACHABLE' })
  })

  test.each(['203.0.113.9:9999', '[2001:db8::1]:9999'])(
    'a public network is refused whatever is said: %s',
    async (socket) => {
      for (const unencrypted of [false, true]) {
        const refused = await failure((await at(socket, unencrypted)).inspect(listener, undefined))
        expect(refused).toMatchObject({ code: 'URL_REFUSED' })
      }
    },
  )
})

describe('the configuration of HAProxy', () => {
  const refuses = (schema: v.GenericSchema, given: object) => !v.safeParse(schema, given).success

  test.each([
    '../shop.pem',
    '/etc/shop.pem',
    'a/../b.pem',
    'shop pem',
    'shop.pem;abort',
    'shop.pem\nabort',
    '*shop.pem',
    '.shop.pem',
    '',
  ])('a certificate may not be called %j, which a command or a path could take for something else', (certificate) => {
    expect(refuses(driver.listener, { certificate, addresses: '192.0.2.1' })).toBe(true)
    expect(refuses(driver.options, { socket: '/run/haproxy.sock', folder: certificate })).toBe(
      certificate !== '/etc/shop.pem',
    )
  })

  test('a listener has one address or several, and the port 443 if none is given', () => {
    expect(listenerAt('shop.pem', 443)).toEqual({
      certificate: 'shop.pem',
      addresses: ['127.0.0.1', '127.0.0.2'],
      port: 443,
    })
    expect(v.parse(driver.listener, { certificate: 'eu/shop.pem', addresses: '2001:db8::1' })).toEqual({
      certificate: 'eu/shop.pem',
      addresses: ['2001:db8::1'],
      port: 443,
    })
    for (const addresses of [[], 'shop.example', ['192.0.2.1', '']]) {
      expect(refuses(driver.listener, { certificate: 'shop.pem', addresses })).toBe(true)
    }
  })

  test('a crt-list outside of the folder is refused', async () => {
    const open = openDriver(
      { socket: '/run/x.sock', folder: '/etc/haproxy/certs', crtList: '/etc/haproxy/list.txt' },
      [],
    )
    expect(await failure(open)).toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
