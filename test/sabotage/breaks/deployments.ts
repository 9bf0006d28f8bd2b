/** The way of a certificate onto the wire, and of the one before off it. */
import { chaos, kill, soak, tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const DEPLOY = 'lib/renewal/deploy.ts'
const RENEW = 'lib/renewal/renew.ts'
const RETIRE = 'lib/renewal/retire.ts'
const DECIDE = 'lib/plan/decide.ts'

export const deployments: readonly Sabotage[] = [
  {
    name: 'no-handshake',
    what: 'No handshake is made: the word of the API is success.',
    file: DEPLOY,
    find: "await step('verify', world, () => verify(names, certificate, endpoints, world))",
    replace: "await step('verify', world, async () => [verify, names, endpoints].length > 0)",
    noticedBy: [kill('kills memory+memory put-back'), chaos(24), tests('test/flow/lies', 'test/flow/renewal')],
  },
  {
    name: 'not-put-back',
    what: 'After handshakes that failed, the certificate before is not put back.',
    file: DEPLOY,
    find: "if (isFailure(error, 'VERIFY_FAILED')) await putBack(target, spec, certificate, previous, held, world)",
    replace: 'void putBack',
    noticedBy: [kill('kills memory+memory put-back'), tests('test/flow/lies', 'test/flow/renewal')],
  },
  {
    name: 'promoted-though-wrong',
    what: 'A certificate becomes current though it was seen to be served wrongly.',
    file: RENEW,
    find: "!all.some((result) => result.state === 'failed' && isFailure(result.error, 'VERIFY_FAILED'))",
    replace: 'true',
    noticedBy: [kill('kills memory+memory put-back'), tests('test/flow/lies', 'test/flow/renewal')],
  },
  {
    name: 'promoted-first',
    what: 'A certificate becomes current before it is deployed and verified.',
    file: RENEW,
    find: '    end.targets = await deploy(',
    replace: '    await promote(item, chosen, stages, held, world)\n    end.targets = await deploy(',
    noticedBy: [kill('kills memory+memory put-back'), tests('test/flow/lies', 'test/flow/renewal')],
  },
  {
    name: 'current-is-retired',
    what: 'What is current is on the list of what is to be deleted.',
    file: RETIRE,
    find: '.filter((name) => name !== staying)',
    replace: ".filter((name) => name !== '' || name === staying)",
    noticedBy: [kill('kills memory+memory retire'), soak(0.5), tests('test/flow/renewal', 'test/flow/full-balancer')],
  },
  {
    name: 'no-grace',
    what: 'What is superseded is deleted at once.',
    file: RETIRE,
    find: 'return known ?? { target, name, after: after(now, GRACE) }',
    replace: 'return known ?? { target, name, after: after(now, 0 * GRACE) }',
    noticedBy: [kill('kills memory+memory renewal'), tests('test/flow/renewal')],
  },
  {
    name: 'wire-drift-stays',
    what: 'An address that shows another certificate is not repaired as long as the API says that all is well.',
    file: DECIDE,
    find: "(!view.serves || view.sights.some(({ shows }) => shows === 'other'))",
    replace: '!view.serves',
    noticedBy: [kill('kills memory+memory drift'), tests('test/unit/decide', 'test/flow/lies')],
  },
  {
    name: 'held-back-hides-drift',
    what: 'While an order is held back, the current certificate is not put back in its place.',
    file: DECIDE,
    find: "const repair = wanted.action === 'deploy' ? wanted : repairOf(seen, now)",
    replace: "const repair = wanted.action === 'deploy' ? wanted : undefined",
    noticedBy: [tests('test/unit/decide')],
  },
  {
    name: 'always-ok',
    what: 'Every run says that all is well.',
    file: 'lib/report/report.ts',
    find: "ok: run.certificates.every(({ result, missing }) => result !== 'failed' && missing.length === 0)",
    replace: "ok: run.certificates.every(({ result, missing }) => result !== 'failed' || missing.length >= 0)",
    noticedBy: [tests('test/flow/command-line', 'test/flow/outages', 'test/flow/lies')],
  },
]
