import { isFailure } from '../errors.ts'
import { sha256 } from '../platform/sha256.ts'
import type { World } from '../ports.ts'
import { readDocument } from '../state/document.ts'
import { dueWakes, listWakes, noteSweep, sweepDone, wakeKey } from '../state/wake.ts'
import type { CertificateSpec, Outcome, Wish } from '../types.ts'

export interface Due {
  readonly specs: readonly CertificateSpec[]
  /** Tidies the markers up once the run knows what became of each certificate; of those that it gave away it knows nothing. */
  settle(outcomes: readonly Outcome[]): Promise<void>
}

/**
 * Who must be looked at: those whose wake marker is past, found with one listing, whatever the number of certificates. Once
 * a day, and whenever the configuration has changed, everybody: that finds a certificate whose marker is missing.
 */
export async function whoIsDue(
  all: readonly CertificateSpec[],
  wish: Wish,
  { state, clock, environment }: Pick<World, 'state' | 'clock' | 'environment'>,
): Promise<Due> {
  const { only, unattended = false } = wish
  const named = only === undefined ? all : all.filter(({ id }) => only.includes(id))
  if (wish.sweep || wish.force || (only !== undefined && !unattended)) return { specs: named, settle: async () => {} }

  const now = clock.now()
  const hash = configurationHash(all)
  const keys = await listWakes(state, now)
  const wakes = dueWakes(keys).filter(({ id }) => only === undefined || only.includes(id))
  const swept = only !== undefined || sweepDone(keys, now, hash)
  const specs = only !== undefined || !swept ? named : all.filter(({ id }) => wakes.some((wake) => wake.id === id))

  /** The marker of a certificate that is not configured here may be another environment's, in a store that both were given. */
  const isOurs = async (id: string): Promise<boolean> => {
    try {
      await readDocument(id, { state, environment, clock })
      return true
    } catch (error) {
      if (!isFailure(error, 'STORE_FOREIGN', 'STORE_UNREADABLE')) throw error
      return error.code === 'STORE_UNREADABLE'
    }
  }

  return {
    specs,
    async settle(outcomes) {
      if (wish.dryRun) return
      for (const { id, key } of wakes) {
        const next = outcomes.find((outcome) => outcome.id === id)?.next
        const known = all.some((spec) => spec.id === id)
        const done = known ? next !== undefined && wakeKey(next, id) !== key : await isOurs(id)
        if (done) await state.remove(key)
      }
      // A certificate that nobody could even look at has no marker: only the next sweep finds it.
      const everyone = outcomes.every(({ next, result }) => next !== undefined || result === 'waiting')
      if (!swept && everyone) await noteSweep(state, now, hash, keys)
    },
  }
}

const configurationHash = (all: readonly CertificateSpec[]) =>
  sha256(
    all
      .map(({ id, configHash }) => `${id} ${configHash}`)
      .sort()
      .join('\n'),
  ).slice(0, 16)
