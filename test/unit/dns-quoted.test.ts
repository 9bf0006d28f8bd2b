import { expect, test } from 'vitest'
import { quoted, unquoted } from '../../lib/dns/quoted.ts'

test.each([
  ['"one"', 'one'],
  ['one', 'one'],
  ['"one" "two"', 'onetwo'],
  ['"a\\"b\\\\c"', 'a"b\\c'],
  ['"open', '"open'],
  ['""', ''],
  ['v=spf1 "one"', 'v=spf1 "one"'],
  ['"one" two', '"one" two'],
])('%s is the value %s', (data, value) => {
  expect(unquoted(data)).toBe(value)
})

test.each(['one', 'a"b\\c', '', 'with spaces'])('the value %j comes back from its quotes', (value) => {
  expect(unquoted(quoted(value))).toBe(value)
})
