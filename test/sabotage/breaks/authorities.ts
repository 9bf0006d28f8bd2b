/** What is ordered, proved and paid for at an authority. */
import { chaos, kill, soak, tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const BUDGET = 'lib/policy/issuance-budget.ts'
const ISSUE = 'lib/renewal/issue.ts'
const KNOWN = 'lib/renewal/known-order.ts'

export const authorities: readonly Sabotage[] = [
  {
    name: 'no-budget',
    what: 'For the same names as many certificates are ordered as somebody likes.',
    file: BUDGET,
    find: 'const blocking = times[most - 1]',
    replace: 'const blocking = times[most + 1_000]',
    noticedBy: [soak(1), tests('test/flow/budget')],
    proves: { 'F-5A': 'test/flow/budget', 'F-86': 'test/flow/budget' },
  },
  {
    name: 'issued-not-counted',
    what: 'What was issued does not count against the budget.',
    file: BUDGET,
    find: 'issued: [...earlier, { at, names: setOf(names), ...issuerOf(issuer) }]',
    replace: 'issued: [...earlier, { at, names: setOf(names), ...issuerOf(issuer) }].slice(1_000)',
    noticedBy: [soak(1), tests('test/flow/budget')],
  },
  {
    name: 'retry-after-not-remembered',
    what: 'What an authority has said about when to come back is not remembered.',
    file: 'lib/policy/back-off.ts',
    find: "const asked = failure.retry === 'after' ? failure.retryAfter : undefined",
    replace: "const asked = failure.retry === 'never' ? failure.retryAfter : undefined",
    noticedBy: [
      kill('kills memory+memory refused'),
      chaos(24),
      soak(1),
      tests('test/unit/next-look', 'test/flow/patience'),
    ],
    sample: true,
  },
  {
    name: 'retry-after-not-read',
    what: 'No Retry-After of anybody is read.',
    file: 'lib/platform/retry-after.ts',
    find: "const text = headers['retry-after']?.trim()",
    replace: "const text = headers['x-retry-after']?.trim()",
    noticedBy: [chaos(24), tests('test/unit/rest', 'test/unit/acme-problem')],
    proves: { 'F-42': 'test/unit/acme-problem', 'F-74': 'test/contract/balancers' },
  },
  {
    name: 'authority-leads-anywhere',
    what: 'An authority may send signed requests to any host.',
    file: 'lib/acme/transport.ts',
    find: 'if (isOwn(directoryUrl) || Object.values(await directory()).some(isOwn)) return url',
    replace: 'if (host !== undefined || Object.values(await directory()).some(isOwn)) return url',
    noticedBy: [tests('test/unit/acme-hostile')],
    sample: true,
    proves: { 'F-59': 'test/unit/acme-hostile' },
  },
  {
    name: 'txt-left',
    what: 'TXT values stay in DNS after the proof.',
    file: 'lib/renewal/challenge-records.ts',
    find: '    await solver.cleanUp(known.map(({ found }) => found))\n',
    replace: '',
    noticedBy: [kill('kills memory+memory renewal'), chaos(12), tests('test/flow/dns-trouble', 'test/flow/renewal')],
    sample: true,
  },
  {
    name: 'key-after-order',
    what: 'An order is made before its key is stored.',
    file: ISSUE,
    find: `  const key = await step('key', deps, () => pendingKey(spec, orderSpec, stages, lease, deps))
  const located = lazyEach((label: string | undefined) => checkedLocations(spec, label, deps))
  const locate = async () => located(await authority.challengeLabel?.())
  const order = await step('order', deps, () => liveOrder(spec, issuer, stages, lease, { ...deps, locate }))`,
    replace: `  const located = lazyEach((label: string | undefined) => checkedLocations(spec, label, deps))
  const locate = async () => located(await authority.challengeLabel?.())
  const order = await step('order', deps, () => liveOrder(spec, issuer, stages, lease, { ...deps, locate }))
  const key = await step('key', deps, () => pendingKey(spec, orderSpec, stages, lease, deps))`,
    noticedBy: [kill('kills memory+memory renewal')],
  },
  {
    name: 'label-of-the-account-forgotten',
    what: 'With dns-account-01 the values are written where those of dns-01 stand.',
    file: ISSUE,
    find: 'solver.locate(names, label)',
    replace: 'solver.locate(names, label?.slice(-15))',
    noticedBy: [tests('test/flow/dns-account')],
  },
  {
    name: 'zone-not-checked',
    what: 'An order is placed though its DNS provider does not take the token.',
    file: ISSUE,
    find: 'await Promise.all(found.map((location) => solver.check(location)))',
    replace: 'await Promise.all(found.map((location) => solver.assigned({ ...location, value: location.name })))',
    noticedBy: [tests('test/flow/before-order')],
  },
  {
    name: 'full-balancer-ordered',
    what: 'A certificate is ordered that no load balancer has room for.',
    file: 'lib/policy/decide.ts',
    find: 'if (error !== undefined) return meanwhile(',
    replace: 'if (error !== undefined && input.request.force === undefined) return meanwhile(',
    noticedBy: [tests('test/flow/before-order')],
  },
  {
    name: 'order-not-noted',
    what: 'An order is not noted: a run that carries on makes another one.',
    file: ISSUE,
    find: '    order: noted,\n',
    replace: "    ...(url === '' && { order: noted }),\n",
    noticedBy: [kill('kills memory+memory renewal'), chaos(24)],
    proves: { 'F-23': 'test/flow/dns-trouble' },
  },
  {
    name: 'account-replaces-the-others',
    what: 'The key of a new account takes the place of those that are in use.',
    file: 'lib/acme/stored-accounts.ts',
    find: 'const accounts = [account, ...stored.accounts].slice(0, MOST_KEPT)',
    replace: 'const accounts = [account, ...stored.accounts].slice(0, 1)',
    noticedBy: [tests('test/unit/acme-account-changes')],
  },
  {
    name: 'account-overtaken',
    what: 'Of runs that make an account at the same time one fails.',
    file: 'lib/acme/stored-accounts.ts',
    find: "if (!isFailure(error, 'SECRET_CONFLICT') || attempt === TRIES) throw error",
    replace: "if (!isFailure(error, 'SECRET_CONFLICT') || attempt === 1) throw error",
    noticedBy: [tests('test/unit/acme-account', 'test/unit/acme-account-changes')],
  },
  {
    name: 'refused-contact-forgotten',
    what: 'That an authority refuses a contact is not remembered.',
    file: 'lib/acme/registration.ts',
    find: 'if (REFUSALS.includes(code)) {',
    replace: 'if (REFUSALS.length === 0) {',
    noticedBy: [tests('test/unit/acme-account-changes')],
  },
  {
    name: 'dead-order-kept',
    what: 'An order that cannot be read any more is asked for again and again.',
    file: KNOWN,
    find: 'if (!isLasting(failure) && !hasExpired(known.expires, clock.now())) throw thrown',
    replace: "if (failure.code !== 'ACME_ORDER_GONE' && failure.code !== 'NOT_FOUND') throw thrown",
    noticedBy: [tests('test/flow/orders')],
  },
  {
    name: 'undecided-for-ever',
    what: 'An authority that never decides on an order is never asked for another one.',
    file: KNOWN,
    find: 'const GIVEN_UP = { after: 6 * HOUR, runs: 3 }',
    replace: 'const GIVEN_UP = { after: 6_000 * HOUR, runs: 3 }',
    noticedBy: [tests('test/flow/undecided')],
  },
  {
    name: 'given-up-unasked',
    what: 'An order that nobody asked for meanwhile is given up, though its certificate may have been issued.',
    file: KNOWN,
    find: 'const GIVEN_UP = { after: 6 * HOUR, runs: 3 }',
    replace: 'const GIVEN_UP = { after: 6 * HOUR, runs: 1 }',
    noticedBy: [tests('test/flow/undecided')],
  },
  {
    name: 'authority-without-patience',
    what: 'An authority that does not decide is taken for a run without time: nobody hears of it.',
    file: 'lib/acme/poll.ts',
    find: 'if (now + wait > until) throw undecided(authority, reason)',
    replace: 'if (now + wait > until) throw outOfTime(authority, reason)',
    noticedBy: [tests('test/unit/acme-poll', 'test/flow/undecided-day')],
  },
  {
    name: 'finalized-once',
    what: 'An order that becomes ready a moment late fails.',
    file: 'lib/acme/order.ts',
    find: "if (!isFailure(error, 'ACME_ORDER_NOT_READY', 'ACME_PROBLEM')) throw error",
    replace: "if (!isFailure(error, 'ACME_PROBLEM')) throw error",
    noticedBy: [tests('test/unit/acme-orders')],
  },
  {
    name: 'key-and-account-apart',
    what: 'A stored account that is not that of its key is never mended.',
    file: 'lib/acme/refused-account.ts',
    find: 'return isStored && mayBeOfAnotherKey(error) ? ownerOfKey() : undefined',
    replace: 'return !isStored && mayBeOfAnotherKey(error) ? ownerOfKey() : undefined',
    noticedBy: [tests('test/unit/acme-account')],
  },
  {
    name: 'order-of-another-account',
    what: 'An order of an account that was replaced stands in the way of another.',
    file: 'lib/acme/order.ts',
    find: "if (!isFailure(cause, 'ACME_ACCOUNT_REFUSED', 'URL_REFUSED')) throw cause",
    replace:
      "if (!isFailure(cause, 'ACME_ACCOUNT_REFUSED', 'URL_REFUSED')) throw cause\n    if (cause.retry === 'never') throw cause",
    noticedBy: [tests('test/unit/acme-account-changes')],
  },
]
