import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { documentKey, type LeaseEntry, parseDocument } from '../../lib/state/document.ts'
import type { FunctionWorld } from './function-world.ts'
import { openState } from './stores.ts'

/** The lock of a certificate, as it was seen first while a run worked on it; undefined: it never was. */
export async function lockDuring(
  { folder }: Pick<FunctionWorld, 'folder'>,
  id: string,
  run: () => Promise<unknown>,
): Promise<LeaseEntry | undefined> {
  const state = await openState(join(folder, 'newleaf'))
  let isOver = false
  const over = run().finally(() => {
    isOver = true
  })
  let lease: LeaseEntry | undefined
  while (!isOver && lease === undefined) {
    const stored = await state.read(documentKey(id))
    lease = stored && parseDocument(id, stored.document).lease
    await wait(5)
  }
  await over
  return lease
}
