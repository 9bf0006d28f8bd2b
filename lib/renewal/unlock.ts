import type { Dependencies } from '../ports.ts'
import { documentKey, type LeaseEntry, leaseAt, readDocument } from '../state/document.ts'
import { withHidden } from '../state/future.ts'

/**
 * Ends the lease that somebody holds, whoever it is. Resolves to it; undefined: nobody holds one. It stays noted as one that has
 * ended, so that the next run knows that its holder may go on; whoever held it is refused at its next saving. `agree` is asked
 * before anything is changed. Rejects with STATE_CONFLICT when the holder has saved meanwhile: it is not dead.
 */
export async function unlock(
  id: string,
  deps: Pick<Dependencies, 'state' | 'clock' | 'environment' | 'process'>,
  agree: (lease: LeaseEntry) => Promise<boolean>,
): Promise<{ readonly lease: LeaseEntry; readonly unlocked: boolean } | undefined> {
  const { state, clock } = deps
  const { document, hidden, tag } = await readDocument(id, deps)
  const lease = leaseAt(document, clock.now())
  if (lease === undefined) return undefined
  if (!(await agree(lease))) return { lease, unlocked: false }
  const ended = { ...document, lease: { ...lease, until: clock.now() } }
  await state.write(documentKey(id), withHidden(ended, hidden), tag)
  return { lease, unlocked: true }
}
