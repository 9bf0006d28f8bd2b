/**
 * The driver at moto's ACM. Moto checks less than AWS: it takes any key over any other, forgets the tags of what is
 * imported again, gives every list on one page, and knows no user of a certificate but a classic load balancer.
 * test/contract/balancers-aws-acm.test.ts proves what depends on these.
 */
import { readFile } from 'node:fs/promises'
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListTagsForCertificateCommand,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import type { Certificate, Deployment } from '../../lib/types.ts'
import { type Authority, createAuthority, type KeyKind, serverCertificate } from '../../sandbox/pki.ts'
import { listenerOf, type Site, siteAt, version as versionOf } from '../support/acm-driver.ts'
import { accessRequests } from '../support/aws-access.ts'
import { ACCOUNT, REGION, type Resource } from '../support/cloudformation.ts'
import { describePeers } from '../support/describe-peers.ts'
import { failure } from '../support/failure.ts'
import { type AwsFault, type Moto, startMoto } from '../support/moto.ts'
import { isAllowed, type Statement, statementsOf, withoutEach } from '../support/policies.ts'

const PAGE = 'docs/balancers/aws-acm.md'

describePeers('ACM at AWS', ['moto'], ({ moto: program }) => {
  let house: Authority
  let moto: Moto
  let site: Site
  let client: ACMClient
  beforeAll(async () => {
    house = await createAuthority({ name: 'House of ACM' })
    moto = await startMoto({ program, tls: await serverCertificate(house) })
    site = await siteAt(moto, house.rootPem)
    const requestHandler = { httpsAgent: { ca: house.rootPem } }
    client = new ACMClient({ endpoint: moto.endpoint, region: REGION, requestHandler })
  })
  afterAll(async () => {
    client.destroy()
    await site.remove()
    await moto.close()
  })

  const version = (kind?: KeyKind) => versionOf(house, kind)
  const since = () => {
    const before = moto.calls.length
    return () => moto.calls.slice(before).map(({ action }) => action.replace('acm:', ''))
  }
  const fault = (action: string, more: Partial<AwsFault>) =>
    onTestFinished(moto.misbehave({ action: `acm:${action}`, how: 'refused', ...more }))
  /** Imported by somebody else. */
  async function imported({ certificate }: Deployment<Certificate>, Name = 'foreign'): Promise<string> {
    const [leaf] = certificate.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
    const input = { Certificate: Buffer.from(leaf ?? ''), PrivateKey: Buffer.from(certificate.privateKeyPem.reveal()) }
    const Tags = [{ Key: 'Name', Value: Name }]
    const { CertificateArn } = await client.send(new ImportCertificateCommand({ ...input, Tags }))
    return CertificateArn ?? ''
  }

  test.each(['rsa-2048', 'ecdsa-p256'] as const)('a certificate of %s is replaced in place', async (kind) => {
    const arn = await imported(await version(kind))
    const [balancer, one, other] = [await site.open(), await version(kind), await version(kind)]
    const listener = listenerOf({ certificate: arn, hosts: 'localhost' })
    for (const each of [one, other, one]) {
      expect(await balancer.inspect(listener, each)).toMatchObject({ serves: false, allowedKeys: [kind] })
      await balancer.swap(listener, each)
      expect(await balancer.inspect(listener, each)).toMatchObject({ serves: true })
      const { Certificate: leaf = '', CertificateChain = '' } = await client.send(
        new GetCertificateCommand({ CertificateArn: arn }),
      )
      expect(`${leaf}${CertificateChain}`).toContain(each.certificate.chainPem)
    }
    const calls = since()
    await balancer.swap(listener, one)
    expect(calls()).toEqual(['DescribeCertificate', 'GetCertificate'])
    const { endpoints } = await balancer.inspect(listener, one)
    expect(endpoints).toContainEqual({ address: '127.0.0.1', port: 443 })
  })

  test('a first certificate is imported with its name and ours, and found by it', async () => {
    const [balancer, one] = [await site.open(), await version()]
    const listener = listenerOf({ certificate: 'first' })
    expect(await failure(balancer.inspect(listener, one))).toMatchObject({ code: 'TARGET_MISSING' })
    await balancer.attachFirst(listener, one)
    expect(await (await site.open()).inspect(listener, one)).toMatchObject({ serves: true, allowedKeys: ['rsa-2048'] })
    expect(await failure(balancer.attachFirst(listener, await version()))).toMatchObject({ code: 'TARGET_REFUSED' })
    const mine = (await balancer.list(listener)).certificates.find(({ name }) => name === 'first')
    expect(mine).toEqual({
      loadBalancer: `ACM ${REGION}`,
      name: 'first',
      id: expect.stringMatching(/^arn:aws:acm:/),
      covers: ['shop.example', '*.shop.example'],
      notAfter: one.certificate.notAfter,
      managed: true,
      bound: [],
    })
  })

  test('F-74 a first import whose answer is lost is there once', async () => {
    fault('ImportCertificate', { how: 'lost answer' })
    const balancer = await site.open()
    await balancer.attachFirst(listenerOf({ certificate: 'once' }), await version())
    const { certificates: list } = await balancer.list(listenerOf({ certificate: 'once' }))
    expect(list.filter(({ name }) => name === 'once')).toHaveLength(1)
  })

  test('F-74 a swap whose answer is lost is found done', async () => {
    const arn = await imported(await version())
    const [balancer, one] = [await site.open(), await version()]
    fault('ImportCertificate', { how: 'lost answer', times: 3 })
    expect(await failure(balancer.swap(listenerOf({ certificate: arn }), one))).toMatchObject({ code: 'UNREACHABLE' })
    const calls = since()
    await balancer.swap(listenerOf({ certificate: arn }), one)
    expect(calls()).not.toContain('ImportCertificate')
  })

  test('a certificate that Amazon issued is refused', async () => {
    const { CertificateArn = '' } = await client.send(new RequestCertificateCommand({ DomainName: 'shop.example' }))
    const looked = (await site.open()).inspect(listenerOf({ certificate: CertificateArn }), undefined)
    expect(await failure(looked)).toMatchObject({ code: 'TARGET_REFUSED' })
  })

  test('F-71 an ARN that is not there is missing', async () => {
    const certificate = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000`
    const looked = (await site.open()).inspect(listenerOf({ certificate }), undefined)
    expect(await failure(looked)).toMatchObject({ code: 'TARGET_MISSING' })
  })

  test('a certificate of another region is found there', async () => {
    const away = (await site.open({ region: 'us-east-1' })).attachFirst(
      listenerOf({ certificate: 'cloudfront' }),
      await version(),
    )
    await away
    const {
      certificates: [held],
    } = await (await site.open({ region: 'us-east-1' })).list(listenerOf({ certificate: 'cloudfront' }))
    expect(held?.loadBalancer).toBe('ACM us-east-1')
  })

  test('what moto leaves out is still what it leaves out', async () => {
    const arn = await imported(await version('rsa-2048'), 'forgetful')
    const { certificate } = await version('ecdsa-p256')
    const [leaf] = certificate.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
    const input = { Certificate: Buffer.from(leaf ?? ''), PrivateKey: Buffer.from(certificate.privateKeyPem.reveal()) }
    await client.send(new ImportCertificateCommand({ CertificateArn: arn, ...input }))
    const { Certificate: now } = await client.send(new DescribeCertificateCommand({ CertificateArn: arn }))
    const { Tags } = await client.send(new ListTagsForCertificateCommand({ CertificateArn: arn }))
    expect([now?.KeyAlgorithm, Tags]).toEqual(['EC_prime256v1', []])
  })

  /** The policies of the page, in its order. */
  async function policies(): Promise<Statement[][]> {
    const page = await readFile(PAGE, 'utf8')
    return [...page.matchAll(/```json\n(?<json>[\s\S]*?)```/g)].map(({ groups }) =>
      statementsOf({
        Type: 'AWS::IAM::Policy',
        Properties: { Policies: [{ PolicyDocument: JSON.parse(groups?.json ?? '') }] },
      } satisfies Resource),
    )
  }
  /** As if the certificate that the page speaks of were the one that was used. */
  async function asked(arn: string, work: () => Promise<unknown>) {
    moto.forget()
    await work()
    const context = { 'aws:ResourceTag/Name': 'edge' }
    const own = moto.calls.filter(({ action }) => action !== 'acm:AddTagsToCertificate') // which is the test's
    const requests = accessRequests(own, { key: '', bus: '' })
    return requests.map((request) => ({
      ...request,
      resource: request.resource.replace(arn, ARN),
      ...(request.resource === arn ? { context } : {}),
    }))
  }
  const ARN = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/7a1c52d0-11f4-4d0a-9a2b-0c5f6e8d7a11`

  const jobs: Readonly<Record<string, (arn: string) => Promise<unknown>>> = {
    'with an ARN': async (arn) => {
      const balancer = await site.open()
      const listener = listenerOf({ certificate: arn })
      await balancer.swap(listener, await version())
      await balancer.inspect(listener, await version())
    },
    'with a name': async (arn) => {
      const listener = listenerOf({ certificate: 'edge' })
      await (await site.open()).swap(listener, await version())
      // Moto has forgotten the name.
      await client.send(
        new AddTagsToCertificateCommand({ CertificateArn: arn, Tags: [{ Key: 'Name', Value: 'edge' }] }),
      )
      await (await site.open()).inspect(listener, await version())
    },
    'by hand': async () => {
      const balancer = await site.open()
      await balancer.attachFirst(listenerOf({ certificate: 'edge-2' }), await version())
      await balancer.list(listenerOf({ certificate: 'edge-2' }))
    },
  }

  test.each(Object.keys(jobs).map((way, index) => ({ way, index })))(
    'the policy on the page for whoever comes $way allows what is called, and nothing in vain',
    async ({ way, index }) => {
      const arn = await imported(await version(), way === 'with a name' ? 'edge' : way)
      const requests = await asked(arn, () => jobs[way]?.(arn) ?? Promise.reject(new Error(way)))
      const statements = (await policies())[index] ?? []
      const refused = (left: readonly Statement[]) => requests.filter((request) => !isAllowed(left, request))
      expect(refused(statements)).toEqual([])
      for (const { action, left } of withoutEach(statements)) expect(refused(left), action).not.toEqual([])
      const others = requests.map((request) => ({
        ...request,
        resource: request.resource.replace(ACCOUNT, '999999999999'),
      }))
      expect(others.filter((request) => request.resource !== '*' && isAllowed(statements, request))).toEqual([])
    },
  )

  test('the entry for serverless.yml on the page grants the same as the policy above it', async () => {
    const page = await readFile(PAGE, 'utf8')
    const [, yaml = ''] = /add one more entry under `resources`[\s\S]*?```yaml\n(?<yaml>[\s\S]*?)```/.exec(page) ?? []
    const [{ Resources }] = parse(yaml, { logLevel: 'silent' })
    const { PolicyDocument, Roles } = Resources.AcmPolicy.Properties
    const granted = statementsOf({ Type: 'AWS::IAM::Policy', Properties: { Policies: [{ PolicyDocument }] } })
    expect(granted).toEqual((await policies())[0])
    const template = await readFile('handlers/infrastructure/roles.yml', 'utf8')
    expect(Roles.length).toBeGreaterThan(0)
    for (const role of Roles) expect(template).toContain(`  ${role}:\n`)
  })
})
