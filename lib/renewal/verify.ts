import { Failure, isFailure } from '../errors.ts'
import { MINUTE, SECOND } from '../platform/clock.ts'
import type { World } from '../ports.ts'
import type { Endpoint, KeyFamily, PublicCertificate } from '../types.ts'
import { compareServed } from '../x509/presented.ts'
import { serverNameFor } from '../x509/server-name.ts'
import { RESERVE } from './step.ts'

/** How long a balancer may go on showing something else, and how long an address may be silent. */
const PATIENCE = { mismatch: 2 * MINUTE, silence: 5 * SECOND } as const
const FIRST_PAUSE = SECOND / 4
const LONGEST_PAUSE = 10 * SECOND
/** After which it is looked at once more: a change that a balancer takes back is mostly taken back at once. */
const SETTLE = SECOND
/** Handshakes in a row at one address: several instances may stand behind it, and one of them may be behind. */
const IN_A_ROW = 4

interface Ask {
  readonly endpoint: Endpoint
  readonly serverName: string
}
type Sight = 'shown' | 'silent' | { readonly instead: string }
type Outside = Pick<World, 'probe' | 'clock' | 'timeLeft' | 'log'>

/**
 * Whether handshakes from here show this certificate, with its whole chain, for every name at every address that can be
 * reached, and go on showing it. True: they do. False: no address could be reached. Rejects with VERIFY_FAILED when an
 * address keeps showing something else.
 */
export async function verify(
  names: readonly string[],
  certificate: PublicCertificate,
  endpoints: readonly Endpoint[],
  { probe, clock, timeLeft, log }: Outside,
): Promise<boolean> {
  const serverNames = names.map(serverNameFor)
  const asks = endpoints.flatMap((endpoint) => serverNames.map((serverName) => ({ endpoint, serverName })))
  const lastMoment = clock.now().getTime() + PATIENCE.mismatch

  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const sights = await Promise.all(asks.map(untilShown))
    const reached = endpoints.filter((endpoint) =>
      asks.some((ask, index) => ask.endpoint === endpoint && sights[index] === 'shown'),
    )
    if (reached.length === 0) return false
    await clock.sleep(SETTLE)
    if (await staysShown(reached)) {
      await Promise.all(reached.map(lookAsOthers))
      return true
    }
    await clock.sleep(pause)
  }

  /** Resolves to whether the address answers; rejects when it keeps showing something else. */
  async function untilShown(ask: Ask): Promise<'shown' | 'silent'> {
    let silent = 0
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const sight = await glance(ask)
      if (sight === 'shown') return sight
      silent = sight === 'silent' ? silent + pause : 0
      const isOver = silent > PATIENCE.silence || clock.now().getTime() >= lastMoment || timeLeft() < pause + RESERVE
      if (!isOver) await clock.sleep(pause)
      else if (sight !== 'silent') throw notShown(ask, sight)
      else {
        log.warn('an address could not be reached', { address: placeOf(ask), serverName: ask.serverName })
        return sight
      }
    }
  }

  /** One handshake after the other, so that those of several instances do not fall into step. */
  async function staysShown(reached: readonly Endpoint[]): Promise<boolean> {
    for (const endpoint of reached) {
      for (let count = 0; count < Math.max(IN_A_ROW, serverNames.length); count++) {
        const serverName = serverNames[count % serverNames.length] ?? ''
        const sight = await glance({ endpoint, serverName })
        if (sight !== 'shown') {
          log.info('an address is not steady yet', { address: placeOf({ endpoint }), serverName })
          return false
        }
      }
    }
    return true
  }

  async function glance({ endpoint, serverName }: Ask): Promise<Sight> {
    const served = await seen({ endpoint, serverName })
    if (typeof served === 'string') return served === 'silent' ? served : { instead: served }
    const found = compareServed(served, certificate)
    if (found === 'same') return 'shown'
    const { serial, notAfter } = served
    return {
      instead:
        found === 'another'
          ? `it shows one with serial ${serial}, valid until ${notAfter.toISOString()}`
          : 'it shows it without the certificates of its issuers, so that clients cannot trust it',
    }
  }

  /** A balancer may hold keys of both families for one name: clients that know the other one alone see something else. */
  async function lookAsOthers(endpoint: Endpoint): Promise<void> {
    const [serverName = ''] = serverNames
    const other = certificate.keyAlgorithm.startsWith('rsa') ? 'ecdsa' : 'rsa'
    const served = await seen({ endpoint, serverName }, other)
    if (typeof served === 'string' || served.fingerprint === certificate.fingerprint) return
    const { serial, notAfter } = served
    log.warn('clients that take no other key than of this family are shown another certificate', {
      address: placeOf({ endpoint }),
      serverName,
      family: other,
      serial,
      notAfter: notAfter.toISOString(),
    })
  }

  async function seen({ endpoint, serverName }: Ask, only?: KeyFamily): Promise<PublicCertificate | string> {
    try {
      return await probe.served(endpoint, serverName, only)
    } catch (error) {
      if (isFailure(error, 'UNREACHABLE')) return 'silent'
      if (isFailure(error, 'CHAIN_INVALID')) return 'what it shows cannot be read'
      throw error
    }
  }
}

const placeOf = ({ endpoint: { address, port } }: Pick<Ask, 'endpoint'>) => `${address} port ${port}`

const notShown = (ask: Ask, { instead }: { readonly instead: string }) =>
  new Failure(
    'VERIFY_FAILED',
    `the API has taken the new certificate, but ${placeOf(ask)} does not show it for ${ask.serverName}: ${instead}`,
    { fields: { address: placeOf(ask), serverName: ask.serverName } },
  )
