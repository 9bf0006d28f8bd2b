import { X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import * as v from 'valibot'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openCertificates } from '../../lib/balancers/drivers/aws-acm/certificates.ts'
import { driver } from '../../lib/balancers/drivers/aws-acm/driver.ts'
import { createProbe } from '../../lib/platform/probe.ts'
import type { KeyKind } from '../../sandbox/pki.ts'
import { type PracticeAcm, type Stored, startPracticeAcm } from '../support/acm.ts'
import { listenerOf, type Site, siteAt, version as versionOf } from '../support/acm-driver.ts'
import { type BalancerPractice, balancerContract } from '../support/balancer-contract.ts'
import { tools } from '../support/driver-context.ts'
import { failure } from '../support/failure.ts'
import type { AwsFault } from '../support/moto.ts'

let acm: PracticeAcm
let site: Site
const environment = { AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'canary-token-aws' }
const found = { ...process.env }
beforeAll(async () => {
  Object.assign(process.env, environment)
  acm = await startPracticeAcm()
  site = await siteAt(acm, acm.authority.rootPem)
})
afterAll(async () => {
  for (const name of Object.keys(environment)) {
    if (found[name] === undefined) delete process.env[name]
    else process.env[name] = found[name]
  }
  await site.remove()
  await acm.close()
})
afterEach(() => {
  acm.stored.clear()
  Object.assign(acm, { lag: 0, pageSize: 100 })
})

const ALB = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/edge/50dc6c495c0c9188'

const version = (kind?: KeyKind, names?: readonly string[]) => versionOf(acm.authority, kind, names)
const fault = (action: string, more: Partial<AwsFault> = {}) =>
  onTestFinished(acm.misbehave({ action: `acm:${action}`, how: 'refused', ...more }))

/** A certificate that somebody imported. */
async function held(more: Partial<Stored> = {}, kind: KeyKind = 'rsa-2048', names?: readonly string[]) {
  const { certificate } = await version(kind, names)
  const [leaf = '', issuer = ''] = certificate.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
  const keyPem = certificate.privateKeyPem.reveal()
  return acm.hold({ leaf: new X509Certificate(leaf), chainPem: issuer, keyPem, ...more })
}
/** What the driver calls from now on. */
function calls(): () => string[] {
  const since = acm.calls.length
  return () => acm.calls.slice(since).map(({ action }) => action.replace('acm:', ''))
}
const fingerprintAt = (arn: string) => acm.stored.get(arn)?.leaf.fingerprint256.replaceAll(':', '').toLowerCase()

/** An ARN that a load balancer on this machine serves, beside the certificate of a partner. */
async function practice(): Promise<BalancerPractice> {
  acm.stored.clear()
  const arn = await held({ tags: { Name: 'edge' }, inUseBy: [ALB] }, 'ecdsa-p256')
  const partner = await held({ tags: { Name: 'partner' }, inUseBy: [ALB] }, 'ecdsa-p256', ['partner.example'])
  const port = await acm.serve(() => arn)
  const at = { hosts: '127.0.0.1', port }
  const faulty = (more: Partial<AwsFault>) =>
    acm.misbehave({ action: 'acm:ImportCertificate', how: 'refused', ...more })
  return {
    balancer: await site.open(),
    listener: listenerOf({ certificate: arn, ...at }),
    aliases: [listenerOf({ certificate: 'edge', ...at })],
    seenElsewhere: [listenerOf({ certificate: 'edge' })],
    nowhere: [listenerOf({ certificate: `${arn}0`, ...at })],
    foreign: ['partner'],
    ours: [],
    bare: async () => listenerOf({ certificate: 'bare' }),
    version: async (_id, names) => version('ecdsa-p256', names),
    unfit: () => version('rsa-2048'),
    untouched: async () => [acm.stored.get(partner), acm.stored.get(arn)?.tags, acm.stored.get(arn)?.inUseBy],
    objects: async () => [],
    changes: () => acm.calls.filter(({ action }) => action === 'acm:ImportCertificate').length,
    wire: { endpoints: [{ address: '127.0.0.1', port }], root: acm.authority.rootPem },
    loseAnswer: () => void faulty({ how: 'lost answer' }),
    outage: () => faulty({ status: 503, error: 'ServiceUnavailable', times: 99 }),
    denied: async () => [await site.open({ endpoint: `${acm.endpoint}/denied` })],
    logged: () => '',
    close: async () => {},
  }
}
balancerContract(
  'aws-acm',
  { replaces: 'content', bare: true, tells: { names: false, end: true, ours: true }, wire: true },
  practice,
)

