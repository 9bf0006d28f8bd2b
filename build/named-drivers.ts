import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Plugin } from 'esbuild'
import type { Config } from '../lib/config/load.ts'

/** The drivers that a configuration uses, by kind. Of a kind that is not here, all are. */
export type NamedDrivers = Readonly<Record<string, readonly string[]>>

export function driversNamedIn({ dns, secrets, state, balancers, notify }: Config): NamedDrivers {
  const usesOf = (sections: Readonly<Record<string, { readonly use: string }>>) =>
    Object.values(sections).map(({ use }) => use)
  return {
    dns: usesOf(dns.providers),
    secrets: [secrets.use],
    state: [state.use],
    balancers: usesOf(balancers),
    notify: usesOf(notify),
  }
}

/** Builds registries without the lines of other drivers, so that these and the clients of their vendors stay out of the bundle. */
export const onlyDriversOf = (named: NamedDrivers): Plugin => ({
  name: 'only-drivers-of-the-configuration',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]lib[/\\]\w+[/\\]registry\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: withOnly(text, named[basename(dirname(path))]), loader: 'ts' }
    })
  },
})

const LINE = /^ {2}'?(?<name>[\w-]+)'?: \(\) => import\(.*\n/gm

export const withOnly = (registry: string, named: readonly string[] | undefined): string =>
  named === undefined ? registry : registry.replace(LINE, (line, name: string) => (named.includes(name) ? line : ''))
