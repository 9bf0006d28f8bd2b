import { generateKeyPairSync, verify } from 'node:crypto'
import { driver, setsAnswer, zonesAnswer } from '../../../lib/dns/drivers/google.ts'
import type { DriverContext } from '../../../lib/platform/driver.ts'
import type { HttpRequest } from '../../../lib/platform/http.ts'
import { Secret } from '../../../lib/platform/secret.ts'
import { type Call, type DnsPeer, drop, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

const PROJECT = 'named-archway-209418'
const ZONES = `/dns/v1/projects/${PROJECT}/managedZones`
const PATH = `${ZONES}/699036609868956548`
const TOKEN_URL = 'https://oauth2.googleapis.com/token'

interface RecordSet {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly rrdatas: readonly string[]
}

interface Change {
  readonly additions?: readonly RecordSet[]
  readonly deletions?: readonly RecordSet[]
}

export const refusal = (status: number, reason: string, message: string) => ({
  status,
  body: { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } },
})

let keys: ReturnType<typeof generateRsa> | undefined
const generateRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyPair = () => {
  keys ??= generateRsa()
  return keys
}

/** As Google Cloud makes it, but for fields that nobody reads. */
export const keyFile = (more: object = {}) => ({
  type: 'service_account',
  project_id: PROJECT,
  private_key_id: 'key-1',
  private_key: keyPair().privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: 'newleaf@named-archway-209418.iam.gserviceaccount.com',
  token_uri: TOKEN_URL,
  ...more,
})

/** Opens the driver with a key file, whatever the reference says. */
export const open = (context: DriverContext, options: object = {}, file: object = keyFile()) =>
  driver.open(
    { serviceAccountKey: token, ...options },
    { ...context, resolve: async () => new Secret(JSON.stringify(file)) },
  )

const parsed = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))

/** Undefined: the assertion is good. */
function wrongAssertion(assertion: string): string | undefined {
  const [header, claims, signature = ''] = assertion.split('.')
  const { alg, kid } = parsed(header)
  if (alg !== 'RS256' || kid !== 'key-1') return 'Invalid JWT Header.'
  const bytes = Buffer.from(`${header}.${claims}`)
  if (!verify('sha256', bytes, keyPair().publicKey, Buffer.from(signature, 'base64url')))
    return 'Invalid JWT Signature.'
  const { iss, scope, aud, iat, exp } = parsed(claims)
  if (iss !== keyFile().client_email) return 'Invalid grant: account not found'
  if (aud !== TOKEN_URL) return 'Failed audience check.'
  if (!/ndev\.clouddns\.readwrite$/.test(scope)) return 'Invalid scope.'
  const age = Date.now() / 1000 - iat
  if (Math.abs(age) > 300 || exp - iat > 3600) return 'Token must be a short-lived token (60 minutes).'
  return undefined
}

function issue({ body, headers }: Call) {
  const form = new URLSearchParams(String(body))
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded'
  const isGrant = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  if (!isForm || !isGrant) return { status: 400, body: { error: 'unsupported_grant_type' } }
  const error_description = wrongAssertion(form.get('assertion') ?? '')
  if (error_description !== undefined) return { status: 400, body: { error: 'invalid_grant', error_description } }
  return { status: 200, body: { access_token: TOKEN, expires_in: 3599, token_type: 'Bearer' } }
}

const absolute = (name: string) => (name === '' ? `${ZONE}.` : `${name}.${ZONE}.`)
const shown = ({ name, type }: RecordSet) => `${name} (${type})`
const isOf =
  ({ name, type }: RecordSet) =>
  (row: KeptRow) =>
    absolute(row.name) === name && row.type === type

const setsOf = (rows: readonly KeptRow[]): RecordSet[] =>
  Object.values(Object.groupBy(rows, ({ name, type }) => `${name} ${type}`)).flatMap((set = []) => {
    const [first] = set
    if (first === undefined) return []
    const rrdatas = set.map(({ value }) => `"${value}"`)
    return [{ name: absolute(first.name), type: first.type, ttl: first.ttl ?? 3600, rrdatas }]
  })

