import * as v from 'valibot'
import { DAY } from '../platform/clock.ts'
import { endpointUrl, secretReference } from '../platform/driver.ts'
import { VALIDATION_METHODS } from '../types.ts'

/** What a CA has published about what it issues; absent: no such limit is known. */
export interface AuthorityLimits {
  /** How many certificates it issues for the same set of names within so many milliseconds. */
  readonly issuance?: { readonly certificates: number; readonly within: number }
  /** By profile: how many names a certificate may have. */
  readonly namesByProfile?: Readonly<Record<string, number>>
}

interface KnownDirectory extends AuthorityLimits {
  readonly url: string
  /** Whether an account must be bound to one that exists at the CA's own site (RFC 8555 §7.3.4). */
  readonly eab: boolean
  /** What it is called in CAA records, where its directory does not say. */
  readonly caaIdentities?: readonly string[]
  /** It is for tests: clients do not trust what it issues. */
  readonly staging?: true
}

/** https://letsencrypt.org/docs/profiles/ */
const LETS_ENCRYPT_PROFILES = { tlsserver: 25, shortlived: 25 }

/** Who issues for ZeroSSL (https://www.sectigo.com/knowledge-base). */
const SECTIGO = ['sectigo.com', 'comodo.com', 'comodoca.com', 'usertrust.com', 'trust-provider.com']

/** The certificate authorities that can be named instead of spelled out, and all that is known of each. */
export const directories = {
  letsencrypt: {
    url: 'https://acme-v02.api.letsencrypt.org/directory',
    eab: false,
    caaIdentities: ['letsencrypt.org'],
    issuance: { certificates: 5, within: 7 * DAY }, // https://letsencrypt.org/docs/rate-limits/
    namesByProfile: LETS_ENCRYPT_PROFILES,
  },
  'letsencrypt-staging': {
    url: 'https://acme-staging-v02.api.letsencrypt.org/directory',
    eab: false,
    staging: true,
    caaIdentities: ['letsencrypt.org'],
    namesByProfile: LETS_ENCRYPT_PROFILES,
  },
  google: { url: 'https://dv.acme-v02.api.pki.goog/directory', eab: true, caaIdentities: ['pki.goog'] },
  'google-staging': {
    url: 'https://dv.acme-v02.test-api.pki.goog/directory',
    eab: true,
    staging: true,
    caaIdentities: ['pki.goog'],
  },
  zerossl: { url: 'https://acme.zerossl.com/v2/DV90', eab: true, caaIdentities: SECTIGO },
  'sslcom-rsa': { url: 'https://acme.ssl.com/sslcom-dv-rsa', eab: true, caaIdentities: ['ssl.com'] },
  'sslcom-ecc': { url: 'https://acme.ssl.com/sslcom-dv-ecc', eab: true, caaIdentities: ['ssl.com'] },
} as const satisfies Record<string, KnownDirectory>

const known = new Map<string, KnownDirectory>(Object.entries(directories))
const knownByUrl = new Map([...known.values()].map((each) => [each.url, each]))

/** A directory's URL for what a configuration says: a name of the table, or a URL. */
export const directoryUrl = (written: string): string => known.get(written)?.url ?? written

const knownAt = (url: string) => knownByUrl.get(URL.canParse(url) ? new URL(url).href : url)

/** By the URL of the directory: what a CA is called in CAA records, as far as the table knows. */
export const knownCaaIdentities = (url: string): readonly string[] => knownAt(url)?.caaIdentities ?? []

/** By the URL of the directory: a CA that is not in the table has none. */
export const limitsOf = (url: string): AuthorityLimits => {
  const { issuance, namesByProfile } = knownAt(url) ?? {}
  return { ...(issuance && { issuance }), ...(namesByProfile && { namesByProfile }) }
}

const directory = v.pipe(
  v.string('expected the name of a certificate authority or an https URL'),
  v.check(
    (text) => known.has(text) || v.is(endpointUrl, text),
    `expected an https URL or one of: ${[...known.keys()].join(', ')}`,
  ),
  v.transform(directoryUrl),
  v.description('The ACME directory: a known name (letsencrypt, google, zerossl, …) or an https URL.'),
)

const email = v.pipe(
  v.string(),
  // Let's Encrypt refuses other contacts (https://letsencrypt.org/docs/expiration-emails/).
  v.regex(/^[!-"$->@-~]+@[A-Za-z0-9.-]+$/, 'expected one e-mail address in ASCII, without "?" or "#"'),
  v.description('Where the certificate authority may write to. Many no longer write at all.'),
)

/** An entry under `acme.authorities`. */
export const authorityOptions = v.pipe(
  v.strictObject({
    directory,
    email: v.optional(email),
    agreeToTerms: v.pipe(
      v.literal(true, 'must be true: accounts are only given to those who agree to the terms of service'),
      v.description('Says that you have read the terms of service of this authority and agree to them.'),
    ),
    validation: v.optional(
      v.pipe(
        v.picklist(VALIDATION_METHODS),
        v.description(
          'How the authority is shown that a name is yours: dns-01, or one of the others where it offers them; dns-01 if not given. With dns-persist-01 you place a record once, and no DNS provider is needed.',
        ),
      ),
    ),
    replaceTrusted: v.optional(
      v.pipe(
        v.boolean(),
        v.description(
          'Whether what a staging authority issues may take the place of a certificate that clients trust.',
        ),
      ),
    ),
    caCertificate: v.optional(
      v.pipe(
        v.string(),
        v.nonEmpty(),
        v.description('Path of a PEM file with the CA certificate that signed the directory’s own: for a private CA.'),
      ),
    ),
    eab: v.optional(
      v.pipe(
        v.strictObject({
          kid: v.pipe(v.string(), v.nonEmpty(), v.description('The key identifier that the authority gave you.')),
          hmac: v.pipe(secretReference, v.description('The base64url key that came with it, as a reference.')),
        }),
        v.description('External account binding: ties the ACME account to an account at the authority’s site.'),
      ),
    ),
  }),
  v.forward(
    v.check(
      ({ directory, eab }) => eab !== undefined || !knownByUrl.get(directory)?.eab,
      'this certificate authority needs an external account binding: eab.kid and eab.hmac, from its own site',
    ),
    ['eab'],
  ),
)

export type AuthorityOptions = v.InferOutput<typeof authorityOptions>

/** What is known of an authority before it is asked. */
export function knownOf({
  directory,
  validation,
  replaceTrusted,
}: Pick<AuthorityOptions, 'directory' | 'validation' | 'replaceTrusted'>) {
  const { issuance } = limitsOf(directory)
  const isSparing = knownByUrl.get(directory)?.staging === true && replaceTrusted !== true
  return {
    directory,
    ...(issuance && { issuanceLimit: issuance }),
    ...(validation && { validation }),
    ...(isSparing && { untrusted: true as const }),
  }
}
