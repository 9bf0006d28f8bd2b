import { Failure, isFailure, toFailure } from '../errors.ts'
import type { Order } from '../ports.ts'
import { MAX_CHAIN_BYTES } from '../x509/certificate.ts'
import { type Session, unlessGone } from './session.ts'

/** As the request of RFC 8555 §7.4.2 has it; without it some CAs give nothing. */
const MEDIA_TYPE = 'application/pem-certificate-chain'
/** A CA that offers more has none of them for us. */
const MOST_ALTERNATES = 5

interface Downloaded {
  readonly chainPem: string
  /** Where the same certificate can be had with another chain. */
  readonly alternates: readonly string[]
}

/**
 * The chain of a valid order as `take` has it. Where it rejects a chain for its form, with ANSWER_INVALID, the CA's alternates are
 * asked for, and if there is none of use either, it is the default chain's failure that is told.
 */
export async function download<T>(
  { certificate, url }: Order,
  take: (chainPem: string) => T,
  session: Session,
): Promise<T> {
  const { authority, log } = session
  if (certificate === undefined) {
    throw new Failure('ACME_ORDER_NOT_READY', `the order at ${authority} has no certificate yet`, {
      fields: { authority, order: url },
    })
  }
  const { chainPem, alternates } = await fetchChain(certificate, session)
  try {
    return take(chainPem)
  } catch (error) {
    if (!isFailure(error, 'ANSWER_INVALID')) throw error
    for (const alternate of alternates) {
      try {
        const taken = take((await fetchChain(alternate, session)).chainPem)
        log.info('the default chain of the authority cannot be used; an alternate is', { reason: error.message })
        return taken
      } catch (other) {
        if (toFailure(other).retry === 'after') throw other // nothing more is asked before that
        log.debug('an alternate chain of the authority cannot be used either', { reason: toFailure(other).message })
      }
    }
    throw error
  }
}

async function fetchChain(url: string, { authority, account }: Session): Promise<Downloaded> {
  const { data, headers } = await unlessGone(authority, account.read(url, 'give the certificate', MEDIA_TYPE))
  if (typeof data === 'string' && Buffer.byteLength(data) <= MAX_CHAIN_BYTES)
    return { chainPem: data, alternates: alternatesIn(headers.link ?? '', url) }
  const what = 'something that is no certificate chain, or far too much of it'
  throw new Failure('ANSWER_INVALID', `${authority} sent ${what}`, { fields: { authority } })
}

/** The links of the relation "alternate" (RFC 8288 §3, RFC 8555 §7.4.2). */
function alternatesIn(link: string, base: string): string[] {
  const links = [...link.matchAll(/<(?<target>[^<>]*)>(?<parameters>[^<]*)/g)].flatMap(({ groups }) => {
    const { target = '', parameters = '' } = groups ?? {}
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters)
    const isAlternate = `${relations?.[1] ?? relations?.[2]}`.toLowerCase().split(/\s+/).includes('alternate')
    return isAlternate && URL.canParse(target, base) ? [new URL(target, base).href] : []
  })
  return [...new Set(links)].filter((each) => each !== base).slice(0, MOST_ALTERNATES)
}
