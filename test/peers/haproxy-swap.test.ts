import { chmod, chown, copyFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { handshake } from '../../sandbox/handshake.ts'
import { describePeers } from '../support/describe-peers.ts'
import { failure } from '../support/failure.ts'
import type { Fate } from '../support/haproxy.ts'
import { ADDRESSES, listenerAt } from '../support/haproxy-driver.ts'
import { type HaproxyPractice, practiceHaproxy, versionOf } from '../support/haproxy-practice.ts'

const running: HaproxyPractice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

describePeers('a certificate in HAProxy', ['haproxy'], ({ haproxy: program }) => {
  async function opened(global = '') {
    const practice = await practiceHaproxy(program, 'ecdsa-p256', { global })
    running.push(practice)
    const { haproxy } = practice
    const file = `${haproxy.folder}/shop.pem`
    const seen = async (name = 'shop.example', port = haproxy.port) => {
      const { leaf } = await handshake({ address: ADDRESSES[0], port }, name)
      return leaf.fingerprint256.replaceAll(':', '').toLowerCase()
    }
    return { ...practice, file, seen }
  }
  const open = async ({ haproxy }: HaproxyPractice, name: string, { certificate }: Deployment<Certificate>) =>
    haproxy.ask(
      `set ssl cert ${haproxy.folder}/${name}`,
      certificate.chainPem.trim() + certificate.privateKeyPem.reveal().trim().replace(/^/, '\n'),
    )
  const transactionIn = (answer: string) => /^# transaction\n\*(?<name>.*)$/m.exec(answer)?.groups?.name

  test('is served after a restart as well, from a file that keeps its owner and mode and lies alone', async () => {
    const { balancer, listener, version, haproxy, file, seen } = await opened()
    await chmod(file, 0o640)
    if (process.getuid?.() === 0) await chown(file, 65_534, 65_534)
    const [{ uid, gid, mode }, files] = [await stat(file), await readdir(haproxy.folder)]
    const one = await version()
    await balancer.swap(listener, one)
    expect(await stat(file)).toMatchObject({ uid, gid, mode })
    expect(await readdir(haproxy.folder)).toEqual(files)
    await haproxy.restart()
    expect(await seen()).toBe(one.certificate.fingerprint)
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
  })

  test.each(['shop.crt', 'shop.key', 'apps/shop.crt', 'shop'])('may lie in a file that is called %s', async (name) => {
    const { balancer, listener, haproxy, version, seen } = await opened()
    await mkdir(`${haproxy.folder}/apps`)
    await copyFile(`${haproxy.folder}/shop.pem`, `${haproxy.folder}/${name}`)
    await writeFile(`${haproxy.folder}/shop.txt`, `${haproxy.folder}/${name}\n`)
    await haproxy.restart()
    const one = await version()
    const named = { ...listener, certificate: name }
    expect(await balancer.inspect(named, one)).toMatchObject({ serves: false })
    await balancer.swap(named, one)
    expect(await balancer.inspect(named, one)).toMatchObject({ serves: true })
    expect(await seen()).toBe(one.certificate.fingerprint)
    await haproxy.restart()
    expect(await seen()).toBe(one.certificate.fingerprint)
  })

  test('may change from ECDSA to RSA and back', async () => {
    const { balancer, listener, haproxy, seen } = await opened()
    for (const kind of ['rsa-2048', 'ecdsa-p256', 'rsa-2048'] as const) {
      const { name, certificate } = await versionOf(haproxy, kind)
      await balancer.swap(listener, { name, certificate })
      expect(await seen()).toBe(certificate.fingerprint)
      await haproxy.restart()
      expect(await seen()).toBe(certificate.fingerprint)
    }
  })

  test('is brought again when only its chain is another one', async () => {
    const { balancer, listener, version, wire, haproxy } = await opened()
    const one = await version()
    const root = wire?.root ?? ''
    const longer = publicCertificate(one.certificate.chainPem + root)
    const other = { name: one.name, certificate: { ...one.certificate, ...longer } }
    await balancer.swap(listener, one)
    expect(await balancer.inspect(listener, other)).toMatchObject({ serves: false })
    await balancer.swap(listener, other)
    expect(await balancer.inspect(listener, other)).toMatchObject({ serves: true })
    const { issuers } = await handshake({ address: ADDRESSES[0], port: haproxy.port }, 'shop.example')
    expect(issuers).toHaveLength(2)
  })

  test('is repaired where only memory or only the file holds another one', async () => {
    const practice = await opened()
    const { balancer, listener, version, haproxy, file, seen } = practice
    const [one, other] = [await version(), await version()]
    await balancer.swap(listener, one)
    const good = await readFile(file, 'utf8')
    await open(practice, 'shop.pem', other)
    await haproxy.ask(`commit ssl cert ${file}`)
    expect(await seen()).toBe(other.certificate.fingerprint)
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: false })
    await balancer.swap(listener, one)
    expect(await seen()).toBe(one.certificate.fingerprint)
    for (const text of ['', other.certificate.chainPem, good.slice(0, good.indexOf('-----BEGIN PRIVATE'))]) {
      await writeFile(file, text)
      expect(await balancer.inspect(listener, one)).toMatchObject({ serves: false })
      await balancer.swap(listener, one)
      expect(await readFile(file, 'utf8')).toBe(good)
    }
  })

  test('is replaced together with others in one HAProxy, side by side', async () => {
    const { balancer, listener, version, haproxy, seen } = await opened()
    const partner = listenerAt('partner.pem', haproxy.port)
    for (let round = 0; round < 5; round++) {
      const [shop, other] = [await version(), await version('partner', ['partner.example'])]
      await Promise.all([balancer.swap(listener, shop), balancer.swap(partner, other)])
      expect(await seen()).toBe(shop.certificate.fingerprint)
      expect(await seen('partner.example')).toBe(other.certificate.fingerprint)
    }
  })

  test('F-72 what somebody else has begun is left alone, and the next run carries on', async () => {
    const practice = await opened()
    const { balancer, listener, version, haproxy, file, seen, changes } = practice
    const [theirs, ours] = [await version(), await version()]
    const before = await seen()
    for (const name of ['shop.pem', 'partner.pem']) {
      await open(practice, name, theirs)
      const busy = await failure(balancer.swap(listener, ours))
      expect(busy).toMatchObject({ code: 'TARGET_BUSY', retry: 'next run' })
      expect(busy?.message).toContain(`abort ssl cert ${haproxy.folder}/${name}`)
      expect([await seen(), changes()]).toEqual([before, 0])
      expect(transactionIn(await haproxy.ask('show ssl cert'))).toBe(`${haproxy.folder}/${name}`)
      await haproxy.ask(`abort ssl cert ${haproxy.folder}/${name}`)
    }
    await balancer.swap(listener, ours)
    expect(await seen()).toBe(ours.certificate.fingerprint)
    expect(await readFile(file, 'utf8')).toContain(ours.name)
  })

  test('what a killed run has begun and left on disk is taken back when its certificate is retired, and nothing else', async () => {
    const practice = await opened()
    const { balancer, listener, version, haproxy } = practice
    const [killed, theirs] = [await version(), await version()]
    const files = await readdir(haproxy.folder)
    const leave = () => writeFile(`${haproxy.folder}/.shop.pem.newleaf-0123456789abcdef`, killed.certificate.chainPem)
    await leave()
    await open(practice, 'shop.pem', killed)
    expect(await balancer.deleteUnused(listener, [killed.name])).toEqual([killed.name])
    expect(transactionIn(await haproxy.ask('show ssl cert'))).toBeUndefined()
    await leave()
    await open(practice, 'shop.pem', theirs)
    await balancer.deleteUnused(listener, [])
    expect(transactionIn(await haproxy.ask('show ssl cert'))).toBe(`${haproxy.folder}/shop.pem`)
    expect(await readdir(haproxy.folder)).toEqual(files)
  })

  test.each([
    ['begins just before us', 'set ssl cert', 'partner.pem'],
    ['begins just before us with the same file', 'set ssl cert', 'shop.pem'],
    ['writes into what we have begun', 'show ssl cert *', 'partner.pem'],
  ])(
    'F-78 somebody who %s gets nothing of ours served as theirs, and we nothing of theirs',
    async (_title, at, name) => {
      const practice = await opened()
      const { balancer, listener, version, haproxy, seen } = practice
      const [theirs, ours] = [await version('partner', ['partner.example']), await version()]
      const served = async () => [await seen(), await seen('partner.example')]
      const before = await served()
      haproxy.fate = async (command): Promise<Fate> => {
        if (command.startsWith(at)) {
          haproxy.fate = () => 'done'
          await open(practice, name, theirs)
        }
        return 'done'
      }
      expect(await failure(balancer.swap(listener, ours))).toMatchObject({ code: 'TARGET_BUSY' })
      await haproxy.ask(`commit ssl cert ${haproxy.folder}/${name}`)
      expect(await served()).toEqual(before)
      expect(transactionIn(await haproxy.ask('show ssl cert'))).toBeUndefined()
      await balancer.swap(listener, ours)
      expect(await served()).toEqual([ours.certificate.fingerprint, before[1]])
    },
  )

  test('that is larger than a command may be is refused, and the message says what to raise', async () => {
    const practice = await opened()
    const { balancer, listener, version, seen } = practice
    const before = await seen()
    const label = 'x'.repeat(60)
    const names = Array.from({ length: 100 }, (_, at) => `${label}.${label}.a${at}.shop.example`)
    const refused = await failure(balancer.swap(listener, await version('shop', names)))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(refused?.message).toMatch(/tune\.bufsize/)
    expect(await seen()).toBe(before)
    const roomy = await opened('tune.bufsize 65536')
    const large = await roomy.version('shop', names)
    await roomy.balancer.swap(roomy.listener, large)
    expect(await roomy.balancer.inspect(roomy.listener, large)).toMatchObject({ serves: true })
  })

  test('whose file is a link is refused before anything is changed', async () => {
    const { balancer, listener, version, file, changes } = await opened()
    await rename(file, `${file}.real`)
    await symlink(`${file}.real`, file)
    const refused = await failure(balancer.swap(listener, await version()))
    expect(refused).toMatchObject({ retry: 'never' })
    expect(refused?.message).toMatch(/link/)
    expect(changes()).toBe(0)
  })

  test('is reached over TCP on this machine', async () => {
    const { openWith, listener, version, haproxy, seen } = await opened()
    const balancer = await openWith({ socket: haproxy.sockets.tcp })
    const one = await version()
    await balancer.swap(listener, one)
    expect(await seen()).toBe(one.certificate.fingerprint)
  })

  test('F-70 an operator may look at it and not replace it: that is denied when it is looked at', async () => {
    const { openWith, listener, haproxy } = await opened()
    const denied = await failure((await openWith({ socket: haproxy.sockets.operator })).inspect(listener, undefined))
    expect(denied).toMatchObject({ code: 'DENIED' })
    expect(denied?.message).toContain('level admin')
  })

  test('is told with all others: their files, names, ends, lists, and for what each comes first', async () => {
    const { balancer, listener, version, haproxy, file } = await opened()
    const one = await version()
    await balancer.swap(listener, one)
    await haproxy.ask(`add ssl crt-list ${haproxy.folder}/shop.txt`, `${file} [alpn h2] www.shop.example`)
    const { covers, notAfter } = { covers: one.certificate.names, notAfter: one.certificate.notAfter }
    const { certificates: held } = await balancer.list(listener)
    const loadBalancer = haproxy.tapped
    const [bare, shop] = [`${haproxy.folder}/bare.txt`, `${haproxy.folder}/shop.txt`]
    expect(held).toEqual([
      {
        loadBalancer,
        name: `${haproxy.folder}/partner.pem`,
        covers: ['partner.example'],
        notAfter: expect.any(Date),
        managed: false,
        bound: [bare, shop].map((list) => ({ listener: list, effectiveFor: ['partner.example'] })),
      },
      { loadBalancer, name: file, covers, notAfter, managed: true, bound: [{ listener: shop, effectiveFor: covers }] },
    ])
  })
})
