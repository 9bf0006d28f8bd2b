import { Failure } from '../errors.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9/_.-]*$/

/** The name of a secret, as every store takes it; rejects others with CONFIG_INVALID. */
export function checkedName(name: string): string {
  if (NAME.test(name) && name.split('/').every((part) => part !== '' && part !== '..')) return name
  throw new Failure(
    'CONFIG_INVALID',
    `"${name.slice(0, 100)}" is no name for a secret: expected letters, digits and / _ . -`,
  )
}
