import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { withoutCredentials } from '../../lib/platform/without-credentials.ts'

const TOKEN = 'canary-3f9b/Q0pXv+2Lk7wZ~tAe'
const PASSWORD = 'canary-püssword-of-a-user'
const basic = `Basic ${Buffer.from(`newleaf:${PASSWORD}`).toString('base64')}`
const shown = (text: string) => withoutCredentials(text, [new Secret(`Bearer ${TOKEN}`), new Secret(basic)])

/** How much in a row of the secret stands in the text, whatever the case. */
function longestOf(secret: string, text: string): number {
  const [within, lower] = [text.toLowerCase(), secret.toLowerCase()]
  let longest = 0
  for (let from = 0; from < lower.length; from++)
    while (within.includes(lower.slice(from, from + longest + 1)) && from + longest < lower.length) longest++
  return longest
}

describe('a text that repeats a credential', () => {
  const bytes = Buffer.from(TOKEN)
  test.each([
    ['whole', TOKEN],
    ['but for its first letter', TOKEN.slice(1)],
    ['but for its last ten letters', TOKEN.slice(0, -10)],
    ['its middle', TOKEN.slice(7, 20)],
    ['twice, each in part', `${TOKEN.slice(0, 15)} and ${TOKEN.slice(9)}`],
    ['in capitals', TOKEN.toUpperCase()],
    ['cut in two by another word', `${TOKEN.slice(0, 12)} or ${TOKEN.slice(12)}`],
    ['as base64, cut', bytes.toString('base64').slice(3, -5)],
    ['as base64url', bytes.toString('base64url')],
    ['as hex, cut', bytes.toString('hex').slice(8, -6)],
    ['as in a URL', encodeURIComponent(TOKEN)],
    ['the password of a Basic header', PASSWORD],
    ['the password of a Basic header, cut', PASSWORD.slice(2, 14)],
    ['the Basic header itself', basic.slice(8)],
  ])('%s shows less than eight letters of it in a row', (_what, part) => {
    for (const text of [part, `the token "${part}" is bad`, `İ${part}\n${part}`]) {
      const left = shown(text)
      for (const form of [TOKEN, PASSWORD, basic.slice(6), bytes.toString('base64'), bytes.toString('hex')])
        expect(longestOf(form, left)).toBeLessThan(8)
    }
  })

  test('keeps what else it says', () => {
    expect(shown(`the token ${TOKEN} is bad: ask ops`)).toBe('the token … is bad: ask ops')
    expect(shown(`${TOKEN.slice(2, 18)}${PASSWORD.slice(0, 12)}?`)).toMatch(/^…+\?$/)
  })
})

test('a text that repeats nothing stays as it is', () => {
  const text = 'Bearer tokens of the zone shop.example are locked: canary'
  expect(shown(text)).toBe(text)
  expect(withoutCredentials(text, [])).toBe(text)
})

test('a mebibyte of hostile text takes no time', () => {
  const long = new Secret('ab'.repeat(2_000))
  const began = performance.now()
  shown('ab'.repeat(500_000))
  withoutCredentials('ab'.repeat(500_000), [long])
  expect(performance.now() - began).toBeLessThan(2_000)
})
