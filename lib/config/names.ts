import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import * as v from 'valibot'
import { ipAddress } from '../x509/ip-address.ts'

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
/** Two hyphens there are only for A-labels (RFC 5891 §4.2.3.1): what still has them when decoded is broken or reserved. */
const RESERVED = /(?:^|\.)[^.]{2}--/

const TOO_LONG = 'longer than the 253 characters of a DNS name'
const NOT_A_NAME = 'not a DNS name'
export const AN_ADDRESS = 'an IP address; only DNS names can be proved with DNS'

type Parsed = { readonly name: string; readonly problem?: never } | { readonly name?: never; readonly problem: string }

/** A host name in lower case as A-labels, without the final dot. */
function parseHost(text: string): Parsed {
  const host = text.replace(/\.$/, '')
  if (host.length > 1_000) return { problem: TOO_LONG }
  if (isIP(host.replace(/^\[|\]$/g, ''))) return { problem: AN_ADDRESS }
  // domainToASCII reads a host as browsers do: what only a browser makes a name of is kept out first.
  const name = /[^\p{L}\p{M}\p{N}.。．-]/u.test(host) ? '' : domainToASCII(host)
  const labels = name.split('.')
  if (name.length > 253) return { problem: TOO_LONG }
  if (labels.some((label) => label.length > 63)) return { problem: 'a label is longer than 63 characters' }
  const wellFormed = labels.every((label) => LABEL.test(label)) && /[a-z]/.test(labels.at(-1) ?? '')
  return wellFormed && !RESERVED.test(domainToUnicode(name)) ? { name } : { problem: NOT_A_NAME }
}

/** An address is a name only of a certificate that no authority issues: that is for who knows the certificate to say. */
function parseCertificateName(text: string): Parsed {
  const address = ipAddress(text.replace(/^\[|\]$/g, ''))
  if (address !== undefined) return { name: address }
  const wildcard = text.startsWith('*.')
  const host = wildcard ? text.slice(2) : text
  if (host.includes('*')) return { problem: 'a wildcard stands only for the whole first label, as in *.example.com' }
  const { name, problem } = parseHost(host)
  if (problem !== undefined) return { problem }
  if (!name.includes('.')) return { problem: 'needs a dot: no public authority certifies a single label' }
  if (wildcard && name.length > 251) return { problem: TOO_LONG }
  return { name: wildcard ? `*.${name}` : name }
}

const parsedBy = (parse: (text: string) => Parsed) =>
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const { name, problem } = parse(dataset.value)
    if (problem === undefined) return name
    addIssue({ message: problem })
    return NEVER
  })

export const certificateName = v.pipe(
  v.string('expected a DNS name'),
  v.description(
    'A DNS name; *.name for a wildcard. Any script and case. With selfSigned or imported also an IP address.',
  ),
  parsedBy(parseCertificateName),
)

export const zoneName = v.pipe(
  v.string('expected the name of a DNS zone'),
  v.description('The name of a DNS zone.'),
  parsedBy(parseHost),
)

export const zoneList = v.pipe(
  v.array(zoneName),
  v.minLength(1),
  v.description('The zones it may write to. Without: every zone that no other provider lists.'),
)

/** Whether the name, or what a wildcard stands under, is one of the zones or lies below one. */
export function isWithin(name: string, zones: ReadonlySet<string>): boolean {
  const labels = name.replace(/^\*\./, '').split('.')
  return labels.some((_, index) => zones.has(labels.slice(index).join('.')))
}

const port = (text: string) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535

/** The address of a DNS server: an IP address alone, or with a port as in 192.0.2.1:53 and [2001:db8::1]:53. */
function isServerAddress(text: string): boolean {
  if (isIP(text)) return true
  const [, v6, v4, number = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? []
  return port(number) && (isIP(v6 ?? '') === 6 || isIP(v4 ?? '') === 4)
}

const ADDRESSES = 'an IP address, or one with a port as in 192.0.2.1:53 and [2001:db8::1]:53'

export const serverAddress = v.pipe(
  v.string('expected an IP address'),
  v.description('An IP address, with a port if it is not 53: 192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:5353.'),
  v.check(isServerAddress, `expected ${ADDRESSES}`),
)

/** The same, or where a resolver answers over HTTPS. */
export const resolverAddress = v.pipe(
  v.string('expected an IP address or an https URL'),
  v.description('As an address of a name server, or a URL such as https://dns.example/dns-query.'),
  v.check(
    (text) => isServerAddress(text) || (/^https:\/\/[^\s#]+$/.test(text) && URL.canParse(text)),
    `expected ${ADDRESSES}, or a URL as in https://dns.example/dns-query`,
  ),
)
