/** Route 53 as its documentation has it, over https in this process, with the STS that gives credentials of a role. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { driver, type Route53Options } from '../../lib/dns/drivers/route53/driver.ts'
import type { DnsProvider } from '../../lib/ports.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { type MemoryVendor, type Row, TOKEN, type Trouble, ZONE } from './dns-vendors.ts'
import { answering, contextOver } from './driver-context.ts'

export interface HostedZone {
  readonly id: string
  readonly name: string
  readonly isPrivate: boolean
}

export interface Reply {
  readonly status: number
  readonly xml: string
}

export interface PracticeRoute53 extends MemoryVendor {
  readonly endpoint: string
  /** What was called and by whom, oldest first: `ChangeResourceRecordSets AKIA…`. */
  readonly calls: string[]
  zones: HostedZone[]
  /** Answers this in the place of what it would. */
  instead: ((call: Called) => Reply | undefined) | undefined
  open(options?: Partial<Route53Options>): Promise<DnsProvider>
}

export interface Called {
  readonly action: string
  readonly url: URL
  readonly body: string
}

const NAMESPACE = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'
export const ID = 'Z040120927RX9CM38HPQQ'
export const ROLE = 'arn:aws:iam::123456789012:role/dns'
const ROLE_KEY = 'ASIAROLE'