describe('the certificate at an ARN', () => {
  test('is replaced in place: whatever refers to it serves the new one, and its tags and its ARN stay', async () => {
    const arn = await held({ tags: { team: 'web' }, inUseBy: ['arn:aws:cloudfront::123456789012:distribution/E1'] })
    const port = await acm.serve(() => arn)
    const [balancer, one] = [await site.open(), await version()]
    const listener = listenerOf({ certificate: arn, hosts: '127.0.0.1', port })
    const seen = calls()
    expect(await balancer.inspect(listener, one)).toEqual({
      resource: arn,
      serves: false,
      endpoints: [{ address: '127.0.0.1', port }],
      allowedKeys: ['rsa-2048'],
      settles: { within: 300_000, handshakes: 4 },
    })
    expect(seen()).toEqual(['DescribeCertificate', 'GetCertificate'])
    await balancer.swap(listener, one)
    expect(seen().slice(2)).toEqual(['DescribeCertificate', 'GetCertificate', 'ImportCertificate', 'GetCertificate'])
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
    expect(acm.stored.get(arn)).toMatchObject({ tags: { team: 'web' }, inUseBy: [expect.any(String)] })
    const [endpoint] = (await balancer.inspect(listener, one)).endpoints
    if (endpoint === undefined) throw new Error('it has an endpoint')
    expect(await createProbe(tools).handshake(endpoint, 'www.shop.example')).toMatchObject({
      result: 'presented',
      certificate: { fingerprint: one.certificate.fingerprint, chainPem: one.certificate.chainPem },
    })
  })

  test('that is the right one already is not imported again: imports are counted', async () => {
    const arn = await held()
    const [balancer, one] = [await site.open(), await version()]
    const listener = listenerOf({ certificate: arn })
    await Promise.all([balancer.swap(listener, one), balancer.swap(listener, one)])
    await balancer.swap(listener, one)
    expect(acm.calls.filter(({ action, on }) => action === 'acm:ImportCertificate' && on === arn)).toHaveLength(1)
  })

  test('is swapped back as well', async () => {
    const arn = await held()
    const [balancer, one, other] = [await site.open(), await version(), await version()]
    for (const each of [one, other, one]) {
      await balancer.swap(listenerOf({ certificate: arn }), each)
      expect(fingerprintAt(arn)).toBe(each.certificate.fingerprint)
    }
  })

  test('is served when its chain is complete, the root at its end or not; a chain that was dropped is drift', async () => {
    const arn = await held()
    const [balancer, one] = [await site.open(), await version()]
    const listener = listenerOf({ certificate: arn })
    await balancer.swap(listener, one)
    const { chainPem, ...rest } = acm.stored.get(arn) as Stored
    acm.stored.set(arn, { ...rest, chainPem: '' })
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: false })
    await balancer.swap(listener, one)
    expect(acm.stored.get(arn)?.chainPem).toBe(chainPem)
  })

  test('is read again until the import shows', async () => {
    const arn = await held()
    const slept: number[] = []
    const clock = { ...tools.clock, sleep: async (time: number) => void slept.push(time) }
    const [balancer, one] = [await site.open({}, { clock }), await version()]
    acm.lag = 3
    await balancer.swap(listenerOf({ certificate: arn }), one)
    expect(slept).toEqual([500, 1_000, 2_000])
    acm.lag = 99
    expect(await failure(balancer.swap(listenerOf({ certificate: arn }), await version()))).toMatchObject({
      code: 'DEPLOY_FAILED',
    })
  })

  test('of another region is asked for there, whatever region is configured', async () => {
    const arn = (await held()).replace('eu-central-1', 'us-east-1')
    const balancer = await site.open({ region: 'eu-west-3' })
    expect(await failure(balancer.inspect(listenerOf({ certificate: arn }), undefined))).toMatchObject({
      code: 'TARGET_MISSING',
      message: expect.stringContaining('ACM us-east-1 has no certificate'),
    })
  })

  test('names nothing that is to be retired', async () => {
    const { name } = await version()
    expect(await (await site.open()).deleteUnused(listenerOf({ certificate: await held() }), [name])).toEqual([name])
  })
})

