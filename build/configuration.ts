import { readFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { configInvalid } from '../lib/config/invalid.ts'
import { type Config, loadConfig } from '../lib/config/load.ts'

export const CONFIGURATION = 'newleaf.yaml'

/** Rejects with CONFIG_INVALID, as every command does, when the configuration has a mistake or cannot work in a function. */
export async function checkConfiguration(folder: string): Promise<Config> {
  const config = await loadConfig(join(folder, CONFIGURATION))
  const mistakes = localStores(config)
  if (mistakes.length > 0) throw configInvalid(CONFIGURATION, mistakes.map(asMistake))
  return config
}

/** What a function needs beside its code: the configuration, the files that this includes, and the CA certificates that it names. */
export async function filesOfConfiguration(folder: string): Promise<string[]> {
  const config = await checkConfiguration(folder)
  const paths = [...new Set(caCertificatesIn(config))]
  const mistakes = await Promise.all(paths.map((path) => mistakesOf(folder, path)))
  if (mistakes.flat().length > 0) throw configInvalid(CONFIGURATION, mistakes.flat().map(asMistake))
  const included = config.included.files.map(({ path }) => path)
  return [CONFIGURATION, ...included, ...paths.map((path) => relative(folder, resolve(folder, path)))]
}

const asMistake = (text: string) => ({ text })

const localStores = (config: Pick<Config, 'secrets' | 'state'>): string[] =>
  (['secrets', 'state'] as const)
    .filter((kind) => config[kind].use === 'file')
    .map(
      (kind) =>
        `${kind}: the store \`file\` lies on this machine, and a function has no disk that stays; use another one`,
    )

function caCertificatesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([field, each]) =>
    field === 'caCertificate' && typeof each === 'string' ? [each] : caCertificatesIn(each),
  )
}

/** A private key that stands in such a file would be uploaded with it. */
async function mistakesOf(folder: string, path: string): Promise<string[]> {
  const file = resolve(folder, path)
  if (isAbsolute(path) || relative(folder, file).startsWith('..')) {
    return [`caCertificate: ${path} does not lie beside ${CONFIGURATION}, where it could be packaged`]
  }
  const pem = await readFile(file, 'utf8').catch(() => undefined)
  if (pem === undefined) return [`caCertificate: the file ${path} cannot be read`]
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(pem)) {
    return [
      `caCertificate: ${path} holds a private key, which would be uploaded with the code; leave the certificate alone in it`,
    ]
  }
  return pem.includes('-----BEGIN CERTIFICATE-----') ? [] : [`caCertificate: the file ${path} holds no PEM certificate`]
}
