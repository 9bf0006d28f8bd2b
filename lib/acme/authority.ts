import { Failure, isFailure } from '../errors.ts'
import type { Http } from '../platform/http.ts'
import { inStore } from '../platform/in-store.ts'
import type { Secret, SecretReference } from '../platform/secret.ts'
import type { CertificateAuthority, Clock, Log, Order, OrderRequest, SecretStore } from '../ports.ts'
import type { PublicCertificate } from '../types.ts'
import { parseChain, sameNames } from '../x509/certificate.ts'
import { certificateId } from '../x509/certificate-id.ts'
import { checkAccount } from './account.ts'
import { pendingChallenges } from './authorizations.ts'
import { challengeLabel } from './challenge-label.ts'
import { type AuthorityOptions, knownCaaIdentities, knownOf } from './directories.ts'
import { download } from './download.ts'
import { createNoncePool } from './nonces.ts'
import { finalize, readOrder } from './order.ts'
import { namedByRecords, ownAccount } from './own-account.ts'
import { renewalWindow } from './renewal-info.ts'
import { type Directory, orderResource, parseAnswer, toOrder } from './resources.ts'
import type { Session } from './session.ts'
import { createTransport, type Transport } from './transport.ts'
import { validate } from './validation.ts'

export interface AuthorityContext {
  readonly secrets: SecretStore
  /** For this authority alone, or shared with those of the same trust. */
  readonly http: Pick<Http, 'send'>
  resolve(reference: SecretReference): Promise<Secret>
  /** Rejects while something outside lets no other account than this one issue. Only asked where the CA heeds CAA records. */
  requireUnbound(accountUrl: string): Promise<void>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly timeLeft: () => number
}

/** `name` is the authority's in the configuration. Nothing is asked and no secret is read before a method is called. */
export function createAuthority(
  name: string,
  options: AuthorityOptions,
  { secrets: store, http, resolve, requireUnbound, clock, random, log: runLog, timeLeft }: AuthorityContext,
): CertificateAuthority {
  const secrets = namedStore(store)
  const log = runLog.with({ authority: name })
  const retry = { clock, random, timeLeft }
  const transport = createTransport({ authority: name, directoryUrl: options.directory, http, retry })
  const nonces = createNoncePool(transport, clock)
  const caaIdentities = async () => {
    const { caaIdentities: listed = [] } = (await transport.directory()).meta
    return listed.length > 0 ? listed : knownCaaIdentities(options.directory)
  }
  const { validation = 'dns-01' } = options
  const mayRegisterAgain = async (accountUrl: string) => {
    if (validation === 'dns-persist-01') throw namedByRecords(name, accountUrl)
    if ((await caaIdentities()).length > 0) await requireUnbound(accountUrl)
  }
  const own = ownAccount({ options, transport, secrets, nonces, resolve, mayRegisterAgain, retry, log })
  const session = async (): Promise<Session> => ({
    ...{ authority: name, validation, account: await own.open() },
    ...{ clock, timeLeft, retry, log },
  })

  return {
    ...knownOf(options),
    challengeLabel: async () =>
      challengeLabel(validation, validation === 'dns-account-01' ? await own.url() : undefined),
    async check({ profile }) {
      checkProfile(profile, await transport.directory(), name)
      await checkAccount({ options, transport, secrets, resolve, log })
    },
    async prepare() {
      await own.prepare().catch(() => undefined)
    },
    caaIdentities,
    accountUrl: own.url,
    register: async () => (await own.open()).url(),
    async newOrder(request) {
      checkProfile(request.profile, await transport.directory(), name) // which must cost no account
      return newOrder(request, transport, await session())
    },
    readOrder: async (url) => readOrder(url, await session()),
    challenges: async (order) => pendingChallenges(order, await session()),
    answer: async (challenges) => validate(challenges, await session()),
    finalize: async (order, csrPem) => finalize(order, csrPem, await session()),
    download: async (order, take) => download(order, take, await session()),
    renewalWindow: (certificate) => renewalWindow(certificate, { transport, clock, log }),
    revoke: async (certificate, reason) => revoke(certificate, reason, transport, await session()),
  }
}

