import { driver as linode } from '../../lib/dns/drivers/linode.ts'
import { driver as scaleway } from '../../lib/dns/drivers/scaleway.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import { createHttp, type Http } from '../../lib/platform/http.ts'
import type { DnsProvider } from '../../lib/ports.ts'
import type { Api } from '../../sandbox/api.ts'
import type { ApiFault } from '../../sandbox/api-faults.ts'
import { createZones, type Zones } from '../../sandbox/dns/zones.ts'
import { emptyHosted, type HostedZones } from '../../sandbox/hosted-zones.ts'
import { startLinode } from '../../sandbox/linode/linode.ts'
import { emptyLinode } from '../../sandbox/linode/objects.ts'
import { createListeners } from '../../sandbox/listeners.ts'
import { createAuthority, type Identity, serverCertificate } from '../../sandbox/pki.ts'
import { emptyScaleway } from '../../sandbox/scaleway/objects.ts'
import { startScaleway } from '../../sandbox/scaleway/scaleway.ts'
import { type DnsPeer, TOKEN, type Trouble, token, type Vendor, ZONE } from './dns-vendors.ts'
import { contextOver, tools } from './driver-context.ts'

type Started = Api & { readonly zones: HostedZones }
type Open = (endpoint: string, context: DriverContext) => Promise<DnsProvider>

const FAULTS: Readonly<Record<Trouble, ApiFault>> = {
  denied: { how: 'status', status: 403 },
  'rate limited': { how: 'status', status: 429, headers: { 'retry-after': '120' } },
  rejected: { how: 'status', status: 400, body: { message: 'bad', errors: [{ reason: 'bad', field: 'target' }] } },
  'lost answer': { how: 'lostAnswer' },
}

/** A vendor of the sandbox, spoken to over https on this machine. */
async function sandbox(start: (tls: Identity, table: Zones) => Promise<Started>, open: Open): Promise<Vendor> {
  const authority = await createAuthority({ name: 'sandbox' })
  const table = createZones()
  const api = await start(await serverCertificate(authority), table)
  api.zones.host('another.test')
  const zone = api.zones.host(ZONE)
  const https = createHttp({ ...tools, caCertificate: authority.rootPem, privateAddresses: 'allow' })
  const coming: { readonly kind: Trouble; readonly on: 'change' | undefined }[] = []
  const http: Http = {
    ...https,
    send(request) {
      const { method } = request
      const next = coming.findIndex(({ on }) => on === undefined || method !== 'GET')
      for (const { kind } of next < 0 ? [] : coming.splice(next, 1)) api.misbehave({ ...FAULTS[kind], method })
      return https.send(request)
    },
  }
  const { context, requests } = contextOver(http, TOKEN)
  return {
    rows: () =>
      api.zones
        .list(zone)
        .filter(({ type }) => type === 'TXT')
        .map(({ relative: name, type, data: value }) => ({ name, type, value })),
    put(...rows) {
      for (const { name, type, value: data } of rows) {
        table.addRecord({ name: name === '' ? ZONE : `${name}.${ZONE}`, type: type as 'TXT', data })
      }
    },
    trouble: (kind, on) => void coming.push({ kind, on }),
    changes: () => requests.filter(({ method }) => method !== 'GET').length,
    open: () => open(`https://127.0.0.1:${api.port}`, context),
    close: async () => {
      await http.close()
      await api.close()
    },
  }
}

const empty = () => ({ hosted: emptyHosted(), listeners: createListeners({ addresses: ['127.0.0.1'] }), save() {} })

/** The drivers whose vendor has a server in the sandbox. */
export const sandboxed: Readonly<Record<string, DnsPeer>> = {
  scaleway: {
    evidence: { recording: 'those that the sandbox is held to' },
    create: () =>
      sandbox(
        (tls, table) =>
          startScaleway({
            ...empty(),
            tls,
            table,
            state: emptyScaleway(),
            tokens: [{ token: TOKEN, rights: ['dns:read', 'dns:write'] }],
          }),
        (endpoint, context) => scaleway.open({ token, endpoint }, context),
      ),
  },
  linode: {
    evidence: { recording: 'those that the sandbox is held to' },
    create: () =>
      sandbox(
        (tls, table) =>
          startLinode({
            ...empty(),
            tls,
            table,
            state: emptyLinode(),
            tokens: [{ token: TOKEN, scopes: ['domains:read_write'] }],
          }),
        (endpoint, context) => linode.open({ token, endpoint }, context),
      ),
  },
}