export const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  xml: `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})
const invalidBatch = (message: string): Reply => ({
  status: 400,
  xml: `<InvalidChangeBatch ${NAMESPACE}><Messages><Message>${message}</Message></Messages></InvalidChangeBatch>`,
})

const TROUBLES: Readonly<Record<Exclude<Trouble, 'lost answer'>, Reply>> = {
  denied: refusal(403, 'AccessDenied', 'User is not authorized to perform this'),
  'rate limited': refusal(400, 'Throttling', 'Rate exceeded'),
  rejected: refusal(400, 'InvalidInput', 'Invalid request'),
}

const all = (xml: string, tag: string) =>
  [...xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, inner = '']) => inner)
const unescaped = (value: string) => value.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
const absolute = (name: string) => (name === '' ? `${ZONE}.` : `${name}.${ZONE}.`)

interface Set {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly values: readonly string[]
}

const setIn = (xml: string): Set => ({
  name: all(xml, 'Name')[0] ?? '',
  type: all(xml, 'Type')[0] ?? '',
  ttl: Number(all(xml, 'TTL')[0]),
  values: all(xml, 'Value').map(unescaped),
})
const shown = ({ name, type, ttl, values }: Set) =>
  `<ResourceRecordSet><Name>${name}</Name><Type>${type}</Type><TTL>${ttl}</TTL><ResourceRecords>${values
    .map(
      (value) =>
        `<ResourceRecord><Value>${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}</Value></ResourceRecord>`,
    )
    .join('')}</ResourceRecords></ResourceRecordSet>`

function setsOf(rows: readonly Row[]): Set[] {
  return Object.values(Object.groupBy(rows, ({ name, type }) => `${name} ${type}`)).flatMap((set = []) => {
    const [first] = set
    if (first === undefined) return []
    const values = set.map(({ type, value }) => (type === 'NS' ? value : `"${value}"`))
    return [{ name: absolute(first.name), type: first.type, ttl: first.ttl ?? 300, values }]
  })
}

/** A batch is done as a whole, or not at all. */
function changed(rows: readonly Row[], body: string): Row[] | Reply {
  let next = [...rows]
  for (const change of all(body, 'Change')) {
    const [action] = all(change, 'Action')
    const set = setIn(change)
    const at = `[name='${set.name}', type='${set.type}']`
    const held = setsOf(next).find(({ name, type }) => name === set.name && type === set.type)
    if (action === 'DELETE') {
      if (held === undefined) return invalidBatch(`[Tried to delete resource record set ${at} but it was not found]`)
      const isSame = held.ttl === set.ttl && held.values.toSorted().join() === set.values.toSorted().join()
      if (!isSame)
        return invalidBatch(
          `[Tried to delete resource record set ${at} but the values provided do not match the current values]`,
        )
      next = next.filter(({ name, type }) => absolute(name) !== set.name || type !== set.type)
    } else {
      if (held !== undefined) return invalidBatch(`[Tried to create resource record set ${at} but it already exists]`)
      if (set.values.some((value) => !/^".*"$/.test(value)))
        return invalidBatch('[Invalid Resource Record: it is not enclosed in quotation marks]')
      const name = set.name === `${ZONE}.` ? '' : set.name.slice(0, -`.${ZONE}.`.length)
      next.push(...set.values.map((value) => ({ name, type: set.type, ttl: set.ttl, value: value.slice(1, -1) })))
    }
  }
  return next
}

/** Its list is ordered by the labels of the names from the last one on. */
const inOrder = (name: string) => name.split('.').reverse().join('.')

const actionOf = (method: string, path: string) =>
  path === '/'
    ? 'AssumeRole'
    : path.endsWith('/hostedzonesbyname')
      ? 'ListHostedZonesByName'
      : /\/rrset\/?$/.test(path)
        ? method === 'POST'
          ? 'ChangeResourceRecordSets'
          : 'ListResourceRecordSets'
        : 'GetHostedZone'

export async function startRoute53(): Promise<PracticeRoute53> {
  const authority = await createAuthority({ name: 'Route 53' })
  const { key, cert } = await serverCertificate(authority)
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-route53-'))
  await writeFile(join(folder, 'ca.pem'), authority.rootPem)
  let rows: Row[] = []
  const faults: { readonly kind: Trouble; readonly on: 'change' | undefined }[] = []
  const others: (() => void)[] = []

  const zoneXml = ({ id, name, isPrivate }: HostedZone) =>
    `<HostedZone><Id>/hostedzone/${id}</Id><Name>${name}.</Name><CallerReference>1</CallerReference><Config><PrivateZone>${isPrivate}</PrivateZone></Config></HostedZone>`

  function answer({ action, url, body }: Called): Reply {
    const ok = (inner: string): Reply => ({
      status: 200,
      xml: `<${action}Response ${NAMESPACE}>${inner}</${action}Response>`,
    })
    if (action === 'AssumeRole') {
      const keys = `<AccessKeyId>${ROLE_KEY}</AccessKeyId><SecretAccessKey>canary-token-role</SecretAccessKey>`
      const credentials = `<Credentials>${keys}<SessionToken>canary-token-session</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>`
      return {
        status: 200,
        xml: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${credentials}</AssumeRoleResult></AssumeRoleResponse>`,
      }
    }
    if (action === 'ListHostedZonesByName') {
      const from = url.searchParams.get('dnsname') ?? ''
      const zones = self.zones.filter(({ name }) => inOrder(`${name}.`) >= inOrder(from))
      return ok(
        `<HostedZones>${zones.map(zoneXml).join('')}</HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>`,
      )
    }
    const zone = self.zones.find(({ id }) => url.pathname.split('/').includes(id))
    if (zone === undefined) return refusal(404, 'NoSuchHostedZone', 'No hosted zone found')
    if (action === 'GetHostedZone') return ok(zoneXml(zone))
    if (action === 'ListResourceRecordSets') {
      const [from, type] = [url.searchParams.get('name') ?? '', url.searchParams.get('type') ?? '']
      const place = (set: Pick<Set, 'name' | 'type'>) => `${inOrder(set.name)} ${set.type}`
      const sets = setsOf(rows).sort((one, other) => (place(one) < place(other) ? -1 : 1))
      const most = Number(url.searchParams.get('maxitems') ?? 100)
      const page = sets.filter((set) => place(set) >= place({ name: from, type })).slice(0, most)
      return ok(
        `<ResourceRecordSets>${page.map(shown).join('')}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>${most}</MaxItems>`,
      )
    }
    others.shift()?.()
    const after = changed(rows, body)
    if (!Array.isArray(after)) return after
    rows = after
    return ok(
      '<ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>',
    )
  }

  async function serve(incoming: IncomingMessage): Promise<Reply | undefined> {
    const body = await text(incoming)
    const url = new URL(incoming.url ?? '/', 'https://localhost')
    const call = { action: actionOf(incoming.method ?? '', url.pathname), url, body }
    const [, by = ''] = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? '') ?? []
    self.calls.push(`${call.action} ${by}`)
    const isChange = call.action === 'ChangeResourceRecordSets'
    const position = faults.findIndex(({ on }) => on === undefined || isChange)
    const [fault] = position < 0 ? [] : faults.splice(position, 1)
    if (fault !== undefined && fault.kind !== 'lost answer') return TROUBLES[fault.kind]
    const reply = self.instead?.(call) ?? answer(call)
    return fault === undefined ? reply : undefined
  }

  const server = createServer({ key, cert }, async (incoming, outgoing) => {
    const reply = await serve(incoming)
    if (reply === undefined) incoming.socket.destroy()
    else outgoing.writeHead(reply.status, { 'content-type': 'text/xml' }).end(`<?xml version="1.0"?>\n${reply.xml}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: TOKEN }
  const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]))
  Object.assign(process.env, environment)
  const context = {
    ...contextOver(
      answering(() => ({ status: 404 })),
      TOKEN,
    ).context,
    folder,
  }

  const self: PracticeRoute53 = {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    zones: [{ id: ID, name: ZONE, isPrivate: false }],
    instead: undefined,
    rows: () => rows.filter(({ type }) => type === 'TXT'),
    put: (...more) => {
      rows = [...rows, ...more]
    },
    trouble: (kind, on) => void faults.push({ kind, on }),
    meanwhile: (work) => void others.push(work),
    changes: () => self.calls.filter((each) => each.startsWith('ChangeResourceRecordSets')).length,
    open: (options = {}) =>
      driver.open({ region: 'us-east-1', endpoint: self.endpoint, caCertificate: 'ca.pem', ...options }, context),
    async close() {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(folder, { recursive: true, force: true })
    },
  }
  return self
}
