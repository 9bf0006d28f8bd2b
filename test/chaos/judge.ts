/** Compares what a run says with what clients saw when it had ended. */
import type { Outcome } from '../../lib/types.ts'

/** What a run that ended by itself says. */
export interface Said {
  /** As its report has it: all is healthy, also what was not due. */
  readonly ok: boolean
  /** Undefined: nothing was due. */
  readonly outcome: Outcome | undefined
}

/** What a client saw at one address for one name. */
export interface Shown {
  /** By its name in the configuration. */
  readonly target: string
  readonly where: string
  /** Of the leaf; undefined: no handshake came about. */
  readonly fingerprint: string | undefined
  /** Why the client turns away. */
  readonly fault: string | undefined
  /** It came to be so after the run had looked there for the last time: nobody could know. */
  readonly unseen: boolean
}

/** A swap that was spoiled at once: it must have been said, and what was shown before must be shown again. */
export interface Spoiled {
  readonly target: string
  /** What it was: for people. */
  readonly what: string
  /** Whether the run made the swap, or found it made by one that was cut short. */
  readonly swapped: boolean
  /** What was shown before, wherever clients look. */
  readonly before: Readonly<Record<string, string | undefined>>
  /** The listener still lies about it. */
  readonly shows: boolean
}

export interface Judged {
  readonly said: Said
  /** Undefined: nobody looked, because nothing was said that could be untrue. */
  readonly shown: readonly Shown[] | undefined
  /** What was current by the last word about it. */
  readonly current: string | undefined
  /** What the CA issued last. */
  readonly newest: string | undefined
  /** Undefined: there is none, or a call failed or a dead run stood in the way. */
  readonly spoiled: Spoiled | undefined
}

export const WRONGS = ['said well and was not', 'broken and not said', 'broken and not put back'] as const

export interface Wrong {
  readonly how: (typeof WRONGS)[number]
  readonly details: string
}

export function judge({ said: { ok, outcome }, shown = [], current, newest, spoiled }: Judged): Wrong[] {
  const wrongs: Wrong[] = []
  const wrong = (how: Wrong['how'], details: string) => void wrongs.push({ how, details })
  const known = shown.filter(({ unseen }) => !unseen)

  if (ok || outcome?.health.healthy === true) {
    const amiss = known.find(({ fingerprint, fault }) => fault !== undefined || fingerprint !== current)
    // Who was not due was not looked at: it was broken by then, or the look before should have said so.
    const how = outcome === undefined ? 'broken and not said' : 'said well and was not'
    if (amiss !== undefined) wrong(how, `${outcome?.result ?? 'nothing due'}, and ${sawn(amiss)}`)
  }
  for (const [target, { state }] of Object.entries(outcome?.targets ?? {})) {
    if (state !== 'verified') continue
    const there = known.filter((each) => each.target === target)
    const [first] = there
    const amiss = there.find(
      ({ fingerprint, fault }) =>
        fault !== undefined ||
        fingerprint !== first?.fingerprint ||
        (fingerprint !== current && fingerprint !== newest),
    )
    if (amiss !== undefined) wrong('said well and was not', `${target} is verified, and ${sawn(amiss)}`)
  }
  if (spoiled !== undefined) {
    const { target, what, swapped, before, shows } = spoiled
    const result = outcome?.targets[target]
    const isSaid = result?.state === 'failed' && result.error.code === 'VERIFY_FAILED'
    if (swapped && (!isSaid || ok)) {
      const word =
        result === undefined ? outcome?.error?.code : result.state === 'failed' ? result.error.code : result.state
      wrong('broken and not said', `a swap ${what}, and ${target} is said to be ${word ?? 'nothing'}`)
    }
    const there = shown.filter((each) => each.target === target)
    const amiss = there.find(({ where, fingerprint, fault }) => fault !== undefined || fingerprint !== before[where])
    if (shows || amiss !== undefined)
      wrong('broken and not put back', `a swap ${what}; ${amiss ? sawn(amiss) : target}; ${wordOf(outcome)}`)
  }
  return wrongs
}

/** In a few words, for whoever must find out why. */
const wordOf = (outcome: Outcome | undefined) =>
  outcome === undefined
    ? 'nothing was due'
    : `${outcome.decision.action} ended as ${outcome.result}${outcome.error === undefined ? '' : `: ${outcome.error.message}`}`

const sawn = ({ where, fingerprint = 'nothing', fault }: Shown) =>
  `${where} shows ${fingerprint.slice(0, 16)}${fault === undefined ? '' : `: ${fault}`}`
