/**
 * `node test/kill/process.ts`: a process that renews with its stores in files is killed at each of its effects with a real
 * SIGKILL, and started again until all is well. `--scenario NAME` and `--death 'EFFECT #N MOMENT'` repeat one of them,
 * `--every N` takes each Nth, `--everything` adds the moments that leave behind what another one leaves as well.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../../build/bundle.ts'
import { die, type Fate, undisturbed } from './process/case.ts'
import { deathFrom, deathsIn, shownDeath } from './process/deaths.ts'
import type { Death } from './process/effects.ts'
import { prepareScene, SCENARIOS, type Scenario } from './process/scene.ts'

export interface KillOptions {
  readonly scenarios?: readonly Scenario[]
  /** Only this one. */
  readonly death?: Death
  /** Each Nth of them; default all. */
  readonly every?: number
  readonly everything?: boolean
}

/** Each has a world of its own. */
const SIDE_BY_SIDE = 2

/** Prints a line for each scenario, and one for each death from which newleaf did not recover. */
export async function killProcesses(
  print: (line: string) => void,
  options: KillOptions = {},
): Promise<{ points: number; converged: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-kill-'))
  try {
    await bundle('../test/kill/process/child', folder) // as the functions are: what is killed is what is deployed
    const sum = { points: 0, converged: 0 }
    for (const scenario of options.scenarios ?? SCENARIOS) {
      const { fates, moments } = await play(scenario, join(folder, 'child.mjs'), options)
      sum.points += fates.length
      sum.converged += fates.filter(({ wrong }) => wrong.length === 0).length
      for (const line of linesFor(scenario, fates, moments)) print(line)
    }
    return sum
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `moments`: how many there are in a run at which it can die. */
async function play(
  scenario: Scenario,
  program: string,
  { death, every = 1, everything = false }: KillOptions,
): Promise<{ fates: Fate[]; moments: number }> {
  const scenes = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => prepareScene(scenario, program)))
  try {
    const models = await Promise.all(scenes.map(async (scene) => ({ scene, model: await undisturbed(scene) })))
    const runs = models.map(({ model }) => model.effects)
    const chosen = death === undefined ? deathsIn(runs, { everything }) : [death]
    const queue = chosen.filter((_, index) => index % every === 0).entries()
    const fates: Fate[] = []
    const work = async ({ scene, model }: (typeof models)[number]) => {
      for (const [index, each] of queue) fates[index] = await die(each, scene, model)
    }
    await Promise.all(models.map(work))
    return { fates, moments: deathsIn(runs, { everything: true }).length }
  } finally {
    for (const scene of scenes) scene.remove()
  }
}

function linesFor(scenario: Scenario, fates: readonly Fate[], moments: number): string[] {
  const effects = new Set(fates.map(({ death: { name, nth } }) => `${name} #${nth}`)).size
  const lost = fates.filter(({ wrong }) => wrong.length > 0)
  const count = (what: (fate: Fate) => number) => fates.reduce((sum, fate) => sum + what(fate), 0)
  return [
    `SIGKILL ${scenario}: ${effects} effects, ${fates.length} points (of ${moments}: the others leave behind what one of these leaves), ` +
      `${fates.length - lost.length}/${fates.length} converged, ` +
      `at most ${Math.max(0, ...fates.map(({ runs }) => runs))} runs to heal, ` +
      `${count(({ handshakes }) => handshakes.failed)} of ${count(({ handshakes }) => handshakes.made)} handshakes failed`,
    ...lost.flatMap(({ death, wrong }) => [
      `  node test/kill/process.ts --scenario ${scenario} --death '${shownDeath(death)}'`,
      ...wrong.map((each) => `    ${each}`),
    ]),
  ]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', multiple: true },
      death: { type: 'string' },
      every: { type: 'string' },
      everything: { type: 'boolean' },
    },
  })
  const death = values.death === undefined ? undefined : deathFrom(values.death)
  if (values.death !== undefined && death === undefined) throw new Error(`no death is called "${values.death}"`)
  const { points, converged } = await killProcesses((line) => process.stdout.write(`${line}\n`), {
    ...(values.scenario && { scenarios: SCENARIOS.filter((each) => values.scenario?.includes(each)) }),
    ...(death && { death }),
    ...(values.every && { every: Number(values.every) }),
    ...(values.everything && { everything: true }),
  })
  process.exitCode = points > 0 && converged === points ? 0 : 1
}

if (import.meta.main) await main()
