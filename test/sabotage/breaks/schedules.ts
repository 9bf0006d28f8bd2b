/** How a certificate is found again. */
import { killOnly, tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

export const schedules: readonly Sabotage[] = [
  {
    name: 'old-token-holds',
    what: 'A token that was replaced is waited for like the refused one.',
    file: 'lib/observe/reference-values.ts',
    find: 'isAnother && isHeldBack(failure, now) ?',
    replace: 'isAnother && failure.notBefore < now ?',
    noticedBy: [tests('test/unit/reference-values')],
  },
  {
    name: 'old-marker-first',
    what: 'The old schedule marker is removed before the new one stands.',
    file: 'lib/state/schedule.ts',
    find: `  await mark(state, key)
  if (from === undefined) return
  const old = markerKey(from, id)
  if (old !== key) await state.remove(old)`,
    replace: `  const old = from === undefined ? undefined : markerKey(from, id)
  if (old !== undefined && old !== key) await state.remove(old)
  await mark(state, key)`,
    noticedBy: [killOnly('renewal memory+memory')],
    sample: true,
    proves: { 'F-01': 'test/unit/schedule' },
  },
  {
    name: 'window-alone-for-days',
    what: 'What was well once is never looked at as a whole by a worker again.',
    file: 'lib/policy/only-window.ts',
    find: ' && dayOf(looked.at) === dayOf(now)',
    replace: '',
    noticedBy: [tests('test/flow/window-look')],
  },
  {
    name: 'window-alone-though-ill',
    what: 'A certificate that is not well is asked about, and no longer looked at.',
    file: 'lib/renewal/settle.ts',
    find: 'if (!isWell) return document',
    replace: 'if (!isWell) return end.document',
    noticedBy: [tests('test/flow/window-look')],
  },
  {
    name: 'worker-lists',
    what: 'A worker lists the markers although its message names them.',
    file: 'lib/observe/due.ts',
    find: "known?.filter((key) => isAsked(certificateOf(key) ?? '')) ?? (await",
    replace: "(known?.length === -1 && isAsked(certificateOf('') ?? '') ? known : undefined) ?? (await",
    noticedBy: [tests('test/flow/cost')],
  },
  {
    name: 'message-moves-others',
    what: 'A message may name the markers of any certificate.',
    file: 'lib/observe/due.ts',
    find: "known?.filter((key) => isAsked(certificateOf(key) ?? '')) ?? (await",
    replace: "known?.filter((key) => isAsked(certificateOf(key) ?? '') || key !== '') ?? (await",
    noticedBy: [tests('test/flow/cost')],
  },
  {
    name: 'first-is-not-given-away',
    what: 'The first of those that are due is never given to the queue.',
    file: 'lib/run.ts',
    find: 'const given = [...queued, ...ending].map(',
    replace: 'const given = [...queued.slice(1), ...ending].map(',
    noticedBy: [tests('test/flow/queue')],
  },
  {
    name: 'asked-at-every-look',
    what: 'What is looked at once a day is looked at by every run.',
    file: 'lib/platform/clock.ts',
    find: 'now < after(seen, 22 * HOUR)',
    replace: 'now < after(seen, 0 * HOUR)',
    noticedBy: [tests('test/flow/credentials'), tests('test/flow/dns-persist')],
  },
  {
    name: 'credentials-by-two-runs',
    what: 'A run asks about credentials, and notifies, while another one does.',
    file: 'lib/renewal/notify-credentials.ts',
    find: 'busyUntil > now && busyUntil <= after(now, BUSY)',
    replace: 'busyUntil > now && busyUntil <= now',
    noticedBy: [tests('test/flow/credentials')],
  },
  {
    name: 'expired-credential-unknown',
    what: 'When a credential expires is forgotten as soon as its vendor does not let it ask any more.',
    file: 'lib/observe/credentials.ts',
    find: 'now?.digest === before.digest ?',
    replace: "now?.digest === '' ?",
    noticedBy: [tests('test/flow/credentials')],
  },
  {
    name: 'end-of-another-credential',
    what: 'What a vendor told of a credential is said of the one that has taken its place.',
    file: 'lib/observe/credentials.ts',
    find: 'now?.digest === before.digest ?',
    replace: 'now?.salt === before.salt ?',
    noticedBy: [tests('test/flow/credentials')],
  },
  {
    name: 'credential-told-too-late',
    what: 'A credential is told of at the first look after its last day has begun.',
    file: 'lib/policy/credential.ts',
    find: 'const BETWEEN_LOOKS = DAY + HOUR',
    replace: 'const BETWEEN_LOOKS = HOUR - HOUR * (DAY / DAY)',
    noticedBy: [tests('test/unit/credential'), tests('test/flow/credentials')],
  },
  {
    name: 'end-of-a-limit-unread',
    what: 'The time at which a vendor says that its limit ends is not read.',
    file: 'lib/platform/retry-after.ts',
    find: 'if (status !== 429 || seconds === undefined',
    replace: 'if (status === 429 || seconds === undefined',
    noticedBy: [tests('test/unit/retry-after'), tests('test/contract/dns.test')],
  },
]
