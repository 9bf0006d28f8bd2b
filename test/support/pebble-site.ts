import { startDns } from '../../sandbox/dns/server.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import type { PebbleOptions } from './pebble.ts'
import { startPebble } from './pebble.ts'
import { startTxtService } from './txt-service.ts'

/** Where a client finds everything; plain data, for another process too. */
export interface Whereabouts {
  readonly directory: string
  /** PEM: behind the https of everything here. */
  readonly caCertificate: string
  /** Of the zone `example.test`: `127.0.0.1:5353`. */
  readonly nameserver: string
  /** Adds and removes TXT records there. */
  readonly txtEndpoint: string
}

export const ZONE = 'example.test'

/** Pebble, a DNS server with one zone, and a service that writes TXT records into it. */
export async function startSite(options: Omit<PebbleOptions, 'tls' | 'caCertificate' | 'dns'>) {
  const authority = await createAuthority({ name: 'Peers' })
  const tls = await serverCertificate(authority)
  const caCertificate = authority.rootPem
  const zones = createZones()
  zones.addZone(ZONE)
  const dns = await startDns({ zones })
  const nameserver = `127.0.0.1:${dns.port}`
  const txt = await startTxtService(tls, {
    present: (name, data) => zones.addRecord({ name, type: 'TXT', data }),
    cleanup: (name, data) => zones.removeRecord({ name, type: 'TXT', data }),
  })
  const closing = [txt.close, dns.close]
  const close = async () => {
    await Promise.all(closing.map((end) => end()))
  }
  try {
    const pebble = await startPebble({ ...options, tls, caCertificate, dns: nameserver })
    closing.unshift(pebble.close)
    const whereabouts: Whereabouts = {
      directory: pebble.directory,
      caCertificate,
      nameserver,
      txtEndpoint: txt.endpoint,
    }
    return { pebble, zones, tls, whereabouts, close }
  } catch (error) {
    await close()
    throw error
  }
}

export type Site = Awaited<ReturnType<typeof startSite>>
