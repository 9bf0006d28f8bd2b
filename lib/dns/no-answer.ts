/** Why there is no answer to a question: a code of node:dns, or of the system. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** What a socket or a request failed with, as the reason why there is no answer. A fault of the program stays what it is. */
export function noAnswer(error: unknown): unknown {
  const { code } = error as { code?: unknown }
  return error instanceof NoAnswer || typeof code !== 'string' ? error : new NoAnswer(code)
}

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
