import { describe, expect, test } from 'vitest'
import { parseDocument } from '../../lib/state/document.ts'
import { at } from '../support/full-document.ts'
import { versionOne } from '../support/version-1-document.ts'

const carriedOver = (change: object = {}) =>
  parseDocument('certificate/shop', JSON.parse(JSON.stringify({ ...versionOne, ...change })))
const failure = {
  ...{ count: 2, code: 'ACME_CAA', message: 'no', step: 'prove' },
  ...{ since: at, at, notBefore: at, configHash: 'ef' },
}

describe('a state document of version 1', () => {
  test('is read in the words of version 2, and nothing of it is lost', () => {
    const { targets, current, rejected, unfinished, events, fence, environment, ...rest } = carriedOver()
    expect({ fence, environment, rejected, unfinished, events }).toEqual({
      fence: 3,
      environment: 'prod',
      rejected: { fingerprint: 'cd', tries: 5, since: at, givenUp: 'tries' },
      unfinished: { count: 1, since: at },
      events: [{ at, event: 'issued', detail: 'ab' }],
    })
    expect(current).toMatchObject({ fingerprint: 'ab', authority: 'letsencrypt', notAfter: at })
    expect(rest).toEqual({
      v: 2,
      lease: { holder: 'run-1', fence: 3, until: at },
      order: { authority: 'letsencrypt', url: 'https://acme.example/order/1', expires: at },
      challengeRecords: [
        { name: '_acme-challenge.shop.example.com', value: 'value', zone: 'example.com', provider: 'main', since: at },
      ],
      orphans: [],
      window: {
        ...{ fingerprint: 'ab', start: at, end: at, checkAfter: at, explanation: 'https://acme.example/why' },
        suggestedNow: true,
      },
      cooldowns: { dns: at },
      failures: {
        ...{ observe: failure, deploy: failure, repair: failure },
        authorities: { letsencrypt: { issue: failure, expand: failure } },
      },
      notified: { ops: { problems: ['ACME_CAA'], since: at } },
      issued: [{ at, names: 'ab', authority: 'letsencrypt' }],
      nextLook: at,
    })
    expect(targets).toEqual({
      'fr/edge/https': {
        ...{ name: 'fr/edge/https', balancer: 'fr', verified: true },
        deployed: { fingerprint: 'ab', object: 'newleaf-prod-shop-ab', since: at },
        addresses: { '192.0.2.1 port 443': { answersSince: at, verified: at } },
        objects: ['newleaf-prod-shop-ab', 'newleaf-prod-shop-cd'],
        superseded: [{ object: 'newleaf-prod-shop-cd', after: at }],
      },
      'us/apps/443': {
        ...{ name: 'us/apps/443', balancer: 'us', verified: false, addresses: {}, objects: [], superseded: [] },
      },
      'us/old/443': {
        ...{ name: 'us/old/443', balancer: 'us', verified: false, addresses: {}, superseded: [] },
        objects: ['newleaf-prod-shop-cd'],
      },
    })
  })

  test('that holds little is read as well', () => {
    const empty = { v: 1, fence: 0, txt: [], targets: {}, uploaded: {}, retire: [], issued: [], events: [] }
    expect(parseDocument('certificate/shop', empty)).toEqual({
      ...{ v: 2, fence: 0, challengeRecords: [], targets: {}, orphans: [], issued: [], events: [] },
    })
  })

  test('names the authority of what failed by the order, then by the certificate, and else leaves it open', () => {
    const authoritiesOf = (change: object) => Object.keys(carriedOver(change).failures?.authorities ?? {})
    expect(authoritiesOf({ order: { authority: 'other', url: 'x' } })).toEqual(['other'])
    expect(authoritiesOf({ order: undefined })).toEqual(['letsencrypt'])
    expect(authoritiesOf({ order: undefined, current: undefined })).toEqual([''])
  })

  test('keeps what was superseded with the target that it was noted of', () => {
    const retire = [
      { target: 'fr/edge/https', name: 'a', after: at },
      { target: 'us/apps/443', name: 'b', after: at },
      { target: 'gone/1', name: 'c', after: at },
    ]
    const { targets } = carriedOver({ retire })
    expect(Object.entries(targets).map(([name, { superseded }]) => [name, superseded])).toEqual([
      ['fr/edge/https', [{ object: 'a', after: at }]],
      ['us/apps/443', [{ object: 'b', after: at }]],
      ['us/old/443', []],
    ])
  })

  test('keeps each failure for itself, and those of orders with their authority', () => {
    const failures = (change: object) => carriedOver({ failures: change }).failures
    expect(failures({ look: failure })).toEqual({ observe: failure })
    expect(failures({ repair: failure })).toEqual({ repair: failure })
    expect(failures({ deploy: failure })).toEqual({ deploy: failure })
    expect(failures({ widen: failure })).toEqual({ authorities: { letsencrypt: { expand: failure } } })
    expect(failures({ issue: failure })).toEqual({ authorities: { letsencrypt: { issue: failure } } })
    expect(failures({})).toEqual({})
  })

  test('dates a TXT value by the last event, else by the certificate, else by the beginning of time', () => {
    const [first, last] = [new Date('2026-10-01T00:00:00.000Z'), new Date('2026-10-02T00:00:00.000Z')]
    const events = [first, first, last].map((moment) => ({ at: moment, event: 'issued' }))
    const since = (change: object) => carriedOver(change).challengeRecords[0]?.since
    const current = { ...versionOne.current, notBefore: first.toISOString() }
    expect(since({ events, current })).toEqual(last)
    expect(since({ events: [], current })).toEqual(first)
    expect(since({ events: [], current: undefined })).toEqual(new Date(0))
  })

  test('keeps that the authority would have it replaced now, where it has said so', () => {
    const { recalled: _said, ...window } = versionOne.window
    for (const change of [window, { ...window, recalled: false }])
      expect(carriedOver({ window: change }).window).not.toHaveProperty('suggestedNow')
    expect(carriedOver({ window }).window).toEqual({
      ...{ fingerprint: 'ab', start: at, end: at, checkAfter: at, explanation: 'https://acme.example/why' },
    })
  })

  test('leaves the authority open of what was issued by nobody knows whom', () => {
    const { authority: _none, ...current } = versionOne.current
    expect(carriedOver({ current }).issued).toEqual([{ at, names: 'ab' }])
  })

  test('was given nothing where it noted no fingerprint, or no moment', () => {
    const { targets } = carriedOver()
    expect(targets['us/apps/443']).not.toHaveProperty('deployed')
    expect(targets['us/old/443']).not.toHaveProperty('deployed')
    for (const { listener } of Object.values(targets)) expect(listener).toBeUndefined()
  })

  test('that is damaged is refused with the place', () => {
    expect(() => carriedOver({ retire: {} })).toThrow('is damaged at retire')
    expect(() => carriedOver({ claim: { owner: 'x', fence: 1, until: 'tomorrow' } })).toThrow(
      'is damaged at claim.until',
    )
  })
})
