import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Failure } from '../errors.ts'

/** As `lookup` of node:dns/promises. */
type Lookup = (host: string, options: { all: true }) => Promise<readonly { readonly address: string }[]>

/**
 * Every IPv4 and IPv6 address of a host, as a client on this machine finds them. Empty when there is no such host;
 * rejects with DNS_LOOKUP_FAILED when that could not be found out.
 */
export async function addressesOf(host: string, find: Lookup = lookup): Promise<string[]> {
  if (isIP(host) !== 0) return [host]
  try {
    const found = await find(host, { all: true })
    return [...new Set(found.map(({ address }) => address))]
  } catch (cause) {
    const { code = 'no answer' } = cause as { code?: string }
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw new Failure('DNS_LOOKUP_FAILED', `the addresses of ${host} could not be looked up: ${code}`, {
      fields: { name: host, reason: code },
      cause,
    })
  }
}
