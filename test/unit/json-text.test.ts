import { expect, test } from 'vitest'
import { print } from '../../cli/print.ts'
import { jsonText } from '../../lib/platform/json-text.ts'

const DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
const all = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => DECEIVING.test(character))

test('JSON shows no control character, no invisible one and no line of Unicode, and says the same all the same', () => {
  expect(all.length).toBeGreaterThan(200)
  for (const character of [...all, '\ud800', '\udc00\u202e']) {
    const value = { [`name${character}`]: [`a${character}b`, character] }
    const text = jsonText(value)
    expect(DECEIVING.test(text), text).toBe(false)
    expect(JSON.parse(text)).toEqual(value)
  }
})

test('what JSON may say as it is stands as it is', () => {
  const value = { name: 'Zürich 例え 🍃 "quoted" \\ a/b', list: [1, null, true] }
  for (const indent of [0, 2]) expect(jsonText(value, indent)).toBe(JSON.stringify(value, null, indent))
})

test.each(['document', 'line'] as const)('a command prints such a %s', (json) => {
  let printed = ''
  const write = (text: string) => {
    printed += text
  }
  const stdout = { write, isTTY: false, columns: 80 }
  const io = { stdout } as unknown as Parameters<typeof print>[0]['io']
  const names = all.map((character) => `newleaf-${character}shop`)
  print({ io, json: json as never }, { names }, () => '')
  expect(DECEIVING.test(printed.replaceAll('\n', ''))).toBe(false)
  expect(printed.trimEnd().split('\n')).toHaveLength(json === 'line' ? 1 : names.length + 4)
  expect(JSON.parse(printed)).toEqual({ names })
})
