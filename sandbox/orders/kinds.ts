import type { ApiFault } from '../api-faults.ts'
import type { CaFault } from '../ca/faults.ts'
import type { DnsFault } from '../dns/faults.ts'
import type { Ending } from '../fault-list.ts'
import { breaksHandshakes, type Lie, type LieOptions } from '../lies.ts'
import type { Listener } from '../listener.ts'
import type { World } from '../world.ts'
import { type FlagName, type Flags, Misuse } from './flags.ts'

/** One thing that can go wrong. */
export interface What {
  readonly about: string
  /** That only this one takes. */
  readonly flags?: readonly FlagName[]
  /** That all the others take. */
  readonly without?: readonly FlagName[]
}

/** Places where the same things can go wrong. */
export interface Kind<Where extends string = string, How extends string = string> {
  readonly about: string
  readonly wheres: readonly Where[]
  readonly whats: Readonly<Record<How, What>>
  /** That all of them take. */
  readonly flags: readonly FlagName[]
  /** Makes it go wrong. */
  order(world: World, where: Where, how: How, flags: Flags): Standing
}

/** A fault that has been ordered. */
export interface Standing {
  readonly end: () => void
  /** Whether it is still there. */
  stands(): boolean
  /** For how many more occasions; Infinity: until it is mended. */
  left(): number
  /** Only one fault at a time is at this object. */
  readonly at?: object
  readonly hint?: string
}

const kind = <Where extends string, How extends string>(each: Kind<Where, How>): Kind => each

const listener = kind<'edge' | 'apps', Lie>({
  about: 'the listeners of the load balancers; one fault at a time at each',
  wheres: ['edge', 'apps'],
  whats: {
    alert: { about: 'breaks each handshake off with a TLS alert', flags: ['alert'] },
    reset: { about: 'resets the connection when a client greets (RST)' },
    closes: { about: 'closes the connection without a byte' },
    hangs: { about: 'accepts connections and stays silent' },
    refuses: { about: 'nothing listens there any more', without: ['name', 'every'] },
    plain: { about: 'answers in plain HTTP: 400' },
    lag: { about: 'shows new certificates late; 200ms if --after does not say how late' },
    rolledBack: { about: 'shows the old certificates again after a while; 200ms if --after does not say when' },
    stale: { about: 'shows the certificates of now for good', without: ['after'] },
    half: { about: 'shows the new and the old certificates in turn', without: ['after'] },
    secondAddress: { about: 'shows new certificates at its first address only', without: ['after'] },
    firstInList: { about: 'shows the first certificate of its list, whatever the name', without: ['after'] },
    wrongName: { about: 'shows a certificate for another name', without: ['after'] },
    dropsChain: { about: 'sends certificates without their issuers', without: ['after'] },
  },
  flags: ['address', 'name', 'every', 'after', 'always', 'changed'],
  order(world, where, how, flags) {
    const site = world.sites[where]
    const at = site.listener()
    const end = at.misbehave(how, lieOptions(flags))
    const waits = flags.always !== true && (flags.changed === true || breaksHandshakes(how))
    const isOpen = () => listenerNow(() => site.listener()) === at
    const hint = 'it shows once the listener is told to serve other certificates than now; with --always at once'
    return { end, at, stands: isOpen, left: () => Number.POSITIVE_INFINITY, ...(waits && { hint }) }
  },
})

function lieOptions({ address, name, every, after, always, changed, alert }: Flags): LieOptions {
  if (always && changed) throw new Misuse('--always and --changed contradict each other')
  return {
    ...(address !== undefined && { address }),
    ...(name !== undefined && { serverName: name }),
    ...(every !== undefined && { every }),
    ...(after !== undefined && { afterMs: after }),
    ...(alert !== undefined && { alert }),
    ...((always ?? changed) && { when: always ? 'always' : 'changed' }),
  }
}

/** Undefined: its port was closed, and the lie with it. */
function listenerNow(find: () => Listener): Listener | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

const counted = (end: Ending): Standing => ({ end, left: end.left, stands: () => end.left() > 0 })

const UNTIL_MENDED = Number.POSITIVE_INFINITY

const dns = kind<'dns', DnsFault['how']>({
  about: 'the DNS server',
  wheres: ['dns'],
  whats: {
    servfail: { about: 'answers SERVFAIL' },
    refuse: { about: 'answers REFUSED' },
    drop: { about: 'does not answer' },
    lag: { about: 'answers as if the newest change to a name had not arrived yet' },
  },
  flags: ['name', 'times'],
  order: (world, _where, how, { name, times = UNTIL_MENDED }) =>
    counted(world.dns.misbehave({ how, times, ...(name !== undefined && { name }) })),
})

