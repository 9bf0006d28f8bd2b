import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import { accessToken, accessTokens, type IssuedToken } from '../../platform/access-tokens.ts'
import { MINUTE, SECOND } from '../../platform/clock.ts'
import { apiOptions, type DnsDriver, type DnsProviderFacts, secretReference } from '../../platform/driver.ts'
import { anyAnswer, explainedBy, type Rest, withLimitEnd } from '../../platform/rest.ts'
import { Secret } from '../../platform/secret.ts'
import { inTurns } from '../../platform/turns.ts'
import type { Clock, DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject({
  login: v.pipe(v.string(), v.nonEmpty(), v.description('The user name with which one logs in to the control panel.')),
  privateKey: v.pipe(
    secretReference,
    v.description('Reference to the private key of a key pair for the API, in PEM as the control panel shows it.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'TransIP',
  documentation: 'https://api.transip.eu/rest/docs.html',
  permission: 'a key pair that takes any IP address; it may do whatever the account can do',
  twoValues: 'a record each',
  ttl: 60,
  note:
    'For each run newleaf signs for a token of 30 minutes with the private key, which itself is sent nowhere. While TransIP saves a zone ' +
    'it refuses all else about it, and is asked again some seconds later.',
} satisfies DnsProviderFacts

/** Of a token. */
const LIFETIME = 30 * MINUTE

export const tokenAnswer = v.object({ token: accessToken })

/** An entry has no id: it is known by all that it says. Names are relative, `@` at the top. There are no pages. */
export const entriesAnswer = v.object({
  dnsEntries: v.array(v.object({ name: v.string(), expire: v.number(), type: v.string(), content: v.string() })),
})

export const driver = {
  options,
  facts,
  async open({ login, privateKey, endpoint = 'https://api.transip.nl', caCertificate }, context) {
    const key = keyOf(await context.resolve(privateKey))
    const about = { vendor: 'TransIP', endpoint, caCertificate, headers: {}, explain }
    const unnamed = context.rest(about)
    const authorization = accessTokens(() => issue(login, key, unnamed), context.clock)
    const rest = whileSaving(context.rest({ ...about, authorization }), context)
    const turn = inTurns(1)
    return provider({ call: (request) => turn(() => rest.call(request)) })
  },
} satisfies DnsDriver<typeof options>

/** What is signed is what is sent, letter by letter. */
async function issue(login: string, key: KeyObject, rest: Rest): Promise<IssuedToken> {
  const nonce = randomUUID().replaceAll('-', '')
  const body = { login, nonce, expiration_time: `${LIFETIME / MINUTE} minutes`, global_key: true }
  const signature = sign('sha512', Buffer.from(JSON.stringify(body)), key).toString('base64')
  const { token } = await rest.call({
    method: 'POST',
    path: '/v6/auth',
    headers: { signature },
    body,
    answer: tokenAnswer,
  })
  return { token: new Secret(token), lifetime: LIFETIME }
}

function keyOf(pem: Secret): KeyObject {
  try {
    return createPrivateKey(pem.reveal())
  } catch {
    throw new Failure(
      'CONFIG_INVALID',
      'the private key for TransIP is none in PEM: take it as the control panel shows it',
    )
  }
}

const SAVES = { pause: 2 * SECOND, tries: 10 }

/** A refusal with 409 has done nothing: whatever it was is asked for again. */
const whileSaving = (rest: Rest, { clock, timeLeft }: { readonly clock: Clock; timeLeft(): number }): Rest => ({
  async call(request) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await rest.call(request)
      } catch (error) {
        if (!isFailure(error, 'CONFLICT') || attempt >= SAVES.tries || timeLeft() <= SAVES.pause) throw error
        await clock.sleep(SAVES.pause)
      }
    }
  },
})

const pathOf = ({ zone }: ZoneLocation) => `/v6/domains/${encodeURIComponent(zone)}/dns`
const nameOf = ({ relativeName }: ZoneLocation) => relativeName || '@'

function provider(rest: Rest): DnsProvider {
  return recordsProvider({
    async list(location) {
      const { dnsEntries } = await readZone(location, rest)
      return dnsEntries
        .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === nameOf(location))
        .map((entry) => ({ id: entry, value: unquoted(entry.content) }))
    },
    async add(record) {
      const dnsEntry = { name: nameOf(record), expire: facts.ttl, type: 'TXT', content: record.value }
      await rest.call({ method: 'POST', path: pathOf(record), body: { dnsEntry }, answer: anyAnswer })
    },
    async remove(record, dnsEntry) {
      await rest.call({ method: 'DELETE', path: pathOf(record), body: { dnsEntry }, answer: anyAnswer })
    },
  })
}

const readZone = (location: ZoneLocation, rest: Rest) =>
  rest.call({ method: 'GET', path: pathOf(location), answer: entriesAnswer }).catch(asNoZone('TransIP', location))

const said = explainedBy(v.object({ error: v.string() }), ({ error }) => ({ reason: error }))

const explain = withLimitEnd(said, 'x-rate-limit-reset')
