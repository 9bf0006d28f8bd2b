/** A process of its own, in a copy: runs batches for whoever has started it, and says of each job how it went. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createVitest, type TestModule, type TestSpecification } from 'vitest/node'
import { BATCH, type Batch, CHECK, LEARN, mutantIn, type Reach, type Report, withMutant } from './switch.ts'

const say = (report: Report) => process.send?.(report)
const batchFile = process.env[BATCH] ?? ''

/** In the order in which they were asked for. */
class InOrder {
  sort(specifications: TestSpecification[]) {
    return specifications
  }
  shard(specifications: TestSpecification[]) {
    return specifications
  }
}

const vitest = await createVitest(
  'test',
  {
    config: false,
    watch: false,
    root: process.cwd(),
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    isolate: false,
    fileParallelism: false,
    hookTimeout: 30_000,
    testTimeout: 60_000,
    runner: resolve('test/mutate/runner.ts'),
    sequence: { sequencer: InOrder },
    reporters: [
      {
        onTestModuleQueued: ({ moduleId }: TestModule) => {
          say({ kind: 'started', id: mutantIn(moduleId) })
        },
        onTestModuleEnd: (module: TestModule) => {
          say({ kind: module.state() === 'failed' ? 'failed' : 'passed', id: mutantIn(module.moduleId) })
        },
      },
    ],
  },
  { cacheDir: join(batchFile, '..', 'cache') },
)

async function run(batch: Batch): Promise<Reach | undefined> {
  await writeFile(batchFile, JSON.stringify(batch))
  await rm(`${batchFile}.reach`, { force: true })
  const ids = [...(batch.reach === undefined ? [LEARN] : batch.jobs.map(({ id }) => id)), CHECK]
  const project = vitest.getRootProject()
  await vitest.runTestSpecifications(ids.map((id) => project.createSpecification(withMutant(resolve(batch.file), id))))
  return readFile(`${batchFile}.reach`, 'utf8').then(JSON.parse, () => undefined)
}

process.on('message', async (batch: Batch) => {
  const reach = await run(batch)
  say({ kind: 'done', ...(reach && { reach }) })
})
process.once('disconnect', () => process.exit())
