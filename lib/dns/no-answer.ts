/** Why there is no answer to a question: a code of node:dns, or of the system. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** What was thrown, as the reason why there is no answer. */
export const noAnswer = (error: unknown): NoAnswer =>
  error instanceof NoAnswer ? error : new NoAnswer((error as { code?: string } | undefined)?.code ?? 'EBADRESP')

const WORDS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ENOTIMP: 'NOTIMP',
  EFORMERR: 'FORMERR',
  ETIMEOUT: 'no answer in time',
  ECONNREFUSED: 'it cannot be reached',
  EBADRESP: 'an answer that cannot be read',
  ELAME: 'it does not hold the zone',
}

export const reasonText = (code: string): string => WORDS[code] ?? code
