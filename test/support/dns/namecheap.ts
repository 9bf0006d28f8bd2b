import { driver } from '../../../lib/dns/drivers/namecheap/driver.ts'
import type { HttpRequest } from '../../../lib/platform/http.ts'
import { type DnsPeer, httpVendor, type KeptRow, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

export const options = { apiUser: 'jane', apiKey: token, clientIp: '192.0.2.7' }

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const attributes = (all: Readonly<Record<string, string>>) =>
  Object.entries(all)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('')

const answer = (status: string, errors: string, rest: string) => ({
  status: 200,
  body:
    `<?xml version="1.0" encoding="utf-8"?>\r\n<ApiResponse Status="${status}" xmlns="http://api.namecheap.com/xml.response">\r\n` +
    `  <Errors${errors === '' ? ' />' : `>${errors}</Errors>`}\r\n  <Warnings />\r\n${rest}  <Server>PHX01</Server>\r\n</ApiResponse>`,
})
export const refusal = (number: number, text: string) =>
  answer('ERROR', `<Error Number="${number}">${escaped(text)}</Error>`, '')
const done = (command: string, result: string) =>
  answer('OK', '', `  <CommandResponse Type="${command}">\r\n    ${result}\r\n  </CommandResponse>\r\n`)

/** A record as getHosts shows it. */
const shown = ({ id, name, type, value, ttl = 1800 }: KeptRow) => {
  const [, preference = '10', address = value] = type === 'MX' ? (/^(\d+) (.*)$/.exec(value) ?? []) : []
  return `<host${attributes({
    ...{
      HostId: `${id}`,
      Name: name === '' ? '@' : name,
      Type: type,
      Address: address,
      MXPref: preference,
      TTL: `${ttl}`,
    },
    ...{ AssociatedAppTitle: '', FriendlyName: '', IsActive: 'true', IsDDNSEnabled: 'false' },
  })} />`
}

export const form = ({ body = '' }: Pick<HttpRequest, 'body'>) => new URLSearchParams(body)

/** All of a zone is written at once, and what is left out goes; so do records of a type that it `forgets`. */
export const create = ({ emailType = 'FWD', isServedHere = true, isEmpty = false, forgets = '' } = {}) => {
  const mail = { type: emailType }
  const vendor = httpVendor({
    open: (context) => driver.open(options, context),
    isChange: (request) => `${form(request).get('Command')}`.endsWith('.setHosts'),
    answer({ route, body, rows }) {
      const sent = new URLSearchParams(String(body))
      const given = (field: string) => sent.get(field) ?? ''
      const command = given('Command')
      if (route !== 'POST /xml.response') return { status: 404 }
      if (given('ApiKey') !== TOKEN || given('ApiUser') !== 'jane' || given('UserName') !== 'jane')
        return refusal(1011102, 'API Key is invalid or API access has not been enabled')
      if (given('ClientIp') !== options.clientIp) return refusal(1011150, `Invalid request IP: ${given('ClientIp')}`)
      if (`${given('SLD')}.${given('TLD')}` !== ZONE) return refusal(2019166, 'Domain not found')
      if (command === 'namecheap.domains.dns.getHosts') {
        const about = { Domain: ZONE, EmailType: mail.type, IsUsingOurDNS: `${isServedHere}` }
        const name = 'DomainDNSGetHostsResult'
        return done(command, `<${name}${attributes(about)}>${rows.map(shown).join('\r\n')}</${name}>`)
      }
      if (command !== 'namecheap.domains.dns.setHosts') return refusal(1010104, 'Parameter Command is missing')
      const before = rows.splice(0)
      mail.type = given('EmailType') || 'NONE'
      for (let index = 1; sent.has(`HostName${index}`); index++) {
        const [host, type, address] = [given(`HostName${index}`), given(`RecordType${index}`), given(`Address${index}`)]
        const [preference, ttl] = [given(`MXPref${index}`), Number(given(`TTL${index}`))]
        const name = host === '@' ? '' : host
        if (type === forgets) continue
        const value = type === 'MX' ? `${preference} ${address}` : address
        const old = before.find((each) => each.name === name && each.type === type && each.value === value)
        rows.push(old === undefined ? kept({ name, type, value, ttl }) : old)
        if (old !== undefined) before.splice(before.indexOf(old), 1)
      }
      return done(
        command,
        `<DomainDNSSetHostsResult Domain="${ZONE}" IsSuccess="true"><Warnings /></DomainDNSSetHostsResult>`,
      )
    },
    says: {
      denied: refusal(1011150, 'Invalid request IP: 198.51.100.1'),
      rejected: refusal(2050900, `INVALID_ADDRESS: not with ${TOKEN}`),
    },
  })
  if (!isEmpty) vendor.put({ name: 'www', type: 'A', value: '192.0.2.1' })
  return Object.assign(vendor, { mail })
}

export const peer: DnsPeer = {
  evidence: {
    recording: '2020',
    fixture: 'lego',
    documentation: 'what setHosts takes, the setting of mail, numbers of errors, the shortest ttl',
  },
  create: () => create(),
  cannot: {
    'what somebody else writes meanwhile is kept': 'the API writes a zone under no condition',
    'a request that comes too soon is RATE_LIMITED until the vendor’s own time': 'the vendor names no time',
    'a record of another type is neither ours nor in the way': 'the API knows no type SPF',
  },
}
