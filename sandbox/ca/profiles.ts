import { Problem } from './problem.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface Profile {
  readonly description: string
  /** All in milliseconds. */
  readonly lifetime: number
  readonly orderLife: number
  readonly pendingLife: number
  readonly validLife: number
  readonly maxNames: number
  /** Whether the first name becomes the subject, and the subject key identifier stands in the certificate. */
  readonly classic: boolean
}

export type Profiles = Readonly<Record<string, Profile>>

/** As Let's Encrypt has them (letsencrypt.org/docs/profiles). */
export const profilesWith = (lifetimeDays: number): Profiles => ({
  classic: {
    description: 'The profile that is used unless another is asked for',
    lifetime: lifetimeDays * DAY,
    orderLife: 7 * DAY,
    pendingLife: 7 * DAY,
    validLife: 30 * DAY,
    maxNames: 100,
    classic: true,
  },
  tlsserver: { ...LEAN, description: 'Nothing in it that a TLS server does not need; 45 days', lifetime: 45 * DAY },
  shortlived: { ...LEAN, description: 'Like tlsserver, for 160 hours', lifetime: 160 * HOUR },
})

const LEAN = { orderLife: 8 * HOUR, pendingLife: HOUR, validLife: 7 * HOUR, maxNames: 25, classic: false }

export function profileNamed(name: string, profiles: Profiles): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (profile === undefined) throw new Problem('invalidProfile', 'The profile is not one of those in the directory')
  return profile
}
