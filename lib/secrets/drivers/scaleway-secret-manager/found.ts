import { isFailure } from '../../../errors.ts'
import type { SecretObject, SecretsApi } from './api.ts'
import { createSecret, findSecret, pathOf, removeSecret } from './secret.ts'
import { type Look, lookInto } from './versions.ts'

/** The secrets of one folder, by name: each is looked for once in a run, and again where it may not be the same any more. */
export function foundSecrets(folder: string, api: SecretsApi) {
  const found = new Map<string, SecretObject>()

  async function lookIntoFound(name: string, secret: SecretObject): Promise<Look> {
    const here = await lookInto(name, secret, api)
    found.set(name, secret)
    return here
  }

  async function look(name: string): Promise<Look | undefined> {
    const known = found.get(name)
    const here = known && (await lookInto(name, known, api).catch(unlessGone))
    if (here !== undefined && here.history.seen > 0) return here
    found.delete(name)
    const secret = await findSecret(name, pathOf(folder, name), api)
    return secret && lookIntoFound(name, secret)
  }

  return {
    look,
    lookOrCreate: async (name: string): Promise<Look> =>
      (await look(name)) ?? (await lookIntoFound(name, await createSecret(pathOf(folder, name), api))),
    /** What failed may have been sent to a secret that is about to go: it is done once more, with what is found then. */
    async onFound<T>(name: string, work: () => Promise<T>): Promise<T> {
      try {
        return await work()
      } catch (error) {
        if (!isFailure(error, 'NOT_FOUND', 'CONFLICT') || !found.delete(name)) throw error
        return work()
      }
    },
    forget: (name: string) => void found.delete(name),
    remove(name: string) {
      found.delete(name)
      return removeSecret(pathOf(folder, name), api)
    },
  }
}

const unlessGone = (error: unknown): undefined => {
  if (!isFailure(error, 'NOT_FOUND')) throw error
}
