import fc from 'fast-check'

/** What others may send: texts, numbers and JSON that were made to do harm. */

const PIECES = [
  '',
  ' ',
  '\0',
  '\r\n',
  '\u001b[2J\u001b[31mroot#',
  '\u202e\u2066',
  '\u2028',
  '\ufeff',
  '\ud800',
  '{"level":"error"}\n',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '..%2f..%2f',
  'a/../b?c#d',
  '%00',
  '$(reboot)',
  '`reboot`',
  '{{7*7}}',
  "' OR 1=1 --",
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'https://elsewhere.test/',
  'http://ca.test/plain',
  'https://ca.test@elsewhere.test/',
  'https://169.254.169.254/latest/meta-data/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  '-----BEGIN CERTIFICATE-----',
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----',
  'Bearer abcdefghijkl',
  'eyJhbGciOiJFUzI1NiJ9.e30.AAAA',
  'NaN',
  '-1',
  '1e400',
  '9007199254740993',
  '0x10',
  '9999-12-31T23:59:59-23:59',
  '0000-01-01T00:00:00+23:59',
  '+200000-01-01T00:00:00Z',
  '2026-13-45T99:99:99Z',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  '例え.テスト',
  'xn--a',
  '*.',
  '.',
] as const

/** Some make a pattern with two ways to match take for ever, all fill memory. */
const REPEATED = [
  'a',
  ' ',
  '.',
  '"',
  '\\"',
  '-',
  '\n',
  '1',
  'a.',
  '%20',
  '"a" ',
  '-eyJaaaaaaaaaaa',
  'Bearer ',
  '-----BEGIN A ',
  'https://a',
  '\u202e',
  '𐍈',
  'a@',
] as const

const long = fc
  .tuple(fc.constantFrom(...REPEATED), fc.constantFrom(70, 300, 5_000, 60_000))
  .map(([piece, length]) => piece.repeat(Math.ceil(length / piece.length)))

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 3, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 1, arbitrary: long },
)

const NUMBERS = [0, -0, 1, -1, 1.5, 200, 404, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e21, 1e308, -1e308, 5e-324] as const

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

/** Own keys, whatever they are called: as JSON.parse makes them. */
export const object = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> => {
  const made: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return made
}

const nested = fc.tuple(fc.boolean(), fc.constantFrom(2, 30, 1_000)).map(([list, depth]) => {
  let made: unknown = 'deep'
  for (let level = 0; level < depth; level++) made = list ? [made] : { a: made }
  return made
})

export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]]) },
  { weight: 5, arbitrary: hostileNumber },
  { weight: 9, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.array(hostileText, { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.array(fc.tuple(hostileText, hostileText), { maxLength: 4 }).map(object) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: nested },
)
