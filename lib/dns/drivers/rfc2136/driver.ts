import { randomInt } from 'node:crypto'
import { isIPv6 } from 'node:net'
import * as v from 'valibot'
import { Failure, type FailureCode } from '../../../errors.ts'
import type { DnsDriver, DnsProviderFacts, DriverContext } from '../../../platform/driver.ts'
import { secretReference } from '../../../platform/driver.ts'
import type { DnsProvider, ZoneLocation, ZoneRecord } from '../../../ports.ts'
import { noZone } from '../../hosted-zones.ts'
import { type Answer, readAnswer, type TxtUpdate, updateMessage } from './message.ts'
import { exchange, type Server } from './tcp.ts'
import { ALGORITHMS, isSignedBy, sign, signatureOf, TSIG_ERRORS, type TsigKey } from './tsig.ts'

const SERVER = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/

const options = v.strictObject({
  server: v.pipe(
    v.string(),
    v.regex(
      SERVER,
      'expected a host name or an address, with a port or without: ns1.example.net, 192.0.2.1:5353, [2001:db8::1]',
    ),
    v.check((text) => Number(SERVER.exec(text)?.groups?.port ?? 53) <= 65_535, 'expected a port up to 65535'),
    v.description('The primary server of the zone, with a port if it is not 53.'),
  ),
  keyName: v.pipe(
    v.string(),
    v.regex(/^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/, 'expected the name of a TSIG key'),
    v.description('The name of the TSIG key, as the server has it.'),
  ),
  key: v.pipe(secretReference, v.description('Reference to the secret of the TSIG key, in base64.')),
  algorithm: v.optional(
    v.pipe(
      v.picklist(ALGORITHMS, `expected one of ${ALGORITHMS.join(', ')}`),
      v.description('The algorithm of the TSIG key; hmac-sha256 if absent.'),
    ),
    'hmac-sha256',
  ),
})

const facts = {
  provider: 'BIND, Knot and others that take DNS UPDATE with TSIG',
  documentation: 'https://www.rfc-editor.org/rfc/rfc2136',
  permission:
    'a TSIG key that `update-policy` grants TXT at these names: `grant newleaf. name _acme-challenge.example.com. TXT;`',
  twoValues: 'each is added and deleted on its own',
  ttl: 60,
  note:
    'Messages go over TCP, signed (RFC 8945) both ways; the clocks of both may be five minutes apart. Before an order the server ' +
    'is sent an update without a change: that shows the key and the zone, and not whether `update-policy` allows the name.',
} satisfies DnsProviderFacts

export const driver = {
  options,
  facts,
  async open({ server, keyName, key, algorithm }, context) {
    const secret = await context.resolve(key)
    if (!/^\s*[A-Za-z0-9+/]{4,}={0,2}\s*$/.test(secret.reveal())) {
      throw new Failure('CONFIG_INVALID', `the secret of the TSIG key ${keyName} is no base64`)
    }
    return provider(serverOf(server), { name: keyName, algorithm, secret }, context)
  },
} satisfies DnsDriver<typeof options>

function serverOf(text: string): Server {
  const { v6, host = '', port = '53' } = SERVER.exec(text)?.groups ?? {}
  return { host: v6 ?? host, port: Number(port) }
}

function provider(server: Server, key: TsigKey, { clock, timeLeft }: DriverContext): DnsProvider {
  async function update(location: ZoneLocation, updates: readonly TxtUpdate[]): Promise<void> {
    const request = sign(updateMessage(randomInt(0x10000), location.zone, updates), key, clock.now())
    const message = await exchange(server, request.message, timeLeft())
    const answer = readAnswer(message)
    const isToIt = answer.id === request.message.readUInt16BE(0)
    if (isToIt && answer.rcode !== 0) throw refused(answer, server, location)
    // A yes that nobody signed may come from anybody.
    if (isToIt && isSignedBy(key, request, answer, message, clock.now())) return
    throw new Failure('ANSWER_INVALID', `an answer of ${shown(server)} is not signed with the TSIG key ${key.name}`)
  }
  const change = ({ name, value }: ZoneRecord, what: TxtUpdate['change']): TxtUpdate[] => [
    { name, value, change: what, ttl: facts.ttl },
  ]
  return {
    check: (location) => update(location, []),
    addTxt: (record) => update(record, change(record, 'add')),
    removeTxt: (record) => update(record, change(record, 'delete')),
  }
}

const shown = ({ host, port }: Server) => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`)

/** RFC 2136 §2.2, RFC 8945 §5.3. */
const RCODES: Readonly<Record<number, readonly [name: string, code: FailureCode]>> = {
  2: ['SERVFAIL', 'UNAVAILABLE'],
  5: ['REFUSED', 'DENIED'],
  9: ['NOTAUTH', 'DNS_NO_ZONE'],
  10: ['NOTZONE', 'DNS_NO_ZONE'],
}

/** In what the key was wrong, where the server says so. */
const WRONG: Readonly<Record<number, string>> = {
  [TSIG_ERRORS.badSignature]: 'the secret of the TSIG key is another one there',
  [TSIG_ERRORS.badKey]: 'the TSIG key is not known there, or has another algorithm',
  [TSIG_ERRORS.badTime]: 'the clocks of this machine and of the server are more than five minutes apart',
}

function refused(answer: Answer, server: Server, location: ZoneLocation): Failure {
  const [name, code] = RCODES[answer.rcode] ?? [`code ${answer.rcode}`, 'REJECTED' as const]
  const wrong = WRONG[signatureOf(answer)?.error ?? 0]
  const said = `${shown(server)} answered the update of ${location.zone} with ${name}`
  const fields = { host: server.host, rcode: answer.rcode, zone: location.zone }
  if (wrong !== undefined) return new Failure('DENIED', `${said}: ${wrong}`, { fields })
  return code === 'DNS_NO_ZONE'
    ? noZone(shown(server), location, new Failure(code, said, { fields }))
    : new Failure(code, said, { fields })
}
