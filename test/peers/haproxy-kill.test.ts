import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { handshake } from '../../sandbox/handshake.ts'
import { describePeers } from '../support/describe-peers.ts'
import { failure } from '../support/failure.ts'
import { ADDRESSES } from '../support/haproxy-driver.ts'
import { type HaproxyPractice, practiceHaproxy } from '../support/haproxy-practice.ts'
import type { HaproxyWork } from '../support/haproxy-worker.ts'

const WORKER = new URL('../support/haproxy-worker.ts', import.meta.url).pathname
const KILLS = 8

const running: HaproxyPractice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

describePeers('a swap in HAProxy that is killed', ['haproxy'], ({ haproxy: program }) => {
  async function opened() {
    const practice = await practiceHaproxy(program, 'ecdsa-p256')
    running.push(practice)
    const seen = async () => {
      const { leaf } = await handshake({ address: ADDRESSES[0], port: practice.haproxy.port }, 'shop.example')
      return leaf.fingerprint256.replaceAll(':', '').toLowerCase()
    }
    return { ...practice, seen }
  }

  test.each([
    ['goes on', false],
    ['is restarted', true],
  ])(
    'F-75 at any command, before it or with its answer lost, leaves the old or the new one in an HAProxy that %s, and the next run ends it',
    async (_title, restarts) => {
      const { balancer, listener, version, haproxy, seen } = await opened()
      const files = await readdir(haproxy.folder)
      const points: string[] = []
      for (const fate of ['refused', 'lost'] as const) {
        let done = false
        for (let at = 1; !done; at++) {
          const [old, one] = [await seen(), await version()]
          let count = 0
          // From this command on it is as if there were nobody to send any more.
          haproxy.fate = (command) => {
            if (++count === at) points.push(`${fate} ${command.replace(/ \S*\/.*/, '')}`)
            return count < at ? 'done' : count === at ? fate : 'refused'
          }
          done = (await failure(balancer.swap(listener, one))) === undefined
          haproxy.fate = () => 'done'
          if (restarts) await haproxy.restart()
          expect([old, one.certificate.fingerprint], points.at(-1)).toContain(await seen())
          await balancer.swap(listener, one)
          expect(await seen(), points.at(-1)).toBe(one.certificate.fingerprint)
          expect(await haproxy.ask('show ssl cert')).not.toContain('# transaction')
          expect(await readdir(haproxy.folder)).toEqual(files)
        }
      }
      const changes = ['set ssl cert', 'commit ssl cert']
      expect(points).toEqual(expect.arrayContaining(changes.flatMap((each) => [`refused ${each}`, `lost ${each}`])))
    },
  )

  test('F-01 at any moment, as a process, leaves one of its versions, which a restart serves as well, and nothing that lasts', async () => {
    const { balancer, listener, version, haproxy, seen } = await opened()
    const files = await readdir(haproxy.folder)
    const versions = await Promise.all([1, 2, 3].map(() => version()))
    const work: HaproxyWork = {
      socket: haproxy.sockets.admin,
      folder: haproxy.folder,
      port: haproxy.port,
      versions: versions.map(({ name, certificate: { chainPem, privateKeyPem } }) => ({
        name,
        chainPem,
        privateKeyPem: privateKeyPem.reveal(),
      })),
    }
    const file = join(tmpdir(), `newleaf-haproxy-work-${process.pid}.json`)
    await writeFile(file, JSON.stringify(work), { mode: 0o600 })
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(process.execPath, [WORKER, file], { stdio: ['ignore', 'pipe', 'inherit'] })
        const ended = once(child, 'close')
        await Promise.race([once(child.stdout, 'data'), ended])
        await wait(Math.random() * 20)
        child.kill('SIGKILL')
        expect(await ended).toEqual([null, 'SIGKILL'])
        const known = versions.map(({ certificate }) => certificate.fingerprint)
        expect(known).toContain(await seen())
        if (kill % 2 === 0) await haproxy.restart()
        expect(known).toContain(await seen())
        const next = versions[kill % versions.length]
        if (next === undefined) throw new Error('there are versions')
        await balancer.swap(listener, next)
        expect(await seen()).toBe(next.certificate.fingerprint)
        expect(await readdir(haproxy.folder)).toEqual(files)
      }
    } finally {
      await rm(file, { force: true })
    }
  })
})
