import { afterEach, expect, test } from 'vitest'
import { describePeers } from '../support/describe-peers.ts'
import { type HaproxyPractice, practiceHaproxy } from '../support/haproxy-practice.ts'
import { startTlsLoad } from '../support/tls-load.ts'

const SWAPS = 100
const PAUSE = 100
const THREADS = 2
const LONGEST = 90_000

const running: HaproxyPractice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

describePeers('HAProxy under load', ['haproxy'], ({ haproxy: program }) => {
  test(`no handshake fails during ${SWAPS} swaps, and each sees the certificate of its moment`, async () => {
    const practice = await practiceHaproxy(program, 'ecdsa-p256')
    running.push(practice)
    const { balancer, listener, version, wire } = practice
    if (wire === undefined) throw new Error('it has a wire')
    const versions = await Promise.all(Array.from({ length: SWAPS + 1 }, () => version()))
    const [first] = versions
    if (first) await balancer.swap(listener, first)
    const fingerprints = versions.map(({ certificate }) => certificate.fingerprint)
    const load = { ...wire, serverName: 'www.shop.example', fingerprints, clients: 8, longest: LONGEST }
    const { begin, end, stop } = startTlsLoad(load, THREADS)
    for (const [at, each] of versions.entries()) {
      begin(at)
      await balancer.swap(listener, each)
      end(at)
      await new Promise((done) => setTimeout(done, PAUSE))
    }
    const { handshakes, failed, failures, versions: seen, seconds } = await stop()
    const rate = Math.round(handshakes / seconds)
    process.stderr.write(
      `\nHAProxy: ${SWAPS} swaps in ${seconds.toFixed(1)} s under ${rate} handshakes a second: ${handshakes} made, ${failed} failed\n`,
    )
    expect(failures).toEqual({})
    expect(handshakes).toBeGreaterThan(10 * SWAPS)
    expect(seen).toBeGreaterThan(SWAPS / 2)
  })
})
