/** A real PowerDNS with its HTTP API behind a proxy with TLS, over zones in SQLite. */

import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'
import type { Identity } from '../../sandbox/pki.ts'
import { freePorts, startChildServer } from './child-server.ts'
import type { Row } from './dns-vendors.ts'

export interface PowerDns {
  /** Of its API, over https. */
  readonly endpoint: string
  /** Of the DNS server. */
  readonly address: string
  rows(zone: string): Promise<Row[]>
  put(zone: string, rows: readonly Row[]): Promise<void>
  serial(zone: string): Promise<number>
  close(): Promise<void>
}

export const API_KEY = 'canary-token-powerdns'
const SCHEMA = '/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql'

const configuration = (folder: string, dns: number, api: number) => `launch=gsqlite3
gsqlite3-database=${join(folder, 'pdns.sqlite3')}
local-address=127.0.0.1
local-port=${dns}
api=yes
api-key=${API_KEY}
webserver=yes
webserver-address=127.0.0.1
webserver-port=${api}
socket-dir=${folder}
daemon=no
guardian=no
setuid=
setgid=
primary=yes
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
`

export async function startPowerDns(program: string, tls: Identity, zones: readonly string[]): Promise<PowerDns> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-powerdns-'))
  const [dns = 0, api = 0] = await freePorts(2)
  const database = new DatabaseSync(join(folder, 'pdns.sqlite3'))
  database.exec(await readFile(SCHEMA, 'utf8'))
  database.close()
  await writeFile(join(folder, 'pdns.conf'), configuration(folder, dns, api))
  const server = await startChildServer({ program, args: [`--config-dir=${folder}`], ports: [dns, api] })
  const proxy = await startProxy(tls, api)
  const ask = (method: string, path: string, body?: object) =>
    fetch(`http://127.0.0.1:${api}/api/v1/servers/localhost/zones${path}`, {
      method,
      headers: { 'x-api-key': API_KEY },
      body: body === undefined ? null : JSON.stringify(body),
    })
  for (const zone of zones) {
    const made = await ask('POST', '', { name: `${zone}.`, kind: 'Master', nameservers: [`ns1.${zone}.`] })
    if (made.status !== 201) throw new Error(`PowerDNS made no zone: ${await made.text()}`)
  }
  interface Zone {
    readonly serial: number
    readonly rrsets: { name: string; type: string; ttl: number; records: { content: string }[] }[]
  }
  const read = async (zone: string) => (await (await ask('GET', `/${zone}.`)).json()) as Zone
  return {
    endpoint: `https://127.0.0.1:${proxy.port}`,
    address: `127.0.0.1:${dns}`,
    serial: async (zone) => (await read(zone)).serial,
    async rows(zone) {
      const sets = (await read(zone)).rrsets.filter(({ type }) => type === 'TXT')
      return sets.flatMap(({ name, type, ttl, records }) =>
        records.map(({ content }) => ({
          ...{ type, ttl, value: content.slice(1, -1) },
          name: name === `${zone}.` ? '' : name.slice(0, -zone.length - 2),
        })),
      )
    },
    async put(zone, rows) {
      const sets = Object.values(Object.groupBy(rows, ({ name, type }) => `${name} ${type}`)).flatMap((set = []) => {
        const [first] = set
        if (first === undefined) return []
        const records = set.map(({ type, value }) => ({
          content: type === 'NS' ? value : `"${value}"`,
          disabled: false,
        }))
        const name = first.name === '' ? `${zone}.` : `${first.name}.${zone}.`
        return [{ name, type: first.type, ttl: 60, changetype: 'REPLACE', records }]
      })
      const written = await ask('PATCH', `/${zone}.`, { rrsets: sets })
      if (written.status !== 204) throw new Error(`PowerDNS wrote no records: ${await written.text()}`)
    },
    async close() {
      await proxy.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startProxy(tls: Identity, port: number) {
  const server = createServer({ key: tls.key, cert: tls.cert }, async (incoming, outgoing) => {
    const { method, url, headers } = incoming
    const asked = request({ host: '127.0.0.1', port, method, path: url, headers }, async (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.end(await buffer(answer))
    })
    asked.on('error', () => outgoing.destroy())
    asked.end(await buffer(incoming))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
