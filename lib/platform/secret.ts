import { inspect } from 'node:util'

const MASK = '[secret]'

/**
 * A value that must not be seen. It is wrapped where it enters and taken out where it is used; printing, logging,
 * concatenating or serialising it gives a mask.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it in the line that hands it to the outside, and keep the result nowhere. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}

/** Where newleaf keeps keys, certificates and accounts in the store of secrets: no secret of a person is there. */
export const OWN_SECRETS = /^(?:account|certificate)(?:\/|$)/i

/** Where a secret is to be found: the only form in which one may stand in a configuration. */
export type SecretReference = (
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'secret'; readonly name: string; readonly field?: string }
) & {
  /** What it stands for has no line break and no other control character, or is refused. */
  readonly oneLine?: true
}

/** What the header `authorization` holds for a token (RFC 6750 §2.1). */
export const bearer = (token: Secret): Secret => new Secret(`Bearer ${token.reveal()}`)
