import { expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { after, DAY, HOUR, MINUTE } from '../../lib/platform/clock.ts'
import { Secret } from '../../lib/platform/secret.ts'
import type { Certificate, CertificateFacts, Decision, Notice, Outcome, PublicCertificate } from '../../lib/types.ts'
import { createOutages } from './outages.ts'
import { FOREIGN, type Spell } from './spells.ts'
import { createTruth, type Truth } from './truth.ts'
import { createWatch, type Promised, type Watch } from './watch.ts'

const began = new Date('2026-11-22T06:00:00Z')

/** A watch over a world in which all is up. */
function watching() {
  let now = began
  const clock = { now: () => now, sleep: async () => {} }
  const [never, none] = [after(began, 9_000 * DAY), { authority: 0, dns: 0, state: 0, secrets: 0, stores: 0 }]
  const between = [never, never] as const
  const outages = createOutages({ seed: 1, clock, durations: none, quiet: 0, lifetimes: ['90 days'], between })
  const watch = createWatch(clock, () => outages)
  const balancer = { served: certificate as PublicCertificate | undefined, objects: new Map<string, Certificate>() }
  let spell: Spell | undefined
  const spells = { of: () => spell, isBroken: () => spell !== undefined }
  const truth = createTruth({ clock, watch, outages, spells, balancers: { shop: balancer } })
  const pass = (milliseconds: number) => {
    now = after(now, milliseconds)
  }
  return {
    watch,
    truth,
    balancer,
    pass,
    /** It turns clients away, until another word. */
    breaks(kind: Spell['kind'] | undefined) {
      spell = kind && { kind, id: 'shop' }
    },
    broken: () => (Object.keys(watch.broken) as Promised[]).filter((each) => watch.broken[each].length),
  }
}

const certificate: PublicCertificate = {
  names: ['shop.example'],
  serial: '01',
  fingerprint: 'ab',
  keyAlgorithm: 'ecdsa-p256',
  notBefore: began,
  notAfter: after(began, 90 * DAY),
  issuer: 'CN=CA',
  chainPem: '',
}
const see = (watch: Watch, served: CertificateFacts | undefined) => watch.sees('shop', '90 days', served)
const notice = (event: Notice['event'], code: string): Notice => ({
  ...{ event, environment: 'test', certificate: 'shop', names: [], codes: [code], message: '', since: began },
})
const failed = (decision: Decision): Outcome => {
  const error = new Failure('ACME_SERVER', 'down')
  const result = 'failed' as const
  const health = { healthy: false, conditions: [] }
  const none = { certificate: undefined, targets: {}, missing: [], next: undefined }
  return { id: 'shop', result, decision, error, health, ...none }
}
function each<T>(all: readonly T[], happens: (one: T) => void): void {
  for (const one of all) happens(one)
}
const order: Decision = { action: 'issue', reason: 'due', message: 'due', authorities: [{ authority: 'ca' }] }

test.each<[Promised | 'nothing', string, (world: ReturnType<typeof watching>) => void]>([
  ['nothing', 'what is served lives on', ({ watch }) => see(watch, certificate)],
  ['served', 'what was served is gone', ({ watch }) => each([certificate, undefined], (served) => see(watch, served))],
  [
    'sixth',
    'less than a sixth is left',
    ({ watch, pass }) => {
      pass(75 * DAY + HOUR)
      see(watch, certificate)
    },
  ],
  [
    'nothing',
    'an order is made when it is due',
    ({ watch, pass }) => {
      pass(60 * DAY)
      see(watch, certificate)
      watch.ordered('shop', certificate)
    },
  ],
  [
    'due',
    'an order is made before that',
    ({ watch, pass }) => {
      pass(59 * DAY)
      see(watch, certificate)
      watch.ordered('shop', certificate)
    },
  ],
  ['nothing', 'three are issued', ({ watch }) => each([1, 2, 3], () => watch.issued('shop'))],
  ['budget', 'four are issued', ({ watch }) => each([1, 2, 3, 4], () => watch.issued('shop'))],
  ['told', 'a problem is told again', ({ watch }) => each([1, 2], () => watch.hears(notice('problem', 'DENIED')))],
  ['told', 'the end of nothing is told', ({ watch }) => watch.hears(notice('resolved', 'DENIED'))],
  [
    'nothing',
    'a problem and its end are told',
    ({ watch }) => each(['problem', 'resolved', 'problem'] as const, (event) => watch.hears(notice(event, 'DENIED'))),
  ],
  ['calm', 'something fails', ({ watch }) => watch.ended([failed(order)])],
  ['calm', 'a run cannot begin', ({ watch }) => watch.failedRun(new Failure('STORE_FAILED', 'x'))],
])('%s is found broken when %s', (promise, _what, happen) => {
  const world = watching()
  happen(world)
  expect(world.broken()).toEqual(promise === 'nothing' ? [] : [promise])
})

test.each([
  [10, 10],
  [9, 10],
])('a third try after %d minutes is patient from %d on', (waited, enough) => {
  const { watch, pass, broken } = watching()
  for (const minutes of [1, waited, 0]) {
    watch.ended([failed(order)])
    pass(minutes * MINUTE)
  }
  expect(broken().includes('patient')).toBe(waited < enough)
})

const kept: Outcome = {
  ...{
    id: 'shop',
    result: 'kept',
    decision: { action: 'wait', reason: 'fresh', message: 'because', until: after(began, DAY) },
  },
  ...{ certificate, targets: {}, error: undefined, missing: [], next: undefined },
  health: { healthy: true, conditions: [] },
}
const ill: Outcome = { ...kept, health: { healthy: false, conditions: [] } }
const verified: Outcome = { ...ill, targets: { 'fr/edge': { state: 'verified', addresses: [] } } }
const whole = (ok: boolean) => ({ ok, whole: true })
const fresh: PublicCertificate = { ...certificate, fingerprint: 'cd' }
function supersede(truth: Truth, balancer: { served: PublicCertificate | undefined }): void {
  truth.sees('shop')
  balancer.served = fresh
  truth.sees('shop')
}
const asObject = (each: PublicCertificate): Certificate => ({ ...each, privateKeyPem: new Secret('a key') })

test.each<[Promised | 'nothing', string, (world: ReturnType<typeof watching>) => void]>([
  ['nothing', 'all is well, and said to be', ({ truth }) => truth.reported([kept], whole(true))],
  [
    'nothing',
    'what is broken is said, told, and told to be over',
    ({ watch, truth, breaks }) => {
      breaks('breaks TLS')
      watch.hears(notice('problem', 'VERIFY_FAILED'))
      truth.reported([ill], whole(false))
      truth.reported([], whole(false))
      breaks(undefined)
      watch.hears(notice('resolved', 'VERIFY_FAILED'))
      truth.reported([kept], whole(true))
    },
  ],
  [
    'honest',
    'it is said to be healthy, and has expired',
    ({ truth, pass }) => {
      pass(91 * DAY)
      truth.reported([kept], { ok: false, whole: false })
    },
  ],
  [
    'honest',
    'a target is said to be verified, and turns clients away',
    ({ watch, truth, breaks }) => {
      breaks('breaks TLS')
      watch.hears(notice('problem', 'VERIFY_FAILED'))
      truth.reported([verified], whole(false))
    },
  ],
  [
    'said',
    'a run that finds nothing due is ok, and one was not well at the last look',
    ({ truth }) => each([false, true], (ok) => truth.reported(ok ? [] : [ill], whole(ok))),
  ],
  ['said', 'a run is not ok, and all are well', ({ truth }) => truth.reported([kept], whole(false))],
  [
    'nothing',
    'a run is not ok, and nobody knows what another could note',
    ({ truth }) => {
      truth.cut([ill])
      truth.reported([], whole(false))
    },
  ],
  [
    'back',
    'a swap has broken it, and the run has ended',
    ({ watch, truth, breaks }) => {
      breaks('breaks TLS on a swap')
      watch.hears(notice('problem', 'VERIFY_FAILED'))
      truth.reported([ill], whole(false))
    },
  ],
  [
    'noticed',
    'it is broken, and nobody is told',
    ({ truth, breaks }) => {
      breaks('goes dark')
      truth.reported([ill], whole(false))
    },
  ],
  [
    'noticed',
    'it is well again, and nobody is told',
    ({ watch, truth }) => {
      watch.hears(notice('problem', 'VERIFY_FAILED'))
      truth.reported([kept], whole(true))
    },
  ],
  [
    'repaired',
    'somebody else has bound something, and it stays',
    ({ truth, balancer }) => {
      balancer.served = { ...certificate, fingerprint: FOREIGN }
      truth.reported([ill], whole(false))
    },
  ],
  [
    'nothing',
    'what was superseded goes after a day',
    ({ truth, balancer, pass }) => {
      balancer.objects.set('old', asObject(certificate))
      supersede(truth, balancer)
      pass(DAY)
      balancer.objects.clear()
      truth.sees('shop')
    },
  ],
  [
    'grace',
    'what was superseded goes within a day',
    ({ truth, balancer, pass }) => {
      balancer.objects.set('old', asObject(certificate))
      supersede(truth, balancer)
      pass(23 * HOUR)
      balancer.objects.clear()
      truth.sees('shop')
    },
  ],
  ['grace', 'what was superseded goes at once', ({ truth, balancer }) => supersede(truth, balancer)],
])('by what is reported and what clients see, %s is found broken when %s', (promise, _what, happen) => {
  const world = watching()
  happen(world)
  expect(world.broken()).toEqual(promise === 'nothing' ? [] : [promise])
})
