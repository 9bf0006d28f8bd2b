import { Failure } from '../errors.ts'
import { inStore } from '../platform/in-store.ts'
import { Secret, type SecretReference } from '../platform/secret.ts'
import type { SecretStore } from '../ports.ts'

export interface ReferenceSources {
  readonly env: NodeJS.ProcessEnv
  readonly secrets: Pick<SecretStore, 'read'>
}

/**
 * Finds what references stand for. Rejects with REFERENCE_UNRESOLVED, which names the reference and never a value, when
 * there is nothing; trouble in the store passes through, and says that it is the store's. Each secret of the store is read once, however many of its fields are used.
 */
export function createResolver({ env, secrets }: ReferenceSources): (reference: SecretReference) => Promise<Secret> {
  const reads = new Map<string, Promise<Secret | undefined>>()

  const stored = (name: string): Promise<Secret | undefined> => {
    const read = reads.get(name) ?? inStore('secrets', secrets.read(name, 'current')).then((found) => found?.value)
    reads.set(name, read)
    read.catch(() => reads.delete(name)) // the caller hears of it; the next one may have more luck
    return read
  }

  return async (reference) => {
    if (reference.from === 'env') {
      const value = trimmed(reference, Object.hasOwn(env, reference.name) ? env[reference.name] : undefined)
      return value ?? unresolved(reference, 'the environment variable is not set or empty')
    }
    const secret = await stored(reference.name)
    if (secret === undefined) return unresolved(reference, 'there is no such secret in the store')
    const { field } = reference
    if (field === undefined) return trimmed(reference, secret.reveal()) ?? unresolved(reference, 'the secret is empty')
    const fields = parsed(secret) ?? unresolved(reference, 'the secret is not a JSON object')
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (typeof value !== 'string') return unresolved(reference, 'the secret has no text in this field')
    return trimmed(reference, value) ?? unresolved(reference, 'this field of the secret is empty')
  }
}

/** Without the line ends, white space and byte order mark that editors and `echo` leave behind; undefined if nothing is left. */
function trimmed(reference: SecretReference, text: string | undefined): Secret | undefined {
  const value = text?.trim()
  if (value && reference.oneLine && CONTROL_CHARACTER.test(value))
    return unresolved(reference, 'there is a line break or another control character in it')
  return value ? new Secret(value) : undefined
}

/** No header may hold one, and no token does; a PEM or a JSON key does. */
const CONTROL_CHARACTER = /\p{Cc}/u

function parsed(secret: Secret): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(secret.reveal().trim())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined // the error would quote the text
  }
}

/** As it is written in a configuration. */
export const referenceText = (reference: SecretReference): string =>
  reference.from === 'env' || reference.field === undefined
    ? `${reference.from}:${reference.name}`
    : `secret:${reference.name}#${reference.field}`

function unresolved(reference: SecretReference, why: string): never {
  const shown = referenceText(reference)
  throw new Failure('REFERENCE_UNRESOLVED', `${shown} cannot be resolved: ${why}`, { fields: { reference: shown } })
}
