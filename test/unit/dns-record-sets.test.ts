import { expect, test } from 'vitest'
import { recordSetsProvider } from '../../lib/dns/record-sets.ts'
import { recordsProvider } from '../../lib/dns/records.ts'
import { Failure } from '../../lib/errors.ts'

const record = (value: string) => ({
  name: '_acme-challenge.example.com',
  relativeName: '_acme-challenge',
  zone: 'example.com',
  provider: 'main',
  value,
})

/** A set with a version that each write names; before so many reads are answered, somebody else writes. */
function held(values: readonly string[], others = 0) {
  let [set, version, left] = [[...values], 0, others]
  const writes: (readonly string[])[] = []
  const provider = recordSetsProvider<number>({
    async read() {
      const read = { values: set, version }
      if (left-- > 0) [set, version] = [[...set, `other-${left}`], version + 1]
      return read
    },
    async write(_location, wanted, read) {
      if (read.version !== version) throw new Failure('CONFLICT', 'somebody was faster')
      writes.push(wanted)
      ;[set, version] = [[...wanted], version + 1]
    },
  })
  return { provider, writes, values: () => set }
}

test('a value is added to those that are there, and taken from them', async () => {
  const { provider, values } = held(['foreign'])
  await provider.addTxt(record('one'))
  expect(values()).toEqual(['foreign', 'one'])
  await provider.removeTxt(record('foreign'))
  expect(values()).toEqual(['one'])
  await provider.removeTxt(record('one'))
  expect(values()).toEqual([])
})

test('what is as it should be is not written', async () => {
  const { provider, writes } = held(['one'])
  await provider.addTxt(record('one'))
  await provider.removeTxt(record('two'))
  expect(writes).toEqual([])
})

test('after a refusal because somebody was faster, the set is read again and nobody’s value is lost', async () => {
  const { provider, values } = held(['foreign'], 3)
  await provider.addTxt(record('one'))
  expect(values().toSorted()).toEqual(['foreign', 'one', 'other-0', 'other-1', 'other-2'])
})

test('who is never fast enough gives up with CONFLICT, and has changed nothing', async () => {
  const { provider, writes } = held([], 1_000)
  await expect(provider.addTxt(record('one'))).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(writes).toEqual([])
})

test('any other refusal is heard of at once', async () => {
  let asked = 0
  const provider = recordSetsProvider({
    read: async () => ({ values: [], version: 0 }),
    write: async () => {
      asked += 1
      throw new Failure('DENIED', 'no')
    },
  })
  await expect(provider.addTxt(record('one'))).rejects.toMatchObject({ code: 'DENIED' })
  expect(asked).toBe(1)
})

test('two values of one run that come at once are both there, though the vendor knows no condition', async () => {
  let set: readonly string[] = []
  const provider = recordSetsProvider({
    async read() {
      const values = set
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { values, version: undefined }
    },
    async write(_location, values) {
      set = values
    },
  })
  await Promise.all([provider.addTxt(record('one')), provider.addTxt(record('two'))])
  expect(set.toSorted()).toEqual(['one', 'two'])
})

test('a set is read once and written once where nobody else writes, and ten times at most where others do', async () => {
  const counted = (code?: 'CONFLICT') => {
    const calls = { reads: 0, writes: 0 }
    const provider = recordSetsProvider<undefined>({
      async read() {
        calls.reads += 1
        return { values: [], version: undefined }
      },
      async write() {
        calls.writes += 1
        if (code !== undefined) throw new Failure(code, 'somebody was faster')
      },
    })
    return { provider, calls }
  }
  const alone = counted()
  await alone.provider.addTxt(record('one'))
  expect(alone.calls).toEqual({ reads: 1, writes: 1 })
  const contested = counted('CONFLICT')
  await expect(contested.provider.addTxt(record('one'))).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(contested.calls).toEqual({ reads: 10, writes: 10 })
})

test('a record that is gone before it is removed is what was wanted, and every other trouble is heard', async () => {
  const removing = (code: 'NOT_FOUND' | 'DENIED') => {
    const removed: number[] = []
    const provider = recordsProvider<number>({
      list: async () => [1, 2, 3].map((id) => ({ id, value: id === 2 ? 'foreign' : 'one' })),
      add: async () => {},
      async remove(_record, id) {
        removed.push(id)
        throw new Failure(code, 'no')
      },
    })
    return { removed, done: provider.removeTxt(record('one')) }
  }
  const gone = removing('NOT_FOUND')
  await gone.done
  expect(gone.removed).toEqual([1, 3])
  const denied = removing('DENIED')
  await expect(denied.done).rejects.toMatchObject({ code: 'DENIED' })
  expect(denied.removed).toEqual([1])
})
