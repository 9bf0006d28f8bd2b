/** What a run says, and whom it tells. */
import { chaos, kill, killOnly, soak, tests, testsNamed } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

export const words: readonly Sabotage[] = [
  {
    name: 'always-healthy',
    what: 'Every certificate is healthy.',
    file: 'lib/policy/health.ts',
    find: "return { healthy: conditions.every(({ severity }) => severity === 'info'), conditions }",
    replace: 'return { healthy: conditions.every(({ severity }) => severity.length > 0), conditions }',
    noticedBy: [
      killOnly('alert memory+memory'),
      killOnly('breaks-later memory+memory'),
      chaos(24),
      tests('test/unit/health', 'test/flow/alarms'),
    ],
  },
  {
    name: 'always-ok',
    what: 'Every run says that all is well.',
    file: 'lib/report/report.ts',
    find: "run.dryRun ? result !== 'failed' && result !== 'waiting' : health.healthy,",
    replace: "run.dryRun ? result !== 'failed' && result !== 'waiting' : result.length > 0 || health.healthy,",
    noticedBy: [
      killOnly('alert memory+memory'),
      soak(0.5),
      tests('test/flow/command-line', 'test/flow/outages', 'test/flow/alarms'),
    ],
  },
  {
    name: 'shown-or-nothing',
    what: 'A run ends when whoever shows its events throws.',
    file: 'lib/events.ts',
    find: '        tell(error, event, log)\n',
    replace: '        throw error\n',
    noticedBy: [tests('test/unit/events')],
  },
  {
    name: 'remembers-what-is-gone',
    what: 'The status function tells of what another environment remembers.',
    file: 'lib/state/document.ts',
    find: 'if (document.environment !== undefined && document.environment !== environment) {',
    replace: "if (document.environment !== undefined && document.environment === '') {",
    noticedBy: [tests('test/unit/remembered')],
  },
  {
    name: 'unhealthy-is-forgotten',
    what: 'A run that finds nothing due knows of nobody who is not healthy.',
    file: 'lib/observe/update-schedule.ts',
    find: '  ...unhealthy.filter(isOther),\n',
    replace: '  ...unhealthy.filter((one) => isOther(one) && false),\n',
    noticedBy: [kill('kills memory+memory unwanted'), soak(0.5), tests('test/flow/alarms', 'test/unit/unhealthy')],
  },
  {
    name: 'marked-too-late',
    what: 'Who is not healthy is marked only after the wake marker has moved.',
    file: 'lib/renewal/renew.ts',
    find: '  await markHealth(world.state, spec.id, wordFor(health))\n',
    replace: '',
    noticedBy: [kill('kills memory+memory unwanted'), testsNamed('followed by runs that know', 'test/kill/kill')],
  },
  {
    name: 'nobody-is-told',
    what: 'Nobody hears of what is wrong.',
    file: 'lib/renewal/tell.ts',
    find: 'for (const problem of news(problems, told)) {',
    replace: 'for (const problem of news(problems, told).slice(100)) {',
    noticedBy: [killOnly('refused memory+memory'), tests('test/flow/notices')],
  },
]
