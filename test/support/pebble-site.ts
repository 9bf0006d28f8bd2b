import { startDns } from '../../sandbox/dns/server.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { startHttpReq } from '../../sandbox/httpreq.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { startBridge, startChallTestSrv } from './challtestsrv.ts'
import { type PebbleOptions, startPebble } from './pebble.ts'

/** Where a client finds everything; plain data, for another process too. */
export interface Whereabouts {
  readonly directory: string
  /** PEM: behind the https of everything here. */
  readonly caCertificate: string
  /** In which names can be proved. */
  readonly zone: string
  /** Knows which names are zones: `127.0.0.1:5353`. */
  readonly resolver: string
  /** Knows the TXT records; Pebble asks it. */
  readonly nameserver: string
  /** Adds and removes TXT records there. */
  readonly txtEndpoint: string
}

export const ZONE = 'example.test'

export interface SiteOptions extends Omit<PebbleOptions, 'tls' | 'caCertificate' | 'dns'> {
  /** The program pebble-challtestsrv: it keeps the TXT records then. */
  readonly challtestsrv?: string
}

/** Pebble, a DNS server with one zone, and a service that writes TXT records into it. */
export async function startSite(options: SiteOptions) {
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const authority = await createAuthority({ name: 'Peers' })
    const caCertificate = authority.rootPem
    const tls = await serverCertificate(authority)
    const zones = createZones()
    zones.addZone(ZONE)
    const dns = await startDns({ zones })
    closing.push(dns.close)
    const resolver = `127.0.0.1:${dns.port}`

    const challtestsrv = options.challtestsrv === undefined ? undefined : await startChallTestSrv(options.challtestsrv)
    if (challtestsrv) closing.push(challtestsrv.close)
    const nameserver = challtestsrv?.nameserver ?? resolver
    const txt = challtestsrv ? await startBridge(tls, challtestsrv) : await startHttpReq({ tls, table: zones })
    closing.push(txt.close)
    const txtEndpoint = `https://127.0.0.1:${txt.port}`

    const pebble = await startPebble({ ...options, tls, caCertificate, dns: nameserver })
    closing.push(pebble.close)
    const { directory } = pebble
    const whereabouts: Whereabouts = { directory, caCertificate, zone: ZONE, resolver, nameserver, txtEndpoint }
    return { pebble, zones, challtestsrv, whereabouts, close }
  } catch (error) {
    await close()
    throw error
  }
}

export type Site = Awaited<ReturnType<typeof startSite>>
