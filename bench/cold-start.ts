/** `npm run bench:cold-start`: what loading the scheduled function takes in a fresh process, and what each part of it adds. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Metafile } from 'esbuild'
import { bundle } from '../build/bundle.ts'
import { aligned } from './aligned.ts'

const ROUNDS = 20
const HEAD = ['loaded', 'KiB', 'fastest ms', 'middle ms', 'slowest ms']

/** What a fresh process loads, in this order; only the last of it is measured. */
interface Variant {
  readonly title: string
  readonly bytes: number
  readonly modules: readonly string[]
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bench-'))
  try {
    const variants = await variantsIn(folder)
    const loader = join(folder, 'loader.mjs')
    await writeFile(loader, LOADER)
    const times = new Map(variants.map((variant) => [variant, [] as number[]]))
    // In turn, so that a slow moment of the machine meets all of them.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [variant, all] of times) all.push(await measured(variant, loader))
    }
    process.stdout.write(aligned([HEAD, ...[...times].map(([variant, all]) => rowOf(variant, all))]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The function itself, and then each chunk that it loads later, in a process that has loaded the function before. */
async function variantsIn(folder: string): Promise<Variant[]> {
  const { outputs } = await bundle('scheduled', folder)
  const empty = join(folder, 'empty.mjs')
  await writeFile(empty, 'export const handler = async () => undefined\n')
  const chunks = Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint === undefined ? [] : [{ path: resolve(path), entryPoint }],
  )
  const scheduled = chunks.find(({ entryPoint }) => entryPoint === 'handlers/scheduled.ts')
  if (scheduled === undefined) throw new Error('the bundle has no function in it')
  const first = atOnce(scheduled.path, outputs)
  const later = chunks
    .filter(({ entryPoint }) => /^(lib|handlers)\//.test(entryPoint) && entryPoint !== scheduled.entryPoint)
    .sort((one, other) => (one.entryPoint < other.entryPoint ? -1 : 1))
  return [
    { title: 'an empty function', bytes: 0, modules: [empty] },
    { title: 'scheduled', bytes: sizeOf(first, outputs), modules: [scheduled.path] },
    ...later.map(({ path, entryPoint }) => ({
      title: `then ${entryPoint.replace(/\.ts$/, '')}`,
      bytes: sizeOf(
        atOnce(path, outputs).filter((file) => !first.includes(file)),
        outputs,
      ),
      modules: [scheduled.path, path],
    })),
  ]
}

const sizeOf = (files: readonly string[], outputs: Metafile['outputs']) =>
  files.reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0)

/** A file and all that is loaded with it. */
function atOnce(path: string, outputs: Metafile['outputs']): string[] {
  const found = new Set<string>()
  const add = (file: string) => {
    const output = outputs[file]
    if (output === undefined || found.has(file)) return
    found.add(file)
    for (const each of output.imports) if (each.kind === 'import-statement') add(each.path)
  }
  add(relative('.', path))
  return [...found]
}

const run = promisify(execFile)

/** Loads the modules that it is given, and tells how long the last of them took. */
const LOADER = `
const modules = process.argv.slice(2)
for (const path of modules.slice(0, -1)) await import(path)
const started = performance.now()
await import(modules.at(-1))
const took = performance.now() - started
process.stdout.write(String(took))
process.exit()`

const measured = async ({ modules }: Variant, loader: string): Promise<number> =>
  Number((await run(process.execPath, [loader, ...modules])).stdout)

function rowOf({ title, bytes }: Variant, times: readonly number[]): string[] {
  const sorted = times.toSorted((one, other) => one - other)
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  return [title, (bytes / 1_024).toFixed(0), ...shown.map((time = Number.NaN) => time.toFixed(1))]
}

await main()
