import * as v from 'valibot'
import { Failure, type FailureCode } from '../../errors.ts'
import { apiOptions, type DnsDriver, type DnsProviderFacts, oneLine, secretReference } from '../../platform/driver.ts'
import { lazy } from '../../platform/lazy.ts'
import { anyAnswer, explainedBy, numberId, type Rest } from '../../platform/rest.ts'
import { safeParse } from '../../platform/safe-parse.ts'
import { Secret } from '../../platform/secret.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'
import { asNoZone } from '../hosted-zones.ts'
import { unquoted } from '../quoted.ts'
import { recordsProvider } from '../records.ts'

const options = v.strictObject({
  username: v.pipe(v.string(), v.nonEmpty(), v.description('The user name of the account, or of a sub-user of it.')),
  password: v.pipe(secretReference, oneLine, v.description('Reference to the password of that user.')),
  ...apiOptions,
})

const facts = {
  provider: 'INWX',
  documentation: 'https://www.inwx.com/en/help/apidoc',
  permission: 'a sub-user that may manage name servers alone, without two-factor authentication',
  twoValues: 'a record each',
  ttl: 300,
  note:
    'INWX takes each code of a two-factor authentication once, so that two runs could not log in side by side: newleaf logs in with a ' +
    'password alone, as a sub-user that has no second factor. `endpoint` is `https://api.ote.domrobot.com` for the test environment.',
} satisfies DnsProviderFacts

/** Errors come with 200: the codes are those of EPP (RFC 5730 §3). */
const status = v.object({ code: v.number(), msg: v.fallback(v.string(), ''), reason: v.fallback(v.string(), '') })

/** Names are absolute, the contents of TXT records without quotes. There are no pages; where nothing fits there is no list. */
export const infoAnswer = v.object({
  resData: v.object({
    record: v.optional(
      v.array(
        v.object({
          id: v.union([v.pipe(v.string(), v.regex(/^\d{1,20}$/)), numberId]),
          name: v.string(),
          type: v.string(),
          content: v.string(),
        }),
      ),
      [],
    ),
  }),
})

const loginAnswer = v.object({
  headers: v.object({
    'set-cookie': v.pipe(
      v.string(),
      v.transform((cookies) => /\bdomrobot=[\w-]+/.exec(cookies)?.[0]),
      v.string(),
    ),
  }),
  body: v.object({ resData: v.object({ tfa: v.optional(v.union([v.string(), v.number()]), '0') }) }),
})

export const driver = {
  options,
  facts,
  async open({ username, password, endpoint = 'https://api.domrobot.com', caCertificate }, context) {
    const about = { vendor: 'INWX', endpoint, caCertificate, isRefusal }
    const rest = context.rest({ ...about, headers: {}, explain: explainWith(() => '') })
    const user = { user: username, pass: (await context.resolve(password)).reveal() }
    return provider(
      lazy(async () => {
        const headers = { cookie: await logIn(user, rest) }
        return context.rest({ ...about, headers, explain: explainWith(({ reason }) => reason) })
      }),
    )
  },
} satisfies DnsDriver<typeof options>

const request = (method: string, params: object) =>
  ({ method: 'POST', path: '/jsonrpc/', body: { method, params } }) as const

/** Gives the cookie that the session is known by. */
async function logIn(user: { readonly user: string; readonly pass: string }, rest: Rest): Promise<Secret> {
  const login = request('account.login', { ...user, lang: 'en' })
  const { headers, body } = await rest.call({ ...login, answer: loginAnswer, withHeaders: true })
  if (`${body.resData.tfa}` !== '0') throw secondFactor(user.user)
  return new Secret(headers['set-cookie'])
}

function provider(session: () => Promise<Rest>): DnsProvider {
  return recordsProvider({
    async list(location) {
      const { resData } = await readZone(location, await session())
      return resData.record
        .filter(({ type, name }) => type === 'TXT' && name.toLowerCase() === location.name)
        .map(({ id, content }) => ({ id, value: unquoted(content) }))
    },
    async add({ zone: domain, name, value: content }) {
      const record = { domain, name, type: 'TXT', content, ttl: facts.ttl }
      await (await session()).call({ ...request('nameserver.createRecord', record), answer: anyAnswer })
    },
    async remove(_record, id) {
      await (await session()).call({ ...request('nameserver.deleteRecord', { id }), answer: anyAnswer })
    },
  })
}

function readZone(location: ZoneLocation, rest: Rest) {
  const asked = request('nameserver.info', { domain: location.zone, type: 'TXT', name: location.name })
  return rest.call({ ...asked, answer: infoAnswer }).catch(asNoZone('INWX', location))
}

const secondFactor = (user: string) =>
  new Failure(
    'DENIED',
    `INWX wants a second factor of the user ${user}: use a sub-user that may manage name servers and has none`,
    { fields: { vendor: 'INWX' } },
  )

function isRefusal(body: unknown): boolean {
  const read = safeParse(status, body)
  return read.success && (read.output.code < 1000 || read.output.code > 1999)
}

const CODES: Readonly<Record<number, FailureCode>> = {
  2200: 'DENIED',
  2201: 'DENIED',
  2202: 'DENIED',
  2302: 'CONFLICT',
  2303: 'NOT_FOUND',
  2400: 'UNAVAILABLE',
  2500: 'UNAVAILABLE',
  2501: 'DENIED',
  2502: 'UNAVAILABLE',
}

/** `more` is what may be shown beside the message, which is the same for every request that got the code. */
const explainWith = (more: (said: v.InferOutput<typeof status>) => string) =>
  explainedBy(status, (said) => {
    const { code, msg } = said
    const reason = [`${msg} (${code})`, more(said)].filter((text) => text !== '').join(': ')
    return { code: CODES[code] ?? 'REJECTED', reason }
  })
