/** What drivers of DNS have in common. */
import { tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

export const dns: readonly Sabotage[] = [
  {
    name: 'txt-conflict-not-heeded',
    what: 'That somebody else was faster at a record set is taken for a success.',
    file: 'lib/dns/record-sets.ts',
    find: "if (!isFailure(error, 'CONFLICT')) throw error // somebody was faster: the set is read again",
    replace: "if (!isFailure(error, 'CONFLICT')) throw error\n        return",
    noticedBy: [tests('test/unit/dns-record-sets')],
    sample: true,
  },
  {
    name: 'txt-refused-taken-for-added',
    what: 'A TXT value that a provider refuses as a conflict is taken for one that somebody else has added.',
    file: 'lib/dns/records.ts',
    find: ' || !(await isThere(record))) throw error',
    replace: ') throw error',
    noticedBy: [tests('test/unit/dns-records')],
  },
  {
    name: 'txt-foreign-removed',
    what: 'With a TXT value of ours all others at its name are removed.',
    file: 'lib/dns/records.ts',
    find: '(await list(record)).filter(({ value }) => value === record.value).map(({ id }) => id)',
    replace: '(await list(record)).map(({ id }) => id)',
    noticedBy: [tests('test/contract/dns.test')],
  },
  {
    name: 'namecheap-empty-zone-written',
    what: 'A zone at Namecheap that is shown empty is written, whatever it really holds.',
    file: 'lib/dns/drivers/namecheap/driver.ts',
    find: 'if (version.hosts.length === 0 || hosts.length === 0) throw',
    replace: 'if (hosts.length === 0) throw',
    noticedBy: [tests('test/contract/dns-namecheap')],
  },
  {
    name: 'namecheap-mail-reset',
    what: 'With each TXT value a zone at Namecheap loses its setting of mail.',
    file: 'lib/dns/drivers/namecheap/client.ts',
    find: 'EmailType: emailType, ...Object.fromEntries(rows)',
    replace: "...(emailType === '' && { EmailType: emailType }), ...Object.fromEntries(rows)",
    noticedBy: [tests('test/contract/dns-namecheap')],
  },
  {
    name: 'transip-saving-not-waited-for',
    what: 'A zone that TransIP is saving is not asked about again.',
    file: 'lib/dns/drivers/transip.ts',
    find: "!isFailure(error, 'CONFLICT') || attempt >= SAVES.tries",
    replace: 'isFailure(error) || attempt >= SAVES.tries',
    noticedBy: [tests('test/contract/dns-transip')],
  },
  {
    name: 'refusal-with-200-taken',
    what: 'What a vendor refuses with the status 200 is taken for done.',
    file: 'lib/platform/rest.ts',
    find: ' || options.isRefusal?.(body)',
    replace: '',
    noticedBy: [tests('test/unit/rest', 'test/contract/dns-inwx')],
  },
]
