import * as v from 'valibot'
import { Failure, isFailure } from '../../../errors.ts'
import {
  apiOptions,
  type DnsDriver,
  type DnsProviderFacts,
  type DriverContext,
  oneLine,
  secretReference,
} from '../../../platform/driver.ts'
import { retrySoon } from '../../../platform/retry.ts'
import { oneByOne } from '../../../platform/turns.ts'
import type { DnsProvider, ZoneLocation } from '../../../ports.ts'
import { noZone } from '../../hosted-zones.ts'
import { unquoted } from '../../quoted.ts'
import { recordSetsProvider } from '../../record-sets.ts'
import { type Client, createClient, type Host, type HostedZone } from './client.ts'

const options = v.strictObject({
  apiUser: v.pipe(v.string(), v.nonEmpty(), v.description('The user name of the account.')),
  apiKey: v.pipe(secretReference, oneLine, v.description('Reference to the API key of the account.')),
  clientIp: v.pipe(
    v.string(),
    v.ipv4('expected an IPv4 address'),
    v.description('The IPv4 address from which newleaf calls, as it stands in the list of allowed addresses.'),
  ),
  ...apiOptions,
})

const facts = {
  provider: 'Namecheap',
  documentation: 'https://www.namecheap.com/support/api/methods/domains-dns/set-hosts/',
  permission:
    'the API key of the account, which may do whatever the account can do; its caller’s address must be allowed',
  twoValues: 'the whole zone is read and written again, which the API does under no condition',
  ttl: 300,
  note:
    'Namecheap takes calls only from IPv4 addresses that are listed with the account under “Whitelisted IPs”: run newleaf from cron on a ' +
    'machine, or behind a gateway, with a fixed address. A change writes all records of the zone again, as they were read just before, ' +
    'and the setting of its mail with them; what somebody else changes between the two is lost. Afterwards the zone is read again: a value of ours that ' +
    'is not there is written again, and a record that is missing is reported. A zone that is shown empty, or with something that newleaf does not ' +
    'know, is left alone.',
} satisfies DnsProviderFacts

export const driver = {
  options,
  facts,
  async open({ apiUser, apiKey, clientIp, endpoint = 'https://api.namecheap.com', caCertificate }, context) {
    const caller = { endpoint, apiUser, apiKey: await context.resolve(apiKey), clientIp }
    return provider(createClient(context.http(caCertificate), caller), context)
  },
} satisfies DnsDriver<typeof options>

function provider(client: Client, context: DriverContext): DnsProvider {
  const read = async (location: ZoneLocation) => {
    const version = await readZone(location, client, context)
    return { values: version.hosts.filter(isAt(location)).map(textOf), version }
  }
  const { addTxt, removeTxt, ...others } = recordSetsProvider<HostedZone>({
    async check(location) {
      const { version } = await read(location)
      if (version.hosts.length === 0) throw emptyZone(location)
    },
    read,
    async write(location, values, { values: before, version }) {
      const stay = version.hosts.filter((each) => !isAt(location)(each) || values.includes(textOf(each)))
      const fresh = values.filter((value) => !before.includes(value)).map((value) => hostOf(location, value))
      const hosts = [...stay, ...fresh]
      if (version.hosts.length === 0 || hosts.length === 0) throw emptyZone(location)
      await client.setHosts(location, { ...version, hosts })
      const after = await read(location)
      if (`${[...after.values].sort()}` !== `${[...values].sort()}`) throw overtaken(location)
      if (after.version.hosts.length < hosts.length) throw shrunk(location, after.version.hosts.length, hosts.length)
    },
  })
  const turns = oneByOne()
  return {
    ...others,
    // A zone is written at once, whatever the names in it.
    addTxt: (record) => turns(record.zone, () => addTxt(record)),
    removeTxt: (record) => turns(record.zone, () => removeTxt(record)),
  }
}

const nameOf = ({ relativeName }: ZoneLocation) => relativeName || '@'
const textOf = ({ Address }: Host) => unquoted(Address)
const isAt =
  (location: ZoneLocation) =>
  ({ Name, Type }: Host) =>
    Type === 'TXT' && Name.toLowerCase() === nameOf(location)

const hostOf = (location: ZoneLocation, value: string): Host => ({
  Name: nameOf(location),
  Type: 'TXT',
  Address: value,
  MXPref: '10',
  TTL: `${facts.ttl}`,
})

async function readZone(location: ZoneLocation, client: Client, context: DriverContext): Promise<HostedZone> {
  try {
    const zone = await retrySoon(() => client.getHosts(location), context)
    if (zone.isServedHere) return zone
  } catch (error) {
    throw isFailure(error, 'NOT_FOUND') ? noZone('Namecheap', location, error) : error
  }
  const { zone, provider } = location
  const message = `Namecheap holds ${zone} and does not serve it: its records are written at its own name servers`
  throw new Failure('DNS_NO_ZONE', message, { fields: { zone, provider } })
}

const emptyZone = ({ zone, provider }: ZoneLocation) =>
  new Failure(
    'REJECTED',
    `Namecheap shows no record in ${zone}, or would show none after this change: nothing is written, so that nothing gets lost; keep one record of any kind there`,
    { fields: { zone, provider } },
  )

const shrunk = ({ zone, provider }: ZoneLocation, shown: number, written: number) =>
  new Failure(
    'REJECTED',
    `Namecheap shows ${shown} of the ${written} records that were written in ${zone}: see which of them is missing`,
    { fields: { zone, provider } },
  )

const overtaken = ({ name }: ZoneLocation) =>
  new Failure('CONFLICT', `somebody else has written the zone of ${name} at the same time`, { fields: { name } })
