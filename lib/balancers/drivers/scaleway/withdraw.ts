import type { DriverContext } from '../../../platform/driver.ts'
import type { ScalewayApi } from './api.ts'
import { update } from './bind.ts'
import { idsWithout } from './frontend.ts'
import type { Found } from './listener.ts'
import { untilReady } from './ready.ts'

type Context = Pick<DriverContext, 'clock' | 'timeLeft'>

/** Takes a certificate off a frontend, unless that would leave it without any. Resolves to whether it is off. */
export async function withdrawAt(
  { lb, frontend }: Found,
  name: string,
  api: ScalewayApi,
  context: Context,
): Promise<boolean> {
  await untilReady(lb, api, context)
  const known = await api.certificatesOf(lb.id)
  const before = await api.frontend(frontend.id)
  const ids = idsWithout(name, { ids: before.certificate_ids, known })
  if (ids.length === 0) return false
  if (ids.join() === before.certificate_ids.join()) return true
  const { now, outcomeUnknown } = await update(before, ids, api)
  if (now.certificate_ids.join() !== ids.join() && outcomeUnknown !== undefined) throw outcomeUnknown
  await untilReady(lb, api, context)
  return now.certificate_ids.join() === ids.join()
}
