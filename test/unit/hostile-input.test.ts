import { generateKeyPairSync } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { handle } from '../../handlers/scaleway.ts'
import { orderResource, renewalInfoResource, toOrder } from '../../lib/acme/resources.ts'
import { driver as balancers } from '../../lib/balancers/drivers/scaleway/driver.ts'
import { parseDocument as parseConfiguration } from '../../lib/config/document.ts'
import { createValidationErrors } from '../../lib/config/validation-errors.ts'
import { driver as dns } from '../../lib/dns/drivers/scaleway.ts'
import { inZone } from '../../lib/dns/zone-record.ts'
import { Failure, isFailure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import { hasGap, historyOf } from '../../lib/secrets/drivers/scaleway-secret-manager/history.ts'
import { documentKey, emptyDocument, parseDocument } from '../../lib/state/document.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { failing } from '../support/acme-authority.ts'
import { changed } from '../support/config-text.ts'
import { answering, contextOver } from '../support/driver-context.ts'
import { practiceFolder } from '../support/practice-world.ts'

/** What fuzzing has found, once each. A test that takes its second of time has failed. */
const refusal = (work: () => unknown): Failure => {
  try {
    work()
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('F-8A: the words of a failure', () => {
  test('are one line without control characters, and not endless, whoever had a part in them', () => {
    const { message, fields } = new Failure('REJECTED', `the frontend "\u001b[2J\n${'x'.repeat(5_000)}"`, {
      fields: { status: 'a\r\nb', names: ['\u202eevil'] },
    })
    expect(message).toMatch(/^the frontend " \[2J x+…$/)
    expect(message.length).toBeLessThan(1_010)
    expect(fields).toEqual({ status: 'a  b', names: [' evil'] })
  })

  test('a megabyte of what looks like the beginning of a token is no work', () => {
    expect(safeText('-eyJaaaaaaaaaa'.repeat(70_000)).length).toBeLessThan(1_010)
  }, 5_000)
})

describe('F-80: a configuration', () => {
  const document = (text: string) => refusal(() => parseConfiguration(text, 'newleaf.yaml')).fields.mistakes

  test('of nothing but mistakes of the parser is refused within a second', () => {
    expect(document(`[${','.repeat(100_000)}`)).toHaveLength(101)
  })

  test('with an endless key is refused before anything is made of it', () => {
    expect(document(`? ${'k'.repeat(100_000)}\n: [${'1,'.repeat(50_000)}]`)).toEqual(['1:3 a key is too long'])
  })

  test('with more mistakes than anybody reads is told of some, in the order of the document', () => {
    const mistakes = createValidationErrors({ a: [1, 2], b: { c: 1, d: 2 } }, () => ({ line: 1, column: 1 }))
    mistakes.add(['b', 'missing'], 'is missing')
    mistakes.add(['b', 'd'], 'wrong')
    for (let at = 2_000; at >= 0; at--) mistakes.add(['a', at], 'wrong')
    mistakes.add(['a'], 'too many')
    const told = mistakes.list().map(({ text }) => text)
    expect(told).toHaveLength(1_000)
    expect([told[0], told.at(-2), told.at(-1)]).toEqual(['a[1003]: wrong', 'b.missing: is missing', 'b.d: wrong'])
  })
})

describe('F-37: a certificate whose key cannot be read', () => {
  test('is refused, and is no fault of the program', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const authority = await createAuthority({ name: 'practice' })
    const [notBefore, notAfter] = [new Date(), new Date(Date.now() + 86_400_000)]
    const { leafPem } = await authority.issue({ publicKey, names: ['shop.test'], notBefore, notAfter })
    const der = Buffer.from(leafPem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const point = der.indexOf(Buffer.from(publicKey.export({ type: 'spki', format: 'der' })).subarray(-65))
    der[point + 20] = (der[point + 20] ?? 0) ^ 0xff // no longer on the curve
    const damaged = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
    expect(refusal(() => publicCertificate(damaged)).code).toBe('CHAIN_INVALID')
  })
})

describe('F-56: a moment of a CA that no state document could hold', () => {
  test.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', '+200000-01-01T00:00:00Z'])('%s', (moment) => {
    const window = { suggestedWindow: { start: '2026-11-22T06:00:00Z', end: moment } }
    expect(v.is(renewalInfoResource, window)).toBe(false)
    const order = {
      status: 'pending',
      expires: moment,
      identifiers: [],
      authorizations: [],
      finalize: 'https://ca.test',
    }
    expect(toOrder('https://ca.test', v.parse(orderResource, order)).expires).toBeUndefined()
    const stored = { ...emptyDocument, nextLook: moment }
    expect(refusal(() => parseDocument(documentKey('shop'), stored)).code).toBe('STORE_UNREADABLE')
  })
})

describe('answers of Scaleway', () => {
  const token = { from: 'env', name: 'TOKEN' } as const
  const TOKEN = 'canary-token-5b0ae4a8-8dc4-4a5c'

  test('F-89: a token that is repeated in an error is not told', async () => {
    const { context } = contextOver(
      answering(() => ({ status: 403, body: { message: `the token ${TOKEN} may not` } })),
      TOKEN,
    )
    const balancer = await balancers.open({ zone: 'fr-par-1', token }, context)
    const looking = balancer.inspect({ loadBalancer: 'edge', frontend: 'https' }, undefined)
    expect((await failing(looking)).message).toMatch(/: the token … may not$/)
  })

  test('F-59: an id that leads elsewhere is none', async () => {
    const lb = { id: '../../../iam/v1alpha1/users', name: 'edge', status: 'ready' }
    const { context, requests } = contextOver(
      answering(() => ({ status: 200, body: { lbs: [lb], total_count: 1 } })),
      TOKEN,
    )
    const balancer = await balancers.open({ zone: 'fr-par-1', token }, context)
    const looking = balancer.inspect({ loadBalancer: 'edge', frontend: 'https' }, undefined)
    expect((await failing(looking)).code).toBe('ANSWER_INVALID')
    expect(requests).toHaveLength(1)
  })

  test('F-31: a TXT value of a hundred thousand quotes is compared within a second', async () => {
    const records = [{ id: 'a', name: '_acme-challenge', type: 'TXT', data: `"${'\\"'.repeat(100_000)}` }]
    const { context, requests } = contextOver(
      answering(() => ({ status: 200, body: { records, total_count: 1 } })),
      TOKEN,
    )
    const provider = await dns.open({ token }, context)
    const name = '_acme-challenge.shop.test'
    await provider.removeTxt(inZone({ name, zone: 'shop.test', provider: 'main', value: 'ours' }))
    expect(requests).toHaveLength(1)
  }, 5_000)

  test('F-67: a revision far beyond all others is a gap, and is found without counting up to it', () => {
    const version = (revision: number) => ({ revision, status: 'enabled', description: '' })
    const history = historyOf('shop', [version(1), version(2)])
    expect(hasGap(history, 0, 9_000_000_000)).toBe(true)
    expect(hasGap(history, 0, 2)).toBe(false)
    expect(hasGap(history, 1, 3)).toBe(true)
  }, 5_000)
})

test('F-85: a list of calls is no call of a function at Scaleway', async () => {
  const folder = practiceFolder()
  const configuration = join(folder.path, 'newleaf.json')
  await writeFile(configuration, changed({ state: { use: 'file', options: { folder: 'state' } } }))
  vi.stubEnv('NEWLEAF_CONFIG', configuration)
  try {
    expect(await handle([{ httpMethod: 'POST', body: '{}' }])).toMatchObject({ statusCode: 400 })
    expect(await readdir(folder.path)).toEqual(['newleaf.json'])
  } finally {
    vi.unstubAllEnvs()
    folder.remove()
  }
})