describe('what ACM would refuse', () => {
  test.each([
    ['rsa-2048', 'ecdsa-p256'],
    ['ecdsa-p256', 'rsa-2048'],
  ] as const)('a look says that %s is the only key, and an import of %s is not tried', async (pinned, other) => {
    const arn = await held({}, pinned)
    const [balancer, one] = [await site.open(), await version(other)]
    const listener = listenerOf({ certificate: arn })
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: false, allowedKeys: [pinned] })
    const seen = calls()
    const refused = await failure(balancer.swap(listener, one))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED', retry: 'never' })
    expect(refused?.message).toContain(`configure key: ${pinned}`)
    expect(seen()).not.toContain('ImportCertificate')
  })

  test('a certificate that Amazon issued: the message says what to do instead', async () => {
    const arn = await held({ type: 'AMAZON_ISSUED' })
    const [balancer, one] = [await site.open(), await version()]
    const seen = calls()
    const listener = listenerOf({ certificate: arn })
    for (const call of [() => balancer.inspect(listener, one), () => balancer.swap(listener, one)]) {
      expect(await failure(call())).toMatchObject({
        code: 'TARGET_REFUSED',
        message: expect.stringMatching(/issued through ACM.*configure one that was imported/),
      })
    }
    expect(seen()).toEqual(['DescribeCertificate', 'DescribeCertificate'])
  })

  test.each([
    [
      'New certificate is missing one or more Key Usages supported by the currently imported certificate',
      /lacks a key usage/,
    ],
    ['New certificate is missing one or more Extended Key Usages supported by it', /lacks a key usage/],
    ['The key type and size cannot be changed', /no key of another kind/],
    ['Could not validate the certificate with the certificate chain.', /cannot follow its chain/],
    ['The private key does not match the certificate.', /private key, or finds that it does not fit/],
    ['The certificate is not in effect yet, is not valid.', /it is not valid now/],
    ['Something new', /was refused with 400 ValidationException$/],
  ])('“%s” is told in our own words', async (message, words) => {
    fault('ImportCertificate', { error: 'ValidationException', message })
    const [balancer, one] = [await site.open(), await version()]
    const refused = await failure(balancer.swap(listenerOf({ certificate: await held() }), one))
    expect(refused).toMatchObject({ code: 'REJECTED', retry: 'never', message: expect.stringMatching(words) })
    expect(refused?.fields).toMatchObject({ action: 'ImportCertificate', error: 'ValidationException', status: 400 })
  })

  test.each([
    ['LimitExceededException', 'TARGET_FULL', /5,000 imports within 365 days/],
    ['ServiceQuotaExceededException', 'TARGET_FULL', /2,500 imported certificates/],
    ['ConflictException', 'TARGET_BUSY', /next run/],
    ['ResourceInUseException', 'TARGET_BUSY', /next run/],
    ['ResourceNotFoundException', 'TARGET_MISSING', /check the configuration/],
    ['AccessDeniedException', 'DENIED', /allow the role ImportCertificate$/],
    ['ThrottlingException', 'UNAVAILABLE', /failed with 400/],
  ])('%s is %s', async (error, code, words) => {
    fault('ImportCertificate', { error, times: 9 })
    const [balancer, one] = [await site.open(), await version()]
    expect(await failure(balancer.swap(listenerOf({ certificate: await held() }), one))).toMatchObject({
      code,
      message: expect.stringMatching(words),
    })
  })

  test('F-89 no failure holds a key or a certificate, whatever ACM repeats', async () => {
    const one = await version()
    const key = one.certificate.privateKeyPem.reveal()
    const balancer = await site.open()
    for (const message of [key, `the private key ${key} does not fit`]) {
      fault('ImportCertificate', { error: 'ValidationException', message })
      const refused = await failure(balancer.swap(listenerOf({ certificate: await held() }), one))
      expect(refused).toMatchObject({ code: 'REJECTED' })
      expect(inspect(refused, { depth: 9, showHidden: true })).not.toMatch(/BEGIN|canary/)
      expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain(key.split('\n')[3])
    }
  })
})

