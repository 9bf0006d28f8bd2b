/** The versions of one secret as its stages: looks at them, and moves them on. */
import { Failure, isFailure } from '../../../errors.ts'
import { Secret } from '../../../platform/secret.ts'
import type { Log } from '../../../ports.ts'
import type { Stages } from '../../stages.ts'
import { MOST_BYTES, MOST_VERSIONS, type SecretObject, type SecretsApi } from './api.ts'
import {
  type Entry,
  type History,
  hasGap,
  hasHappened,
  historyOf,
  isEnabled,
  isHeld,
  isUnmanaged,
  nextMove,
  spent,
  unreadable,
} from './history.ts'

/** A secret as it was at one moment. */
export interface Look {
  /** As newleaf calls it. */
  readonly name: string
  readonly secret: SecretObject
  readonly history: History
}

const MOST_LOOKS = 3

export const lookInto = async (name: string, secret: SecretObject, api: SecretsApi): Promise<Look> => ({
  ...{ name, secret },
  history: historyOf(name, await api.versions(secret.id)),
})

/** The first move after `here`, to these stages; it may turn out that another one came first. */
export async function move(here: Look, stages: Stages<Entry>, value: Secret | undefined, api: SecretsApi, log: Log) {
  const { name, secret, history } = here
  const description = nextMove(history, stages)
  const bytes = Buffer.from(`${description}\n${value?.reveal() ?? ''}`)
  refuseTooMuch(name, history, bytes)
  for (const revision of spent(history)) await discard(here, revision, api, log)
  const revision = await api.add(secret.id, description, bytes)
  const next = await lookBack(here, revision, api)
  const happened = hasHappened(next.history, revision)
  if (happened === undefined) throw conflict(name)
  if (!happened) await discard(here, revision, api, log)
  return { happened, here: next, version: `${revision}` }
}

/** What arrived before may show a moment later. A gap that stays is of versions that are long gone. */
async function lookBack({ name, secret, history: { seen } }: Look, revision: number, api: SecretsApi): Promise<Look> {
  let next = await lookInto(name, secret, api)
  for (let looks = 1; looks < MOST_LOOKS && hasGap(next.history, seen, revision); looks++) {
    next = await lookInto(name, secret, api)
  }
  return next
}

/** What cannot be deleted is in nobody's way until there is no room left. */
async function discard({ name, secret: { id } }: Look, revision: number, api: SecretsApi, log: Log): Promise<void> {
  try {
    await api.removeVersion(id, revision)
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return
    if (!isFailure(error, 'DENIED', 'CONFLICT', 'REJECTED')) throw error
    log.warn('a version that is of no more use was not deleted', { secret: name, revision, reason: error.message })
  }
}

/** What is damaged or was just let go of is not the same; whoever needs it is told by `read`. */
export async function holds(here: Look, entry: Entry | undefined, value: Secret, api: SecretsApi): Promise<boolean> {
  try {
    return entry !== undefined && (await content(here, entry, api)).reveal() === value.reveal()
  } catch (error) {
    if (isFailure(error, 'STORE_UNREADABLE', 'NOT_FOUND', 'CONFLICT')) return false
    throw error
  }
}

/** Below its own description, in a version of ours: whatever was edited or moved about is found out. */
export async function content({ name, secret, history }: Look, { version }: Entry, api: SecretsApi): Promise<Secret> {
  const found = history.versions.find(({ revision }) => `${revision}` === version)
  if (found === undefined || !isEnabled(found)) {
    throw unreadable(name, version, `is needed and ${found?.status ?? 'gone'}: enable or restore it at Scaleway`)
  }
  const { description } = found
  const text = (await api.access(secret.id, found.revision)).toString('utf8')
  if (isUnmanaged(description) && isUnmanaged(text)) return new Secret(text)
  if (text.startsWith(`${description}\n`)) return new Secret(text.slice(description.length + 1))
  throw unreadable(name, version, 'has another description than newleaf gave it')
}

function refuseTooMuch(name: string, history: History, bytes: Buffer): void {
  if (bytes.length > MOST_BYTES) {
    throw new Failure(
      'STORE_FAILED',
      `the secret ${name} would have ${bytes.length} bytes: up to ${MOST_BYTES} are possible`,
    )
  }
  if (history.versions.filter(isHeld).length - spent(history).length >= MOST_VERSIONS) {
    throw new Failure(
      'STORE_FAILED',
      `the secret ${name} holds ${MOST_VERSIONS} versions, as many as Scaleway takes: delete some of those that newleaf did not make`,
      { fields: { secret: name } },
    )
  }
}

export const conflict = (name: string) =>
  new Failure(
    'SECRET_CONFLICT',
    `the secret ${name} was changed by others at the same time: it must be looked at again`,
    { fields: { secret: name } },
  )
