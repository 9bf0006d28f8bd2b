const PEM = /-----BEGIN /

/** Tokens that carry their maker's mark. */
const MARKED = [
  /\bgh[oprsu]_[A-Za-z0-9]{20}/,
  /\bgithub_pat_\w{20}/,
  /\bglpat-[\w-]{20}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bxox[abeprs]-[\w-]{10}/,
  /\bdo[opr]_v1_[a-f0-9]{32}/,
  /\bAIza[\w-]{30}/,
  /\b[rs]k_(?:live|test)_\w{16}/,
  /\beyJ[\w-]{17}/,
]

/** Tokens that look like any other random text: only the name of their field gives them away. */
const RANDOM = [
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  /^[0-9a-f]{32,}$/i,
  /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+_-]{24,}={0,2}$/,
]
const SECRET_FIELD = /(?:token|secret|password|passphrase|key|hmac)$/i

/** Whether this is a secret by its own look, wherever it stands. */
export const looksSecret = (text: string): boolean => PEM.test(text) || MARKED.some((shape) => shape.test(text))

/** Whether this is a secret because it stands in a field of this name. */
export const looksSecretIn = (field: string, text: string): boolean =>
  looksSecret(text) || (SECRET_FIELD.test(field) && RANDOM.some((shape) => shape.test(text)))
