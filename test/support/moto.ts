import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Identity } from '../../sandbox/pki.ts'
import { freePorts, startChildServer } from './child-server.ts'

export interface AwsCall {
  /** As a policy names it: `s3:GetObject`, `secretsmanager:PutSecretValue`. */
  readonly action: string
  /** A bucket and a key, the name of a secret, the URL of a queue: whatever the call is about. */
  readonly on: string
  readonly status: number
}

export interface AwsFault {
  readonly action: string
  /** Refused with `status` and this error before anything happens; or done, and the answer lost. */
  readonly how: 'refused' | 'lost answer'
  readonly status?: number
  readonly error?: string
  readonly message?: string
  /** For how many calls; default 1. */
  readonly times?: number
}

export interface Moto {
  readonly endpoint: string
  /** With credentials for it, for other processes; they stand in the environment of this one until it is closed. */
  readonly env: Readonly<Record<string, string>>
  /** All calls so far, or since `forget`. */
  readonly calls: readonly AwsCall[]
  forget(): void
  /** Returns what ends the fault. */
  misbehave(fault: AwsFault): () => void
  close(): Promise<void>
}

/** What the SDK finds its credentials in; moto takes any. */
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'canary-token-aws',
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
}

/** An AWS emulator as a child of this process, behind https. */
export async function startMoto({ program, tls }: { program: string; tls: Identity }): Promise<Moto> {
  const [port = 0] = await freePorts(1)
  const emulator = await startChildServer({ program, args: ['-H', '127.0.0.1', '-p', `${port}`], ports: [port] })
  const faults: { readonly fault: AwsFault; left: number }[] = []
  const calls: AwsCall[] = []

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const { action, on } = describeCall(incoming, body)
    const entry = faults.find(({ fault, left }) => left > 0 && fault.action === action)
    if (entry !== undefined) entry.left -= 1
    const { how, status = 400, error = 'Refused', message = 'as the test wants it' } = entry?.fault ?? {}
    if (how === 'refused') {
      calls.push({ action, on, status })
      response.writeHead(status, { 'content-type': action.startsWith('s3:') ? 'application/xml' : JSON_1_1 })
      return void response.end(errorBody(action, error, message))
    }
    const answer = await forward(port, incoming, body)
    calls.push({ action, on, status: answer.status })
    if (how === 'lost answer') return void incoming.socket.destroy()
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  const front = createServer({ key: tls.key, cert: tls.cert }, (incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy())
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const before = Object.fromEntries(Object.keys(ENVIRONMENT).map((name) => [name, process.env[name]]))
  Object.assign(process.env, ENVIRONMENT)

  return {
    endpoint: `https://localhost:${(front.address() as AddressInfo).port}`,
    env: ENVIRONMENT,
    calls,
    forget() {
      calls.length = 0
    },
    misbehave(fault) {
      const entry = { fault, left: fault.times ?? 1 }
      faults.push(entry)
      return () => {
        entry.left = 0
      }
    },
    async close() {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      front.closeAllConnections()
      await new Promise((done) => front.close(done))
      await emulator.close()
    },
  }
}

const JSON_1_1 = 'application/x-amz-json-1.1'

interface Forwarded {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

async function forward(port: number, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Forwarded> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, resolve)
      .once('error', reject)
      .end(body)
  })
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) }
}

const errorBody = (action: string, error: string, message: string): string =>
  action.startsWith('s3:')
    ? `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${error}</Code><Message>${message}</Message></Error>`
    : JSON.stringify({ __type: error, message })

function describeCall(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): { action: string; on: string } {
  const target = headers['x-amz-target']
  const service = /\/(?<service>[a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? '')?.groups?.service ?? ''
  if (typeof target === 'string') {
    const { SecretId, Name, QueueUrl, CertificateArn } = JSON.parse(body.toString('utf8') || '{}')
    const on = SecretId ?? Name ?? QueueUrl ?? CertificateArn ?? ''
    return { action: `${service}:${target.split('.').at(-1)}`, on }
  }
  if (service === 'route53') return { action: `route53:${route53Action(method, url)}`, on: url.split('/')[3] ?? '' }
  if (service !== 's3') {
    const form = new URLSearchParams(body.toString('utf8'))
    return { action: `${service}:${form.get('Action')}`, on: form.get('TopicArn') ?? '' }
  }
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const on = decodeURIComponent(pathname.slice(1))
  if (on.includes('/') && !/^[^/]+\/$/.test(on)) return { action: `s3:${OBJECT[method] ?? method}`, on }
  const bucket = on.replace(/\/$/, '')
  // Of DeleteObjects AWS asks for the right to delete each key; all of them begin alike here.
  if (method === 'POST' && searchParams.has('delete'))
    return {
      action: 's3:DeleteObject',
      on: `${bucket}/${/<Key>(?<key>[^<]*)/.exec(body.toString('utf8'))?.groups?.key}`,
    }
  if (method === 'GET') return { action: 's3:ListBucket', on: `${bucket}/${searchParams.get('prefix') ?? ''}` }
  return { action: `s3:${method === 'PUT' ? 'CreateBucket' : method}`, on: bucket }
}

const OBJECT: Readonly<Record<string, string>> = { GET: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' }

function route53Action(method: string, url: string): string {
  const { pathname } = new URL(url, 'http://route53')
  if (pathname.endsWith('/hostedzonesbyname')) return 'ListHostedZonesByName'
  if (/\/rrset\/?$/.test(pathname)) return method === 'POST' ? 'ChangeResourceRecordSets' : 'ListResourceRecordSets'
  return method === 'POST' ? 'CreateHostedZone' : 'GetHostedZone'
}
