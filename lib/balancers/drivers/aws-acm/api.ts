import {
  ACMClient,
  type CertificateDetail,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  KeyAlgorithm,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
} from '@aws-sdk/client-acm'
import { Failure } from '../../../errors.ts'
import { everyPage } from '../../../platform/pages.ts'
import { readOnce } from '../../../platform/shared-reads.ts'
import type { Certificate } from '../../../types.ts'
import type { Aws } from '../../../vendors/aws/client.ts'
import { pemBlocks } from './content.ts'
import { explained, refusal } from './refusal.ts'

export type { CertificateDetail }

/** Of all certificates in the list of a region. */
export interface Listed {
  readonly arn: string
  readonly imported: boolean
}

/** The calls of AWS Certificate Manager that are used: no others need to be allowed. They reject with TARGET_MISSING where there is nothing. */
export interface Acm {
  /** As people know it. */
  readonly name: string
  describe(arn: string): Promise<CertificateDetail>
  /** All certificates that are stored there, the leaf first, as PEM. */
  content(arn: string): Promise<string>
  /** Puts this certificate in the place of the one that is there. */
  importOver(arn: string, certificate: Certificate): Promise<void>
  /** Makes a new one. It is never sent twice. */
  importNew(certificate: Certificate, tags: Readonly<Record<string, string>>): Promise<string>
  /** ACM refuses it for what is in use. */
  remove(arn: string): Promise<void>
  list(): Promise<Listed[]>
  tags(arn: string): Promise<Readonly<Record<string, string>>>
}

/** ListCertificates leaves out all but RSA_2048 unless it is asked (API reference). */
const EVERY_KEY = { keyTypes: Object.values(KeyAlgorithm) }

export async function createAcm(aws: Aws): Promise<Acm> {
  const region = await openRegion(aws)
  return { name: region.name, ...shared(region.name, reading(region)), ...changing(region) }
}

/** The service in one region. What its calls reject with says what it means there. */
interface Region extends Pick<Aws, 'call'> {
  readonly client: ACMClient
  readonly name: string
}

async function openRegion(aws: Aws): Promise<Region> {
  const client = new ACMClient(aws.config)
  const name = `ACM ${await aws.call({ action: 'the region', on: 'ACM' }, () => client.config.region())}`
  return {
    client,
    name,
    async call(what, send) {
      try {
        return await aws.call(what, send)
      } catch (error) {
        throw explained(error, what.on, name)
      }
    },
  }
}

type Reads = Pick<Acm, 'describe' | 'content' | 'list' | 'tags'>

/** Where reads are shared, each is made once. */
const shared = (name: string, { describe, content, list, tags }: Reads): Reads => ({
  describe: (arn) => readOnce(`describe ${arn}`, () => describe(arn)),
  content: (arn) => readOnce(`content ${arn}`, () => content(arn)),
  list: () => readOnce(`list ${name}`, list),
  tags: (arn) => readOnce(`tags ${arn}`, () => tags(arn)),
})

const reading = ({ client, name, call }: Region): Reads => ({
  async describe(arn) {
    const command = new DescribeCertificateCommand({ CertificateArn: arn })
    const { Certificate } = await call({ action: 'DescribeCertificate', on: arn }, (options) =>
      client.send(command, options),
    )
    if (Certificate === undefined) throw unreadable('DescribeCertificate', arn)
    return Certificate
  },

  async content(arn) {
    const command = new GetCertificateCommand({ CertificateArn: arn })
    const { Certificate, CertificateChain = '' } = await call({ action: 'GetCertificate', on: arn }, (options) =>
      client.send(command, options),
    )
    if (Certificate === undefined) throw unreadable('GetCertificate', arn)
    return `${Certificate}\n${CertificateChain}`
  },

  list: () =>
    everyPage(`the list of the certificates in ${name}`, '', async (token) => {
      const command = new ListCertificatesCommand({ Includes: EVERY_KEY, ...(token && { NextToken: token }) })
      const answer = await call({ action: 'ListCertificates', on: name }, (options) => client.send(command, options))
      const items = (answer.CertificateSummaryList ?? []).map(
        ({ CertificateArn: arn = '', Type }): Listed => ({ arn, imported: Type === 'IMPORTED' }),
      )
      return { items, next: answer.NextToken }
    }),

  async tags(arn) {
    const command = new ListTagsForCertificateCommand({ CertificateArn: arn })
    const { Tags = [] } = await call({ action: 'ListTagsForCertificate', on: arn }, (options) =>
      client.send(command, options),
    )
    return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
  },
})

const changing = ({ client, name, call }: Region): Pick<Acm, 'importOver' | 'importNew' | 'remove'> => ({
  async importOver(arn, certificate) {
    const what = { action: 'ImportCertificate', on: arn }
    const command = new ImportCertificateCommand({ CertificateArn: arn, ...parts(certificate) })
    await call(what, (options) => client.send(command, options).catch(refusal(what)))
  },

  async importNew(certificate, tags) {
    const what = { action: 'ImportCertificate', on: name, once: true } as const
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const command = new ImportCertificateCommand({ ...parts(certificate), Tags })
    const { CertificateArn } = await call(what, (options) => client.send(command, options).catch(refusal(what)))
    if (CertificateArn === undefined) throw unreadable('ImportCertificate', name)
    return CertificateArn
  },

  async remove(arn) {
    const command = new DeleteCertificateCommand({ CertificateArn: arn })
    await call({ action: 'DeleteCertificate', on: arn }, (options) => client.send(command, options))
  },
})

/** The leaf by itself, and those above it without the root, as ACM wants them. */
function parts({ chainPem, privateKeyPem }: Certificate) {
  const [leaf = '', ...issuers] = pemBlocks(chainPem)
  return {
    Certificate: Buffer.from(leaf),
    PrivateKey: Buffer.from(privateKeyPem.reveal()),
    ...(issuers.length === 0 ? {} : { CertificateChain: Buffer.from(issuers.join('')) }),
  }
}

const unreadable = (action: string, on: string) =>
  new Failure('ANSWER_INVALID', `the answer to ${action} of ${on} lacks what was asked for`)
