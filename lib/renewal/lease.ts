import { randomUUID } from 'node:crypto'
import { Failure, isFailure } from '../errors.ts'
import { after, MINUTE } from '../platform/clock.ts'
import type { World } from '../ports.ts'
import { type CertificateDocument, documentKey, readDocument } from '../state/document.ts'

/** The right to work on one certificate, and its state document. Every write carries the tag of the one before. */
export interface Claim {
  readonly document: CertificateDocument
  /** Each note renews the claim. Rejects with CLAIMED when somebody else has taken it over: whoever hears that must stop. */
  note(change: (document: CertificateDocument) => CertificateDocument): Promise<void>
  /** The last note; it gives the claim back. */
  release(change: (document: CertificateDocument) => CertificateDocument): Promise<void>
  /** Before an effect that another run could suffer from. Rejects with CLAIMED when the certificate is no longer ours. */
  confirm(): Promise<void>
  /** What is noted now, by whoever holds the certificate. */
  newest(): Promise<CertificateDocument>
}

const LONGEST = 15 * MINUTE

/** Takes the certificate, over an expired claim if there is one, with the next fence. Rejects with CLAIMED while another run holds it. */
export async function claim(
  id: string,
  world: Pick<World, 'environment' | 'state' | 'clock' | 'timeLeft'>,
): Promise<Claim> {
  const { environment, state, clock, timeLeft } = world
  const key = documentKey(id)
  const taken = new Failure('CLAIMED', `another run is working on "${id}"; it goes on, this one leaves it alone`)
  let { document, tag } = await readDocument(id, world)
  if (document.claim !== undefined && document.claim.until > clock.now()) throw taken

  const owner = randomUUID()
  let lost = false
  const write = async (next: CertificateDocument) => {
    if (lost) throw taken
    try {
      tag = await state.write(key, next, tag)
      document = next
    } catch (error) {
      if (!isFailure(error, 'STATE_CONFLICT')) throw error
      // It may be our own write that stands there, whose answer was lost: the claim in it names us.
      const there = await state.read(key)
      if (JSON.stringify(there?.document) !== JSON.stringify(next)) {
        lost = true
        throw taken
      }
      tag = there?.tag
      document = next
    }
  }
  const fence = document.fence + 1
  const claimed = (held: CertificateDocument): CertificateDocument => {
    const until = after(clock.now(), Math.min(LONGEST, Math.max(timeLeft(), MINUTE)))
    return { ...held, environment, fence, claim: { owner, fence, until } }
  }
  await write(claimed(document))

  // Targets are worked on side by side: their notes are written one after the other.
  let last: Promise<void> = Promise.resolve()
  const inTurn = (change: (document: CertificateDocument) => CertificateDocument): Promise<void> => {
    const turn = last.then(() => write(change(document)))
    last = turn.catch(() => undefined) // whoever wrote it has heard; the next one must get its turn
    return turn
  }
  const note: Claim['note'] = (change) => inTurn((held) => claimed(change(held)))
  return {
    get document() {
      return document
    },
    note,
    async confirm() {
      if (lost) throw taken
      // Until then nobody else may have taken it; after that a write tells.
      if (document.claim === undefined || document.claim.until <= clock.now()) await note((held) => held)
    },
    newest: async () => (await readDocument(id, world)).document,
    release: (change) =>
      inTurn((held) => {
        const { claim: _given, ...rest } = change(held)
        return rest
      }),
  }
}
