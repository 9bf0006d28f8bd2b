import { expect, test } from 'vitest'
import { TROUBLES } from './troubles.ts'
import { week } from './week.ts'

test('in every hour of a week of trouble, what a run and a status say is what is so', async () => {
  const entries = await week()
  expect(entries.filter(({ differs }) => differs !== undefined)).toEqual([])
  for (const { id, words } of TROUBLES.filter((each) => each.id !== 'well'))
    expect(entries.filter((entry) => entry.id === id && words.test(entry.said)).length, id).toBeGreaterThan(0)
  expect(entries.filter(({ said }) => said === 'healthy').length).toBeGreaterThan(0)
  // At the end of it everything is well again.
  expect(entries.filter(({ hour, said }) => hour === 167 && said !== 'healthy')).toEqual([])
})
