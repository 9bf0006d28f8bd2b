import { isIP } from 'node:net'

/** An IP address in its one canonical form (RFC 5952): `2001:db8::1`. Undefined: it is none. */
export function ipAddress(text: string): string | undefined {
  const version = isIP(text)
  if (version !== 6) return version === 4 ? text : undefined
  if (text.includes('%')) return undefined // a zone is an address of one machine alone (RFC 4007)
  return new URL(`http://[${text}]`).hostname.slice(1, -1)
}

/** Its octets, as in a certificate (RFC 5280 §4.2.1.6). */
export function ipOctets(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail)]
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
