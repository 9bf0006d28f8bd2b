import { readdir, readFile, writeFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { handshake } from '../../sandbox/handshake.ts'
import { describePeers } from '../support/describe-peers.ts'
import { failure } from '../support/failure.ts'
import { ADDRESSES, listenerAt, openDriver } from '../support/haproxy-driver.ts'
import { type HaproxyPractice, practiceHaproxy } from '../support/haproxy-practice.ts'

const running: HaproxyPractice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

describePeers('the first certificate of a bind of HAProxy', ['haproxy'], ({ haproxy: program }) => {
  async function opened({ whole = false } = {}) {
    const practice = await practiceHaproxy(program, 'ecdsa-p256', { whole })
    running.push(practice)
    const { haproxy } = practice
    const seen = async () => {
      const { leaf } = await handshake({ address: ADDRESSES[1], port: haproxy.barePort }, 'shop.example')
      return leaf.fingerprint256.replaceAll(':', '').toLowerCase()
    }
    const bare = listenerAt('bare.pem', haproxy.barePort)
    return { ...practice, bare, file: `${haproxy.folder}/bare.pem`, list: `${haproxy.folder}/bare.txt`, seen }
  }

  test('is served at once and after a restart, and stands in the crt-list once', async () => {
    const { balancer, bare, version, haproxy, file, list, seen } = await opened()
    const one = await version()
    const before = await readFile(list, 'utf8')
    await balancer.attachFirst(bare, one)
    expect(await seen()).toBe(one.certificate.fingerprint)
    expect(await readFile(list, 'utf8')).toBe(`${before}${file}\n`)
    await haproxy.restart()
    expect(await seen()).toBe(one.certificate.fingerprint)
  })

  test('F-75 killed at any command, before it or with its answer lost, it is served in the end', async () => {
    const practice = await opened()
    const { balancer, bare, version, haproxy, file, list, seen } = practice
    const before = await readFile(list, 'utf8')
    const points = new Set<string>()
    for (const fate of ['refused', 'lost'] as const) {
      for (let at = 1, done = false; !done; at++) {
        const one = await version()
        let count = 0
        haproxy.fate = (command) => {
          if (++count === at) points.add(`${fate} ${command.replace(/ \S+\/.*/, '')}`)
          return count < at ? 'done' : count === at ? fate : 'refused'
        }
        done = (await failure(balancer.attachFirst(bare, one))) === undefined
        haproxy.fate = () => 'done'
        // What it left behind hurts nobody, neither now nor at the next start.
        if (at % 2 === 0) await haproxy.restart()
        const served = await balancer.inspect(bare, one).then(
          ({ serves }) => serves,
          () => false,
        )
        if (!served) await balancer.attachFirst(bare, one)
        expect(await seen(), `${fate} ${at}`).toBe(one.certificate.fingerprint)
        expect(await readFile(list, 'utf8')).toBe(`${before}${file}\n`)
        expect(await haproxy.ask('show ssl cert')).not.toContain('# transaction')
        for (const command of [`del ssl crt-list ${list} ${file}`, `del ssl cert ${file}`]) await haproxy.ask(command)
        await writeFile(list, before)
      }
    }
    expect([...points]).toEqual(
      expect.arrayContaining([
        'lost new ssl cert',
        'lost set ssl cert',
        'lost commit ssl cert',
        'lost add ssl crt-list',
      ]),
    )
  })

  test('may lie in a folder that a bind loads as a whole: it is served after a restart, and no other file is there', async () => {
    const { openWith, version, haproxy, bare, seen } = await opened({ whole: true })
    const folder = `${haproxy.folder}/whole`
    const balancer = await openWith({ crtList: folder })
    const [one, other] = [await version(), await version()]
    const outside = await failure(balancer.attachFirst(bare, one))
    expect(outside).toMatchObject({ code: 'TARGET_REFUSED' })
    const inside = listenerAt('whole/shop.pem', haproxy.barePort)
    await balancer.attachFirst(inside, one)
    expect(await seen()).toBe(one.certificate.fingerprint)
    await writeFile(`${folder}/.shop.pem.newleaf-0123`, 'what a killed run left')
    await haproxy.restart()
    expect(await seen()).toBe(one.certificate.fingerprint)
    await balancer.swap(inside, other)
    expect(await seen()).toBe(other.certificate.fingerprint)
    expect((await readdir(folder)).sort()).toEqual(['partner.pem', 'shop.pem'])
  })

  test('without a crt-list is refused, and the message says what to do', async () => {
    const { haproxy, version, bare, changes } = await opened()
    const balancer = await openDriver({ socket: haproxy.tapped, folder: haproxy.folder }, [])
    const refused = await failure(balancer.attachFirst(bare, await version()))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(refused?.message).toMatch(/set crtList/)
    expect(changes()).toBe(0)
  })

  test('a crt-list that no bind uses is missing', async () => {
    const { openWith, haproxy, version, bare, changes } = await opened()
    const balancer = await openWith({ crtList: `${haproxy.folder}/unused.txt` })
    expect(await failure(balancer.attachFirst(bare, await version()))).toMatchObject({ code: 'TARGET_MISSING' })
    expect(changes()).toBe(0)
  })

  test('a file of somebody else in its place is refused and kept', async () => {
    const { balancer, version, bare, file, changes } = await opened()
    await writeFile(file, 'theirs')
    const refused = await failure(balancer.attachFirst(bare, await version()))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(await readFile(file, 'utf8')).toBe('theirs')
    expect(changes()).toBe(0)
  })
})
