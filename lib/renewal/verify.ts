import { Failure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import { mapConcurrently } from '../platform/concurrency.ts'
import { RESERVE } from '../platform/deadline.ts'
import { answers, endpointText, familyOf, probeEndpoint } from '../platform/probe-result.ts'
import type { Dependencies } from '../ports.ts'
import type { AddressResult, Endpoint, ProbeResult, PublicCertificate, Settling } from '../types.ts'
import { fingerprintText } from '../x509/facts.ts'
import { serverNameFor } from '../x509/server-name.ts'

/** What an unknown balancer may need. */
const SLOW: Settling = { within: 2 * MINUTE, handshakes: 4 }
/** How long a listener may fail handshakes that it must complete, and how long an address may be silent that never answered. */
const DEADLINE = { broken: 15 * SECOND, silence: 5 * SECOND } as const
/** Milliseconds between two looks, each half as long again as the one before. */
const FIRST_PAUSE = 100
const GROWTH = 1.5
const LONGEST_PAUSE = 10 * SECOND
/** However the clock is set meanwhile, a proof comes to an end. */
const MOST_LOOKS = 200
const AT_ONCE = 10

type Outside = Pick<Dependencies, 'probe' | 'clock' | 'timeLeft' | 'log'> & Partial<Pick<Dependencies, 'emit'>>

/** What a proof is told beside the certificate. */
export interface VerificationContext {
  readonly names: readonly string[]
  readonly endpoints: readonly Endpoint[]
  /** Whether this address is known to answer from here, and must go on to; or no way led there a moment ago. */
  known(endpoint: Endpoint): 'answers' | 'no way' | undefined
  readonly settles: Settling | undefined
}

/**
 * Whether handshakes from here show this certificate, with its whole chain, for every name at every address, and go on showing
 * it. An address that was never reached from here is `unverified`. Rejects with VERIFY_FAILED when, at the last moment, an
 * address shows something else, fails its handshakes, or answered before and does not now; with OUT_OF_TIME when the run has
 * no time to find out, and with LOCAL_TROUBLE when this machine has not the means.
 */
export async function verify(
  certificate: PublicCertificate,
  { names, endpoints, known, settles = SLOW }: VerificationContext,
  { probe, clock, timeLeft, log, emit }: Outside,
): Promise<AddressResult[]> {
  const serverNames = names.map(serverNameFor)
  const begun = clock.now().getTime()
  return Promise.all(endpoints.map(verifyAddress))

  /** Round after round, each with every name, until so many in a row have shown nothing else. */
  async function verifyAddress(endpoint: Endpoint): Promise<AddressResult> {
    const rounds = Math.ceil(settles.handshakes / serverNames.length)
    let [reached, inARow, pause] = [known(endpoint) === 'answers', 0, FIRST_PAUSE]
    for (let looks = 1; ; looks++) {
      const probes = await mapConcurrently(serverNames, AT_ONCE, (name) =>
        probeEndpoint(endpoint, name, certificate, probe),
      )
      const wrong = probes.find(({ shows }) => shows !== 'current')
      reached ||= probes.some(answers)
      inARow = wrong === undefined ? inARow + 1 : 0
      if (inARow === rounds) return shownBy(endpoint, probes[0]?.served)
      if (looks === MOST_LOOKS || isOver(endpoint, wrong, reached, pause)) return end(endpoint, wrong, reached)
      if (wrong !== undefined) emit?.(waitingFor(endpoint))
      // Who comes round is looked at closely; who does not is left more and more time.
      await clock.sleep(wrong === undefined ? FIRST_PAUSE * GROWTH ** (inARow - 1) : pause)
      if (wrong !== undefined) pause = Math.min(pause * GROWTH, LONGEST_PAUSE)
    }
  }

  /** While all is as it shall be, it has only to stay so. */
  function isOver(endpoint: Endpoint, wrong: ProbeResult | undefined, reached: boolean, pause: number): boolean {
    if (timeLeft() < pause + RESERVE) return true
    if (wrong?.shows === 'unreachable' && !reached && known(endpoint) === 'no way') return true
    return wrong !== undefined && isPastDeadline(wrong, reached)
  }

  function isPastDeadline(wrong: ProbeResult, reached: boolean): boolean {
    const inTime = isDown(wrong) ? Math.min(DEADLINE.broken, settles.within) : settles.within
    return clock.now().getTime() - begun >= (reached ? inTime : DEADLINE.silence)
  }

  /** What is to be said of an address that did not come to show it. */
  function end(endpoint: Endpoint, wrong: ProbeResult | undefined, reached: boolean): AddressResult {
    const where = endpointText(endpoint)
    if (wrong === undefined || (!isDown(wrong) && !isPastDeadline(wrong, reached)))
      throw new Failure('OUT_OF_TIME', `no time was left to see what ${where} shows; the next run carries on`)
    const { serverName, shows, reason = 'no answer' } = wrong
    const fields = { address: where, serverName }
    if (shows === 'unknown') throw new Failure('LOCAL_TROUBLE', `${where} cannot be looked at: ${reason}`, { fields })
    if (!reached) {
      log.warn('an address could not be reached', { ...fields, reason })
      return { ...endpoint, state: 'unverified', reason }
    }
    throw new Failure(
      'VERIFY_FAILED',
      `the API has taken ${fingerprintText(certificate)}, but ${where} does not show it for ${serverName}: ${insteadOf(wrong)}`,
      { fields },
    )
  }
}

const waitingFor = (endpoint: Endpoint) =>
  ({ kind: 'waiting', step: 'verify', what: `${endpointText(endpoint)} to serve it` }) as const

const shownBy = (endpoint: Endpoint, served: PublicCertificate | undefined): AddressResult => {
  const family = served && familyOf(served)
  return { ...endpoint, state: 'verified', ...(family && { family }) }
}

/** No client gets a certificate. */
const isDown = ({ shows }: ProbeResult): boolean => shows === 'broken' || shows === 'refused' || shows === 'unreachable'

function insteadOf({ shows, served, reason = '' }: ProbeResult): string {
  if (shows === 'incomplete')
    return 'it shows it without the certificates of its issuers, so that clients cannot trust it'
  if (served === undefined) return reason
  const { serial, notAfter } = served
  const family = familyOf(served)
  return `it shows ${fingerprintText(served)} (serial ${serial})${family === undefined ? '' : `, with an ${family.toUpperCase()} key`}, valid until ${notAfter.toISOString()}`
}
