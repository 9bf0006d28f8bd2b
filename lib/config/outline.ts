import { dirname, resolve } from 'node:path'
import type * as v from 'valibot'
import { registry as balancerDrivers } from '../balancers/registry.ts'
import { registry as stateDrivers } from '../state/registry.ts'
import type { CertificateSpec } from '../types.ts'
import { readCertificates } from './certificates.ts'
import { providersIn, zonesOf } from './dns-providers.ts'
import { parseDocument } from './document.ts'
import { type Balancer, type ReadSection, type Registries, readSection, readSections, type Section } from './drivers.ts'
import { readText } from './file.ts'
import { frozen } from './frozen.ts'
import { type Included, isUnchanged, type SourceFile, withIncluded } from './include.ts'
import { configInvalid } from './invalid.ts'
import { kept } from './kept.ts'
import { mapOf, type RawConfig } from './raw-config.ts'
import { documentSchema } from './schema.ts'
import { refuseSecrets, refuseStoredReferences } from './secrets-by-value.ts'
import { createValidationErrors, type ValidationErrors } from './validation-errors.ts'

/** Which certificates there are, where they go, and where it is remembered what became of them. */
export interface Outline {
  readonly environment: string
  /** The absolute folder of the file; relative paths start here. */
  readonly folder: string
  readonly included: Included
  readonly state: Section
  readonly certificates: readonly CertificateSpec[]
}

/** For secrets and state: its own defaults lie under .newleaf, beside the configuration. */
export const localFolder = { use: 'file' }

type Kinds = Pick<Registries, 'state' | 'balancers'>

/** For who opens nothing but the state. What the other drivers want to know is read with the whole, by every run. */
export async function loadOutline(path: string): Promise<Outline> {
  return outlinedOnce(await readText(path), { folder: dirname(resolve(path)), file: path })
}

const outlinedOnce = kept(
  (text, source) => parseOutline(text, source),
  ({ included }, source) => isUnchanged(included, source),
)

export async function parseOutline(text: string, source: SourceFile): Promise<Outline> {
  const { mistakes, included, document, state, certificates } = await readOutline(text, source, {
    state: stateDrivers,
    balancers: balancerDrivers,
  })
  const found = mistakes.list()
  if (found.length > 0 || !document || !state) throw configInvalid(source.file, found)
  const { environment } = document
  return frozen({ environment, folder: resolve(source.folder), included, state: state.section, certificates })
}

/** An outline with its mistakes, and what the rest of the document is read from. */
export interface ReadOutline {
  readonly mistakes: ValidationErrors
  readonly included: Included
  readonly written: RawConfig
  readonly providers: RawConfig
  readonly document: v.InferOutput<typeof documentSchema> | undefined
  readonly state: ReadSection<unknown> | undefined
  readonly balancers: ReadonlyMap<string, ReadSection<Balancer>>
  readonly certificates: readonly CertificateSpec[]
}

/**
 * The schema of the whole document is checked, and of the drivers those of the state and of the balancers that are named: which
 * listener is meant is theirs to say. What was written is read part by part, so that a mistake in one does not hide those in another.
 */
export async function readOutline(text: string, source: SourceFile, kinds: Kinds): Promise<ReadOutline> {
  const own = parseDocument(text, source.file)
  const { data, positionOf, included } = await withIncluded(own, Buffer.byteLength(text), source)
  const mistakes = createValidationErrors(data, positionOf)
  refuseSecrets(data, [], mistakes)

  const written = mapOf(data)
  const providers = providersIn(written.dns, mistakes)
  const document = mistakes.check(documentSchema, data, [])
  const state = await readSection(kinds.state, written.state ?? localFolder, ['state'], mistakes)
  const balancers = await readSections(kinds.balancers, mapOf(written.balancers), ['balancers'], mistakes)
  for (const kind of ['secrets', 'state']) refuseStoredReferences(written[kind], [kind], mistakes)
  const known = {
    document: written,
    authorities: Object.keys(mapOf(mapOf(written.acme).authorities)),
    balancers: { names: Object.keys(mapOf(written.balancers)), read: balancers },
    hasProvider: Object.keys(providers).length > 0,
    zones: zonesOf(providers),
    checked: document?.certificates,
  }
  const certificates = readCertificates(known, mistakes)
  return { mistakes, included, written, providers, document, state, balancers, certificates }
}
