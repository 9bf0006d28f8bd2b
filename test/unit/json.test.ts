import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import {
  deleteJson,
  discardJson,
  forgetJson,
  type Inspected,
  listJson,
  notifyJson,
  placeholderJson,
  pruneJson,
  rewrapJson,
  secretJson,
  unlockJson,
} from '../../lib/report/by-hand.ts'
import { observedJson, queuedJson, refusalJson, rememberedJson, runJson } from '../../lib/report/documents.ts'
import { observedOf } from '../../lib/report/observed.ts'
import { planJson } from '../../lib/report/plan-json.ts'
import type { RememberedCertificate } from '../../lib/report/remembered.ts'
import { reportOf } from '../../lib/report/report.ts'
import { type CertificateDocument, emptyDocument } from '../../lib/state/document.ts'
import type {
  CertificateFacts,
  Health,
  KnownProbeResult,
  Obstacle,
  Outcome,
  PlanItem,
  PublicCertificate,
} from '../../lib/types.ts'
import { described, undescribed } from '../support/json-docs.ts'
import { shop } from '../support/memory-world.ts'

const at = new Date('2026-11-22T06:00:00.000Z')
const HOSTILE = 'first\u001b[31m\nBearer abcdef'
const failure = new Failure('RATE_LIMITED', HOSTILE, { retryAfter: at, fields: { host: 'api.example' }, step: 'order' })
const facts: CertificateFacts = {
  names: ['shop.example'],
  serial: '01AB',
  fingerprint: 'ab'.repeat(32),
  keyAlgorithm: 'ecdsa-p256',
  notBefore: new Date('2026-11-01T00:00:00.000Z'),
  notAfter: new Date('2026-11-24T05:00:00.000Z'),
  issuer: HOSTILE,
}
const ill: Health = {
  healthy: false,
  conditions: [{ code: 'NOT_DONE', severity: 'critical', message: HOSTILE, advice: 'wait' }],
}
const well: Health = {
  healthy: true,
  conditions: [{ code: 'PRIVATE', severity: 'info', message: 'not seen', advice: undefined }],
}

/** All that an outcome can have, and as little as it can have. */
const outcomes: readonly Outcome[] = [
  {
    id: 'shop',
    result: 'failed',
    decision: { action: 'wait', until: at, reason: 'budget', message: HOSTILE },
    certificate: facts,
    targets: {
      'fr/edge': { state: 'failed', error: failure },
      'us/apps': {
        state: 'verified',
        addresses: [
          { address: '192.0.2.1', port: 443, state: 'verified', family: 'ecdsa' },
          { address: '2001:db8::7', port: 443, state: 'unverified', reason: HOSTILE },
        ],
      },
    },
    error: failure,
    missing: ['new.example'],
    next: at,
    health: ill,
  },
  {
    ...{ id: 'blog', result: 'failed', decision: { action: 'blocked', error: new Failure('DENIED', 'refused') } },
    ...{
      certificate: undefined,
      targets: {},
      error: new Failure('DENIED', 'refused'),
      missing: [],
      next: undefined,
      health: well,
    },
  },
]
const run = { environment: 'prod', dryRun: false, whole: true, startedAt: at, finishedAt: at }
const report = reportOf({ ...run, certificates: outcomes, unhealthy: [{ id: 'old', code: 'EXPIRED' }] })

const sight: KnownProbeResult = {
  ...{ address: '192.0.2.1', port: 443, serverName: 'shop.example', shows: 'other' },
  ...{ served: { ...facts, chainPem: '' } satisfies PublicCertificate, reason: undefined, answersSince: at },
}
const silent: KnownProbeResult = {
  ...sight,
  shows: 'broken',
  served: undefined,
  reason: HOSTILE,
  answersSince: undefined,
}
const items: readonly PlanItem[] = [
  {
    spec: shop,
    decision: { action: 'wait', until: at, reason: 'back-off', message: HOSTILE },
    current: facts,
    lost: undefined,
    authority: 'letsencrypt',
    renewAt: at,
    window: undefined,
    targets: {
      'fr/edge': { serves: true, endpoints: [], probes: [sight, silent], managed: ['newleaf-prod-shop-ab'] },
      'us/apps': { error: failure },
    },
    failure: { code: 'DENIED', message: HOSTILE, at, notBefore: at },
    missing: ['new.example'],
    health: ill,
    observed: true,
    pending: facts,
    superseded: { 'fr/edge': [{ object: 'newleaf-prod-shop-ab', after: at }] },
    orphaned: [{ balancer: 'fr', object: 'newleaf-prod-shop-cd', after: at }],
  },
  {
    ...{ observed: false, pending: undefined, superseded: {}, orphaned: [] },
    ...{
      spec: { ...shop, profile: 'tlsserver' },
      decision: { action: 'blocked', error: failure },
      current: undefined,
      lost: undefined,
      authority: undefined,
    },
    ...{ renewAt: undefined, window: undefined, targets: {}, failure: undefined, missing: [], health: well },
  },
]

