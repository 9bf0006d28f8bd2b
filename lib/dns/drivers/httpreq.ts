import * as v from 'valibot'
import { Failure } from '../../errors.ts'
import {
  apiOptions,
  type DnsDriver,
  type DnsProviderFacts,
  endpointUrl,
  secretReference,
} from '../../platform/driver.ts'
import { anyAnswer } from '../../platform/rest.ts'
import { Secret } from '../../platform/secret.ts'
import type { ZoneRecord } from '../../ports.ts'

const options = v.strictObject({
  endpoint: v.pipe(
    endpointUrl,
    v.description('Address of your own service; /present and /cleanup are called below it.'),
  ),
  username: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^:]+$/, 'expected a user name without a colon'),
      v.description('For basic authentication, together with a password.'),
    ),
  ),
  password: v.optional(
    v.pipe(secretReference, v.description('Reference to the password that goes with the username.')),
  ),
  mode: v.optional(
    v.pipe(
      v.picklist(['default'], 'expected default: the raw mode needs the key authorization, which is never handed out'),
      v.description('The body of a request: {fqdn, value}, which is the default mode.'),
    ),
  ),
  caCertificate: apiOptions.caCertificate,
})

const facts = {
  provider: 'a service of your own',
  documentation: 'https://go-acme.github.io/lego/dns/httpreq/',
  permission: 'whatever your service asks for',
  twoValues: 'your service adds and removes one value at a time',
  ttl: undefined,
  note:
    '`POST <endpoint>/present` and `/cleanup` with `{"fqdn": "_acme-challenge.shop.example.com.", "value": "…"}`; any 2xx is ' +
    'success. It is the protocol of lego: put any DNS behind a few lines of your own. It has no request that changes nothing, so ' +
    'that only its password is looked up before an order.',
} satisfies DnsProviderFacts

/** A service in front of any DNS, as lego's HTTP request provider calls it. */
export const driver = {
  options,
  facts,
  async open({ endpoint, username, password, caCertificate }, context) {
    if ((username === undefined) !== (password === undefined)) {
      throw new Failure('CONFIG_INVALID', 'the DNS driver httpreq takes username and password together or not at all')
    }
    const secret = password && (await context.resolve(password))
    const rest = context.rest({
      vendor: new URL(endpoint).host,
      endpoint,
      caCertificate,
      headers: secret === undefined ? {} : { authorization: basic(`${username}:${secret.reveal()}`) },
    })
    const call = async (path: '/present' | '/cleanup', { name, value }: ZoneRecord) => {
      await rest.call({ method: 'POST', path, body: { fqdn: `${name}.`, value }, answer: anyAnswer })
    }
    return { addTxt: (record) => call('/present', record), removeTxt: (record) => call('/cleanup', record) }
  },
} satisfies DnsDriver<typeof options>

/** RFC 7617 §2. */
const basic = (credentials: string) => new Secret(`Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`)
