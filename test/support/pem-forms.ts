import fc from 'fast-check'

/** The same blocks in all the ways in which RFC 7468 lets parsers find them, and in some that people make of them. */

const LINE_ENDS = ['\n', '\r\n', '\r', '\n\n', ' \n', '\t\r\n', '\v\n', '\f\n', '\\n', '\\r\\n', ' '] as const
const BEFORE = ['', ' ', '\t', '    '] as const
/** What stands outside of blocks. */
const TEXTS = [
  '',
  '\uFEFF',
  '# from the shop',
  'subject=/CN=shop.test',
  'issuer=CN = Practice E1',
  'Certificate:\n    Data:\n        Version: 3 (0x2)\n        Signature Value:\n            30:45:02:21',
  'Bag Attributes\n    friendlyName: shop\nKey Attributes: <No Attributes>',
  '<html><body>-- here you are --</body></html>',
  '-----',
  '----- BEGIN',
  'MIIBdzCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjA=',
  '-----BEGIN DH PARAMETERS-----\nMAYCAQsCAQI=\n-----END DH PARAMETERS-----',
] as const

export interface PemForm {
  /** Taken one after the other, and again from the first. */
  readonly lineEnds: readonly string[]
  readonly before: readonly string[]
  readonly texts: readonly string[]
  readonly width: number
  readonly label: string
  /** A part of one, where the blocks begin: they may stand in any order. */
  readonly turn: number
  readonly twice: boolean
}

export const pemForms: fc.Arbitrary<PemForm> = fc.record({
  lineEnds: fc.array(fc.constantFrom(...LINE_ENDS), { minLength: 1, maxLength: 5 }),
  before: fc.array(fc.constantFrom(...BEFORE), { minLength: 1, maxLength: 3 }),
  texts: fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 4 }),
  width: fc.oneof(fc.constantFrom(64, 76, 48, 10_000), fc.integer({ min: 1, max: 200 })),
  label: fc.constantFrom('CERTIFICATE', 'CERTIFICATE', 'X509 CERTIFICATE', 'X.509 CERTIFICATE'),
  turn: fc.nat(9),
  twice: fc.boolean(),
})

/** The blocks of a PEM text, in this form. */
export function inForm(pem: string, { lineEnds, before, texts, width, label, turn, twice }: PemForm): string {
  const ends = cycle(lineEnds)
  const starts = cycle(before)
  const beside = cycle(texts)
  const blocks = [...pem.matchAll(/-----BEGIN (.+)-----\n([^-]+)-----END .+-----\n/g)].map(
    ([, own = '', body = '']) => {
      const name = own === 'CERTIFICATE' ? label : own
      const lines = body.replaceAll('\n', '').match(new RegExp(`.{1,${width}}`, 'g')) ?? []
      return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`]
        .map((line) => starts() + line + ends())
        .join('')
    },
  )
  const at = turn % blocks.length
  const turned = [...blocks.slice(at), ...blocks.slice(0, at)]
  return [...turned, ...(twice ? turned : [])].map((block) => `${beside()}\n${block}`).join('') + beside()
}

function cycle(all: readonly string[]): () => string {
  let at = 0
  return () => all[at++ % all.length] ?? ''
}
