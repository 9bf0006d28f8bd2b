import * as v from 'valibot'
import { authorityOptions } from '../acme/directories.ts'
import { PROPAGATION_POLICIES } from '../dns/policies.ts'
import { KEY_ALGORITHMS, NAME } from '../types.ts'
import type { Kind } from './drivers.ts'
import { problemOfPattern } from './matching-files.ts'
import { certificateName, resolverAddress, serverAddress, zoneList } from './names.ts'

/** What authorities, providers, balancers and certificates are called. */
export const configName = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${NAME}$`), 'a name has 1 to 63 lower-case letters, digits and hyphens, and no hyphen first'),
)

/** `use` and `options` are checked by the registry of the kind and by the schema of the driver. */
const driverEntries = {
  use: v.pipe(v.string(), v.description('The driver.')),
  options: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description('What this driver wants to know.'))),
}
const section = (kind: Kind, description: string) =>
  v.pipe(v.strictObject(driverEntries), v.description(description), v.metadata({ driverKind: kind }))

const provider = v.pipe(
  v.strictObject({
    ...driverEntries,
    zones: v.optional(zoneList),
    together: v.optional(
      v.pipe(
        v.boolean('expected true or false'),
        v.description(
          'Whether other providers serve these zones as well, as secondary or side by side: values are written to each that says so.',
        ),
      ),
    ),
  }),
  v.description('A DNS provider.'),
  v.metadata({ driverKind: 'dns' satisfies Kind }),
)

const servers = (address: v.GenericSchema<string>, description: string) =>
  v.optional(v.pipe(v.array(address), v.minLength(1), v.description(description)))

/** What every entry of `deploy` may say, whatever its driver. */
export const deployEntry = v.looseObject({
  balancer: v.pipe(v.string(), v.description('A name from balancers.')),
  private: v.optional(
    v.pipe(
      v.boolean('expected true or false'),
      v.description(
        'Whether no handshake can reach it from where newleaf runs: then it counts as healthy without having been seen.',
      ),
    ),
  ),
})

/** An entry under `certificates`. What else an entry of `deploy` says is the driver's own. */
export const certificateEntry = v.strictObject({
  names: v.pipe(
    v.array(certificateName),
    v.minLength(1),
    v.maxLength(100, 'a certificate holds 100 names at most'),
    v.description('The names it is for. The first one is shown where there is room for one only.'),
  ),
  key: v.optional(
    v.pipe(
      v.picklist(['auto', ...KEY_ALGORITHMS]),
      v.description('The kind of key; auto: the one that the balancers prefer among those that all of them accept.'),
    ),
    'auto',
  ),
  authorities: v.optional(
    v.pipe(
      v.union([v.pipe(v.string(), v.nonEmpty()), v.pipe(v.array(v.string()), v.minLength(1))]),
      v.description(
        'Names from acme.authorities, asked in this order: the next one when one fails. Without: the first one there, and no other.',
      ),
    ),
  ),
  profile: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,64}$/, 'expected the name of a profile of the authority'),
      v.description('The profile to ask the authority for, such as tlsserver or shortlived.'),
    ),
  ),
  imported: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Bought elsewhere and brought with `newleaf import`: it is deployed and watched, and never ordered.',
      ),
    ),
    false,
  ),
  selfSigned: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'For development: newleaf signs it with its own key, asks no authority and no DNS, and renews it like any other. No client trusts it that is not told to.',
      ),
    ),
    false,
  ),
  days: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(2),
      v.maxValue(3_650),
      v.description('How long a self-signed certificate lives, in days; 90 if not given.'),
    ),
  ),
  // Without a default it may not be left out.
  deploy: v.optional(
    v.pipe(
      v.array(v.pipe(deployEntry, v.metadata({ deployEntry: true }))),
      v.minLength(1),
      v.description('The listeners that serve it.'),
    ),
  ),
})
const { names: _, ...fieldsWithDefaults } = certificateEntry.entries

const includePattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed ? problemOfPattern(dataset.value) : undefined
    if (message !== undefined) addIssue({ message })
  }),
)

const named = <Schema extends v.GenericSchema>(entry: Schema, description: string) =>
  v.pipe(v.record(configName, entry), v.minEntries(1), v.description(description))

export const dns = v.pipe(
  v.objectWithRest(
    {
      resolvers: servers(
        resolverAddress,
        'Resolvers to ask instead of those of the machine; with https:// those that answer over HTTPS (RFC 8484), where port 53 is closed.',
      ),
      nameservers: servers(
        serverAddress,
        'Servers to ask in place of those that are authoritative for a zone: for split DNS and tests.',
      ),
      propagation: v.optional(
        v.pipe(
          v.picklist(PROPAGATION_POLICIES),
          v.description(
            'How many of the name servers of a zone must show a value before the authority is asked to look.',
          ),
        ),
      ),
    },
    provider,
  ),
  v.description('The DNS providers by name, and which servers to ask.'),
)

export const documentSchema = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.description('For editors: where the JSON Schema of this document is.'))),
  environment: v.pipe(
    v.string(),
    // Without hyphens: in names such as newleaf-prod-eu-shop-… only one environment and one id can be meant.
    v.regex(/^[a-z0-9]{1,31}$/, 'expected 1 to 31 lower-case letters and digits'),
    v.description('Which installation this is, such as prod. Part of the name of everything that is created.'),
  ),
  // These two may be left out where nothing is ordered.
  acme: v.optional(
    v.strictObject({
      authorities: named(authorityOptions, 'The certificate authorities, the preferred one first.'),
    }),
  ),
  dns: v.optional(dns),
  secrets: v.optional(
    section('secrets', 'Where keys and certificates are kept. Without: encrypted, in .newleaf/secrets.'),
  ),
  state: v.optional(section('state', 'Where newleaf remembers what it was doing. Without: in .newleaf/state.')),
  balancers: named(section('balancers', 'A load balancer account.'), 'The load balancer accounts by name.'),
  include: v.optional(
    v.pipe(
      v.union([includePattern, v.pipe(v.array(includePattern), v.minLength(1))]),
      v.description(
        'More files with certificates, each a map with the one key `certificates`: paths from the folder of this file on, in which * stands for any part of one name.',
      ),
    ),
  ),
  defaults: v.optional(
    v.pipe(
      v.strictObject(fieldsWithDefaults),
      v.description('Fields that each certificate has as they stand here where it does not have them itself.'),
    ),
  ),
  // Those of the files that are included stand there as well when it is checked.
  certificates: named(certificateEntry, 'The certificates by id.'),
  notify: v.optional(
    named(section('notify', 'Where notices go.'), 'The notifiers by name: who is notified when something is wrong.'),
  ),
})
