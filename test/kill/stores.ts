/** Where the two memories of newleaf lie: each pair of drivers gives an empty place for every case. */
import { constants } from 'node:fs'
import { access, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecretStore, StateStore } from '../../lib/ports.ts'
import { type Cloud, startBucketCloud } from '../support/cloud-stores.ts'
import { createMemorySecrets, createMemoryState } from '../support/memory-stores.ts'
import { openSecrets, openState } from '../support/stores.ts'

export interface Stores {
  readonly secrets: SecretStore
  readonly state: StateStore
}

/** A place in which nothing lies at first. */
export interface Place {
  /** As every run does anew: nothing but what lies there outlives it. */
  open(): Promise<Stores>
  /** Takes note of what lies there, and gives the way back to it; undefined where there is none. */
  save(): Promise<(() => Promise<void>) | undefined>
}

/** Both kinds of store of one driver. */
interface Drivers {
  place(): { secrets(): Promise<SecretStore>; state(): Promise<StateStore>; save: Place['save'] }
  close(): Promise<void>
}

const drivers = {
  async memory(): Promise<Drivers> {
    return {
      place() {
        const [secrets, state] = [createMemorySecrets(), createMemoryState()]
        return {
          secrets: async () => secrets,
          state: async () => state,
          async save() {
            const [rewindSecrets, rewindState] = [secrets.save(), state.save()]
            return async () => {
              rewindSecrets()
              rewindState()
            }
          },
        }
      },
      close: async () => {},
    }
  },
  async file(): Promise<Drivers> {
    const root = await mkdtemp(join(await inMemory(), 'newleaf-kill-'))
    let places = 0
    return {
      place() {
        const folder = join(root, String(++places))
        return {
          secrets: () => openSecrets(folder, { masterKey: join(root, 'keys/master.key') }),
          state: () => openState(folder),
          async save() {
            const copy = `${folder}.saved`
            await cp(folder, copy, { recursive: true })
            return async () => {
              await rm(folder, { recursive: true })
              await cp(copy, folder, { recursive: true })
            }
          },
        }
      },
      close: () => rm(root, { recursive: true, force: true }),
    }
  },
  async s3(): Promise<Drivers> {
    const cloud: Cloud<unknown> = await startBucketCloud()
    return {
      place() {
        const [first, second] = [cloud.place(), cloud.place()]
        return { secrets: () => first.sealed(), state: () => second.state(), save: async () => undefined }
      },
      close: () => cloud.close(),
    }
  },
} as const

/** No power fails here, so that nothing need reach a disk. */
const inMemory = () =>
  access('/dev/shm', constants.W_OK).then(
    () => '/dev/shm',
    () => tmpdir(),
  )

type DriverName = keyof typeof drivers
/** The driver of the secrets, and that of the state. */
export type Pair = `${DriverName}+${DriverName}`

/** What a user without a cloud may have, and one with a bucket. */
export const PAIRS = [
  'memory+memory',
  'file+file',
  'file+memory',
  'memory+file',
  's3+s3',
] as const satisfies readonly Pair[]

/** Gives empty places until it is closed. */
export async function openPair(pair: Pair): Promise<{ place(): Place; close(): Promise<void> }> {
  const [secretsName, stateName] = pair.split('+') as [DriverName, DriverName]
  const secrets = await drivers[secretsName]()
  const state = secretsName === stateName ? secrets : await drivers[stateName]()
  return {
    place() {
      const first = secrets.place()
      const second = state === secrets ? first : state.place()
      return {
        open: async () => ({ secrets: await first.secrets(), state: await second.state() }),
        async save() {
          const rewinds = await Promise.all([...new Set([first, second])].map((each) => each.save()))
          if (rewinds.includes(undefined)) return undefined
          return async () => {
            for (const rewind of rewinds) await rewind?.()
          }
        },
      }
    },
    async close() {
      await secrets.close()
      if (state !== secrets) await state.close()
    },
  }
}

export const isPair = (name = ''): name is Pair => PAIRS.some((pair) => pair === name)
