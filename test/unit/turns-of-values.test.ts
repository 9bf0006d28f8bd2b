import { expect, test } from 'vitest'
import type { TxtCapacity } from '../../lib/ports.ts'
import { type Answer, inTurnsOfValues } from '../../lib/renewal/turns-of-values.ts'

const since = new Date('2026-11-22T06:00:00Z')
const answer = (value: string, ...names: string[]): Answer => ({
  challenge: {
    url: `https://ca.example/${value}`,
    authorization: 'https://ca.example/a',
    domain: 'shop.example',
    value,
  },
  records: names.map((name) => ({ name, zone: 'shop.example', provider: 'main', value, since })),
})
const turnsOf = async (answers: readonly Answer[], capacities: Readonly<Record<string, TxtCapacity>>) => {
  const turns = await inTurnsOfValues(answers, async ({ name }) => capacities[name])
  return turns.map((turn) => turn.map(({ challenge }) => challenge.value))
}

test('where there is room for all values they are shown at once', async () => {
  expect(await turnsOf([answer('a', 'one'), answer('b', 'one'), answer('c', 'one')], {})).toEqual([['a', 'b', 'c']])
  const two = { one: { key: 'account', most: 2 } }
  expect(await turnsOf([answer('a', 'one'), answer('b', 'one'), answer('c', 'other')], two)).toEqual([['a', 'b', 'c']])
})

test('where there is none, in as many turns as must be', async () => {
  const two = { one: { key: 'account', most: 2 }, other: { key: 'account', most: 2 }, else: { key: 'else', most: 2 } }
  const answers = [
    answer('a', 'one'),
    answer('b', 'one'),
    answer('c', 'other'),
    answer('d', 'other'),
    answer('e', 'else'),
  ]
  expect(await turnsOf(answers, two)).toEqual([
    ['a', 'b', 'e'],
    ['c', 'd'],
  ])
})

test('a value that is needed at several providers waits for all of them', async () => {
  const capacities = { here: { key: 'here', most: 1 }, there: { key: 'there', most: 2 } }
  expect(
    await turnsOf([answer('a', 'here', 'there'), answer('b', 'there'), answer('c', 'here', 'there')], capacities),
  ).toEqual([['a', 'b'], ['c']])
})

test('the same value is one, and who needs none waits for nobody', async () => {
  const one = { here: { key: 'here', most: 1 } }
  expect(await turnsOf([answer('a', 'here'), answer('a', 'here'), answer('b')], one)).toEqual([['a', 'a', 'b']])
  expect(await turnsOf([], one)).toEqual([[]])
})
