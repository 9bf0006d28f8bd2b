/**
 * TLS clients in a thread of their own: each does a full handshake, checks chain, dates and name as a browser does, makes one
 * HTTP request, and begins again. What was seen must be what was served: nothing older than the last swap that had ended when
 * it began, nothing newer than the last one that had begun when it ended.
 */
import { connect } from 'node:tls'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { Address } from '../../sandbox/handshake.ts'

export interface TlsLoad {
  readonly endpoints: readonly Address[]
  readonly serverName: string
  /** PEM of the root that clients trust. */
  readonly root: string
  /** SHA-256 of each version in the order in which they are served, in lower-case hex. */
  readonly fingerprints: readonly string[]
  readonly clients: number
  /** It ends by itself after so many milliseconds. */
  readonly longest: number
  /** How many versions had begun and had ended to be brought, and whether it is over. */
  readonly progress: SharedArrayBuffer
}

export interface TlsCount {
  readonly handshakes: number
  readonly failed: number
  /** How often each failure came. */
  readonly failures: Readonly<Record<string, number>>
  /** How many different versions were seen. */
  readonly versions: number
}

const BEGUN = 0
const ENDED = 1
const OVER = 2

/** The load, and what it must be told. Version 0 is served when it starts. */
export function startTlsLoad(load: Omit<TlsLoad, 'progress'>, threads: number) {
  const progress = new SharedArrayBuffer(12)
  const shared = new Int32Array(progress)
  const begun = performance.now()
  const counts = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { ...load, progress } satisfies TlsLoad })
    return new Promise<TlsCount>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  })
  return {
    begin: (version: number) => Atomics.store(shared, BEGUN, version),
    end: (version: number) => Atomics.store(shared, ENDED, version),
    async stop(): Promise<TlsCount & { readonly seconds: number }> {
      const seconds = (performance.now() - begun) / 1_000
      Atomics.store(shared, OVER, 1)
      const all = await Promise.all(counts)
      const failures: Record<string, number> = {}
      for (const each of all) {
        for (const [why, times] of Object.entries(each.failures)) failures[why] = (failures[why] ?? 0) + times
      }
      const sum = (of: (count: TlsCount) => number) => all.reduce((total, each) => total + of(each), 0)
      const versions = Math.max(...all.map((each) => each.versions))
      return {
        handshakes: sum((each) => each.handshakes),
        failed: sum((each) => each.failed),
        failures,
        versions,
        seconds,
      }
    },
  }
}

async function run({ endpoints, serverName, root, fingerprints, clients, longest, progress }: TlsLoad): Promise<void> {
  const shared = new Int32Array(progress)
  const at = new Map(fingerprints.map((fingerprint, version) => [fingerprint, version]))
  const until = performance.now() + longest
  const failures: Record<string, number> = {}
  const seen = new Set<number>()
  let handshakes = 0
  let failed = 0

  const visit = ({ address, port }: Address): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, servername: serverName, ca: root, timeout: 10_000 })
      let answer = ''
      let fingerprint = ''
      socket.once('timeout', () => socket.destroy(new Error('no answer in time')))
      socket.once('error', reject)
      socket.once('secureConnect', () => {
        fingerprint = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? ''
        socket.write(`GET / HTTP/1.1\r\nhost: ${serverName}\r\nconnection: close\r\n\r\n`)
      })
      socket.on('data', (part) => {
        answer += part.toString()
      })
      socket.once('close', () => {
        if (answer.startsWith('HTTP/1.1 200 ') && answer.endsWith('served')) resolve(fingerprint)
        else reject(new Error('no answer to the request'))
      })
    })

  async function client(index: number): Promise<void> {
    for (let count = index; Atomics.load(shared, OVER) === 0 && performance.now() < until; count++) {
      const endpoint = endpoints[count % endpoints.length]
      if (endpoint === undefined) return
      const oldest = Atomics.load(shared, ENDED)
      handshakes++
      try {
        const version = at.get(await visit(endpoint)) ?? -1
        seen.add(version)
        const newest = Atomics.load(shared, BEGUN)
        if (version < oldest || version > newest) throw new Error(`saw version ${version} of ${oldest} to ${newest}`)
      } catch (error) {
        failed++
        const { code, message } = error as NodeJS.ErrnoException
        const why = code ?? message
        failures[why] = (failures[why] ?? 0) + 1
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  parentPort?.postMessage({ handshakes, failed, failures, versions: seen.size } satisfies TlsCount)
}

if (parentPort !== null && workerData !== null) await run(workerData as TlsLoad)