const api = kind<'scaleway' | 'linode' | 'httpreq' | 'storage', ApiFault['how']>({
  about: 'the APIs; the path of a request to the storage is /bucket/key',
  wheres: ['scaleway', 'linode', 'httpreq', 'storage'],
  whats: {
    status: { about: 'refuses before anything happens, 503 if no other is given', flags: ['status', 'retry-after'] },
    html: { about: 'answers with a page from something in front of it, 503', flags: ['status', 'retry-after'] },
    reset: { about: 'breaks the connection off before it has acted' },
    lostAnswer: { about: 'acts, and breaks the connection off before it has answered' },
    slow: { about: 'acts and answers late, 50ms if not given', flags: ['delay'] },
  },
  flags: ['path', 'method', 'times'],
  order(world, where, how, { path, method, times = UNTIL_MENDED, status, delay, 'retry-after': retryAfter }) {
    const fault = {
      ...{ how, times },
      ...(path !== undefined && { path }),
      ...(method !== undefined && { method }),
      ...(status !== undefined && { status }),
      ...(delay !== undefined && { delayMs: delay }),
      ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
    }
    return counted(world[where].misbehave(fault))
  },
})

const ca = kind<'ca', CaFault['how']>({
  about: 'the certificate authority',
  wheres: ['ca'],
  whats: {
    rateLimited: { about: 'refuses: 429, the problem rateLimited', flags: ['on', 'retry-after'] },
    badNonce: { about: 'refuses the nonce, with a fresh one', flags: ['on', 'retry-after'] },
    serverError: { about: 'refuses: 500, the problem serverInternal', flags: ['on', 'retry-after'] },
    problem: { about: 'refuses with the problem of --type', flags: ['on', 'type', 'status', 'detail', 'retry-after'] },
    unavailable: { about: 'answers 503 with a page', flags: ['on', 'retry-after'] },
    html: { about: 'answers 502 with a page from something in front of it', flags: ['on', 'retry-after'] },
    lostRequest: { about: 'breaks the connection off before it has acted', flags: ['on'] },
    lostAnswer: { about: 'acts, and breaks the connection off before it has answered', flags: ['on'] },
    slow: { about: 'acts and answers late, 50ms if not given', flags: ['on', 'delay'] },
    stillProcessing: {
      about: 'orders and authorizations that are done look as if it were working on them',
      flags: ['on', 'retry-after'],
    },
    looksInVain: { about: 'a challenge stays pending with an error, until it is told to look again' },
    invalidInPending: { about: 'a challenge is invalid, and its authorization says that it is pending' },
    readyLate: { about: 'an order stays pending though all is validated, and cannot be finalized', flags: ['on'] },
    forgetsOrder: { about: 'knows nothing of orders: 404' },
    nulls: { about: 'what is absent is null or empty, a challenge of another kind has only its type', flags: ['on'] },
    mislabelsJson: { about: 'says of JSON that it is text', flags: ['on'] },
    wantsAccept: { about: 'refuses who does not say what is accepted: 406', flags: ['on'] },
    movesDirectory: { about: 'its directory has moved, on the same host: 302' },
    textInChain: { about: 'a chain has text around its certificates, blanks and CRLF' },
    alternateIsWhole: { about: 'the first chain lacks its intermediate, the whole one is linked as alternate' },
    'missing-intermediate': { about: 'hands out a chain without its intermediate' },
    'other-names': { about: 'hands out a certificate for other names' },
    'other-key': { about: 'hands out a certificate for another key' },
    expired: { about: 'hands out a certificate that has expired' },
    'trailing-junk': { about: 'hands out a chain with HTML behind it' },
  },
  flags: ['times'],
  order(
    world,
    _where,
    how,
    { on, times = UNTIL_MENDED, delay, type, status = 403, detail, 'retry-after': retryAfter },
  ) {
    if (how === 'problem' && type === undefined) throw new Misuse('the fault "problem" needs --type')
    const problem = type === undefined ? undefined : { type, status, detail: detail ?? 'as it was ordered' }
    const fault = {
      ...{ how, times },
      ...(on !== undefined && { on }),
      ...(problem !== undefined && { problem }),
      ...(delay !== undefined && { delayMs: delay }),
      ...(retryAfter !== undefined && { retryAfter }),
    }
    return counted(world.ca.misbehave(fault))
  },
})

/** What one of them takes. */
export const flagsOf = ({ whats, flags }: Kind, how: string): FlagName[] => {
  const { flags: own = [], without = [] } = whats[how] ?? {}
  return [...own, ...flags.filter((name) => !without.includes(name))]
}

export const KINDS: readonly Kind[] = [listener, dns, api, ca]
