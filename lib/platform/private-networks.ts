/** Which addresses lead to this machine or into a private network, and which could. */
import { BlockList, isIP } from 'node:net'

/** Loopback, link-local, private, carrier-grade NAT, multicast, discarded and reserved ones. */
const PRIVATE_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const
const PRIVATE_IPV6 = [
  ['::', 127],
  ['100::', 64],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const

/** Ways to IPv4 addresses that nobody has on purpose: IPv4-compatible, IPv4-translated, translated on site, Teredo, 6to4. */
const TO_IPV4 = [
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
] as const
/** RFC 6052: where there is no IPv4, every IPv4 address is reached behind this prefix, and only the private ones are refused. */
const NAT64 = '64:ff9b::'
const NAT64_BITS = 96

const within = new BlockList()
for (const [net, bits] of PRIVATE_IPV4) within.addSubnet(net, bits, 'ipv4') // IPv4-mapped ones included
for (const [net, bits] of PRIVATE_IPV6) within.addSubnet(net, bits, 'ipv6')

const leadingThere = new BlockList()
for (const [net, bits] of TO_IPV4) leadingThere.addSubnet(net, bits, 'ipv6')
for (const [net, bits] of PRIVATE_IPV4) leadingThere.addSubnet(`${NAT64}${net}`, NAT64_BITS + bits, 'ipv6')

/** Nothing that is sent to it leaves this machine or its private networks. What is no address is not private. */
export const isPrivate = (address: string): boolean => isIn(within, address)

/** Something that is sent to it could end at this machine or in a private network. What is no address could. */
export const mayBePrivate = (address: string): boolean =>
  isIP(address) === 0 || isIn(within, address) || isIn(leadingThere, address)

/** With its zone (`fe80::1%eth0`), an address would be in no list. */
const isIn = (list: BlockList, address: string): boolean =>
  list.check(address.replace(/%.*$/, ''), isIP(address) === 6 ? 'ipv6' : 'ipv4')
