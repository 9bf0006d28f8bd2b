/** `npm run bench:configuration`: what it takes to read a configuration, by the number of its certificates and of their files. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../build/bundle.ts'
import { mapConcurrently } from '../lib/platform/concurrency.ts'
import { aligned } from './aligned.ts'
import { inProcess } from './in-process.ts'
import type { Measured, Task } from './reader.ts'

const ROUNDS = 5
const HEAD = ['certificates', 'files', 'KiB', 'fastest ms', 'median ms', 'processor ms', 'again ms', 'peak MiB']

/** How many certificates there are, and how many stand in one file. */
const CASES = [
  { certificates: 1_000, perFile: 100 },
  { certificates: 5_000, perFile: 100 },
  { certificates: 10_000, perFile: 100 },
  { certificates: 10_000, perFile: 5_000 },
  { certificates: 10_000, perFile: 1 },
]
type Case = (typeof CASES)[number]

const OWN = `
environment: bench
include: certificates/*.yaml
acme: { authorities: { none: { directory: letsencrypt-staging, agreeToTerms: true } } }
dns: { main: { use: scaleway, zones: [shop.example], options: { token: env:NONE } } }
balancers: { fr: { use: scaleway, options: { zone: fr-par-1, token: env:NONE } } }
`

const certificate = (at: number) => `
  shop-${at}:
    names: [shop-${at}.shop.example, '*.shop-${at}.shop.example']
    deploy:
      - { balancer: fr, loadBalancer: edge, frontend: https-${at % 190} }`

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bench-'))
  try {
    await bundle('../bench/reader', join(folder, 'reader'))
    const small = await write(join(folder, 'small'), { certificates: 1, perFile: 1 })
    const rows = [HEAD]
    for (const [at, each] of CASES.entries()) {
      const { file, bytes } = await write(join(folder, `case-${at}`), each)
      const measured: Measured[] = []
      for (let round = 0; round < ROUNDS; round++)
        measured.push(
          await inProcess<Task, Measured>(join(folder, 'reader/reader.mjs'), { file, small: small.file }, {}),
        )
      rows.push(rowOf(each, bytes, measured))
    }
    process.stdout.write(aligned(rows))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function write(folder: string, { certificates, perFile }: Case): Promise<{ file: string; bytes: number }> {
  await mkdir(join(folder, 'certificates'), { recursive: true })
  const texts = Array.from({ length: certificates / perFile }, (_, file) => {
    const own = Array.from({ length: perFile }, (_each, at) => certificate(file * perFile + at))
    return `certificates:${own.join('')}\n`
  })
  await mapConcurrently([...texts.entries()], 16, ([at, text]) =>
    writeFile(join(folder, `certificates/${at}.yaml`), text),
  )
  const file = join(folder, 'newleaf.yaml')
  await writeFile(file, OWN)
  return { file, bytes: [OWN, ...texts].reduce((sum, text) => sum + text.length, 0) }
}

function rowOf({ certificates, perFile }: Case, bytes: number, measured: readonly Measured[]): string[] {
  const median = (field: keyof Measured) =>
    measured.map((each) => each[field]).toSorted((one, other) => one - other)[Math.floor(measured.length / 2)] ??
    Number.NaN
  const fastest = Math.min(...measured.map(({ wall }) => wall))
  const middles = (['wall', 'cpu', 'again', 'peakMiB'] as const).map(median)
  return [certificates, certificates / perFile, bytes / 1_024, fastest, ...middles].map((number) => number.toFixed(0))
}

await main()
