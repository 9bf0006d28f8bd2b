import { Failure, isFailure } from '../../../errors.ts'
import { checkedName } from '../../names.ts'
import type { SecretObject, SecretsApi } from './api.ts'

/** Where a secret is: its name, and the folder it stands in. */
export interface SecretPath {
  readonly path: string
  readonly name: string
}

/** `certificate/shop` is `shop` in the folder `certificate`. */
export function pathOf(folder: string, secret: string): SecretPath {
  const parts = `${folder}/${checkedName(secret)}`.split('/')
  return { path: parts.slice(0, -1).join('/'), name: parts.at(-1) ?? '' }
}

/** Undefined only if there is none. One that is about to be deleted is trouble: its name may not be free yet. */
export async function findSecret(name: string, at: SecretPath, api: SecretsApi): Promise<SecretObject | undefined> {
  const secret = await api.find(at)
  if (secret === undefined && (await api.find(at, { scheduledForDeletion: true })) !== undefined) {
    throw new Failure(
      'STORE_UNREADABLE',
      `the secret ${at.path}/${at.name} is scheduled for deletion: restore it at Scaleway, or wait until it is gone`,
      { fields: { secret: name } },
    )
  }
  return secret
}

/** Two runs that create it at once end up with the same one. */
export async function createSecret(at: SecretPath, api: SecretsApi): Promise<SecretObject> {
  let own: SecretObject
  try {
    own = await api.create(at)
  } catch (error) {
    const found = isFailure(error, 'CONFLICT', 'REJECTED') ? await api.find(at) : undefined
    if (found === undefined) throw error
    return found
  }
  const found = (await api.find(at)) ?? own
  if (found.id !== own.id) await api.remove(own.id)
  return found
}

/** Scaleway keeps what is deleted for seven days. Of several with one name all go. */
export async function removeSecret(at: SecretPath, api: SecretsApi): Promise<'removed' | 'scheduled'> {
  const removed: string[] = []
  for (;;) {
    const secret = await api.find(at)
    if (secret === undefined || removed.includes(secret.id)) break
    try {
      await api.remove(secret.id)
    } catch (error) {
      // Unless it is gone all the same: the answer was lost, or somebody was faster.
      if ((await api.find(at))?.id === secret.id) throw error
    }
    removed.push(secret.id)
  }
  const isKept = removed.length > 0 || (await api.find(at, { scheduledForDeletion: true })) !== undefined
  return isKept ? 'scheduled' : 'removed'
}

/** A secret that somebody made for another purpose may lose its versions by time or by reading. */
export function refuseEphemeral(name: string, { ephemeral_policy }: SecretObject): void {
  if (ephemeral_policy === null || ephemeral_policy === undefined) return
  throw new Failure(
    'STORE_UNREADABLE',
    `the versions of the secret ${name} end on their own, so nothing can be kept in it: make one without an ephemeral policy`,
    { fields: { secret: name } },
  )
}
