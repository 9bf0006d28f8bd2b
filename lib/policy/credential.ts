/** When a credential that expires is worth a word: 30, 7 and 1 days before. Pure. */
import { after, DAY } from '../platform/clock.ts'
import { type AdvisedCode, adviceOn } from './advice.ts'
import type { Problem } from './problems.ts'

/** The worst first. */
const STEPS = [
  { code: 'CREDENTIAL_EXPIRES_VERY_SOON', days: 1 },
  { code: 'CREDENTIAL_EXPIRES_SOON', days: 7 },
  { code: 'CREDENTIAL_EXPIRES', days: 30 },
] as const satisfies readonly { readonly code: AdvisedCode; readonly days: number }[]

/** `location` is where the configuration names what is opened with it. Undefined: nothing is to be said yet. */
export function credentialProblem(location: string, expiresAt: Date, now: Date): Problem | undefined {
  const step = STEPS.find(({ days }) => after(expiresAt, -days * DAY) <= now)
  if (step === undefined) return undefined
  const { code, days } = step
  const verb = expiresAt > now ? 'expires' : 'has expired,'
  const message = `the credential of ${location} ${verb} on ${expiresAt.toISOString()}: what needs it fails after that`
  const advice = adviceOn(code, location)
  return { code, message, since: after(expiresAt, -days * DAY), ...(advice && { advice }) }
}
