import { describe, expect, test } from 'vitest'
import { readPem } from '../../lib/x509/pem.ts'

const [ONE, TWO] = ['QUJDREVGR0hJSktMTU5P'.repeat(7), 'UFFSU1RVVldYWVo='] as const
const wrapped = (base64: string) => base64.replaceAll(/.{1,64}/g, '$&\n')
const block = (label: string, base64: string) => `-----BEGIN ${label}-----\n${wrapped(base64)}-----END ${label}-----\n`
const text = block('CERTIFICATE', ONE) + block('PRIVATE KEY', TWO)
const blocks = [
  { label: 'CERTIFICATE', text: block('CERTIFICATE', ONE), encrypted: false },
  { label: 'PRIVATE KEY', text: block('PRIVATE KEY', TWO), encrypted: false },
]

const asUtf16 = (order: 'le' | 'be', mark: boolean) => {
  const bytes = Buffer.from(`${mark ? '\uFEFF' : ''}${text}`, 'utf16le')
  return (order === 'le' ? bytes : bytes.swap16()).toString('utf8')
}

const forms: Readonly<Record<string, string>> = {
  'as it should be': text,
  'with CRLF': text.replaceAll('\n', '\r\n'),
  'with CR': text.replaceAll('\n', '\r'),
  'with line ends of several systems': text.replace('\n', '\r').replace('\n', '\r\n'),
  'without an end of its last line': text.trimEnd(),
  'with empty lines in a block': text.replaceAll('\n', '\n\n'),
  'with blanks and tabs around each line': text.replaceAll(/^|$/gm, ' \t'),
  'with form feeds and vertical tabs': text.replaceAll('\n', '\v\f\n'),
  'indented, as in YAML': text.replaceAll(/^/gm, '    '),
  'as one line, its line ends become blanks': text.replaceAll('\n', ' '),
  'as one line, its line ends gone': text.replaceAll('\n', ''),
  'with its line ends written out': JSON.stringify(text),
  'with its line ends of Windows written out': JSON.stringify(text.replaceAll('\n', '\r\n')),
  'in lines of any length': text.replaceAll(ONE.slice(0, 64), `${ONE.slice(0, 7)}\n${ONE.slice(7, 64)}`),
  'below a byte order mark': `\uFEFF${text}`,
  'in UTF-16, little end first': asUtf16('le', true),
  'in UTF-16, big end first': asUtf16('be', true),
  'in UTF-16 without a mark': asUtf16('le', false),
  'below what openssl prints': `Certificate:\n    Data:\n        Serial Number: 1 (0x1)\n    Signature Value:\n        30:45:02\n${text}`,
  'beside attributes': text.replaceAll(
    '-----BEGIN',
    'Bag Attributes\n    friendlyName: shop\nsubject=CN = x\n\n-----BEGIN',
  ),
  'within a mail': `Dear all,\n\n-- here it is --\n${text}-- \nyours`,
  'with a header above the body': text.replace('-----\n', '-----\nComment: by hand\nX-Origin: a\n\n'),
}

describe('the blocks of a text', () => {
  test.each(Object.entries(forms))('are found %s', (_how, form) => {
    expect(readPem(form)).toEqual(blocks)
  })

  test('that holds none are none', () => {
    for (const other of ['', '\n', 'text', '-----BEGIN-----', '-----BEGIN certificate-----', '----BEGIN X----'])
      expect(readPem(other)).toEqual([])
  })

  test('that are encrypted are said to be, and hold nothing', () => {
    const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0123456789ABCDEF\n\n'
    for (const form of [headers, headers.replaceAll('\n', ' '), headers.replaceAll('\n', '\r\n')])
      expect(readPem(`-----BEGIN EC PRIVATE KEY-----\n${form}QUJD\n-----END EC PRIVATE KEY-----`)).toEqual([
        { label: 'EC PRIVATE KEY', text: '', encrypted: true },
      ])
  })

  test.each([
    [text.replace('\n', `\n${text}`), 'line 2 begins a block before the one above it has ended'],
    [text.replace('END CERTIFICATE', 'END X509 CRL'), 'line 5 ends a block that was not begun'],
    [`${text}-----END CERTIFICATE-----`, 'line 9 ends a block that was not begun'],
    [text.replace(/-----END PRIV.*/, ''), 'its last block has no end'],
    [text.replace(TWO, `${TWO}!`), 'the block that ends in line 8 holds something else than base64'],
    [text.replace(TWO, `QQ==${TWO}`), 'the block that ends in line 8 holds something else than base64'],
    [text.replace('-----\n', '-----\nComment: by hand\nand more\n\n'), 'the block that ends in line 8 holds something'],
  ])('that are damaged are refused with the line, and nothing of what stands there', (damaged, message) => {
    expect(() => readPem(damaged)).toThrow(`the PEM text cannot be read: ${message}`)
  })

  test('are found in a text of any size without much ado', () => {
    const started = performance.now()
    for (const piece of ['-----BEGIN ', '-----BEGIN A', 'A: b\n', '-----', '\\n', '-----BEGIN A-----A: b\n'])
      try {
        readPem(piece.repeat(1_000_000 / piece.length))
      } catch {}
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
