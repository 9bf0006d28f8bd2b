import * as v from 'valibot'
import { Failure, isFailure } from '../../errors.ts'
import {
  apiOptions,
  type DnsDriver,
  type DnsProviderFacts,
  endpointUrl,
  secretReference,
} from '../../platform/driver.ts'
import { explainedBy, type Rest, textId } from '../../platform/rest.ts'
import { safeParse } from '../../platform/safe-parse.ts'
import { Secret } from '../../platform/secret.ts'
import type { DnsProvider, ZoneLocation } from '../../ports.ts'

const options = v.strictObject({
  endpoint: v.pipe(endpointUrl, v.description('Address of the server’s API; /update is called below it.')),
  accounts: v.pipe(
    secretReference,
    v.description('Reference to the accounts as JSON: what /register answered, or such answers by their domains.'),
  ),
  caCertificate: apiOptions.caCertificate,
})

const facts = {
  provider: 'acme-dns',
  documentation: 'https://github.com/joohoi/acme-dns#api',
  permission: 'an account for each name, which may change nothing else; `allowfrom` limits who may use it',
  twoValues: 'an update takes the place of the older of two',
  ttl: undefined,
  note:
    'Register an account for each name and point `_acme-challenge` there with a CNAME. `accounts` is the file that other clients keep: ' +
    '`{"shop.example.com": {"fulldomain": "…", "subdomain": "…", "username": "…", "password": "…"}}`. An account holds two values, enough for a ' +
    'name and its wildcard: more names of a certificate that share it are validated in turns, and a third value of several certificates is refused until one of them has been looked at. There is no request that removes a value or changes ' +
    'nothing: values stay until others take their place, and only the accounts are looked up before an order.',
} satisfies DnsProviderFacts

const account = v.object({
  fulldomain: v.pipe(v.string(), v.toLowerCase()),
  subdomain: textId,
  username: textId,
  password: v.pipe(v.string(), v.regex(/^[!-~]{1,200}$/)),
})
type Account = v.InferOutput<typeof account>

const accountsSchema = v.union([
  v.pipe(
    account,
    v.transform((one) => [one]),
  ),
  v.pipe(
    v.record(v.string(), account),
    v.transform((all) => Object.values(all)),
  ),
])

const updated = v.object({ txt: v.string() })

/** How many values the server holds for an account. */
const MOST_VALUES = 2

export const driver = {
  options,
  facts,
  async open({ endpoint, accounts, caCertificate }, context) {
    const known = accountsOf((await context.resolve(accounts)).reveal())
    const clientOf = ({ username, password }: Account): Rest => {
      const headers = { 'x-api-user': new Secret(username), 'x-api-key': new Secret(password) }
      return context.rest({ vendor: 'acme-dns', endpoint, caCertificate, headers, explain })
    }
    return provider(known.map((each) => ({ ...each, rest: clientOf(each), values: new Map() })))
  },
} satisfies DnsDriver<typeof options>

interface Opened extends Account {
  readonly rest: Rest
  /** What this run has written and still needs; true: the server said that it is there. */
  readonly values: Map<string, boolean>
}

function provider(accounts: readonly Opened[]): DnsProvider {
  const accountOf = (location: ZoneLocation): Opened => {
    const found = accounts.find(({ fulldomain }) => fulldomain.replace(/\.$/, '') === location.name)
    if (found === undefined) throw noAccount(location)
    return found
  }
  const update = async ({ rest, subdomain, values }: Opened, txt: string) => {
    await rest.call({ method: 'POST', path: '/update', body: { subdomain, txt }, answer: updated })
    values.set(txt, true)
  }
  return {
    check: async (location) => void accountOf(location),
    capacity: async (location) => ({ key: accountOf(location).fulldomain, most: MOST_VALUES }),
    async addTxt(record) {
      const account = accountOf(record)
      const { values } = account
      if (values.get(record.value)) return
      const isSecondTry = values.has(record.value)
      if (!isSecondTry && values.size >= MOST_VALUES) throw full(record)
      values.set(record.value, false)
      try {
        await update(account, record.value)
      } catch (error) {
        if (!isSecondTry && isFailure(error, 'DENIED', 'REJECTED')) values.delete(record.value)
        throw error
      }
      // If the first try did arrive, the second one has taken the place of the other value.
      if (isSecondTry) for (const other of values.keys()) if (other !== record.value) await update(account, other)
    },
    /** The server has no such request: its place is free for another value. */
    async removeTxt(record) {
      accountOf(record).values.delete(record.value)
    },
  }
}

function accountsOf(text: string): readonly Account[] {
  const read = safeParse(accountsSchema, parsed(text))
  if (read.success) return read.output
  throw new Failure(
    'CONFIG_INVALID',
    'the accounts of the DNS driver acme-dns are not what /register answers, in JSON: fulldomain, subdomain, username and password, or such objects by their domains',
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema says what was expected
  }
}

const noAccount = ({ name, zone, provider }: ZoneLocation) =>
  new Failure(
    'DNS_NO_ZONE',
    `no account of the DNS provider ${provider} has the fulldomain ${name}: register one, and point the CNAME at _acme-challenge to its fulldomain`,
    { fields: { zone, provider } },
  )

const full = ({ name }: ZoneLocation) =>
  new Failure(
    'CONFLICT',
    `${name} needs a third value at once, and acme-dns holds two: give names of several certificates accounts of their own`,
    { fields: { name } },
  )

const problem = v.object({ error: v.string() })

const explain = explainedBy(problem, (said) => ({ reason: said.error }))
