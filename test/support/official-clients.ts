import { Agent as HttpsAgent } from 'node:https'
import * as linode from '@linode/api-v4'
import { createAdvancedClient, withHTTPClient, withProfile } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { Agent, request } from 'undici'
import type { World } from '../../sandbox/world.ts'
import type { Answer } from './practice-world.ts'

/** The official client. It takes a UUID for a key, so that the token is set beneath it. */
export function officialScaleway({ scaleway, memory }: World) {
  const agent = new Agent({ connect: { ca: memory.house.rootPem } })
  const httpClient = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const asked = new Request(input, init)
    const { statusCode, headers, body } = await request(asked.url, {
      dispatcher: agent,
      method: asked.method as 'GET',
      headers: { ...Object.fromEntries(asked.headers), 'x-auth-token': memory.tokens.scaleway },
      body: asked.body === null ? null : await asked.text(),
    })
    const type = String(headers['content-type'])
    return new Response(statusCode === 204 ? null : await body.text(), {
      status: statusCode,
      headers: { 'content-type': type },
    })
  }
  const client = createAdvancedClient(
    withProfile({ apiURL: `https://localhost:${scaleway.port}`, defaultZone: 'fr-par-1' }),
    withHTTPClient(httpClient),
  )
  return { api: new Lbv1.ZonedAPI(client), close: () => agent.destroy() }
}

/** What the tests use of the official client; its type declarations cannot be resolved by name. */
interface OfficialLinode {
  readonly baseRequest: {
    interceptors: {
      request: {
        use(change: (config: Record<string, unknown>) => Record<string, unknown>): number
        eject(id: number): void
      }
    }
  }
  getNodeBalancers(parameters: object, filter: object): Promise<Answer['body']>
  getNodeBalancerConfigs(nodeBalancer: number): Promise<Answer['body']>
  getNodeBalancerConfigNodes(nodeBalancer: number, config: number): Promise<Answer['body']>
  updateNodeBalancerConfig(nodeBalancer: number, config: number, data: object): Promise<Answer['body']>
  getDomains(parameters: object, filter: object): Promise<Answer['body']>
  getDomainRecords(domain: number, parameters: object, filter: object): Promise<Answer['body']>
  createDomainRecord(domain: number, data: object): Promise<Answer['body']>
  deleteDomainRecord(domain: number, record: number): Promise<Answer['body']>
}

/** The official client, led to this world until `close`. */
export function officialLinode({ linode: { port }, memory }: World) {
  const api = linode as unknown as OfficialLinode
  const httpsAgent = new HttpsAgent({ ca: memory.house.rootPem })
  const { request: interceptors } = api.baseRequest.interceptors
  const id = interceptors.use((config) => {
    const headers = config.headers as { set(name: string, value: string): void }
    headers.set('Authorization', `Bearer ${memory.tokens.linode}`)
    const url = String(config.url).replace(/^https:\/\/api\.linode\.com/, `https://localhost:${port}`)
    return { ...config, url, httpsAgent }
  })
  return {
    api,
    close() {
      interceptors.eject(id)
      httpsAgent.destroy()
    },
  }
}