/** That the account cannot be read or stored is the store's failure, and not the authority's. */
const namedStore = (store: SecretStore): SecretStore => ({
  ...store,
  read: (name, stage) => inStore('secrets', store.read(name, stage)),
  stage: (name, value) => inStore('secrets', store.stage(name, value)),
  activate: (name, version, expected) => inStore('secrets', store.activate(name, version, expected)),
})

async function newOrder(request: OrderRequest, transport: Transport, session: Session): Promise<Order> {
  const directory = await transport.directory()
  const identifiers = request.names.map((value) => ({ type: 'dns', value }))
  const wanted = { identifiers, ...(request.profile === undefined ? {} : { profile: request.profile }) }
  const replaces = directory.renewalInfo && request.replaces && certificateId(request.replaces)
  if (!replaces) return order(wanted, request, directory, session)
  try {
    return await order({ ...wanted, replaces }, request, directory, session)
  } catch (error) {
    if (!isAboutReplaces(error)) throw error
    session.log.info('the authority does not take the order as a replacement', { code: error.code })
    return order(wanted, request, directory, session)
  }
}

const TAKE_ORDER = 'take an order'

async function order(
  payload: object,
  { names }: OrderRequest,
  { newOrder }: Directory,
  session: Session,
): Promise<Order> {
  const { account, authority } = session
  const { data, headers } = await account.post(newOrder, payload, TAKE_ORDER)
  const answered = toOrder(
    headers.location ?? '',
    parseAnswer(orderResource, data, { authority, operation: TAKE_ORDER }),
  )
  const made = answered.names.length === 0 ? { ...answered, names } : answered
  if (made.url !== '' && sameNames(made.names, names)) return made
  throw new Failure('ANSWER_INVALID', `${authority} answered with an order without an address, or for other names`, {
    fields: { authority },
  })
}

/**
 * Whether an order may have been refused for its `replaces` alone. Boulder answers 409 when it was replaced before, 404 when
 * the certificate is unknown, 403 when it is another account's, 400 when no name is shared, Pebble 500 for that (RFC 9773 §5).
 */
const isAboutReplaces = (error: unknown): error is Failure =>
  isFailure(error, 'ACME_ALREADY_REPLACED', 'NOT_FOUND', 'ACME_ACCOUNT_REFUSED', 'ACME_PROBLEM', 'ACME_SERVER') &&
  [400, 403, 404, 409, 500].includes(Number(error.fields.status))

/** A profile that is not advertised should not be asked for (draft-ietf-acme-profiles §4). */
function checkProfile(profile: string | undefined, { meta }: Directory, authority: string): void {
  const profiles = Object.keys(meta.profiles ?? {})
  if (profile === undefined || profiles.includes(profile)) return
  throw new Failure('ACME_PROFILE', `${authority} has no certificate profile "${profile}"; see the field profiles`, {
    fields: { authority, profiles: profiles.slice(0, 20) },
  })
}

async function revoke(
  { chainPem }: PublicCertificate,
  reason: number,
  transport: Transport,
  { account, authority, log }: Session,
): Promise<void> {
  const [leaf] = parseChain(chainPem)
  const { revokeCert } = await transport.directory()
  if (revokeCert === undefined) {
    throw new Failure(
      'ACME_PROBLEM',
      `${authority} does not say where a certificate is revoked: ask it on its own site`,
      {
        fields: { authority },
      },
    )
  }
  try {
    await account.post(revokeCert, { certificate: leaf.raw.toString('base64url'), reason }, 'revoke a certificate')
  } catch (error) {
    if (!isFailure(error) || error.fields.type !== 'urn:ietf:params:acme:error:alreadyRevoked') throw error
    log.info('the certificate was revoked before')
  }
}
