import { expect, test } from 'vitest'
import { recordsProvider } from '../../lib/dns/records.ts'
import { Failure, type FailureCode } from '../../lib/errors.ts'

const record = {
  name: '_acme-challenge.example.com',
  relativeName: '_acme-challenge',
  zone: 'example.com',
  provider: 'main',
  value: 'ours',
}

/** A provider that refuses each record, after somebody else has added it or not. */
function refusing(code: FailureCode, held: readonly string[]) {
  const rows: string[] = []
  let reads = 0
  const provider = recordsProvider<number>({
    async list() {
      reads += 1
      return rows.map((value, id) => ({ id, value }))
    },
    async add() {
      rows.push(...held)
      throw new Failure(code, 'no')
    },
    remove: async (_record, id) => void rows.splice(id, 1),
  })
  return { provider, reads: () => reads }
}

test.each(['CONFLICT', 'REJECTED'] as const)(
  'a record that is refused with %s and is there is what was wanted',
  async (code) => {
    await expect(refusing(code, ['theirs', 'ours']).provider.addTxt(record)).resolves.toBeUndefined()
  },
)

test.each(['CONFLICT', 'REJECTED'] as const)(
  'a record that is refused with %s and is not there is refused',
  async (code) => {
    await expect(refusing(code, ['theirs']).provider.addTxt(record)).rejects.toMatchObject({ code })
  },
)

test('a record that fails for another reason is not looked for again', async () => {
  const { provider, reads } = refusing('DENIED', ['ours'])
  await expect(provider.addTxt(record)).rejects.toMatchObject({ code: 'DENIED' })
  expect(reads()).toBe(1)
})
