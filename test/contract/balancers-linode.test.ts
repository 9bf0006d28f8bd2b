import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { HttpResponse } from '../../lib/platform/http.ts'
import { addNodeBalancer, type Config, newConfig } from '../../sandbox/linode/objects.ts'
import { failure } from '../support/failure.ts'
import { type Practice, practiceLinode, practiceScaleway } from '../support/practice-balancers.ts'

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

async function opened() {
  const practice = await practiceLinode()
  running.push(practice)
  return Object.assign(practice, { practice })
}

describe('the certificate of a port', () => {
  test('it is written together with its key and nothing else, without white space around it', async () => {
    const { balancer, listener, version, requests } = await opened()
    const { name, certificate } = await version()
    await balancer.swap(listener, { name, certificate })
    const written = requests.filter(({ method }) => method !== 'GET')
    expect(written.map(({ body }) => JSON.parse(body ?? '') as unknown)).toEqual([
      { ssl_cert: certificate.chainPem.trim(), ssl_key: certificate.privateKeyPem.reveal().trim() },
    ])
  })

  test('what the API hides is never sent back', async () => {
    const { balancer, listener, version, requests } = await opened()
    for (const each of [await version(), await version()]) await balancer.swap(listener, each)
    expect(requests.filter(({ body }) => body?.includes('REDACTED'))).toEqual([])
  })

  test.each([
    ['in lower case', (text: string) => text.toLowerCase()],
    ['without colons', (text: string) => text.replaceAll(':', '')],
  ])('a fingerprint %s is the same', async (_title, change) => {
    const practice = await opened()
    const { balancer, listener, version } = practice
    const one = await version()
    await balancer.swap(listener, one)
    practice.tap = async (_request, send) => changed(await send(), change)
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
  })

  test('one that the answer does not show is a failed deploy', async () => {
    const practice = await opened()
    const { balancer, listener, version } = practice
    practice.tap = async ({ method }, send) => {
      const answer = await send()
      return method === 'PUT' ? changed(answer, () => '00:11:22') : answer
    }
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'DEPLOY_FAILED' })
  })

  test('an elliptic curve key is refused before any request', async () => {
    const { balancer, listener, requests } = await opened()
    const other = await practiceScaleway()
    running.push(other)
    const refused = await failure(balancer.swap(listener, await other.version()))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(refused?.message).toContain('ecdsa-p256')
    expect(requests).toEqual([])
  })

  test('a key that the API dislikes is refused for good, with its field', async () => {
    const { balancer, listener, version, fault } = await opened()
    const errors = [{ field: 'ssl_key', reason: 'SSL private key appears to be incorrectly formatted' }]
    fault({ method: 'PUT', path: /./, how: 'status', status: 400, body: { errors } })
    const refused = await failure(balancer.swap(listener, await version()))
    expect(refused).toMatchObject({ code: 'REJECTED', retry: 'never' })
    expect(refused?.message).toContain('ssl_key: SSL private key')
  })

  test('a page of HTML with 400 is an outage of what stands before the API', async () => {
    const { balancer, listener, fault } = await opened()
    fault({ method: 'GET', path: /./, how: 'html', status: 400, times: 9 })
    expect(await failure(balancer.inspect(listener, undefined))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('a port that has no certificate yet', () => {
  async function bare(settings: Partial<Config>) {
    const all = await opened()
    const at = await all.bare()
    const config = all.state.configs.at(-1)
    if (config === undefined) throw new Error('the world is not furnished')
    Object.assign(config, settings)
    return { ...all, at, config }
  }

  test.each(['http', 'tcp'] as const)(
    'becomes https together with its certificate and key in one request: %s',
    async (protocol) => {
      const { balancer, at, config, version, requests } = await bare({ protocol, check: 'http', check_path: '/health' })
      const { protocol: _, tls: __, ...settings } = structuredClone(config)
      const { name, certificate } = await version()
      await balancer.attachFirst(at, { name, certificate }, true)
      const written = requests.filter(({ method }) => method !== 'GET')
      expect(written.map(({ body }) => JSON.parse(body ?? '') as unknown)).toEqual([
        {
          protocol: 'https',
          ssl_cert: certificate.chainPem.trim(),
          ssl_key: certificate.privateKeyPem.reveal().trim(),
        },
      ])
      expect(config).toMatchObject({ ...settings, protocol: 'https' })
    },
  )

  test.each([
    ['the PROXY protocol', { protocol: 'tcp', proxy_protocol: 'v2' }, /proxy_protocol to none/],
    ['udp', { protocol: 'udp' }, /speaks udp/],
  ] as const)('is refused with %s, and nothing is changed', async (_title, settings, message) => {
    const { balancer, at, config, version, changes } = await bare(settings)
    const before = structuredClone(config)
    const refused = await failure(balancer.attachFirst(at, await version()))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED', retry: 'never' })
    expect(refused?.message).toMatch(message)
    expect([changes(), config]).toEqual([0, before])
  })

  test('is told from the same port for udp', async () => {
    const { balancer, at, config, state, version } = await bare({ protocol: 'tcp' })
    state.configs.unshift({ ...config, id: 7, protocol: 'udp' })
    const one = await version()
    await balancer.attachFirst(at, one, true)
    expect(await balancer.inspect(at, one)).toMatchObject({ serves: true })
  })

  test('is left as it is where it passes TLS through, unless that may be cut off', async () => {
    const { balancer, at, config, version, changes } = await bare({ protocol: 'tcp' })
    const before = structuredClone(config)
    const refused = await failure(balancer.attachFirst(at, await version()))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED', retry: 'never' })
    expect(refused?.message).toContain('passes TLS through to its nodes')
    expect([changes(), config]).toEqual([0, before])
    await balancer.attachFirst(at, await version(), true)
    expect(config.protocol).toBe('https')
  })

  test('F-74 that is deleted while its answer is lost fails with the loss', async () => {
    const practice = await bare({})
    const { balancer, at, state, version } = practice
    practice.practice.tap = async (request, send) => {
      const answer = await send()
      if (request.method !== 'PUT') return answer
      state.configs.pop()
      return { ...answer, status: 502, body: '<html>' }
    }
    expect(await failure(balancer.attachFirst(at, await version()))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('the list of a NodeBalancer', () => {
  const commonName = (practice: Practice, name: string) => {
    practice.tap = async (_request, send) => {
      const answer = await send()
      return { ...answer, body: answer.body.replace(/"ssl_commonname":"[^"]*"/g, `"ssl_commonname":"${name}"`) }
    }
  }

  test('names each https port, its fingerprint, its common name and where it answers, and knows no more', async () => {
    const { practice, balancer, listener, bare, version } = await opened()
    await bare()
    const one = await version()
    await balancer.swap(listener, one)
    commonName(practice, 'Shop.example')
    const sha1 = new X509Certificate(one.certificate.chainPem).fingerprint.replaceAll(':', '').toLowerCase()
    expect((await balancer.list(listener)).certificates).toEqual([
      {
        loadBalancer: 'edge',
        name: sha1,
        sha1,
        covers: ['shop.example'],
        notAfter: undefined,
        managed: undefined,
        bound: [
          {
            listener: String(listener.port),
            effectiveFor: ['shop.example'],
            endpoints: (await balancer.inspect(listener, undefined)).endpoints,
          },
        ],
      },
    ])
  })

  test('covers nothing that is known where a certificate has no common name', async () => {
    const { practice, balancer, listener } = await opened()
    commonName(practice, '')
    expect((await balancer.list(listener)).certificates).toMatchObject([{ covers: [], bound: [{ effectiveFor: [] }] }])
  })
})

describe('finding a port', () => {
  test.each([
    ['http', 'newleaf placeholder --only <certificate>'],
    ['tcp', 'docs/pass-through.md'],
  ] as const)('one that speaks %s is refused, and the message says how to make it https: %s', async (protocol, way) => {
    const { balancer, state } = await opened()
    const nodeBalancer = addNodeBalancer(state, { label: 'plain' }, ['127.0.0.1'])
    state.configs.push(newConfig(state, nodeBalancer, { protocol }, 443))
    const refused = await failure(balancer.inspect({ nodeBalancer: 'plain', port: 443 }, undefined))
    expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
    expect(refused?.message).toContain(way)
    expect(refused?.message.includes('newleaf placeholder')).toBe(protocol === 'http')
  })

  test.each([
    ['ccm-0a1b2c3d4e5f', [], 'TARGET_REFUSED'],
    ['ccm-0a1b2c3d4e5f', ['blue'], 'TARGET_REFUSED'],
    ['ccm-edge', ['blue'], undefined],
    ['old-ccm-0a1b2c3d4e5f', [], undefined],
  ])('of the NodeBalancer %s with the tags %j, which no LKE cluster has, gives %s', async (label, tags, code) => {
    const { balancer, state } = await opened()
    const nodeBalancer = addNodeBalancer(state, { label }, ['127.0.0.1'])
    nodeBalancer.tags.push(...tags)
    state.configs.push(newConfig(state, nodeBalancer, { protocol: 'https' }, 443))
    const refused = await failure(balancer.inspect({ nodeBalancer: label, port: 443 }, undefined))
    expect(refused?.code).toBe(code)
    if (code === undefined) return
    expect(refused?.message).toContain('belongs to a Kubernetes cluster')
    expect(refused?.message.includes('(tags: blue)')).toBe(tags.length > 0)
  })

  test('it is found on whatever page it stands', async () => {
    const { balancer, listener, state, version } = await opened()
    const [nodeBalancer] = state.nodeBalancers
    if (nodeBalancer === undefined) throw new Error('the world is not furnished')
    for (let index = 0; index < 220; index++) state.configs.unshift(newConfig(state, nodeBalancer, {}, 1_000 + index))
    const one = await version()
    await balancer.swap(listener, one)
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
  })

  test('both addresses are told, and what is none is left out', async () => {
    const practice = await opened()
    const { balancer, listener } = practice
    const addresses = (ipv4: string | null, ipv6: string | null) => {
      practice.tap = async (request, send) => {
        const answer = await send()
        if (!/\/nodebalancers$/.test(new URL(request.url).pathname)) return answer
        const page = JSON.parse(answer.body) as { data: object[] }
        return {
          ...answer,
          body: JSON.stringify({ ...page, data: page.data.map((each) => ({ ...each, ipv4, ipv6 })) }),
        }
      }
      return balancer.inspect(listener, undefined)
    }
    const { port } = listener
    expect(await addresses('192.0.2.0', '1234::5678')).toMatchObject({
      endpoints: [
        { address: '192.0.2.0', port },
        { address: '1234::5678', port },
      ],
    })
    expect(await addresses('192.0.2.0', null)).toMatchObject({ endpoints: [{ address: '192.0.2.0', port }] })
    expect(await addresses(null, 'none')).toMatchObject({ endpoints: [] })
  })

  test('a label is compared as a whole, whatever the filter finds', async () => {
    const practice = await opened()
    const { balancer, listener, state } = practice
    const [nodeBalancer] = state.nodeBalancers
    const like = { ...nodeBalancer, id: 7, label: 'edge-2' }
    practice.tap = async ({ url }, send) => {
      const answer = await send()
      if (!/\/nodebalancers$/.test(new URL(url).pathname)) return answer
      return { ...answer, body: JSON.stringify({ data: [like, nodeBalancer], page: 1, pages: 1, results: 2 }) }
    }
    expect(await balancer.inspect(listener, undefined)).toMatchObject({ endpoints: [{ port: listener.port }] })
    const near = balancer.inspect({ ...listener, nodeBalancer: 'edg' }, undefined)
    expect(await failure(near)).toMatchObject({ code: 'TARGET_MISSING' })
  })

  test('one that is not there is answered by those that are, and by what was most likely meant', async () => {
    const { balancer, listener, state } = await opened()
    const [nodeBalancer] = state.nodeBalancers
    const label = nodeBalancer?.label ?? ''
    const message = async (at: Readonly<Record<string, string | number>>) =>
      (await failure(balancer.inspect({ ...listener, ...at }, undefined)))?.message
    expect(await message({ nodeBalancer: `${label}x` })).toBe(
      `Linode has no NodeBalancer "${label}x"; there are: ${label}; did you mean ${label}?`,
    )
    expect(await message({ nodeBalancer: 999_999 })).toContain(`there are: ${label}`)
    expect(await message({ port: 1 })).toBe(
      `Linode has no port 1 on the NodeBalancer "${label}"; there are: 80, ${listener.port}`,
    )
  })

  test('of many only some are listed, with the one that was meant', async () => {
    const { balancer, listener, state } = await opened()
    for (let count = 0; count < 40; count++) addNodeBalancer(state, { label: `other-${count}`.repeat(3) }, [])
    const label = state.nodeBalancers[0]?.label ?? ''
    const refused = await failure(balancer.inspect({ ...listener, nodeBalancer: `${label}x` }, undefined))
    const message = refused?.message ?? ''
    expect(message).toContain(`did you mean ${label}?`)
    expect(message).toContain(' and 29 more')
    expect(message.length).toBeLessThan(1_000)
  })
})

function changed(answer: HttpResponse, change: (fingerprint: string) => string): HttpResponse {
  const body = answer.body.replace(
    /("ssl_fingerprint":")([^"]+)/g,
    (_all, start: string, text: string) => start + change(text),
  )
  return { ...answer, body }
}
