import * as v from 'valibot'
import { KEY_ALGORITHMS } from '../types.ts'

/** Only such as can be written again: a year of five digits could not be read the next time. */
const date = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
  v.check((moment) => v.is(v.pipe(v.string(), v.isoTimestamp()), moment.toISOString())),
)
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const failure = v.exactOptional(
  v.object({
    count,
    code: v.string(),
    message: v.string(),
    step: v.exactOptional(v.string()),
    since: v.exactOptional(date),
    at: date,
    notBefore: date,
    configHash: v.string(),
  }),
)

/** Loose at the top: an older newleaf carries along what a newer one noted. */
export const schema = v.looseObject({
  v: v.literal(1),
  environment: v.exactOptional(v.string()),
  fence: count,
  claim: v.exactOptional(v.object({ owner: v.string(), fence: count, until: date })),
  order: v.exactOptional(v.object({ authority: v.string(), url: v.string(), expires: v.exactOptional(date) })),
  txt: v.array(v.object({ name: v.string(), value: v.string(), zone: v.string(), provider: v.string() })),
  targets: v.record(
    v.string(),
    v.object({
      fingerprint: v.string(),
      name: v.string(),
      since: date,
      verified: v.boolean(),
      addresses: v.exactOptional(
        v.record(v.string(), v.object({ answersSince: v.exactOptional(date), verified: v.exactOptional(date) })),
      ),
    }),
  ),
  uploaded: v.record(v.string(), v.array(v.string())),
  retire: v.array(v.object({ target: v.string(), name: v.string(), after: date })),
  current: v.exactOptional(
    v.object({
      names: v.array(v.string()),
      serial: v.string(),
      fingerprint: v.string(),
      keyAlgorithm: v.picklist([...KEY_ALGORITHMS, 'other']),
      notBefore: date,
      notAfter: date,
      issuer: v.string(),
      authority: v.exactOptional(v.string()),
    }),
  ),
  rejected: v.exactOptional(
    v.object({
      fingerprint: v.string(),
      tries: count,
      since: date,
      givenUp: v.exactOptional(v.picklist(['tries', 'by hand'])),
    }),
  ),
  unfinished: v.exactOptional(v.object({ count, since: date })),
  window: v.exactOptional(
    v.object({
      fingerprint: v.string(),
      start: date,
      end: date,
      checkAfter: date,
      explanation: v.exactOptional(v.string()),
      recalled: v.exactOptional(v.boolean()),
    }),
  ),
  waits: v.exactOptional(v.record(v.string(), date)),
  failures: v.exactOptional(
    v.object({ look: failure, issue: failure, widen: failure, deploy: failure, repair: failure }),
  ),
  told: v.exactOptional(v.record(v.string(), v.object({ problems: v.array(v.string()), since: date }))),
  issued: v.array(v.object({ at: date, names: v.string() })),
  events: v.array(v.object({ at: date, event: v.string(), detail: v.exactOptional(v.string()) })),
  wake: v.exactOptional(date),
})

export const NEWER = v.object({ v: v.pipe(v.number(), v.minValue(2)) })
