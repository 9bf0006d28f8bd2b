import { Failure, isFailure } from '../errors.ts'
import { OWN_SECRETS, Secret } from '../platform/secret.ts'
import type { SecretStore } from '../ports.ts'
import { checkedName } from './names.ts'

/** A secret of the store, or one field of it. */
export interface SecretField {
  readonly name: string
  readonly field?: string
}

const refuse = (why: string) => new Failure('EVENT_INVALID', why)

/** Rejects with EVENT_INVALID where no secret of a person may be. */
export function checkField({ name }: SecretField): void {
  checkedName(name)
  // A word there would take the place of a key.
  if (OWN_SECRETS.test(name)) throw refuse(`"${name}" is refused: newleaf keeps its own keys and certificates there`)
}

/**
 * Makes the value current, and what was current previous. With a field it takes that field's place in a JSON object, and
 * leaves the others as they are. Without, it takes the place of the whole secret: JSON if it begins with a brace, or plain text.
 */
export async function setSecret(store: SecretStore, secretField: SecretField, value: Secret): Promise<void> {
  const { name, field } = secretField
  checkField(secretField)
  checkValue(value, field)
  const current = await store.read(name, 'current')
  const next = field === undefined ? value : withField(current?.value, name, field, value)
  try {
    await store.activate(name, await store.stage(name, next), current?.version)
  } catch (error) {
    if (!isFailure(error, 'SECRET_CONFLICT')) throw error
    throw new Failure('SECRET_CONFLICT', `somebody else set "${name}" at this moment: look, and set it again`, {
      cause: error,
    })
  }
}

function checkValue(value: Secret, field: string | undefined): void {
  if (value.reveal() === '') throw refuse('an empty value is refused')
  const meansJson = field === undefined && value.reveal().trimStart().startsWith('{')
  if (meansJson && fieldsOf(value) === undefined) {
    throw refuse(
      'the value begins with a brace and is no JSON object; to keep it as plain text name a field: NAME#field',
    )
  }
}

function withField(current: Secret | undefined, name: string, field: string, value: Secret): Secret {
  const fields = current === undefined ? {} : fieldsOf(current)
  if (fields === undefined) {
    throw refuse(`"${name}" has no fields: it is plain text; set it as a whole, as a JSON object, or use another name`)
  }
  return new Secret(JSON.stringify(Object.fromEntries([...Object.entries(fields), [field, value.reveal()]])))
}

function fieldsOf(secret: Secret): object | undefined {
  try {
    const value: unknown = JSON.parse(secret.reveal())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined // the error would quote the text
  }
}
