/**
 * No test speaks to anything but this machine: what it found would be the network's of the day. Who tries is refused as by
 * a machine without a network, and the test fails, whatever became of the refusal.
 */
import { Socket as UdpSocket } from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { BlockList, isIP, isIPv6, Socket } from 'node:net'
import { afterAll, afterEach, expect } from 'vitest'

const here = new BlockList()
here.addSubnet('127.0.0.0', 8, 'ipv4')
here.addAddress('::1', 'ipv6')
here.addAddress('0.0.0.0', 'ipv4')
here.addAddress('::', 'ipv6')
here.addAddress('255.255.255.255', 'ipv4') // refused by every system, and never sent

const isHere = (host: string): boolean =>
  isIP(host) === 0
    ? host === 'localhost' || host.endsWith('.localhost')
    : here.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')

const elsewhere = new Set<string>()

/** What to answer, and to remember, unless `host` is this machine. */
function refusal(host: unknown): Error | undefined {
  if (typeof host !== 'string' || host === '' || isHere(host)) return undefined
  elsewhere.add(host)
  return Object.assign(new Error(`a test spoke to ${host}`), { code: 'ENETUNREACH' })
}

type Found = (error: Error | null, found?: string | { address: string }[], family?: number) => void
type Lookup = (host: string, options: object, done: Found) => void

/** Of a test's own: the name is asked of nobody, and what it leads to is this machine. */
const leadingHere =
  (own: Lookup): Lookup =>
  (host, options, done) =>
    own(host, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      done(error ?? addresses.map(refusal).find((each) => each !== undefined) ?? null, found, family)
    })

const { connect } = Socket.prototype
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const normal = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
  const [first, second] = normal
  const options = (typeof first === 'object' && first !== null ? first : { host: second }) as {
    host?: string
    lookup?: Lookup
  }
  const refused = options.lookup && isIP(options.host ?? '') === 0 ? undefined : refusal(options.host)
  if (options.lookup) options.lookup = leadingHere(options.lookup)
  if (!refused) return Reflect.apply(connect, this, args) as Socket
  process.nextTick(() => this.destroy(refused))
  return this
}

const { connect: connectUdp } = UdpSocket.prototype
UdpSocket.prototype.connect = function (this: UdpSocket, ...args: unknown[]) {
  const refused = refusal(args[1])
  if (refused) process.nextTick(() => this.emit('error', refused))
  else Reflect.apply(connectUdp, this, args)
}

const { lookup } = dns
const { lookup: promised } = dns.promises
/** An address is asked of nobody. */
const refusedName = (host: unknown) => (typeof host === 'string' && isIP(host) > 0 ? undefined : refusal(host))
const lookupHere = (...args: unknown[]) => {
  const refused = refusedName(args[0])
  if (refused) process.nextTick(args.at(-1) as (error: Error) => void, refused)
  else Reflect.apply(lookup, dns, args)
}
Object.assign(dns, { lookup: Object.assign(lookupHere, lookup) })
Object.assign(dns.promises, {
  lookup: async (...args: unknown[]) => {
    const refused = refusedName(args[0])
    if (refused) throw refused
    return Reflect.apply(promised, dns.promises, args) as unknown
  },
})
syncBuiltinESMExports()

/** The next file in this process has guards of its own. */
afterAll(() => {
  Object.assign(Socket.prototype, { connect })
  Object.assign(UdpSocket.prototype, { connect: connectUdp })
  Object.assign(dns, { lookup })
  Object.assign(dns.promises, { lookup: promised })
  syncBuiltinESMExports()
})

afterEach(() => {
  const hosts = [...elsewhere]
  elsewhere.clear()
  expect(hosts, 'hosts beyond this machine').toEqual([])
})
