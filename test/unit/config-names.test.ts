import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { certificateName, serverAddress, zoneName } from '../../lib/config/names.ts'

const read = (schema: v.GenericSchema, text: unknown) => {
  const { success, output, issues } = v.safeParse(schema, text)
  return success ? output : { problem: issues[0].message }
}

const label = 'a'.repeat(63)
const name253 = `${`${label}.`.repeat(3)}${'b'.repeat(57)}.org`

describe('a name of a certificate', () => {
  test.each([
    ['shop.example.com', 'shop.example.com'],
    ['SHOP.Example.COM', 'shop.example.com'],
    ['shop.example.com.', 'shop.example.com'],
    ['*.Example.com', '*.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['1.example.com', '1.example.com'],
    [`${label}.org`, `${label}.org`],
    [name253, name253],
  ])('%s is read as %s', (text, name) => {
    expect(read(certificateName, text)).toBe(name)
  })

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
  ])('%s is one address, for a certificate that no authority issues', (text, address) => {
    expect(read(certificateName, text)).toBe(address)
  })

  const notAName = 'not a DNS name'
  const wildcard = 'a wildcard stands only for the whole first label, as in *.example.com'
  const tooLong = 'longer than the 253 characters of a DNS name'
  test.each([
    ['1.2.3', notAName],
    ['0x7f.1', notAName],
    ['localhost', 'needs a dot: no public authority certifies a single label'],
    ['*.com', 'needs a dot: no public authority certifies a single label'],
    ['*', wildcard],
    ['*.*.example.com', wildcard],
    ['shop.*.example.com', wildcard],
    ['sh*p.example.com', wildcard],
    ['', notAName],
    ['.', notAName],
    ['.example.com', notAName],
    ['shop..example.com', notAName],
    ['shop.example.com..', notAName],
    ['-shop.example.com', notAName],
    ['shop-.example.com', notAName],
    ['sh_op.example.com', notAName],
    ['sh--op.example.com', notAName],
    ['xn--a.example.com', notAName],
    ['shop.example.123', notAName],
    ['shop .example.com', notAName],
    ['shop.example.com\n', notAName],
    ['https://shop.example.com', notAName],
    ['shop.example.com/x', notAName],
    ['sh%6fp.example.com', notAName],
    ['user@example.com', notAName],
    [`${label}a.org`, 'a label is longer than 63 characters'],
    [`a${name253}`, tooLong],
    [`*.${name253}`, tooLong],
    ['a.'.repeat(60_000), tooLong],
    [7, 'expected a DNS name'],
    [null, 'expected a DNS name'],
  ])('%s is none', (text, problem) => {
    expect(read(certificateName, text)).toEqual({ problem })
  })
})

test('a zone may have a single label and no wildcard', () => {
  expect(read(zoneName, 'Internal.')).toBe('internal')
  expect(read(zoneName, '*.example.com')).toEqual({ problem: 'not a DNS name' })
})

describe('the address of a DNS server', () => {
  test.each(['192.0.2.1', '192.0.2.1:53', '2001:db8::1', '[2001:db8::1]:5353'])('%s is one', (text) => {
    expect(read(serverAddress, text)).toBe(text)
  })

  test.each([
    'dns.example.com',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.1:',
    '192.0.2.256',
    '[192.0.2.1]:53',
    '[2001:db8::1]',
    '2001:db8::1:99999',
    '',
  ])('%s is none', (text) => {
    expect(read(serverAddress, text)).toEqual({
      problem: 'expected an IP address, or one with a port as in 192.0.2.1:53 and [2001:db8::1]:53',
    })
  })
})