/** Undefined: all of it can be done. */
function refused({ additions = [], deletions = [] }: Change, rows: readonly KeptRow[]) {
  const sets = setsOf(rows)
  for (const [index, set] of deletions.entries()) {
    const held = sets.find(({ name, type }) => name === set.name && type === set.type)
    const where = `entity.change.deletions[${index}]`
    if (held === undefined)
      return refusal(404, 'notFound', `The '${where}' resource named '${shown(set)}' does not exist.`)
    const isSame = held.ttl === set.ttl && JSON.stringify(held.rrdatas) === JSON.stringify(set.rrdatas)
    if (!isSame) return refusal(412, 'conditionNotMet', `Precondition not met for '${where}'`)
  }
  for (const [index, set] of additions.entries()) {
    const where = `entity.change.additions[${index}]`
    const isFree = deletions.some((gone) => shown(gone) === shown(set)) || !rows.some(isOf(set))
    if (!isFree) return refusal(409, 'alreadyExists', `The resource '${where}' named '${shown(set)}' already exists`)
    const isValid = set.rrdatas.length > 0 && set.rrdatas.every((each) => /^"[^"]*"$/.test(each))
    if (!isValid || !set.name.endsWith(`${ZONE}.`))
      return refusal(400, 'invalid', `Invalid value for '${where}.rrdata[0]'`)
  }
  return additions.length + deletions.length === 0
    ? refusal(400, 'required', "The 'entity.change' parameter is required but was missing.")
    : undefined
}

function carryOut({ additions = [], deletions = [] }: Change, rows: KeptRow[]): void {
  const before = [...rows]
  for (const set of deletions) drop(rows, isOf(set))
  for (const set of additions) {
    for (const data of set.rrdatas) {
      const value = data.slice(1, -1)
      const old = before.find((each) => isOf(set)(each) && each.value === value)
      const name = set.name === `${ZONE}.` ? '' : set.name.slice(0, -`.${ZONE}.`.length)
      rows.push(old ?? kept({ name, type: set.type, value, ttl: set.ttl }))
    }
  }
}

const zone = { id: '699036609868956548', name: 'example-com', dnsName: `${ZONE}.`, visibility: 'public' }
/** Seen in a network of its owner alone. */
const inside = { id: '2877865336588149141', name: 'inside', dnsName: `${ZONE}.`, visibility: 'private' }

/** A list of zones comes one by one, and the private one first. */
export function create({ zones = [inside, zone], options = {} } = {}) {
  return httpVendor({
    open: (context) => open(context, options),
    isChange: ({ method, url }: HttpRequest) => method !== 'GET' && url !== TOKEN_URL,
    answer(call) {
      const { route, query, headers, body, rows } = call
      if (route === 'POST /token') return issue(call)
      if (headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'authError', 'Invalid Credentials')
      if (route === `GET ${ZONES}`) {
        const asked = zones.filter(({ dnsName }) => dnsName === (query.get('dnsName') ?? dnsName))
        const at = Number(query.get('pageToken') ?? 0)
        const more = at + 1 < asked.length && { nextPageToken: `${at + 1}` }
        return {
          status: 200,
          body: { kind: 'dns#managedZonesListResponse', managedZones: asked.slice(at, at + 1), ...more },
        }
      }
      const named = zones.find(({ name }) => route === `GET ${ZONES}/${name}`)
      if (named !== undefined) return { status: 200, body: named }
      if (route === `GET ${PATH}/rrsets`) {
        const asked = (field: 'name' | 'type') => (set: RecordSet) => set[field] === (query.get(field) ?? set[field])
        return { status: 200, body: { rrsets: setsOf(rows).filter(asked('name')).filter(asked('type')) } }
      }
      if (route !== `POST ${PATH}/changes`) return refusal(404, 'notFound', 'not found')
      const reply = refused(body as Change, rows)
      if (reply === undefined) carryOut(body as Change, rows)
      return reply ?? { status: 200, body: { ...(body as Change), id: '218', status: 'pending' } }
    },
    says: {
      denied: refusal(403, 'forbidden', 'Forbidden'),
      rejected: refusal(400, 'invalid', "Invalid value for 'entity.change.additions[0].ttl'"),
      'rate limited': {
        ...refusal(429, 'rateLimitExceeded', 'Resource has been exhausted (e.g. check quota).'),
        headers: { 'retry-after': '120' },
      },
    },
  })
}

export const peer: DnsPeer = {
  evidence: { recording: '2018 and 2022', documentation: 'the token, zones by DNS name, what is refused' },
  create: () => create(),
  recording: {
    folder: 'dns/googleclouddns',
    zone: 'fullm3tal.tk',
    answers: {
      [`GET ${ZONES}`]: zonesAnswer,
      [`GET ${ZONES}/…/rrsets`]: setsAnswer,
      'GET /dns/v1/projects/cloud-custodian/managedZones': zonesAnswer,
      'GET /dns/v1/projects/cloud-custodian/managedZones/zone-277-green/rrsets': setsAnswer,
      'GET /dns/v1/projects/cloud-custodian/managedZones/zone-277-red/rrsets': setsAnswer,
    },
    unrecorded: {
      [`GET ${ZONES}`]:
        'asked for by DNS name and page: https://docs.cloud.google.com/dns/docs/reference/rest/v1/managedZones/list',
      'POST /token':
        'recorded at an older address: https://developers.google.com/identity/protocols/oauth2/service-account',
    },
  },
}
