import type { Secret } from './secret.ts'

/** So much of a credential is shown nowhere; a word such as `Bearer` is shorter. */
const LONGEST_SHOWN = 7
/** What stands behind this is shown to nobody, and searching it would take time. */
const MOST_READ = 16_384

/** A text of somebody else without what it repeats of credentials, whole or in part, as they were sent or as they are encoded. */
export function withoutCredentials(text: string, sent: readonly Secret[]): string {
  const forms = sent.flatMap((secret) => secret.reveal().split(' ')).flatMap(formsOf)
  const read = text.slice(0, MOST_READ)
  const hidden = forms.flatMap((form) => partsOf(form, read))
  return without(read, hidden)
}

/** From the one index to before the other. */
type Range = readonly [from: number, to: number]

/** In lower case. The user and the password of a `Basic` header stand in it as base64. */
function formsOf(credential: string): string[] {
  const decoded = Buffer.from(credential, 'base64').toString('utf8')
  const [, password = ''] = /^[^:\p{Cc}]*:(\P{Cc}+)$/u.exec(decoded) ?? []
  return [credential, password].flatMap((each) => {
    const bytes = Buffer.from(each)
    const encoded = [
      encodeURIComponent(each),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ]
    return [each, ...encoded].filter((form) => form.length > LONGEST_SHOWN).map(inLowerCase)
  })
}

/** Wherever more stands in a row of the credential than may be shown. */
function partsOf(form: string, text: string): Range[] {
  const lower = inLowerCase(text)
  const ranges: Range[] = []
  for (let from = 0; from + LONGEST_SHOWN < lower.length; ) {
    let to = from + LONGEST_SHOWN + 1
    if (form.includes(lower.slice(from, to))) {
      while (to < lower.length && form.includes(lower.slice(from, to + 1))) to++
      ranges.push([from, to])
      from = to
    } else from++
  }
  return ranges
}

/** Letters of ASCII alone, so that each stays where it is. */
const inLowerCase = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

function without(text: string, hidden: readonly Range[]): string {
  const ordered = [...hidden].sort(([one], [other]) => one - other)
  let [shown, at] = ['', 0]
  for (const [from, to] of ordered) {
    if (to <= at) continue
    if (from > at) shown += text.slice(at, from)
    shown += '…'
    at = to
  }
  return shown + text.slice(at)
}
