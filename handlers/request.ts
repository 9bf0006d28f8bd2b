import * as v from 'valibot'
import { configName } from '../lib/config/schema.ts'
import { Failure } from '../lib/errors.ts'
import type { RunRequest } from '../lib/types.ts'

/** Certificate ids only: nothing else can be named from an event. */
const event = v.strictObject({
  only: v.optional(v.pipe(v.array(configName), v.minLength(1), v.maxLength(1_000))),
  force: v.optional(v.boolean(), false),
  dryRun: v.optional(v.boolean(), false),
})

/** What a person may ask for: `{ "only": ["shop"], "force": true, "dryRun": true }`, each of them optional. */
export function requestOf(payload: unknown): RunRequest {
  const result = v.safeParse(event, payload)
  if (!result.success || Array.isArray(payload)) {
    throw new Failure(
      'EVENT_INVALID',
      'the event was refused: expected an object with nothing but "only" (a list of certificate ids), "force" and "dryRun" (true or false)',
    )
  }
  const { only, force, dryRun } = result.output
  return { ...(only === undefined ? {} : { only }), force, dryRun, fullScan: true }
}
