import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { World } from '../../sandbox/world.ts'
import { practiceFolder, startQuickWorld } from './practice-world.ts'

export interface FunctionWorld {
  readonly world: World
  readonly folder: string
  /** Certificates that the sandbox's CA has issued. */
  issued(): number
  /** Requests to every API and to the CA. */
  calls(): number
  /** From now on the functions find the configuration with this change; undefined: none. */
  configure(change?: (text: string) => string): Promise<void>
  close(): Promise<void>
}

export const plenty = { getRemainingTimeInMillis: () => 900_000 }

/** The sandbox, with an environment in which functions find it as their platform would let them. */
export async function functionWorld(): Promise<FunctionWorld> {
  const folder = practiceFolder()
  const world = await startQuickWorld({ folder: folder.path, fresh: true })
  const original = await readFile(world.configuration, 'utf8')
  const changed = join(folder.path, 'changed.yaml')
  for (const [name, value] of Object.entries(world.env)) vi.stubEnv(name, value)
  vi.stubEnv('NEWLEAF_CONFIG', world.configuration)
  return {
    world,
    folder: folder.path,
    issued: () => world.ca.ledger.certificates.length,
    calls: () => world.scaleway.requests.length + world.linode.requests.length + world.ca.ledger.requests.length,
    async configure(change) {
      if (change !== undefined) await writeFile(changed, change(original))
      vi.stubEnv('NEWLEAF_CONFIG', change === undefined ? world.configuration : changed)
    },
    async close() {
      vi.unstubAllEnvs()
      await world.close()
      folder.remove()
    },
  }
}
