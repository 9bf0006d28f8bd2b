import { afterEach, describe, expect, test } from 'vitest'
import type { HttpResponse } from '../../lib/platform/http.ts'
import { addNodeBalancer, newConfig } from '../../sandbox/linode/objects.ts'
import { failure, type Practice, practiceLinode, practiceScaleway } from '../support/practice-balancers.ts'

const running: Practice[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((practice) => practice.close()))
})

async function opened() {
  const practice = await practiceLinode()
  running.push(practice)
  return practice
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
    expect(await balancer.look(listener, one)).toMatchObject({ serves: true })
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
    expect(await failure(balancer.look(listener, undefined))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('finding a port', () => {
  test.each(['http', 'tcp'] as const)(
    'one that speaks %s is refused, and the message says how to make it https',
    async (protocol) => {
      const { balancer, state } = await opened()
      const nodeBalancer = addNodeBalancer(state, { label: 'plain' }, ['127.0.0.1'])
      state.configs.push(newConfig(state, nodeBalancer, { protocol }, 443))
      const refused = await failure(balancer.look({ nodeBalancer: 'plain', port: 443 }, undefined))
      expect(refused).toMatchObject({ code: 'TARGET_REFUSED' })
      expect(refused?.message).toMatch(/set its protocol to https/)
    },
  )

  test('it is found on whatever page it stands', async () => {
    const { balancer, listener, state, version } = await opened()
    const [nodeBalancer] = state.nodeBalancers
    if (nodeBalancer === undefined) throw new Error('the world is not furnished')
    for (let index = 0; index < 220; index++) state.configs.unshift(newConfig(state, nodeBalancer, {}, 1_000 + index))
    const one = await version()
    await balancer.swap(listener, one)
    expect(await balancer.look(listener, one)).toMatchObject({ serves: true })
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
      return balancer.look(listener, undefined)
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
    expect(await balancer.look(listener, undefined)).toMatchObject({ endpoints: [{ port: listener.port }] })
    const near = balancer.look({ ...listener, nodeBalancer: 'edg' }, undefined)
    expect(await failure(near)).toMatchObject({ code: 'TARGET_MISSING' })
  })
})

function changed(answer: HttpResponse, change: (fingerprint: string) => string): HttpResponse {
  const body = answer.body.replace(
    /("ssl_fingerprint":")([^"]+)/g,
    (_all, start: string, text: string) => start + change(text),
  )
  return { ...answer, body }
}
