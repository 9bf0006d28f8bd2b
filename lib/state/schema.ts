import * as v from 'valibot'
import { addresses, count, date, events, facts, failure, problems, rejected, txtRecord, window } from './fields.ts'

const listener = v.record(v.string(), v.union([v.string(), v.number(), v.array(v.string())]))
const issuer = { authority: v.string(), directory: v.exactOptional(v.string()) }
/** An earlier version noted none. */
const incarnation = v.exactOptional(v.object({ bootId: v.string(), pidNamespace: v.string(), startTime: v.string() }))
const superseded = v.array(v.object({ object: v.string(), after: date }))

/** Loose at the top: an older newleaf carries along what a newer one noted. */
export const schema = v.looseObject({
  v: v.literal(2),
  environment: v.exactOptional(v.string()),
  fence: count,
  lease: v.exactOptional(
    v.object({
      ...{ holder: v.string(), fence: count, until: date, since: v.exactOptional(date) },
      process: v.exactOptional(v.object({ host: v.string(), pid: count, incarnation })),
      invocation: v.exactOptional(v.object({ function: v.string(), requestId: v.string() })),
    }),
  ),
  order: v.exactOptional(
    v.object({
      ...{ ...issuer, url: v.string(), expires: v.exactOptional(date) },
      // An earlier version counted no runs.
      undecided: v.exactOptional(v.object({ step: v.string(), since: date, runs: v.optional(count, 1) })),
    }),
  ),
  challengeRecords: v.array(v.object({ ...txtRecord, order: v.exactOptional(v.string()), since: date })),
  targets: v.record(
    v.string(),
    v.object({
      name: v.string(),
      balancer: v.string(),
      listener: v.exactOptional(listener),
      resource: v.exactOptional(v.string()),
      deployed: v.exactOptional(v.object({ fingerprint: v.string(), object: v.string(), since: date })),
      verified: v.boolean(),
      addresses,
      objects: v.array(v.string()),
      repairs: v.exactOptional(v.array(date)),
      superseded,
    }),
  ),
  orphans: v.array(
    v.object({
      name: v.string(),
      balancer: v.string(),
      listener: v.exactOptional(listener),
      resource: v.exactOptional(v.string()),
      objects: superseded,
      since: date,
    }),
  ),
  leftBehind: v.exactOptional(v.object({ what: v.array(v.string()), since: date })),
  current: v.exactOptional(
    v.object({
      ...{ ...facts, authority: v.exactOptional(v.string()), directory: v.exactOptional(v.string()) },
      certificateId: v.exactOptional(v.string()),
    }),
  ),
  looked: v.exactOptional(v.object({ at: date, configHash: v.string() })),
  rejected,
  unfinished: v.exactOptional(v.object({ count, since: date })),
  window: v.exactOptional(v.object({ ...window, suggestedNow: v.exactOptional(v.boolean()) })),
  cooldowns: v.exactOptional(v.record(v.string(), date)),
  failures: v.exactOptional(
    v.object({
      observe: failure,
      deploy: failure,
      repair: failure,
      cleanUp: failure,
      authorities: v.exactOptional(
        v.record(v.string(), v.object({ directory: v.exactOptional(v.string()), issue: failure, expand: failure })),
      ),
    }),
  ),
  notified: v.exactOptional(problems),
  persistUntil: v.exactOptional(date),
  persistSeen: v.exactOptional(date),
  issued: v.array(
    v.object({
      at: date,
      names: v.string(),
      authority: v.exactOptional(v.string()),
      directory: v.exactOptional(v.string()),
    }),
  ),
  events,
  nextLook: v.exactOptional(date),
})

export const NEWER = v.object({ v: v.pipe(v.number(), v.minValue(3)) })
