import { dirname, resolve } from 'node:path'
import type { AuthorityOptions } from '../acme/directories.ts'
import type { CertificateSpec } from '../types.ts'
import { readCertificates } from './certificates.ts'
import { providersIn, zonesOf } from './dns-providers.ts'
import { parseDocument } from './document.ts'
import { type ReadSection, readSection, readSections, registries, type Section } from './drivers.ts'
import { readText } from './file.ts'
import { configInvalid } from './invalid.ts'
import { createMistakes } from './mistakes.ts'
import { documentSchema } from './schema.ts'
import { refuseSecrets, refuseStoredReferences } from './secrets-by-value.ts'
import { mapOf } from './written.ts'

/** A configuration without mistakes, frozen through and through. */
export interface Config {
  readonly environment: string
  /** The absolute folder of the file; relative paths start here. */
  readonly folder: string
  readonly authorities: Readonly<Record<string, AuthorityOptions>>
  readonly dns: {
    readonly resolvers?: readonly string[]
    readonly nameservers?: readonly string[]
    readonly providers: Readonly<Record<string, Section & { readonly zones?: readonly string[] }>>
  }
  readonly secrets: Section
  readonly state: Section
  readonly balancers: Readonly<Record<string, Section>>
  readonly certificates: readonly CertificateSpec[]
  readonly notify: Readonly<Record<string, Section>>
}

/** Where a configuration stands. `file` is only shown. */
export interface Place {
  readonly folder: string
  readonly file: string
}

/** For secrets and state: its own defaults lie under .newleaf, beside the configuration. */
const localFolder = { use: 'file' }

/** Rejects with one CONFIG_INVALID that holds every mistake. */
export async function loadConfig(path: string): Promise<Config> {
  return parseConfig(await readText(path), { folder: dirname(resolve(path)), file: path })
}

/** Rejects with one CONFIG_INVALID that holds every mistake. Of the drivers only those are loaded that are named. */
export async function parseConfig(text: string, { folder, file }: Place, kinds = registries): Promise<Config> {
  const data = parseDocument(text, file)
  const mistakes = createMistakes(data)
  refuseSecrets(data, [], mistakes)

  // What was written is read part by part, so that a mistake in one does not hide those in another.
  const written = mapOf(data)
  const dns = providersIn(written.dns, mistakes)
  const document = mistakes.check(documentSchema, data, [])
  const secrets = await readSection(kinds.secrets, written.secrets ?? localFolder, ['secrets'], mistakes)
  const state = await readSection(kinds.state, written.state ?? localFolder, ['state'], mistakes)
  const providers = await readSections(kinds.dns, dns, ['dns'], mistakes)
  const balancers = await readSections(kinds.balancers, mapOf(written.balancers), ['balancers'], mistakes)
  const notify = await readSections(kinds.notify, mapOf(written.notify), ['notify'], mistakes)
  for (const kind of ['secrets', 'state']) refuseStoredReferences(written[kind], [kind], mistakes)
  const known = {
    document: written,
    authorities: Object.keys(mapOf(mapOf(written.acme).authorities)),
    balancers: { names: Object.keys(mapOf(written.balancers)), read: balancers },
    zones: zonesOf(dns),
  }
  const certificates = readCertificates(known, mistakes)

  const told = mistakes.list()
  if (told.length > 0 || !document || !secrets || !state) throw configInvalid(file, told)
  const { resolvers, nameservers } = document.dns
  return frozen({
    environment: document.environment,
    folder: resolve(folder),
    authorities: byName(Object.entries(document.acme.authorities)),
    dns: {
      ...(resolvers && { resolvers }),
      ...(nameservers && { nameservers }),
      providers: byName([...providers].map(([name, { section }]) => [name, withZones(section, document.dns[name])])),
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

const withZones = (section: Section, { zones }: { readonly zones?: readonly string[] | undefined } = {}) =>
  zones ? { ...section, zones } : section

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