const obstacles: readonly Obstacle[] = [
  {
    ...{ error: failure, locations: ['balancers.us.options.token'], reference: 'env:LINODE_TOKEN' },
    certificates: ['shop'],
  },
  { error: new Failure('DENIED', 'no answer'), locations: ['dns.main'], reference: undefined, certificates: [] },
]
const unconfigured = [
  { balancer: 'fr', object: 'newleaf-prod-old-ab' },
  { balancer: 'fr', object: 'newleaf-prod-old-cd', after: at },
]
const credentials = [{ location: 'dns.main', expiresAt: new Date('2026-12-01T00:00:00Z') }]
const plan = { items, obstacles, unconfigured, credentials }

const document: CertificateDocument = {
  ...emptyDocument,
  lease: { holder: 'one', fence: 1, until: at },
  order: { authority: 'letsencrypt', url: 'https://ca.example/order/1' },
  challengeRecords: [
    { name: '_acme-challenge.shop.example', value: 'value', zone: 'shop.example', provider: 'main', since: at },
  ],
  current: { ...facts, authority: 'letsencrypt' },
  targets: {
    'fr/edge': {
      ...{ name: 'fr/edge', balancer: 'fr', verified: true, objects: [], superseded: [] },
      deployed: { fingerprint: facts.fingerprint, object: 'newleaf-prod-shop-ab', since: at },
      addresses: { '192.0.2.1:443': { answersSince: at, verified: at }, '[2001:db8::7]:443': {} },
    },
    gone: { name: 'gone', balancer: 'fr', verified: false, addresses: {}, objects: [], superseded: [] },
  },
  window: {
    fingerprint: facts.fingerprint,
    start: at,
    end: at,
    checkAfter: at,
    explanation: HOSTILE,
    suggestedNow: true,
  },
  failures: {
    observe: {
      count: 2,
      code: 'DENIED',
      message: HOSTILE,
      step: 'order',
      since: at,
      at,
      notBefore: at,
      configHash: 'one',
    },
    authorities: {
      letsencrypt: { issue: { count: 1, code: 'DENIED', message: 'refused', at, notBefore: at, configHash: 'one' } },
    },
  },
  rejected: { fingerprint: facts.fingerprint, tries: 3, since: at, givenUp: 'tries' },
  issued: [{ at, names: 'hash' }],
  events: [
    { at, event: 'renewed', detail: HOSTILE },
    { at, event: 'deployed' },
  ],
  nextLook: at,
}
const certificates: readonly RememberedCertificate[] = [
  { spec: shop, health: ill, document, error: undefined },
  { spec: shop, health: well, document: emptyDocument, error: undefined },
  { spec: shop, health: ill, document: undefined, error: failure },
]

const inspected: readonly Inspected[] = [
  {
    balancer: 'fr',
    target: 'fr/edge',
    held: [
      {
        loadBalancer: 'edge',
        name: 'newleaf-prod-shop-ab',
        id: 'one',
        covers: ['shop.example'],
        notAfter: at,
        managed: true,
        bound: [{ listener: 'https', effectiveFor: ['shop.example'] }],
      },
      { loadBalancer: 'apps', name: 'ab', covers: [], notAfter: undefined, managed: undefined, bound: [] },
      {
        ...{ loadBalancer: 'apps', name: 'cd', covers: ['blog.example'], notAfter: at, managed: undefined, bound: [] },
        ...{ seenOnWire: true, sha1: 'cd', fingerprint: 'ef' },
      },
    ],
    quota: { held: 2, limit: 200 },
    warnings: ['it has expired'],
  },
  { balancer: 'us', target: 'us/apps', error: failure },
]
const results = [
  ['ops', undefined],
  ['lost', failure],
] as const

