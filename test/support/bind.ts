/** A real BIND over zones of its own, changed and read by its own tools. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, startChildServer } from './child-server.ts'
import type { Row } from './dns-vendors.ts'

export interface BindPrograms {
  readonly named: string
  readonly nsupdate: string
  readonly dig: string
}

export interface Bind {
  readonly address: string
  /** The TXT records of a zone. */
  rows(zone: string): Promise<Row[]>
  put(zone: string, rows: readonly Row[]): Promise<void>
  serial(zone: string): Promise<number>
  close(): Promise<void>
}

/** May change TXT records, and nothing else. */
export const KEY = {
  name: 'newleaf.',
  secret: Buffer.from('canary-token-tsig').toString('base64'),
  algorithm: 'hmac-sha256',
} as const
const TESTER = { ...KEY, name: 'tester.' }
/** The same with other algorithms. */
export const OTHER_KEYS = (['hmac-sha384', 'hmac-sha512'] as const).map((algorithm) => ({
  ...KEY,
  algorithm,
  name: `${algorithm}.`,
}))

const TXT = [KEY, ...OTHER_KEYS].map(({ name }) => `grant ${name} zonesub TXT;`).join(' ')

const zoneFile = `$TTL 60
@ IN SOA ns1 root 1 3600 600 86400 60
@ IN NS ns1
ns1 IN A 127.0.0.1
`

function configuration(folder: string, port: number, zones: readonly string[]): string {
  const keys = [KEY, TESTER, ...OTHER_KEYS].map(
    ({ name, secret, algorithm }) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`,
  )
  const policy = `update-policy { ${TXT} grant tester. zonesub ANY; };`
  const blocks = zones.map((zone) => `zone "${zone}" { type primary; file "${zone}.db"; ${policy} };`)
  return `options {
  directory "${folder}"; managed-keys-directory "${folder}"; pid-file none; session-keyfile none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no; allow-transfer { any; };
  max-records-per-type 0;
};
controls { };
${keys.join('\n')}
${blocks.join('\n')}
zone "closed.test" { type primary; file "closed.test.db"; };
`
}

/** With `closed.test`, a zone that takes no update, beside those that are named. */
export async function startBind({ named, nsupdate, dig }: BindPrograms, zones: readonly string[]): Promise<Bind> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-bind-'))
  const [port = 0] = await freePorts(1)
  for (const zone of [...zones, 'closed.test']) await writeFile(join(folder, `${zone}.db`), zoneFile)
  await writeFile(join(folder, 'named.conf'), configuration(folder, port, zones))
  const server = await startChildServer({
    program: named,
    args: ['-g', '-n', '1', '-c', join(folder, 'named.conf')],
    ports: [port],
  })
  const ask = (...question: string[]) => run(dig, ['@127.0.0.1', '-p', `${port}`, '+noall', '+answer', ...question])
  return {
    address: `127.0.0.1:${port}`,
    async rows(zone) {
      const lines = (await ask(zone, 'AXFR')).matchAll(/^(?<name>\S+)\.\s+(?<ttl>\d+)\s+IN\s+TXT\s+"(?<value>.*)"$/gm)
      return [...lines].map(({ groups: { name = '', ttl = '', value = '' } = {} }) => ({
        ...{ type: 'TXT', value, ttl: Number(ttl) },
        name: name === zone ? '' : name.slice(0, -zone.length - 1),
      }))
    },
    async put(zone, rows) {
      const adds = rows.map(({ name, type, value }) => {
        const data = type === 'NS' ? value : `"${value}"`
        return `update add ${name === '' ? zone : `${name}.${zone}`}. 60 ${type} ${data}`
      })
      const lines = [`server 127.0.0.1 ${port}`, `zone ${zone}.`, ...adds, 'send', '']
      await run(nsupdate, ['-y', `${TESTER.algorithm}:${TESTER.name}:${TESTER.secret}`], lines.join('\n'))
    },
    serial: async (zone) => Number(/ SOA \S+ \S+ (\d+)/.exec((await ask(zone, 'SOA')).replace(/\s+/g, ' '))?.[1]),
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const run = (program: string, args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 10_000_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${program} failed: ${stderr || stdout}`)) : resolve(stdout),
    )
    child.stdin?.end(input)
  })
