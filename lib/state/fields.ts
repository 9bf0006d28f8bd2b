/** What the fields of a state document may hold, in every version of it. */
import * as v from 'valibot'
import { KEY_ALGORITHMS } from '../types.ts'

/** Only such as can be written again: a year of five digits could not be read the next time. */
export const date = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
  v.check((moment) => v.is(v.pipe(v.string(), v.isoTimestamp()), moment.toISOString())),
)
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** What references stood for. */
export const saltedDigest = v.object({ salt: v.string(), digest: v.string() })
export const failure = v.exactOptional(
  v.object({
    count,
    code: v.string(),
    message: v.string(),
    step: v.exactOptional(v.string()),
    since: v.exactOptional(date),
    at: date,
    notBefore: date,
    configHash: v.string(),
    references: v.exactOptional(saltedDigest),
  }),
)

export const facts = {
  names: v.array(v.string()),
  serial: v.string(),
  fingerprint: v.string(),
  keyAlgorithm: v.picklist([...KEY_ALGORITHMS, 'other']),
  notBefore: date,
  notAfter: date,
  issuer: v.string(),
}
export const addresses = v.record(
  v.string(),
  v.object({ answersSince: v.exactOptional(date), verified: v.exactOptional(date) }),
)
export const rejected = v.exactOptional(
  v.object({
    fingerprint: v.string(),
    tries: count,
    since: date,
    givenUp: v.exactOptional(v.picklist(['tries', 'by hand'])),
  }),
)
export const window = {
  fingerprint: v.string(),
  start: date,
  end: date,
  checkAfter: date,
  explanation: v.exactOptional(v.string()),
}
export const events = v.array(v.object({ at: date, event: v.string(), detail: v.exactOptional(v.string()) }))
export const problems = v.record(v.string(), v.object({ problems: v.array(v.string()), since: date }))
export const txtRecord = { name: v.string(), value: v.string(), zone: v.string(), provider: v.string() }
