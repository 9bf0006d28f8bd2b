import { chmod, copyFile, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { LogRecord } from '../../lib/platform/log.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { failure } from '../support/failure.ts'
import { listenerAt, openDriver } from '../support/haproxy-driver.ts'
import { type HaproxyInMemory, haproxyInMemory } from '../support/haproxy-in-memory.ts'
import { versionOf } from '../support/haproxy-practice.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

const authority = await createAuthority({ name: 'haproxy' })
const version = () => versionOf({ authority }, 'ecdsa-p256')
const [former, next, foreign] = await Promise.all([version(), version(), version()])
const pemOf = ({ certificate }: typeof next) => certificate.chainPem
const listener = listenerAt('shop.pem', 443)

/** A swap at a HAProxy that serves `former`, where something else happens after commands. */
async function swapping(happens: (haproxy: HaproxyInMemory) => (command: string) => string | undefined) {
  const haproxy = await haproxyInMemory(pemOf(former))
  closing.push(() => haproxy.close())
  haproxy.afterwards = happens(haproxy)
  const log: LogRecord[] = []
  const balancer = await openDriver({ socket: haproxy.socket, folder: haproxy.folder }, log)
  const swap = () => balancer.swap(listener, next)
  return { haproxy, swap, log, verbs: () => haproxy.commands.map((each) => each.split(' ')[0] ?? '') }
}
const nothing = () => () => undefined

test('a swap is one transaction, and what was committed is served', async () => {
  const { haproxy, swap, verbs } = await swapping(nothing)
  await swap()
  expect(verbs().filter((verb) => verb !== 'show')).toEqual(['set', 'commit'])
  expect(haproxy.served).toContain(pemOf(next).trim())
  expect(haproxy.transaction).toBeUndefined()
})

test('certificates that are locked for a moment, by whatever command of somebody else, are waited for', async () => {
  const { haproxy, swap } = await swapping(nothing)
  const met = new Set<string>()
  haproxy.isLocked = (command) => met.size < met.add(command).size
  await swap()
  expect([...met].map((command) => command.split(' ')[0])).toEqual(expect.arrayContaining(['show', 'set', 'commit']))
  expect(haproxy.served).toContain(pemOf(next).trim())
  expect(haproxy.transaction).toBeUndefined()
})

test('taking a transaction back waits for the lock as well', async () => {
  const { haproxy, swap } = await swapping((haproxy) => (command) => {
    if (command.startsWith('set ')) haproxy.transaction = { file: haproxy.file, pem: pemOf(foreign) }
    return undefined
  })
  const met = new Set<string>()
  haproxy.isLocked = (command) => command.startsWith('abort ') && met.size < met.add(command).size
  expect(await failure(swap())).toMatchObject({ code: 'TARGET_BUSY' })
  expect(met.size).toBe(1)
  expect(haproxy).toMatchObject({ served: pemOf(former), transaction: undefined })
})

test('certificates that stay locked end the look as busy', async () => {
  const { haproxy, swap } = await swapping(nothing)
  haproxy.isLocked = () => true
  expect(await failure(swap())).toMatchObject({
    code: 'TARGET_BUSY',
    message: expect.stringMatching(/currently locked/),
  })
  expect(haproxy.served).toBe(pemOf(former))
})

test('a file that could not be replaced on disk is told by the look, before anything is ordered', async () => {
  const haproxy = await haproxyInMemory(pemOf(former))
  closing.push(() => haproxy.close())
  const open = (mountedAt: string) => openDriver({ socket: haproxy.socket, folder: haproxy.folder, mountedAt }, [])
  const look = async (mountedAt: string) => failure((await open(mountedAt)).inspect(listener, undefined))
  expect(await look(haproxy.folder)).toBe(undefined)
  expect(await look(join(haproxy.folder, 'elsewhere'))).toMatchObject({ code: 'TARGET_MISSING' })
  const linked = join(haproxy.folder, 'linked')
  await mkdir(linked)
  await symlink(haproxy.file, join(linked, 'shop.pem'))
  expect(await look(linked)).toMatchObject({ code: 'TARGET_REFUSED', message: expect.stringMatching(/is a link/) })
  const closed = join(haproxy.folder, 'closed')
  await mkdir(closed)
  await copyFile(haproxy.file, join(closed, 'shop.pem'))
  await chmod(closed, 0o500)
  if (process.getuid?.() !== 0) expect(await look(closed)).toMatchObject({ code: 'DENIED' })
})

test('a transaction that turns out to be about another file is taken back, and neither file is replaced', async () => {
  const part = (command: string) =>
    command.startsWith('set ') ? 'Transaction created for certificate /etc/haproxy/shop!' : undefined
  const { haproxy, swap } = await swapping(() => part)
  expect(await failure(swap())).toMatchObject({
    code: 'TARGET_REFUSED',
    message: expect.stringMatching(/for a part of \/etc\/haproxy\/shop; give it a name in \.pem"?$/),
  })
  expect(haproxy.commands).toContain('abort ssl cert /etc/haproxy/shop')
  expect(haproxy.served).toBe(pemOf(former))
})

test('a transaction that somebody else has open is neither written into, nor committed, nor aborted', async () => {
  const { haproxy, swap, verbs } = await swapping(nothing)
  const theirs = { file: '/etc/haproxy/other.pem', pem: pemOf(foreign) }
  haproxy.transaction = theirs
  const refused = await failure(swap())
  expect(refused).toMatchObject({ code: 'TARGET_BUSY' })
  expect(refused?.message).toContain('abort ssl cert /etc/haproxy/other.pem')
  expect(verbs().filter((verb) => verb !== 'show')).toEqual([])
  expect(haproxy).toMatchObject({ served: pemOf(former), transaction: theirs })
})

test('a transaction of ours that somebody else wrote into is not committed, and taken back', async () => {
  const { haproxy, swap, verbs } = await swapping((haproxy) => (command) => {
    if (command.startsWith('set ')) haproxy.transaction = { file: haproxy.file, pem: pemOf(foreign) }
    return undefined
  })
  expect(await failure(swap())).toMatchObject({ code: 'TARGET_BUSY' })
  expect(verbs().filter((verb) => verb !== 'show')).toEqual(['set', 'abort'])
  expect(haproxy).toMatchObject({ served: pemOf(former), transaction: undefined })
})

test('what was written into a transaction that somebody else began at the same moment is taken back', async () => {
  const { haproxy, swap, verbs } = await swapping((haproxy) => (command) => {
    if (command !== 'show ssl cert') return undefined
    // Between our look and what comes next.
    haproxy.transaction = { file: '/etc/haproxy/other.pem', pem: pemOf(foreign) }
    return `# filename\n${haproxy.file}`
  })
  expect(await failure(swap())).toMatchObject({ code: 'TARGET_BUSY' })
  expect(verbs().filter((verb) => verb !== 'show')).toEqual(['set', 'abort'])
  expect(haproxy).toMatchObject({ served: pemOf(former), transaction: undefined })
})

test('a commit that is refused leaves no transaction open, and the file as it was', async () => {
  const { haproxy, swap, verbs } = await swapping((haproxy) => (command) => {
    if (!command.startsWith('commit ')) return undefined
    haproxy.served = pemOf(former)
    haproxy.transaction = { file: haproxy.file, pem: pemOf(next) }
    return `Can't commit ${haproxy.file}!`
  })
  expect(await failure(swap())).toMatchObject({ code: 'TARGET_REFUSED' })
  expect(verbs().filter((verb) => verb !== 'show')).toEqual(['set', 'commit', 'abort'])
  expect(haproxy).toMatchObject({ served: pemOf(former), transaction: undefined })
  expect(await readFile(haproxy.file, 'utf8')).toBe(pemOf(former))
})