describe('a certificate that is named', () => {
  const named = (name: string) => listenerOf({ certificate: name })

  test('is found by its tag Name among those that were imported, whatever their keys, on every page', async () => {
    acm.pageSize = 2
    await held({ tags: { Name: 'edge' }, type: 'AMAZON_ISSUED' })
    for (let more = 0; more < 4; more++) await held({ tags: { Name: `edge-${more}` } })
    const arn = await held({ tags: { Name: 'edge' } }, 'ecdsa-p256')
    const [balancer, one] = [await site.open(), await version('ecdsa-p256')]
    await balancer.swap(named('edge'), one)
    expect(fingerprintAt(arn)).toBe(one.certificate.fingerprint)
    const seen = calls()
    expect(await balancer.inspect(named('edge'), one)).toMatchObject({ serves: true })
    expect(seen(), 'an ARN that is known is not looked for again').toEqual(['DescribeCertificate', 'GetCertificate'])
  })

  test('is missing when nothing has the name, and ambiguous when two have', async () => {
    const balancer = await site.open()
    expect(await failure(balancer.inspect(named('edge'), undefined))).toMatchObject({ code: 'TARGET_MISSING' })
    for (let more = 0; more < 2; more++) await held({ tags: { Name: 'edge' } })
    expect(await failure(balancer.inspect(named('edge'), undefined))).toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('configure the ARN'),
    })
  })

  test('denied is not missing', async () => {
    fault('ListCertificates', { error: 'AccessDeniedException' })
    expect(await failure((await site.open()).inspect(named('edge'), undefined))).toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('allow the role ListCertificates'),
    })
  })

  test('is imported for the first time, with its name and ours, and then renewed', async () => {
    const [balancer, one, other] = [await site.open(), await version(), await version()]
    await balancer.attachFirst(named('edge'), one)
    const [{ arn = '', tags } = {}] = acm.stored.values()
    expect(tags).toEqual({ Name: 'edge', newleaf: 'test' })
    expect(await balancer.inspect(named('edge'), one)).toMatchObject({ serves: true, allowedKeys: ['rsa-2048'] })
    await balancer.swap(named('edge'), other)
    expect(fingerprintAt(arn)).toBe(other.certificate.fingerprint)
    expect(acm.stored.size).toBe(1)
  })

  test.each(['by name', 'by ARN'])('is not secured a second time, %s', async (way) => {
    const arn = await held({ tags: { Name: 'edge' } })
    const before = fingerprintAt(arn)
    const refused = (await site.open()).attachFirst(named(way === 'by name' ? 'edge' : arn), await version())
    expect(await failure(refused)).toMatchObject({ code: 'TARGET_REFUSED' })
    expect([acm.stored.size, fingerprintAt(arn)]).toEqual([1, before])
  })

  test('cannot be given an ARN of our own', async () => {
    const arn = 'arn:aws:acm:eu-central-1:123456789012:certificate/none'
    const secured = (await site.open()).attachFirst(named(arn), await version())
    expect(await failure(secured)).toMatchObject({ code: 'TARGET_MISSING' })
    expect(acm.stored.size).toBe(0)
  })

  test('F-74 a first import whose answer is lost is found, and not sent again', async () => {
    fault('ImportCertificate', { how: 'lost answer' })
    await (await site.open()).attachFirst(named('edge'), await version())
    expect(acm.stored.size).toBe(1)
    fault('ImportCertificate', { status: 503, error: 'ServiceUnavailable' })
    const seen = calls()
    const denied = (await site.open()).attachFirst(named('other'), await version())
    expect(await failure(denied)).toMatchObject({ code: 'UNAVAILABLE' })
    expect(seen().filter((action) => action === 'ImportCertificate')).toHaveLength(1)
  })
})

