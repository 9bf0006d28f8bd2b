/** What is promised of every connection. */
import { chaos, tests, testsNamed } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const HTTP = 'lib/platform/http.ts'
const REST = 'lib/platform/rest.ts'

export const connections: readonly Sabotage[] = [
  {
    name: 'no-size-limit',
    what: 'An answer has no largest size.',
    file: HTTP,
    find: 'if (size > cap) throw new Failure(',
    replace: 'if (size < 0) throw new Failure(',
    noticedBy: [tests('test/unit/http-limits')],
    sample: true,
  },
  {
    name: 'no-time-limit',
    what: 'An exchange may last for ever.',
    file: HTTP,
    find: 'const signal = AbortSignal.timeout(time)',
    replace: 'const { signal } = new AbortController()',
    noticedBy: [testsNamed('a body that drips for ever|headers that never come', 'test/unit/http-limits')],
    sample: true,
  },
  {
    name: 'no-time-limit-for-a-connection',
    what: 'Waiting for a connection, or for a handshake, may last longer than the exchange.',
    file: HTTP,
    find: 'await until(signal, sent)',
    replace: 'await sent',
    noticedBy: [tests('test/unit/http-limits')],
  },
  {
    name: 'private-address-by-name',
    what: 'A host name may lead to this machine or into a private network.',
    file: HTTP,
    find: 'if (addresses.some(({ address }) => mayBePrivate(address))) return done(leadsWithin(hostname))',
    replace: '',
    noticedBy: [testsNamed('a name that leads to this machine', 'test/unit/http-private-networks')],
    sample: true,
  },
  {
    name: 'first-address-alone',
    what: 'Of several addresses that a name has, only the first is looked at.',
    file: HTTP,
    find: 'addresses.some(({ address }) => mayBePrivate(address))',
    replace: 'addresses.slice(0, 1).some(({ address }) => mayBePrivate(address))',
    noticedBy: [testsNamed('a name that leads to this machine', 'test/unit/http-private-networks')],
  },
  {
    name: 'private-address-by-nat64',
    what: 'IPv6 addresses that lead to private IPv4 ones are taken.',
    file: 'lib/platform/private-networks.ts',
    find: ' || isIn(leadingThere, address)',
    replace: '',
    noticedBy: [testsNamed('NAT64', 'test/unit/http-private-networks')],
  },
  {
    name: 'vendor-retry-after-ignored',
    what: 'A vendor that has asked for patience is asked again at once.',
    file: REST,
    find: 'if (notBefore !== undefined && notBefore > clock.now()) throw coolingDown(vendor, notBefore)',
    replace: '',
    noticedBy: [tests('test/unit/rest')],
    proves: { 'F-22': 'test/unit/rest' },
  },
  {
    name: 'token-in-a-message',
    what: 'A vendor that repeats a token is quoted with it.',
    file: REST,
    find: 'const rest = withoutCredentials(reason, sent)',
    replace: "const rest = [reason, ...sent.map((secret) => secret.reveal())].join(' ')",
    noticedBy: [chaos(12), tests('test/unit/rest')],
    proves: { 'F-73': 'test/contract/balancers', 'F-89': 'test/unit/hostile-input' },
  },
  {
    name: 'refused-token-kept',
    what: 'An access token that was refused is sent again.',
    file: REST,
    find: 'options.authorization?.discard(first.fetched)',
    replace: '',
    noticedBy: [tests('test/unit/access-tokens')],
  },
]