/** Every document of docs/json.md, with all that it can have and with as little as it can have. */
const documents: Readonly<Record<string, readonly unknown[]>> = {
  run: [runJson({ ...report, windowsAsked: ['fresh'] }), runJson({ ...report, dryRun: true, obstacles })],
  queued: [queuedJson(['shop'], report)],
  plan: [planJson(plan, false, at)],
  observed: [
    observedJson(
      items.map((item) => observedOf(item, document, undefined)),
      at,
      { events: true, credentials },
    ),
    observedJson([], at, {
      credentials: [],
      unconfigured: [
        { id: 'old', current: { ...facts, authority: 'letsencrypt' }, targets: ['fr/edge'], error: undefined },
        { id: 'torn', current: undefined, targets: [], error: failure },
      ],
    }),
  ],
  remembered: [rememberedJson(certificates, credentials, 'prod', at)],
  refusal: [refusalJson(failure, at)],
  list: [listJson(inspected, false, at)],
  notify: [notifyJson(results)],
  placeholder: [placeholderJson(results)],
  prune: [
    pruneJson(
      [{ ...{ balancer: 'fr', target: 'fr/edge', unneeded: ['old'], deleted: ['old'] }, error: undefined }],
      false,
    ),
    pruneJson([{ ...{ balancer: 'fr', target: 'fr/edge', unneeded: [], deleted: [] }, error: failure }], true),
  ],
  delete: [
    deleteJson(
      'fr',
      [
        { name: 'old', held: { id: 'one', loadBalancer: 'edge' }, deleted: true, reason: undefined },
        { name: 'gone', held: undefined, deleted: false, reason: HOSTILE },
      ],
      false,
    ),
    deleteJson('fr', [{ name: 'old', held: { loadBalancer: 'edge' }, deleted: false, reason: undefined }], true),
  ],
  discard: [discardJson('shop', facts.fingerprint), discardJson('shop', undefined)],
  forget: [
    forgetJson({
      id: 'old',
      deleted: ['one at fr/edge'],
      left: ['two at fr/edge'],
      secret: 'certificate/old',
      secretBecame: 'scheduled',
    }),
  ],
  unlock: [unlockJson('shop', true)],
  secret: [secretJson('secret:scaleway#dns')],
  secrets: [rewrapJson(3)],
}
const all = Object.entries(documents).flatMap(([section, some]) => some.map((one) => ({ section, one })))
const page = described()

describe('the JSON of newleaf', () => {
  test('is what docs/json.md describes: no field more, and none absent that is not said to be', () => {
    expect(all.flatMap(({ section, one }) => undescribed(one, section, page))).toEqual([])
  })

  test('has every field that docs/json.md describes', () => {
    const seen = new Set<string>()
    for (const { section, one } of all) undescribed(one, section, page, seen)
    const fields = [...page].flatMap(([section, rows]) => [...rows.keys()].map((name) => `${section}.${name}`))
    expect(fields.length).toBeGreaterThan(100)
    expect(fields.filter((field) => !seen.has(field))).toEqual([])
  })

  test('is told to whom it is given: each document stands in the table at the top of docs/json.md', () => {
    const [head = ''] = readFileSync('docs/json.md', 'utf8').split('# Documents')
    const linked = [...head.matchAll(/\]\(#([\w-]+)\) \|$/gm)].map(([, section]) => section)
    expect(linked.sort()).toEqual(Object.keys(documents).sort())
  })

  test.each(all)('$section says its version, and whether all is well, once and at its top', ({ one }) => {
    expect(one).toMatchObject({ v: 1, ok: expect.any(Boolean) })
    expect(JSON.stringify(one).match(/"(ok|v)":/g)).toHaveLength(2)
  })

  test('is one line wherever text comes from outside, without control characters and without what looks like a secret', () => {
    const texts = all.map(({ one }) => JSON.stringify(one)).join('')
    expect(texts).toContain('first')
    expect(texts).not.toMatch(/\\u001b|\\n|abcdef/)
  })

  test('of what is remembered tells no order, no TXT value, no name of an object, and no target that is not configured', () => {
    expect(JSON.stringify(documents.remembered)).not.toMatch(
      /ca\.example|_acme-challenge|newleaf-prod|"gone"|configHash/,
    )
  })

  test('tells the days that are left as whole ones, and as less than none once it is over', () => {
    const left = (now: string) => planJson(plan, true, new Date(now)).certificates[0]?.certificate?.daysLeft
    expect(left('2026-11-22T06:00:00.000Z')).toBe(1)
    expect(left('2026-11-24T04:59:00.000Z')).toBe(0)
    expect(left('2026-11-24T05:01:00.000Z')).toBe(-1)
  })
})
