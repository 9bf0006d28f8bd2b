import { mkdirSync, rmSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, StateStore } from '../../lib/ports.ts'
import { tapFiles, unsynced } from '../support/file-changes.ts'
import { type Disk, digestOf, volatileDisk, writeDisk } from '../support/power-loss.ts'
import { openSecrets, openState, temporaryFolder } from '../support/stores.ts'

/** One step, which can be taken again, and what can be read after it. */
interface Step<Store> {
  take(store: Store): Promise<unknown>
  readonly leaves: unknown
  /** Undone by the loss, it is only taken again: no promise is broken. */
  readonly mayBeUndone?: true
}

interface Kind<Store> {
  open(folder: string): Promise<Store>
  /** Everything that can be read: undefined if there is nothing. */
  read(store: Store): Promise<unknown>
}

interface Found {
  readonly disk: Disk
  /** How many steps were done for certain: in the midst of the next one, or at its end, the power failed. */
  readonly taken: number
  readonly after: string
}

/** Takes the steps on a disk that may lose the power at any moment: every disk that may be found then. */
async function disksWithout<Store>(steps: readonly Step<Store>[], { open }: Kind<Store>): Promise<Found[]> {
  const folder = await temporaryFolder(onTestFinished)
  const disk = volatileDisk(folder)
  const found = new Map<string, Found>()
  let taken = 0
  const look = (after: string) => {
    for (const each of disk.afterPowerLoss()) found.set(`${taken} ${digestOf(each)}`, { disk: each, taken, after })
  }
  const untap = tapFiles(async (change, act) => {
    const result = await unsynced(change, act)
    disk.apply(change)
    look(`${change.kind} ${change.path.slice(folder.length + 1)}`)
    return result
  })
  try {
    for (const step of steps) {
      await step.take(await open(folder))
      taken++
      look('the end of the step before')
    }
  } finally {
    untap()
  }
  return [...found.values()]
}

/** What is wrong with the disks that may be found. */
async function wrongWithout<Store>(steps: readonly Step<Store>[], kind: Kind<Store>) {
  const found = await disksWithout(steps, kind)
  const folder = await temporaryFolder(onTestFinished)
  onTestFinished(tapFiles(unsynced))
  const wrong: string[] = []
  for (const [index, { disk, taken, after }] of found.entries()) {
    const place = `${folder}/${index}`
    mkdirSync(place)
    writeDisk(place, disk)
    const [last, next] = [steps[taken - 1], steps[taken]]
    const allowed = [last?.leaves, next?.leaves ?? last?.leaves, last?.mayBeUndone && steps[taken - 2]?.leaves]
    const say = (what: string) => wrong.push(`step ${taken + 1}, after ${after}: ${what}`)
    try {
      const store = await kind.open(place)
      const read = JSON.stringify(await kind.read(store))
      if (!allowed.some((each) => JSON.stringify(each) === read)) say(`read ${read}`)
      await next?.take(store)
      const again = JSON.stringify(await kind.read(store))
      if (next && again !== JSON.stringify(next.leaves)) say(`read ${again} once the step was taken again`)
    } catch (error) {
      say(String(error))
    }
    rmSync(place, { recursive: true })
  }
  return { disks: found.length, wrong }
}

const NAME = 'certificate/shop'

const ofSecrets: Kind<SecretStore> = {
  open: openSecrets,
  async read(secrets) {
    const stages: string[] = []
    for (const stage of ['current', 'pending', 'previous'] as const) {
      const text = (await secrets.read(NAME, stage))?.value.reveal()
      if (text !== undefined) stages.push(`${stage} ${/^canary-token-(\w+)/.exec(text)?.[1]}`)
    }
    return stages.length === 0 ? undefined : stages
  },
}

const stage = (text: string, leaves: readonly string[]): Step<SecretStore> => ({
  take: (secrets) => secrets.stage(NAME, new Secret(`canary-token-${text}`.padEnd(2_000, '.'))),
  leaves,
})

const promote = (leaves: readonly string[]): Step<SecretStore> => ({
  async take(secrets) {
    const pending = await secrets.read(NAME, 'pending')
    const current = await secrets.read(NAME, 'current')
    if (pending !== undefined) await secrets.activate(NAME, pending.version, current?.version)
  },
  leaves,
})

const ofState: Kind<StateStore> = {
  open: openState,
  read: async (state) => (await state.read(NAME))?.document,
}

const write = (document: string): Step<StateStore> => ({
  take: async (state) => state.write(NAME, document, (await state.read(NAME))?.tag),
  leaves: document,
})

const remove: Step<StateStore> = { take: (state) => state.remove(NAME), leaves: undefined, mayBeUndone: true }

describe('the stores of files, when the power fails', () => {
  test('F-11: secrets are as before or as after, never damaged or gone, and can be written again', async () => {
    const { disks, wrong } = await wrongWithout(
      [
        stage('one', ['pending one']),
        promote(['current one']),
        stage('two', ['current one', 'pending two']),
        stage('three', ['current one', 'pending three']),
        promote(['current three', 'previous one']),
        stage('four', ['current three', 'pending four', 'previous one']),
      ],
      ofSecrets,
    )
    expect(wrong).toEqual([])
    expect(disks).toBeGreaterThan(80)
  })

  test('F-11: state is as before or as after, also when old numbers are swept and when it is removed', async () => {
    // Nine, so that the last one sweeps the first.
    const documents = Array.from({ length: 10 }, (_, index) => `the document of write ${index}`)
    const { disks, wrong } = await wrongWithout([...documents.map(write), remove, write('again')], ofState)
    expect(wrong).toEqual([])
    expect(disks).toBeGreaterThan(100)
  })
})
