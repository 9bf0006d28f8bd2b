import { Failure } from '../../lib/errors.ts'
import type { Secret } from '../../lib/platform/secret.ts'
import type { SecretStore, StateStore } from '../../lib/ports.ts'
import { activated, entries, type Stages } from '../../lib/secrets/stages.ts'
import { type Rewindable, saveMap } from './rewind.ts'

/** Honours the contract, keeps nothing. */
export function createMemorySecrets(): SecretStore & Rewindable {
  const stored = new Map<string, { stages: Stages; values: Map<string, Secret> }>()
  const at = (name: string) => stored.get(name) ?? { stages: {}, values: new Map<string, Secret>() }
  let versions = 0

  return {
    async read(name, stage) {
      const { stages, values } = at(name)
      const version = stages[stage]?.version ?? ''
      const value = values.get(version)
      return value && { version, value }
    },
    async stage(name, value) {
      const { stages, values } = at(name)
      const known = entries(stages).find(({ version }) => values.get(version)?.reveal() === value.reveal())
      const pending = known ?? { version: `version-${++versions}`, file: '' }
      stored.set(name, { stages: { ...stages, pending }, values: new Map([...values, [pending.version, value]]) })
      return pending.version
    },
    async activate(name, version, expected) {
      const { stages, values } = at(name)
      const next = activated(name, stages, version, expected)
      if (next !== undefined) stored.set(name, { stages: next, values })
    },
    async remove(name) {
      stored.delete(name)
      return 'removed'
    },
    save: () => saveMap(stored),
  }
}

/** Documents go through JSON, as in a real store. */
export function createMemoryState(): StateStore & Rewindable {
  const stored = new Map<string, { text: string; tag: string }>()
  let writes = 0

  return {
    async read(key) {
      const found = stored.get(key)
      return found && { document: JSON.parse(found.text), tag: found.tag }
    },
    async write(key, document, tag) {
      if (stored.get(key)?.tag !== tag) {
        throw new Failure('STATE_CONFLICT', `the state ${key} was changed by another run`)
      }
      const next = `tag-${++writes}`
      stored.set(key, { text: JSON.stringify(document), tag: next })
      return next
    },
    async remove(...keys) {
      for (const key of keys) stored.delete(key)
    },
    async list(prefix, upTo) {
      return [...stored.keys()].filter((key) => key.startsWith(prefix) && (upTo === undefined || key <= upTo)).sort()
    },
    save: () => saveMap(stored),
  }
}
