/** How much is asked of a vendor to look at all certificates of a balancer, by each driver. */
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { registry } from '../../lib/balancers/registry.ts'
import { withSharedLooks } from '../../lib/balancers/shared-looks.ts'
import { mapConcurrently } from '../../lib/platform/concurrency.ts'
import type { HttpRequest } from '../../lib/platform/http.ts'
import type { LoadBalancer } from '../../lib/ports.ts'
import type { Deployment, Listener } from '../../lib/types.ts'
import { addNodeBalancer, newConfig } from '../../sandbox/linode/objects.ts'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { startPracticeAcm } from '../support/acm.ts'
import { listenerOf, siteAt, version } from '../support/acm-driver.ts'
import { tools } from '../support/driver-context.ts'
import { listenerAt, openDriver } from '../support/haproxy-driver.ts'
import { haproxyInMemory } from '../support/haproxy-in-memory.ts'
import { practiceLinode, practiceScaleway } from '../support/practice-balancers.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID ??= 'testing'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'canary-token-aws'
})

/** So many certificates of one balancer, and what was asked for them. */
interface Looks {
  readonly balancer: LoadBalancer
  readonly listeners: readonly Listener[]
  readonly deployment: Deployment
  /** What was sent so far. */
  asked(): readonly string[]
}

const worlds: Readonly<Record<keyof typeof registry, () => Promise<Looks>>> = {
  async scaleway() {
    const { state, balancer, listener, requests, version, close } = await practiceScaleway()
    closing.push(close)
    const [lb, one] = [state.lbs[0], state.certificates[0]]
    if (lb === undefined || one === undefined) throw new Error('the practice has a load balancer')
    for (let at = state.certificates.length; at < 190; at++)
      addCertificate(state, lb, { ...one, name: `newleaf-test-site${at}-0123456789abcdef` })
    const listeners = Array.from({ length: 190 }, () => listener)
    return { balancer, listeners, deployment: await version(), asked: () => routes(requests) }
  },
  async linode() {
    const { state, balancer, listener, requests, version, close } = await practiceLinode()
    closing.push(close)
    const [config] = state.configs.slice(1)
    if (config === undefined) throw new Error('the practice has a NodeBalancer with two ports')
    const [one] = state.nodeBalancers
    const other = addNodeBalancer(state, { label: 'other' }, ['127.0.0.1'])
    // Sixty ports of two NodeBalancers, each by the label.
    const listeners = [one, other].flatMap((nodeBalancer) =>
      Array.from({ length: nodeBalancer === undefined ? 0 : 30 }, (_, index) => {
        const port = 20_000 + index
        if (nodeBalancer) state.configs.push(newConfig(state, nodeBalancer, { ...config, port }, port))
        return { ...listener, nodeBalancer: nodeBalancer?.label ?? '', port }
      }),
    )
    return { balancer, listeners, deployment: await version(), asked: () => routes(requests) }
  },
  async 'aws-acm'() {
    const acm = await startPracticeAcm()
    const site = await siteAt(acm, acm.authority.rootPem)
    closing.push(() => acm.close(), site.remove)
    const deployment = await version(acm.authority)
    const [leaf = '', issuer = ''] = deployment.certificate.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
    const held = { chainPem: issuer, keyPem: deployment.certificate.privateKeyPem.reveal() }
    const names = Array.from({ length: 100 }, (_, index) => `site-${index}`)
    for (const Name of names) acm.hold({ ...held, leaf: new X509Certificate(leaf), tags: { Name } })
    const listeners = names.map((certificate) => listenerOf({ certificate }))
    const about = (action: string) => /:List/.test(action)
    const asked = () => acm.calls.map(({ action }) => action).filter(about)
    return { balancer: await site.open(), listeners, deployment, asked }
  },
  async haproxy() {
    const deployment = await versionOf('shop')
    const { chainPem, privateKeyPem } = deployment.certificate
    const haproxy = await haproxyInMemory(`${chainPem}${privateKeyPem.reveal()}`)
    closing.push(haproxy.close)
    const balancer = await openDriver({ socket: haproxy.socket, folder: haproxy.folder }, [])
    const listeners = Array.from({ length: 100 }, () => listenerAt('shop.pem', 443))
    return { balancer, listeners, deployment, asked: () => haproxy.commands }
  },
}

async function versionOf(id: string) {
  const { version, close } = await practiceScaleway()
  closing.push(close)
  return version(id)
}

const routes = (requests: readonly HttpRequest[]) =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)

/** The most that is asked to look at this many: for each driver what its vendor can tell at once. */
const MOST: Readonly<Record<keyof typeof registry, readonly [asked: number, of: number]>> = {
  scaleway: [10, 190],
  linode: [4, 60],
  // One list, and the tags of each.
  'aws-acm': [101, 100],
  haproxy: [10, 100],
}

test.each(Object.keys(registry) as (keyof typeof registry)[])(
  'to look at all certificates of one balancer %s asks for each thing once',
  async (driver) => {
    const { balancer, listeners, deployment, asked } = await worlds[driver]()
    const before = asked().length
    const shared = withSharedLooks(balancer, tools)
    const views = await mapConcurrently(listeners, 10, (listener) => shared.inspect(listener, deployment))
    const [most, of] = MOST[driver]
    expect(views).toHaveLength(of)
    expect(asked().slice(before).length).toBeLessThanOrEqual(most)
    // And without sharing it is more, so that this can fail.
    const [one = {}] = listeners
    const since = asked().length
    for (const _ of [1, 2, 3]) await balancer.inspect(one, deployment)
    if (driver !== 'aws-acm') expect(asked().length - since).toBeGreaterThan(2) // by then ACM's names are known
  },
)
