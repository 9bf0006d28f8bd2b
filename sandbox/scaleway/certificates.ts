import type { Refusal, Route } from '../api.ts'
import { keyFits, type PemChain, pemBlocks, pemOf, readPemChain, readPrivateKey } from '../pem.ts'
import type { LoadBalancers } from './load-balancers.ts'
import { addCertificate, type Lb, type StoredCertificate } from './objects.ts'
import { certificateInUse, fieldsOf, invalidArgument, notFound, page, quotaExceeded, textField } from './refusals.ts'

/** scw-docs, load-balancers-limitations. */
const QUOTA = 200

const IN_LB = /^\/lb\/v1\/zones\/([^/]+)\/lbs\/([^/]+)\/certificates$/
const ONE = /^\/lb\/v1\/zones\/([^/]+)\/certificates\/([^/]+)$/

export function certificateRoutes(balancers: LoadBalancers): Route[] {
  const { state, shapes, lbOf, changed } = balancers
  const certificateOf = (zone = '', id = ''): StoredCertificate => {
    const found = state.certificates.find((each) => each.id === id)
    const lb = state.lbs.find((each) => each.id === found?.lb)
    if (found === undefined || lb?.zone !== zone) throw notFound('certificate')
    return found
  }
  return [
    {
      method: 'GET',
      path: IN_LB,
      answer({ params, query }) {
        const lb = lbOf(params[0], params[1])
        const name = query.get('name') ?? ''
        const all = state.certificates.filter((each) => each.lb === lb.id && each.name.includes(name))
        const certificates = page(all, query).map((each) => shapes.certificate(each, false))
        return { status: 200, body: { certificates, total_count: all.length } }
      },
    },
    {
      method: 'POST',
      path: IN_LB,
      async answer({ params, body }) {
        const certificate = await create(lbOf(params[0], params[1]), body, balancers)
        return { status: 200, body: shapes.certificate(certificate, true) }
      },
    },
    {
      method: 'GET',
      path: ONE,
      answer: ({ params }) => ({ status: 200, body: shapes.certificate(certificateOf(params[0], params[1]), false) }),
    },
    {
      method: 'PUT',
      path: ONE,
      async answer({ params, body }) {
        const certificate = certificateOf(params[0], params[1])
        certificate.name = textField(body, 'name')
        certificate.updated_at = new Date().toISOString()
        await changed(lbOf(params[0], certificate.lb), { pending: false })
        return { status: 200, body: shapes.certificate(certificate, false) }
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      async answer({ params }) {
        const { id, lb } = certificateOf(params[0], params[1])
        if (state.frontends.some(({ certificate_ids }) => certificate_ids.includes(id))) throw certificateInUse()
        state.certificates = state.certificates.filter((each) => each.id !== id)
        await changed(lbOf(params[0], lb), { pending: false })
        return { status: 204 }
      },
    },
  ]
}

async function create(lb: Lb, body: unknown, { state, clock, changed }: LoadBalancers): Promise<StoredCertificate> {
  const name = textField(body, 'name')
  const pems = importedPems(body, clock.now().getTime())
  const current = state.certificates.filter((each) => each.lb === lb.id).length
  if (current >= QUOTA) throw quotaExceeded('LbCertificates', QUOTA, current)
  const certificate = addCertificate(state, lb, { name, ...pems })
  await changed(lb, { pending: false })
  return certificate
}

/** One PEM text: the key as PKCS#8, the leaf, its issuers. */
function importedPems(body: unknown, now: number): Pick<StoredCertificate, 'chainPem' | 'privateKeyPem'> {
  const { custom_certificate: custom, letsencrypt } = fieldsOf(body)
  if ((custom === undefined) === (letsencrypt === undefined)) {
    throw invalidArgument('type', 'constraint', 'exactly one of letsencrypt and custom_certificate must be set')
  }
  if (custom === undefined) throw invalidArgument('letsencrypt', 'constraint', 'this load balancer imports only')
  const text = textField(custom, 'certificate_chain')
  const refuse = (help: string): Refusal => invalidArgument('certificate_chain', 'format', help)

  const keys = pemBlocks(text).filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (keys.length !== 1) throw refuse('expected one private key')
  const key = readPrivateKey(text, ['PRIVATE KEY'])
  if (key === undefined) throw refuse('the private key cannot be read')
  const chain = certificatesIn(text)
  if (chain === undefined) throw refuse('the certificate cannot be read')
  if (!keyFits(key, chain.leaf)) throw refuse('the private key does not match the certificate')
  if (chain.names.length === 0) throw refuse('the certificate names no host')
  if (Date.parse(chain.leaf.validTo) < now || Date.parse(chain.leaf.validFrom) > now) {
    throw refuse('the certificate is not valid now')
  }
  return {
    chainPem: pemOf([chain.leaf, ...chain.issuers]),
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function certificatesIn(text: string): PemChain | undefined {
  try {
    return readPemChain(text)
  } catch {
    return undefined
  }
}
