/** How stories begin, and what they have in common. */
import { generateKeyPairSync } from 'node:crypto'
import { DAY, HOUR } from '../../lib/platform/clock.ts'
import { renewalTime } from '../../lib/policy/renewal-time.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { quickIssuer } from '../support/quick-issuer.ts'
import { type Outside, untilEnded } from './outside.ts'

export interface Scenario {
  /** What happened before the story begins. */
  prepare(outside: Outside): Promise<void>
  /** What the story costs at the CA, however often it is killed. */
  readonly certificates: number
  /** Something goes on being tried after all is well: its key stays pending. */
  readonly restless?: boolean
  /** Of the first balancer, beside the one that each has. */
  readonly moreAddresses?: number
  /** Milliseconds from a kill until all is well, at most; an hour where none are given. */
  readonly within?: number
}

/** A certificate is current everywhere, and its renewal falls due now; today's sweep has been done. */
export async function untilDue(outside: Outside, early = 0): Promise<void> {
  const [first] = (await untilEnded(await outside.run())).certificates
  if (first?.certificate === undefined) throw new Error('the first certificate was not issued')
  const due = renewalTime(first.certificate, undefined).getTime() - early
  outside.pass(due - HOUR - outside.now().getTime())
  await untilEnded(await outside.run())
  outside.pass(HOUR)
}

/** A certificate for the same names that is none of ours. */
export async function somebodyElses({ now, spec: { names } }: Outside) {
  const issue = quickIssuer(await createAuthority({ name: 'somebody else' }))
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const since = now().getTime()
  const chainPem = await issue({
    publicKey,
    names,
    notBefore: new Date(since - HOUR),
    notAfter: new Date(since + 90 * DAY),
  })
  return publicCertificate(chainPem)
}
