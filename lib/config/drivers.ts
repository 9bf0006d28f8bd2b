import type * as v from 'valibot'
import type { BalancerDriver, Registry } from '../platform/driver.ts'
import { suggestion } from '../platform/suggestion.ts'
import { mapOf, type Path, type RawConfig } from './raw-config.ts'
import type { ValidationErrors } from './validation-errors.ts'

/** What reading a configuration needs of a driver; it opens none. */
export type Options = { readonly options: v.GenericSchema }
export type Balancer = Options &
  Pick<BalancerDriver, 'listener' | 'identity' | 'separator' | 'supportedKeys' | 'singleCertificate'>

export interface Registries {
  readonly dns: Registry<Options>
  readonly secrets: Registry<Options>
  readonly state: Registry<Options>
  readonly balancers: Registry<Balancer>
  readonly notify: Registry<Options>
}
export type Kind = keyof Registries

/** A driver as the configuration names it, with the options that its own schema has parsed. */
export interface Section {
  readonly use: string
  readonly options: unknown
}

/** A section as it was read. What its options are if they have mistakes does not matter: then nothing goes on. */
export interface ReadSection<D> {
  readonly section: Section
  readonly driver: D
}

/** Undefined when there is no such driver. */
export async function readSection<D extends Options>(
  registry: Registry<D>,
  written: unknown,
  path: Path,
  mistakes: ValidationErrors,
): Promise<ReadSection<D> | undefined> {
  const { use, options = {} } = mapOf(written)
  if (typeof use !== 'string') return undefined // the schema around it says so
  const load = Object.hasOwn(registry, use) ? registry[use] : undefined
  if (load === undefined) {
    mistakes.add([...path, 'use'], `there is no such driver${suggestion(use, Object.keys(registry))}`)
    return undefined
  }
  const { driver } = await load()
  return { driver, section: { use, options: mistakes.check(driver.options, options, [...path, 'options']) } }
}

/** The same for every entry of a map, by name. */
export async function readSections<D extends Options>(
  registry: Registry<D>,
  written: RawConfig,
  path: Path,
  mistakes: ValidationErrors,
): Promise<ReadonlyMap<string, ReadSection<D>>> {
  const read = new Map<string, ReadSection<D>>()
  for (const [name, entry] of Object.entries(written)) {
    const section = await readSection(registry, entry, [...path, name], mistakes)
    if (section) read.set(name, section)
  }
  return read
}
