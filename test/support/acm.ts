/** ACM as its documentation has it, in this process: what moto leaves out, it refuses. Load balancers follow what it holds. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls'
import { type Authority, createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { ACCOUNT, REGION } from './cloudformation.ts'
import type { AwsCall, AwsFault } from './moto.ts'

export interface Stored {
  readonly arn: string
  readonly type: 'IMPORTED' | 'AMAZON_ISSUED'
  readonly leaf: X509Certificate
  readonly chainPem: string
  readonly keyPem: string
  readonly tags: Readonly<Record<string, string>>
  readonly inUseBy: readonly string[]
}

// biome-ignore lint/suspicious/noExplicitAny: a request is any JSON
type Json = any

export interface PracticeAcm {
  /** Below its path `/denied` everything is. */
  readonly endpoint: string
  /** Of the CA behind the endpoint, and of what `issue` issues. */
  readonly authority: Authority
  readonly stored: Map<string, Stored>
  readonly calls: readonly AwsCall[]
  /** How many reads still show what was there before an import. */
  lag: number
  /** Certificates in an answer of a list. */
  pageSize: number
  /** Puts one there without a call; resolves to its ARN. */
  hold(one: Partial<Stored> & Pick<Stored, 'leaf' | 'chainPem' | 'keyPem'>): string
  misbehave(fault: AwsFault): () => void
  /** The port of a load balancer on 127.0.0.1 that serves whatever is held at this ARN. */
  serve(arn: () => string): Promise<number>
  close(): Promise<void>
}

