/** The way of a certificate onto the wire, and of the one before off it. */
import { chaos, kill, killOnly, tests, testsNamed } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const VERIFY = 'lib/renewal/verify.ts'
const DEPLOY = 'lib/renewal/deploy.ts'
const ACT = 'lib/renewal/act.ts'
const COLLECT = 'lib/renewal/collect.ts'
const DECIDE = 'lib/policy/decide.ts'

export const deployments: readonly Sabotage[] = [
  {
    name: 'no-handshake',
    what: 'No handshake is made: the word of the API is success.',
    file: VERIFY,
    find: 'return Promise.all(endpoints.map(verifyAddress))',
    replace:
      "return endpoints.map((endpoint) => ({ ...endpoint, state: verifyAddress.length > 0 ? 'verified' : 'unverified' }))",
    noticedBy: [
      killOnly('put-back memory+memory'),
      killOnly('alert memory+memory'),
      chaos(24),
      tests('test/flow/lies', 'test/flow/swap-breaks'),
    ],
  },
  {
    name: 'not-put-back',
    what: 'After handshakes that failed, the certificate before is not put back.',
    file: DEPLOY,
    find: 'error: await rollBack(failure, target, delivery, lease, deps)',
    replace: 'error: rollBack.length > 0 ? failure : toFailure(delivery)',
    noticedBy: [
      killOnly('put-back memory+memory'),
      killOnly('alert memory+memory'),
      tests('test/flow/lies', 'test/flow/swap-breaks'),
    ],
  },
  {
    name: 'first-stays',
    what: 'A first certificate whose handshakes fail is not taken off again.',
    file: 'lib/renewal/roll-back.ts',
    find: "const isOff = await step('roll back', deps, () => balancer.detach(target.listener, name))",
    replace: 'const isOff = [balancer.detach, name].length === 0',
    noticedBy: [killOnly('breaks-first memory+memory'), testsNamed('is taken off again', 'test/flow/swap-breaks')],
  },
  {
    name: 'promoted-though-wrong',
    what: 'A certificate becomes current though it was seen to be served wrongly.',
    file: ACT,
    find: "!all.some((result) => result.state === 'failed' && isFailure(result.error, 'VERIFY_FAILED'))",
    replace: 'true',
    noticedBy: [
      killOnly('one-name memory+memory'),
      killOnly('one-address memory+memory'),
      tests('test/flow/lies', 'test/flow/renewal'),
    ],
  },
  {
    name: 'promoted-first',
    what: 'A certificate becomes current before it is deployed and verified.',
    file: ACT,
    find: '  const targets = await deploy(',
    replace: '  await activate(spec.id, chosen, observation.stages, lease, deps)\n  const targets = await deploy(',
    noticedBy: [killOnly('renewal memory+memory'), tests('test/flow/lies', 'test/flow/renewal')],
  },
  {
    name: 'current-is-retired',
    what: 'What is current is on the list of what is to be deleted.',
    file: COLLECT,
    find: '.filter((object) => object !== staying)',
    replace: ".filter((object) => object !== '' || object === staying)",
    noticedBy: [killOnly('renewal memory+memory'), tests('test/flow/renewal', 'test/flow/full-balancer')],
  },
  {
    name: 'no-grace',
    what: 'What is superseded is deleted at once.',
    file: COLLECT,
    find: 'object === leaving ? { object, after: after(now, GRACE) } : known',
    replace: 'object === leaving ? { object, after: after(now, 0 * GRACE) } : known',
    noticedBy: [killOnly('renewal memory+memory'), tests('test/flow/renewal')],
  },
  {
    name: 'grace-counts-twice',
    what: 'The grace of what is current begins when a run notes that it will be replaced, though the run does not come to it.',
    file: COLLECT,
    find: 'return known === undefined || object === leaving ? { object, after: after(now, GRACE) } : known',
    replace: "return known ?? { object, after: after(now, leaving === '' ? 0 : GRACE) }",
    noticedBy: [kill('blows memory+memory renewal'), testsNamed('whole day', 'test/flow/swap-breaks')],
  },
  {
    name: 'grace-of-those-behind',
    what: 'At a target that was behind, the grace of what it serves begins before it is replaced.',
    file: 'lib/renewal/swap.ts',
    find: 'const kept = withGrace(document, target, clock.now())',
    replace: 'const kept = withGrace.length > 0 ? document : document',
    noticedBy: [testsNamed('was behind for most', 'test/flow/swap-breaks')],
  },
  {
    name: 'wire-drift-stays',
    what: 'An address that shows another certificate is not repaired as long as the API says that all is well.',
    file: DECIDE,
    find: '(!view.serves || view.probes.some(isAmiss))',
    replace: '(!view.serves || view.probes.some((sight) => isAmiss(sight) && sight.port === 0))',
    noticedBy: [killOnly('breaks-later memory+memory'), tests('test/unit/decide', 'test/flow/lies')],
  },
  {
    name: 'held-back-hides-drift',
    what: 'While an order is held back, the current certificate is not put back in its place.',
    file: DECIDE,
    find: 'const repair = firstOf(MEANWHILE, input)',
    replace: 'const repair = firstOf([], input)',
    noticedBy: [killOnly('taken-off memory+memory'), tests('test/unit/decide')],
  },
  {
    name: 'drift-stays',
    what: 'What is current is not brought back to a target that does not serve it.',
    file: DECIDE,
    find: 'if (elsewhere.length === 0) return undefined',
    replace: 'if (elsewhere.length >= 0) return undefined',
    noticedBy: [killOnly('drift memory+memory'), killOnly('taken-off memory+memory'), tests('test/unit/decide')],
  },
  {
    name: 'pending-hides-drift',
    what: 'A new certificate whose deployment is held back keeps the current one from being put back.',
    file: DECIDE,
    find: 'return held === undefined ? wanted : meanwhile(held, input)',
    replace: 'return held ?? wanted',
    noticedBy: [tests('test/flow/pending')],
  },
  {
    name: 'never-given-up',
    what: 'A certificate that its targets refuse is tried for ever.',
    file: 'lib/policy/rejected.ts',
    find: 'tries < MOST_TRIES ?',
    replace: 'tries > -MOST_TRIES ?',
    noticedBy: [killOnly('given-up memory+memory'), tests('test/flow/pending')],
  },
  {
    name: 'deleted-before-seen',
    what: 'What is superseded goes before its successor was seen at every address.',
    file: COLLECT,
    find: 'if (!isSettled(entry, fingerprint)) {',
    replace: "if (!isSettled(entry, fingerprint) && target.name === '') {",
    noticedBy: [tests('test/flow/swap-breaks')],
  },
  {
    name: 'lost-is-unseen',
    what: 'An address that answered before a swap and does not after it counts as one that was never reached.',
    file: 'lib/renewal/verify.ts',
    find: "let [reached, inARow, pause] = [known(endpoint) === 'answers', 0, FIRST_PAUSE]",
    replace: "let [reached, inARow, pause] = [known({ ...endpoint, port: -1 }) === 'answers', 0, FIRST_PAUSE]",
    noticedBy: [tests('test/unit/verify', 'test/flow/swap-breaks')],
  },
  {
    name: 'wrong-clock-deletes',
    what: 'What is superseded is deleted by a clock of which the authority says that it is wrong.',
    file: DECIDE,
    find: 'if (clockWrong !== undefined || current === undefined) return undefined',
    replace: "if (clockWrong?.code === 'OUT_OF_TIME' || current === undefined) return undefined",
    noticedBy: [tests('test/flow/swap-breaks')],
  },
]
