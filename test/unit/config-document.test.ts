import { describe, expect, test } from 'vitest'
import { parseDocument } from '../../lib/config/document.ts'
import { isFailure } from '../../lib/errors.ts'

const mistakesIn = (text: string): unknown => {
  try {
    parseDocument(text, 'newleaf.yaml')
    return []
  } catch (error) {
    if (!isFailure(error, 'CONFIG_INVALID')) throw error
    return error.fields.mistakes
  }
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('what can surprise in YAML is refused, by line and column', () => {
  test.each([
    ['a duplicate key', 'a: 1\nb: 2\na: 3', ['3:1 the key "a" stands twice in one map']],
    ['a duplicate key in JSON', '{"a": 1,\n "a": 2}', ['2:2 the key "a" stands twice in one map']],
    ['__proto__', 'a:\n  __proto__: { admin: true }', ['2:3 the key "__proto__" is refused']],
    ['__proto__ in JSON', '{"\\u005f_proto__": {}}', ['1:2 the key "__proto__" is refused']],
    [
      'constructor',
      '{ constructor: { prototype: {} } }',
      ['1:3 the key "constructor" is refused', '1:18 the key "prototype" is refused'],
    ],
    ['an anchor', 'a: &x 1', ['1:7 anchors are refused; write the value out']],
    [
      'an alias',
      'a: &x 1\nb: *x',
      ['1:7 anchors are refused; write the value out', '2:4 aliases are refused; write the value out'],
    ],
    ['an alias of nothing', 'b: *x', ['1:4 aliases are refused; write the value out']],
    ['a merge key', 'a: { b: 1 }\n<<: { c: 2 }', ['2:1 the key "<<" is refused']],
    ['a tag of its own', 'a: !env HOME', ['1:9 tags are refused; text can be put in quotes']],
    ['a tag of YAML', 'a: !!binary aGk=', ['1:13 tags are refused; text can be put in quotes']],
    ['a second document', 'a: 1\n---\nb: 2', ['2:1 a second document begins here; only one can be read']],
    ['a directive', '%YAML 1.1\n---\na: yes', ['1:1 directives are refused; begin with the first key']],
    ['a map as a key', '? { a: 1 }\n: 2', ['1:3 a key must be text']],
    ['a tab', 'a:\n\tb: 1', ['2:1 a tab cannot indent; use spaces']],
    ['nothing', '', ['the configuration is empty']],
    ['nothing but null', '~', ['the configuration is empty']],
  ])('%s', (_, text, mistakes) => {
    expect(mistakesIn(text)).toEqual(mistakes)
  })

  test('a syntax mistake is told by its place, and the text around it is not repeated', () => {
    const text = 'a: "canary-token-1\nb: [canary-token-2'
    expect(mistakesIn(text)).toEqual([expect.stringMatching(/^2:\d+ a quote, a bracket, .* is missing$/)])
    expect(JSON.stringify(mistakesIn('!canary-token-3 : ! !x canary-token-4 "'))).not.toContain('canary')
  })

  test('yes, no, dates and octal numbers stay what they look like', () => {
    expect(parseDocument('{ a: yes, b: 2026-01-02, c: 012, d: true, 5: 1, null: 2 }', 'f').data).toEqual({
      a: 'yes',
      b: '2026-01-02',
      c: 12,
      d: true,
      5: 1,
      null: 2,
    })
  })
})

describe('hostile documents', () => {
  test('nesting is followed twenty deep, and no further', () => {
    expect(mistakesIn(nested(20))).toEqual([])
    expect(mistakesIn(nested(21))).toEqual(['1:21 maps and lists are nested more than 20 deep'])
    expect(mistakesIn('{"a":'.repeat(21))).toEqual(expect.arrayContaining([expect.stringMatching(/^1:\d+ /)]))
  })

  test.each([
    ['brackets', '['.repeat(20_000)],
    ['closed brackets', nested(20_000)],
    ['dashes', '- '.repeat(20_000)],
    ['question marks', '? '.repeat(20_000)],
    ['maps', '{a: '.repeat(10_000)],
    ['anchors', '&a '.repeat(20_000)],
    ['quotes', '"'.repeat(20_000)],
    ['exclamation marks', '!'.repeat(20_000)],
  ])('thousands of %s are a mistake, not a crash', (_, text) => {
    expect(mistakesIn(text)).toEqual(expect.arrayContaining([expect.stringMatching(/^1:\d+ /)]))
  })

  test('a billion laughs are refused at the first anchor', () => {
    const laughs = Array.from(
      { length: 9 },
      (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]`,
    )
    expect(mistakesIn(['l0: &l0 ha', ...laughs].join('\n'))).toEqual(
      expect.arrayContaining(['1:9 anchors are refused; write the value out']),
    )
  })

  test('a file of more than 1 MiB is refused unread', () => {
    expect(mistakesIn('['.repeat(1_024 * 1_024 + 1))).toEqual([
      'a file of the configuration may have 1 MiB at most; `include` takes several',
    ])
  })

  test('a map of ten thousand keys is read', () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `key${index}: 1`).join('\n')
    expect(Object.keys(parseDocument(text, 'f').data as object)).toHaveLength(10_000)
  })
})
