import { credentialProblem } from '../lib/policy/credential.ts'
import type { CredentialExpiry } from '../lib/types.ts'
import { type Paint, relative, stamp } from './paint.ts'
import { wrapped } from './wrap.ts'

/** Those that expire within 30 days, and what to do; nothing if there is none. */
export function credentialsText(credentials: readonly CredentialExpiry[], now: Date, paint: Paint): string {
  const each = credentials.flatMap((credential) => expiryText(credential, now, paint))
  return each.length === 0 ? '' : `\n${paint('bold', 'Credentials that expire:')}\n${each.join('')}`
}

function expiryText({ location, expiresAt }: CredentialExpiry, now: Date, paint: Paint): string[] {
  const problem = credentialProblem(location, expiresAt, now)
  if (problem === undefined) return []
  const verb = expiresAt > now ? 'expires' : 'has expired,'
  const head = `${location}  ${paint(expiresAt > now ? 'yellow' : 'red', `${verb} ${stamp(expiresAt)} (${relative(expiresAt, now)})`)}`
  const advice = problem.advice === undefined ? [] : [`    ${paint('dim', wrapped(`to do: ${problem.advice}`, 11))}\n`]
  return [`  ${head}\n`, ...advice]
}