describe('the addresses at which a certificate is proved', () => {
  const NAMES: Readonly<Record<string, string[]>> = {
    'edge.elb.test': ['192.0.2.1', '2001:db8::1'],
    'd1.cloudfront.test': ['192.0.2.2', '192.0.2.1'],
    'gone.elb.test': [],
  }
  const endpoints = async (fields: object) => {
    const balancer = openCertificates(...site.given(), async (host) => NAMES[host] ?? [host])
    return (await balancer.inspect(v.parse(driver.listener, { certificate: await held(), ...fields }), undefined))
      .endpoints
  }

  test('are those of all hosts, of IPv4 and IPv6, each once, at port 443 if no other is given', async () => {
    expect(await endpoints({ hosts: ['edge.elb.test', 'd1.cloudfront.test', '2001:db8::5'] })).toEqual(
      ['192.0.2.1', '2001:db8::1', '192.0.2.2', '2001:db8::5'].map((address) => ({ address, port: 443 })),
    )
    expect(await endpoints({ hosts: '192.0.2.9', port: 8_443 })).toEqual([{ address: '192.0.2.9', port: 8_443 }])
  })

  test('are none when no host is given: nothing can be proved', async () => {
    expect(await endpoints({})).toEqual([])
  })

  test('a host that is not there is missing: nobody would notice that it is never verified', async () => {
    expect(await failure(endpoints({ hosts: ['edge.elb.test', 'gone.elb.test'] }))).toMatchObject({
      code: 'TARGET_MISSING',
      message: expect.stringContaining('gone.elb.test'),
    })
  })
})

describe('a listener in the configuration', () => {
  const mistakes = (fields: object) => v.safeParse(driver.listener, fields).issues?.map(({ message }) => message)

  test.each([
    { certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/7a1c' },
    { certificate: 'arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/7a1c', hosts: ['a.example', '::1'] },
    { certificate: 'edge', hosts: 'edge.example' },
    { certificate: 'Shop (prod)'.replace(/[()]/g, '') },
  ])('%j is one', (fields) => {
    expect(mistakes(fields)).toBeUndefined()
  })

  test.each([
    [{ certificate: 'arn:aws:iam::123456789012:server-certificate/edge' }, /expected the ARN of a certificate in ACM/],
    [{ certificate: ' edge' }, /the value of its tag Name/],
    [{ certificate: 'edge', hosts: 'edge.example:443' }, /without a port/],
    [{ certificate: 'edge', hosts: 'https://edge.example' }, /expected a host name/],
  ])('%j is none', (fields, words) => {
    expect(mistakes(fields)?.join()).toMatch(words)
  })
})

describe('what a region holds', () => {
  test('is listed with names, ends, owners and users', async () => {
    const ours = await held({ tags: { Name: 'edge', newleaf: 'test' }, inUseBy: [ALB] })
    const amazon = await held({ type: 'AMAZON_ISSUED' }, 'ecdsa-p256')
    await held({ tags: { newleaf: 'staging', Name: 'other' } })
    acm.pageSize = 1
    const { certificates: list } = await (await site.open()).list(listenerOf({ certificate: ours }))
    const end = acm.stored.get(ours)?.leaf.validToDate
    expect(list).toEqual([
      {
        loadBalancer: 'ACM eu-central-1',
        name: 'edge',
        id: ours,
        covers: ['shop.example', '*.shop.example'],
        notAfter: end,
        managed: true,
        bound: [
          {
            listener: 'elasticloadbalancing:loadbalancer/app/edge/50dc6c495c0c9188',
            effectiveFor: ['shop.example', '*.shop.example'],
          },
        ],
      },
      expect.objectContaining({ name: amazon, managed: false, bound: [] }),
      expect.objectContaining({ name: 'other', managed: false, bound: [] }),
    ])
  })
})

describe('what nothing in a region uses', () => {
  test('is deleted by its ARN, whoever has put it there; what is bound, or becomes bound meanwhile, stays', async () => {
    const edge = await held({ tags: { Name: 'edge' } })
    const [old, amazon] = [await held({ tags: { Name: 'old' } }), await held({ type: 'AMAZON_ISSUED' })]
    const bound = await held({ inUseBy: [ALB] })
    const [balancer, listener] = [await site.open(), listenerOf({ certificate: edge })]
    for (const arn of [old, amazon, old]) expect(await balancer.deleteById(listener, arn)).toBe(true)
    expect(await balancer.deleteById(listener, bound)).toBe(false)
    fault('DeleteCertificate', { error: 'ResourceInUseException' })
    expect(await failure(balancer.deleteById(listener, edge))).toMatchObject({ code: 'TARGET_BUSY' })
    fault('DeleteCertificate', { error: 'AccessDeniedException' })
    expect(await failure(balancer.deleteById(listener, edge))).toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('allow the role DeleteCertificate'),
    })
    expect([...acm.stored.keys()]).toEqual([edge, bound])
  })
})
