import type { DnsChallenge, TxtCapacity } from '../ports.ts'
import type { ChallengeRecord } from '../state/document.ts'

/** A challenge, and the TXT values that answer it: one, or one at each provider that serves its zone. */
export interface Answer {
  readonly challenge: DnsChallenge
  readonly records: readonly ChallengeRecord[]
}

type CapacityOf = (record: ChallengeRecord) => Promise<TxtCapacity | undefined>

interface Turn {
  readonly answers: Answer[]
  /** The values, by what they share the room with. */
  readonly held: Map<string, Set<string>>
}

/** One turn, or as many as there must be where a provider has not the room for all values at once. Who needs no value is in the first. */
export async function inTurnsOfValues(answers: readonly Answer[], capacityOf: CapacityOf): Promise<Answer[][]> {
  const turns: Turn[] = [{ answers: [], held: new Map() }]
  for (const answer of answers) {
    const needed = await Promise.all(
      answer.records.map(async (record) => ({ value: record.value, capacity: await capacityOf(record) })),
    )
    const hasRoom = ({ held }: Turn) =>
      needed.every(({ capacity, value }) => {
        const values = (capacity && held.get(capacity.key)) ?? new Set()
        return capacity === undefined || values.has(value) || values.size < capacity.most
      })
    let turn = turns.find(hasRoom)
    if (turn === undefined) {
      turn = { answers: [], held: new Map() }
      turns.push(turn)
    }
    turn.answers.push(answer)
    for (const { capacity, value } of needed) {
      if (capacity === undefined) continue
      turn.held.set(capacity.key, (turn.held.get(capacity.key) ?? new Set()).add(value))
    }
  }
  return turns.map((turn) => turn.answers)
}
