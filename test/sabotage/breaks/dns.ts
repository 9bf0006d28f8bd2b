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
    name: 'txt-foreign-removed',
    what: 'With a TXT value of ours all others at its name are removed.',
    file: 'lib/dns/records.ts',
    find: '(await list(record)).filter(({ value }) => value === record.value).map(({ id }) => id)',
    replace: '(await list(record)).map(({ id }) => id)',
    noticedBy: [tests('test/contract/dns.test')],
  },
]
