/** What an authority has answered, and how much of it must be as it should be. */
import { tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

export const answers: readonly Sabotage[] = [
  {
    name: 'null-for-absent-refused',
    what: 'An order that says null for what is not there yet is refused.',
    file: 'lib/acme/resources.ts',
    find: "(value === null || value === '' ? undefined : value)",
    replace: "(value === 'null' ? undefined : value)",
    noticedBy: [tests('test/unit/acme-resources', 'test/flow/ca-answers')],
  },
  {
    name: 'other-challenges-matter',
    what: 'A challenge of a kind that is not answered must look like ours.',
    file: 'lib/acme/resources.ts',
    find: 'all.filter((each) => v.is(v.object({ type: v.literal(method) }), each))',
    replace: 'all.filter((each) => each !== challenge)',
    noticedBy: [tests('test/unit/acme-resources', 'test/flow/ca-answers')],
  },
  {
    name: 'accept-not-sent',
    what: 'No request says what it accepts.',
    file: 'lib/acme/transport.ts',
    find: 'headers: { accept, ...type }',
    replace: "headers: { ...(accept === '' && { accept }), ...type }",
    noticedBy: [tests('test/flow/ca-answers')],
  },
  {
    name: 'redirect-out-of-https',
    what: 'A directory that sends its clients to http is followed.',
    file: 'lib/acme/redirects.ts',
    find: "if (protocol === 'https:') return href",
    replace: "if (protocol !== 'file:') return href",
    noticedBy: [tests('test/unit/acme-redirects')],
  },
  {
    name: 'form-costs-a-certificate',
    what: 'A chain that came in a form of no use is taken for a bad certificate, and another is ordered.',
    file: 'lib/x509/chain.ts',
    find: "new Failure('ANSWER_INVALID', `a new certificate came in a chain",
    replace: "new Failure('CHAIN_INVALID', `a new certificate came in a chain",
    noticedBy: [tests('test/unit/x509-chain', 'test/flow/ca-answers', 'test/flow/orders')],
  },
  {
    name: 'alternates-not-asked',
    what: 'No alternate chain is asked for.',
    file: 'lib/acme/download.ts',
    find: 'for (const alternate of alternates) {',
    replace: 'for (const alternate of alternates.slice(1_000)) {',
    noticedBy: [tests('test/unit/acme-download', 'test/flow/ca-answers')],
  },
  {
    name: 'dead-end-kept',
    what: 'A chain that ends in an expired issuer is not cut before it.',
    file: 'lib/x509/chain.ts',
    find: '(end > 0 ? issuers.slice(0, end) : issuers)',
    replace: '(end > 1_000 ? issuers.slice(0, end) : issuers)',
    noticedBy: [tests('test/unit/x509-chain')],
  },
  {
    name: 'dates-of-this-place',
    what: 'A date of HTTP is read in the time zone of the machine.',
    file: 'lib/platform/http-date.ts',
    find: 'new Date(Date.UTC(of, index, date, hours, minutes, seconds) - offset)',
    replace: 'new Date(new Date(of, index, date, hours, minutes, seconds).getTime() - offset)',
    noticedBy: [tests('test/unit/retry-after')],
  },
]