class Refusal extends Error {
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

const kinds: Readonly<Record<string, string>> = {
  prime256v1: 'EC_prime256v1',
  secp384r1: 'EC_secp384r1',
  secp521r1: 'EC_secp521r1',
}
const kindOf = ({ publicKey: { asymmetricKeyDetails = {} } }: X509Certificate): string =>
  kinds[asymmetricKeyDetails.namedCurve ?? ''] ?? `RSA_${asymmetricKeyDetails.modulusLength}`
const namesOf = ({ subjectAltName = '' }: X509Certificate) =>
  subjectAltName.split(', ').map((entry) => entry.replace(/^DNS:/, ''))
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

export async function startPracticeAcm(): Promise<PracticeAcm> {
  const authority = await createAuthority({ name: 'ACM' })
  const { key, cert } = await serverCertificate(authority)
  const faults: { readonly fault: AwsFault; left: number }[] = []
  const calls: AwsCall[] = []
  const closing: (() => void)[] = []
  const before = new Map<string, { readonly stored: Stored; reads: number }>()

  function find(arn: string): Stored {
    const found = self.stored.get(arn)
    if (found === undefined) throw new Refusal('ResourceNotFoundException', `Could not find certificate ${arn}.`)
    return found
  }

  const actions: Readonly<Record<string, (request: Json) => Json>> = {
    DescribeCertificate({ CertificateArn }) {
      const { arn, leaf, type, inUseBy } = find(CertificateArn)
      const [DomainName] = namesOf(leaf)
      const detail = { CertificateArn: arn, DomainName, SubjectAlternativeNames: namesOf(leaf), Type: type }
      const NotAfter = leaf.validToDate.getTime() / 1_000
      return { Certificate: { ...detail, KeyAlgorithm: kindOf(leaf), NotAfter, InUseBy: inUseBy } }
    },
    GetCertificate({ CertificateArn }) {
      const old = before.get(CertificateArn)
      const isOld = old !== undefined && old.reads-- > 0
      const { leaf, chainPem } = isOld ? old.stored : find(CertificateArn)
      return { Certificate: leaf.toString(), CertificateChain: `${chainPem}${authority.rootPem}` }
    },
    DeleteCertificate({ CertificateArn }) {
      const { inUseBy } = find(CertificateArn)
      if (inUseBy.length > 0) throw new Refusal('ResourceInUseException', `Certificate ${CertificateArn} is in use.`)
      self.stored.delete(CertificateArn)
      return {}
    },
    ListTagsForCertificate: ({ CertificateArn }) => ({
      Tags: Object.entries(find(CertificateArn).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
    ListCertificates({ NextToken = '0', Includes = {} }) {
      const { keyTypes = ['RSA_2048'] } = Includes
      const all = [...self.stored.values()].filter(({ leaf }) => keyTypes.includes(kindOf(leaf)))
      const [from, to] = [Number(NextToken), Number(NextToken) + self.pageSize]
      const list = all.slice(from, to).map(({ arn, type }) => ({ CertificateArn: arn, Type: type }))
      return { CertificateSummaryList: list, ...(to < all.length ? { NextToken: String(to) } : {}) }
    },
    ImportCertificate({ CertificateArn, Certificate, CertificateChain = '', PrivateKey, Tags }) {
      const text = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')
      if (text(Certificate).match(/BEGIN CERTIFICATE/g)?.length !== 1)
        throw new Refusal('ValidationException', 'The certificate field contains more than one certificate.')
      const [leaf, keyPem] = [new X509Certificate(text(Certificate)), text(PrivateKey)]
      const given = { leaf, chainPem: text(CertificateChain), keyPem }
      if (CertificateArn === undefined) {
        const tags = (Tags ?? []).map(({ Key, Value }: Record<string, string>) => [Key, Value])
        return { CertificateArn: self.hold({ ...given, tags: Object.fromEntries(tags) }) }
      }
      const old = find(CertificateArn)
      if (Tags !== undefined) throw new Refusal('ValidationException', 'Tagging is not permitted on re-import.')
      if (kindOf(leaf) !== kindOf(old.leaf))
        throw new Refusal('ValidationException', 'The key type and size of the certificate cannot be changed.')
      if (old.leaf.keyUsage?.some((use) => use !== CLIENT_AUTH && !leaf.keyUsage?.includes(use)))
        throw new Refusal(
          'ValidationException',
          'New certificate is missing one or more Extended Key Usages supported by the currently imported certificate',
        )
      before.set(CertificateArn, { stored: old, reads: self.lag })
      self.stored.set(CertificateArn, { ...old, ...given })
      return { CertificateArn }
    },
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request: Json = JSON.parse((await buffer(incoming)).toString('utf8'))
    const action = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? ''
    const entry = faults.find(({ fault, left }) => left > 0 && fault.action === `acm:${action}`)
    if (entry !== undefined) entry.left -= 1
    const answer = (status: number, body: Json) => {
      calls.push({ action: `acm:${action}`, on: request.CertificateArn ?? '', status })
      if (entry?.fault.how === 'lost answer') return void incoming.socket.destroy()
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
    }
    if (incoming.url?.startsWith('/denied')) return answer(400, { __type: 'AccessDeniedException', message: 'no' })
    const { status = 400, error = 'Refused', message = 'as the test wants it' } = entry?.fault ?? {}
    if (entry?.fault.how === 'refused') return answer(status, { __type: error, message })
    try {
      answer(200, actions[action]?.(request))
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused
      answer(400, { __type: refused.type, message: refused.message })
    }
  }

  const api = createServer({ key, cert }, (incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy())
  })
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  closing.push(
    () => api.close(),
    () => api.closeAllConnections(),
  )

  let count = 0
  const self: PracticeAcm = {
    endpoint: `https://localhost:${(api.address() as AddressInfo).port}`,
    authority,
    stored: new Map(),
    calls,
    lag: 0,
    pageSize: 100,
    hold(one) {
      const id = `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
      const arn = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/${id}`
      self.stored.set(arn, { arn, type: 'IMPORTED', tags: {}, inUseBy: [], ...one })
      return arn
    },
    misbehave(fault) {
      const entry = { fault, left: fault.times ?? 1 }
      faults.push(entry)
      return () => {
        entry.left = 0
      }
    },
    async serve(arn) {
      const contexts = new WeakMap<Stored, SecureContext>()
      const contextOf = (stored: Stored): SecureContext => {
        const { leaf, chainPem, keyPem } = stored
        const context = contexts.get(stored) ?? createSecureContext({ cert: `${leaf}${chainPem}`, key: keyPem })
        contexts.set(stored, context)
        return context
      }
      const server = createTlsServer({ SNICallback: (_name, done) => done(null, contextOf(find(arn()))) })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      closing.push(() => server.close())
      return (server.address() as AddressInfo).port
    },
    async close() {
      for (const each of closing.splice(0)) each()
    },
  }
  return self
}
