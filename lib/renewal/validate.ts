import { Failure, isFailure, toFailure } from '../errors.ts'
import type { CertificateAuthority, Order, TxtPlace, TxtRecord, World } from '../ports.ts'
import type { Claim } from './claim.ts'

/** Shows the CA that the names are ours. What was written to DNS is noted before and removed after, however it ends. */
export async function prove(
  order: Order,
  places: () => Promise<readonly TxtPlace[]>,
  held: Claim,
  authority: CertificateAuthority,
  { solver, log }: Pick<World, 'solver' | 'log'>,
): Promise<void> {
  const found = await places()
  const challenges = await authority.challenges(order)
  const records = challenges.map(({ domain, value }) => {
    const place = found.find((each) => each.domain === domain)
    if (place === undefined)
      throw new Failure('ACME_PROBLEM', `the authority asks for a proof of ${domain}, which was not ordered`)
    return { name: place.name, zone: place.zone, provider: place.provider, value }
  })
  await held.note((document) => ({ ...document, txt: together(document.txt, records) }))
  try {
    await solver.present(records)
    await authority.answer(challenges)
  } catch (error) {
    if (isFailure(error, 'ACME_VALIDATION_FAILED', 'ACME_ORDER_INVALID', 'ACME_CAA')) {
      await held.note(({ order: _dead, ...rest }) => rest)
    }
    throw error
  } finally {
    await cleanUp(held, { solver, log })
  }
}

/**
 * Removes every value that the notes hold. A failure here is told, and never hides the result: the next run removes what is
 * left. Rejects with CLAIMED, and with nothing else, when the certificate is no longer ours.
 */
export async function cleanUp(held: Claim, { solver, log }: Pick<World, 'solver' | 'log'>): Promise<void> {
  const orTell = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (isFailure(error, 'CLAIMED')) throw error
      const { code, message } = toFailure(error)
      log.warn('TXT records are left; the next run removes them', { code, reason: message })
    }
  }
  try {
    await orTell(async () => {
      await held.confirm()
      await solver.cleanUp(held.document.txt)
      await held.note((document) => ({ ...document, txt: [] }))
    })
  } catch (taken) {
    // Whoever has taken over may be showing these very values, and then removes them; of others nobody knows but this run.
    await orTell(async () => {
      const { txt: theirs } = await held.newest()
      await solver.cleanUp(held.document.txt.filter((record) => !includes(theirs, record)))
    })
    throw taken
  }
}

const includes = (records: readonly TxtRecord[], { name, value }: TxtRecord): boolean =>
  records.some((each) => each.name === name && each.value === value)

const together = (one: readonly TxtRecord[], other: readonly TxtRecord[]) => [
  ...one,
  ...other.filter((record) => !includes(one, record)),
]
