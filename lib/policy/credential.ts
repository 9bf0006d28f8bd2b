/** When a credential that expires is worth a word: 30, 7 and 1 days before, at the latest. Pure. */
import { after, DAY, HOUR } from '../platform/clock.ts'
import { type AdvisedCode, adviceOn } from './advice.ts'
import type { Problem } from './problems.ts'

/** The worst first. */
const STEPS = [
  { code: 'CREDENTIAL_EXPIRES_VERY_SOON', days: 1 },
  { code: 'CREDENTIAL_EXPIRES_SOON', days: 7 },
  { code: 'CREDENTIAL_EXPIRES', days: 30 },
] as const satisfies readonly { readonly code: AdvisedCode; readonly days: number }[]

/** Where nothing is due a run looks once a day, with a schedule that starts one an hour: what is told later would be told too late. */
const BETWEEN_LOOKS = DAY + HOUR

/** `location` is where the configuration names what is opened with it. Undefined: nothing is to be said yet. */
export function credentialProblem(location: string, expiresAt: Date, now: Date): Problem | undefined {
  const sinceWhen = (days: number) => after(expiresAt, -(days * DAY + BETWEEN_LOOKS))
  const step = STEPS.find(({ days }) => sinceWhen(days) <= now)
  if (step === undefined) return undefined
  const { code, days } = step
  const verb = expiresAt > now ? 'expires' : 'has expired,'
  const message = `the credential of ${location} ${verb} on ${expiresAt.toISOString()}: what needs it fails after that`
  const advice = adviceOn(code, location)
  return { code, message, since: sinceWhen(days), ...(advice && { advice }) }
}
