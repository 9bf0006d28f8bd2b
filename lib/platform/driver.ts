import * as v from 'valibot'
import type { Clock, DnsProvider, LoadBalancer, Log } from '../ports.ts'
import type { KeyAlgorithm } from '../types.ts'
import type { Http } from './http.ts'
import type { Rest, RestOptions } from './rest.ts'
import { OWN_SECRETS, type Secret, type SecretReference } from './secret.ts'

/** What a driver is given to open itself with. */
export interface DriverContext {
  readonly environment: string
  /** Relative paths in the configuration start here. */
  readonly folder: string
  /** Finds the secret that a reference stands for; rejects with REFERENCE_UNRESOLVED. */
  resolve(reference: SecretReference): Promise<Secret>
  /** A client for a vendor's JSON API; it shares its connections with others of the same trust, and is closed with the run. */
  rest(options: RestOptions): Rest
  /** For a URL that somebody chose: it leads to this machine or a private network only where a CA certificate of its own is given. */
  http(caCertificate: string | undefined): Pick<Http, 'send'>
  readonly clock: Clock
  random(): number
  readonly log: Log
  timeLeft(): number
}

/** A driver is one file that exports this as `driver`, and one line in the registry of its kind. */
export interface Driver<Port, Options extends v.GenericSchema = v.GenericSchema> {
  /** The schema of `options` in the configuration: strict, with a description a field. */
  readonly options: Options
  open(options: v.InferOutput<Options>, context: DriverContext): Promise<Port>
}

/** What docs/dns.md says of a DNS provider, beside its options. */
export interface DnsProviderFacts {
  /** As it calls itself. */
  readonly provider: string
  /** Where its API or its protocol is described. */
  readonly documentation: string
  /** The least that its credentials must be allowed. */
  readonly permission: string
  /** How two values come to stand at one name. */
  readonly twoValues: string
  /** In seconds, of what is written: the smallest that the vendor takes; undefined where nobody asks for one. */
  readonly ttl: number | undefined
  /** What else a user must know, in Markdown. */
  readonly note?: string
}

export interface DnsDriver<Options extends v.GenericSchema = v.GenericSchema> extends Driver<DnsProvider, Options> {
  readonly facts: DnsProviderFacts
}

export interface BalancerDriver<
  Options extends v.GenericSchema = v.GenericSchema,
  ListenerFields extends v.GenericSchema = v.GenericSchema,
> extends Driver<LoadBalancer<v.InferOutput<ListenerFields>>, Options> {
  /** The schema of an entry under `deploy`, without `balancer`. The values in the order of its fields name the target. */
  readonly listener: ListenerFields
  /** The fields of it that say *which* listener it is; the others say where it is seen, and may change. */
  readonly identity: readonly FieldOf<ListenerFields>[]
  /** What stands between the parts of a list in the name of a target; a comma if absent. */
  readonly separator?: string
  /** The keys it can serve, the preferred one first. */
  readonly supportedKeys: readonly [KeyAlgorithm, ...KeyAlgorithm[]]
  /** A listener holds one certificate: two that are configured for it would take each other's place for ever. */
  readonly singleCertificate?: true
}

/** The names of the fields that a schema gives; any name for a schema of which nothing is known. */
type FieldOf<Schema extends v.GenericSchema> =
  unknown extends v.InferOutput<Schema> ? string : keyof v.InferOutput<Schema> & string

/** What any registry holds: names as they stand in the configuration, modules loaded only when they are named. */
export type Registry<D> = Readonly<Record<string, () => Promise<{ readonly driver: D }>>>

const REFERENCE =
  /^(?:env:(?<env>[A-Za-z_][A-Za-z0-9_]*)|secret:(?<name>[A-Za-z0-9][A-Za-z0-9/_.-]*)(?:#(?<field>[A-Za-z0-9_.-]+))?)$/

/** A reference as it is written, to whatever it is. The message never repeats the value. */
export const anyReference = v.pipe(
  v.string('expected a reference to a secret: secret:NAME#field or env:NAME'),
  v.regex(REFERENCE, 'expected a reference to a secret: secret:NAME#field or env:NAME, never the value itself'),
  v.metadata({ reference: true }),
  v.transform((text): SecretReference => {
    const { env, name = '', field } = REFERENCE.exec(text)?.groups ?? {}
    if (env !== undefined) return { from: 'env', name: env }
    return { from: 'secret', name, ...(field === undefined ? {} : { field }) }
  }),
)

/** A field that holds a secret: only ever a reference, and never to a key or an account of newleaf's own, which nobody else may be sent. */
export const secretReference = v.pipe(
  anyReference,
  v.check(
    (reference) => reference.from === 'env' || !OWN_SECRETS.test(reference.name),
    'expected a secret of yours: newleaf keeps its own keys and certificates under account/ and certificate/',
  ),
)

/** Of a field whose value goes into a header or is a URL: neither may hold a line break, which a PEM or a JSON key may. */
export const oneLine = v.transform((reference: SecretReference): SecretReference => ({ ...reference, oneLine: true }))

/** A field that holds what a store is opened with. */
export const envReference = v.pipe(
  secretReference,
  v.check(({ from }) => from === 'env', 'expected env:NAME: what opens a store cannot be kept in it'),
)

/** An address to which requests go as it stands here: always https. */
export const httpsUrl = v.pipe(
  v.string('expected an https URL'),
  v.url('expected an https URL'),
  v.startsWith('https://', 'expected an https URL'),
  v.check((url) => !/[@?#]/.test(url), 'expected an https URL without user, query or fragment'),
)

/** The address of an API, for those that do not live at their vendor's own. */
export const endpointUrl = v.pipe(
  httpsUrl,
  v.transform((url) => url.replace(/\/+$/, '')),
)

/** Fields that every driver of a vendor's HTTP API has. */
export const apiOptions = {
  endpoint: v.optional(v.pipe(endpointUrl, v.description("Where the API is, if not at the vendor's own address."))),
  caCertificate: v.optional(
    v.pipe(
      v.string(),
      v.description('Path of a PEM file with the CA certificate that signed the API’s own; added to the usual ones.'),
    ),
  ),
}

/** The fields of a driver that needs no more than a token. */
export const tokenOptions = (description: string) => ({
  token: v.pipe(secretReference, oneLine, v.description(description)),
  ...apiOptions,
})

/** What the driver of a vendor's HTTP API with a token is opened with, whatever else it may have. */
export interface TokenOptions {
  readonly token: SecretReference
  readonly endpoint?: string | undefined
  readonly caCertificate?: string | undefined
}
