/** Writes the table of docs/dns.md, and the row of README.md, from the DNS drivers themselves and from what tests know of their vendors. */
import { readFile, writeFile } from 'node:fs/promises'
import { registry } from '../lib/dns/registry.ts'
import { dnsDriver, dnsPeers, evidenceOf } from '../test/support/dns-peers.ts'

interface Written {
  readonly file: URL
  /** What is written anew. */
  readonly part: RegExp
  text(): Promise<string>
}

export const written: readonly Written[] = [
  {
    file: new URL('dns.md', import.meta.url),
    part: /(?<=<!-- from here on by npm run dns-providers -->\n).*(?=<!-- to here -->)/s,
    text: async () => `\n${await table()}\n${await notes()}`,
  },
  {
    file: new URL('../README.md', import.meta.url),
    part: /^(?:\| DNS \|[^\n]*\n)+/m,
    text: async () => `| DNS | ${names().map(inCode).join(', ')}: [what each needs](docs/dns.md#providers) |\n`,
  },
]

const names = () => Object.keys(registry).sort()
const inCode = (name: string) => `\`${name}\``

async function table(): Promise<string> {
  const head = [
    '`use`',
    'provider',
    '`options`',
    'what it must be allowed',
    'two values at a name',
    'TTL',
    'known from',
  ]
  const rows = await Promise.all(names().map(rowOf))
  return [head, head.map(() => '---'), ...rows]
    .map((cells, line) => (line === 1 ? `|${cells.join('|')}|\n` : `| ${cells.join(' | ')} |\n`))
    .join('')
}

async function notes(): Promise<string> {
  const all = await Promise.all(names().map(async (name) => [name, (await dnsDriver(name)).facts.note] as const))
  return all.flatMap(([name, note]) => (note === undefined ? [] : [`**${name}.** ${note}\n\n`])).join('')
}

async function rowOf(name: string): Promise<string[]> {
  const { facts, options } = await dnsDriver(name)
  const { provider, documentation, permission, twoValues, ttl } = facts
  const peer = dnsPeers.get(name)
  return [
    inCode(name),
    `[${provider}](${documentation})`,
    optionsOf(options as unknown as Options),
    permission,
    twoValues,
    ttl === undefined ? '-' : `${ttl} s`,
    peer === undefined ? '' : evidenceOf(peer),
  ]
}

interface Options {
  readonly entries: Readonly<Record<string, { readonly type: string }>>
}

/** Those of every driver with an API are told of once, above the table. */
const EVERYWHERE = ['endpoint', 'caCertificate']

function optionsOf({ entries }: Options): string {
  const all = Object.entries(entries).map(([name, { type }]) => ({ name, isNeeded: type !== 'optional' }))
  const shown = all.filter(({ name, isNeeded }) => isNeeded || !EVERYWHERE.includes(name))
  return shown.map(({ name, isNeeded }) => `${inCode(name)}${isNeeded ? '' : ' or none'}`).join(', ') || '-'
}

export const asWritten = async ({ file, part, text }: Written): Promise<string> => {
  const fresh = await text()
  return (await readFile(file, 'utf8')).replace(part, () => fresh)
}

if (import.meta.main) for (const each of written) await writeFile(each.file, await asWritten(each))
