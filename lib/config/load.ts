import { dirname, resolve } from 'node:path'
import type { AuthorityOptions } from '../acme/directories.ts'
import type { PropagationPolicy } from '../dns/policies.ts'
import { type ReadSection, readSection, readSections, type Section } from './drivers.ts'
import { readText } from './file.ts'
import { frozen } from './frozen.ts'
import { isUnchanged, type SourceFile } from './include.ts'
import { configInvalid } from './invalid.ts'
import { kept } from './kept.ts'
import { localFolder, type Outline, readOutline } from './outline.ts'
import { mapOf } from './raw-config.ts'
import { registries } from './registries.ts'

/** What a DNS provider is for. */
interface ZonesOfProvider {
  readonly zones?: readonly string[] | undefined
  readonly together?: boolean | undefined
}

/** A configuration without mistakes, frozen through and through. */
export interface Config extends Outline {
  readonly authorities: Readonly<Record<string, AuthorityOptions>>
  readonly dns: {
    readonly resolvers?: readonly string[]
    readonly nameservers?: readonly string[]
    readonly propagation?: PropagationPolicy
    readonly providers: Readonly<Record<string, Section & ZonesOfProvider>>
  }
  readonly secrets: Section
  readonly balancers: Readonly<Record<string, Section>>
  readonly notify: Readonly<Record<string, Section>>
}

/** Rejects with one CONFIG_INVALID that holds every mistake. */
export async function loadConfig(path: string): Promise<Config> {
  return parsedOnce(await readText(path), { folder: dirname(resolve(path)), file: path })
}

const parsedOnce = kept(
  (text, source) => parseConfig(text, source),
  ({ included }, source) => isUnchanged(included, source),
)

/** Rejects with one CONFIG_INVALID that holds every mistake. Of the drivers only those are loaded that are named. */
export async function parseConfig(text: string, source: SourceFile, kinds = registries): Promise<Config> {
  const outline = await readOutline(text, source, kinds)
  const { mistakes, written, document, state, balancers, certificates } = outline
  const secrets = await readSection(kinds.secrets, written.secrets ?? localFolder, ['secrets'], mistakes)
  const providers = await readSections(kinds.dns, outline.providers, ['dns'], mistakes)
  const notify = await readSections(kinds.notify, mapOf(written.notify), ['notify'], mistakes)

  const found = mistakes.list()
  if (found.length > 0 || !document || !secrets || !state) throw configInvalid(source.file, found)
  const { resolvers, nameservers, propagation } = document.dns ?? {}
  return frozen({
    environment: document.environment,
    folder: resolve(source.folder),
    included: outline.included,
    authorities: byName(Object.entries(document.acme?.authorities ?? {})),
    dns: {
      ...(resolvers && { resolvers }),
      ...(nameservers && { nameservers }),
      ...(propagation && { propagation }),
      providers: byName([...providers].map(([name, { section }]) => [name, withZones(section, document.dns?.[name])])),
    },
    secrets: secrets.section,
    state: state.section,
    balancers: sections(balancers),
    certificates,
    notify: sections(notify),
  })
}

/** Without a prototype, so that a name finds only what was configured. */
const byName = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.assign(Object.create(null), Object.fromEntries(entries))

const sections = (read: ReadonlyMap<string, ReadSection<unknown>>): Record<string, Section> =>
  byName([...read].map(([name, { section }]) => [name, section]))

const withZones = (section: Section, { zones, together }: ZonesOfProvider = {}) => ({
  ...section,
  ...(zones && { zones }),
  ...(together && { together }),
})
