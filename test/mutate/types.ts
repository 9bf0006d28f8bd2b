/** What the compiler refuses is no mutant: nobody could take it for a change. */
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Mutant, mutated } from './mutants.ts'

/** What is not needed any more where something was taken out is no mistake. */
const CONFIG = {
  extends: './tsconfig.json',
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, pretty: false },
  include: ['lib'],
}

/** Those whose file holds its types. Each is written beside the others for a while, and all are compiled at once. */
export async function sound(
  mutants: readonly Mutant[],
  sources: ReadonlyMap<string, string>,
  folder: string,
): Promise<Mutant[]> {
  const written = new Map(mutants.map((mutant) => [mutant.file.replace(/\.ts$/, `.mutant-${mutant.id}.ts`), mutant]))
  const config = join(folder, 'tsconfig.mutants.json')
  try {
    await writeFile(config, JSON.stringify(CONFIG))
    for (const [file, mutant] of written) {
      await writeFile(join(folder, file), mutated(sources.get(mutant.file) ?? '', mutant))
    }
    const output = await new Promise<string>((done) =>
      execFile(
        process.execPath,
        ['node_modules/typescript/bin/tsc', '-p', config],
        { cwd: folder, maxBuffer: 1 << 28 },
        (_, stdout) => done(stdout),
      ),
    )
    const refused = new Set([...output.matchAll(/^(\S+?)\(\d+,\d+\): error /gm)].map(([, file = '']) => file))
    const elsewhere = [...refused].filter((file) => !written.has(file))
    if (elsewhere.length > 0) throw new Error(`the types do not hold without a mutant: ${elsewhere.join(', ')}`)
    return mutants.filter((mutant) => !refused.has(mutant.file.replace(/\.ts$/, `.mutant-${mutant.id}.ts`)))
  } finally {
    await Promise.all(
      [config, ...[...written.keys()].map((file) => join(folder, file))].map((file) => rm(file, { force: true })),
    )
  }
}
