/** What must hold when two runs meet, and when one of them has died. */
import { kill, killOnly, tests, testsNamed } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const CLAIM = 'lib/renewal/claim.ts'

export const stores: readonly Sabotage[] = [
  {
    name: 'claim-not-heeded',
    what: 'A certificate is taken though another run is working on it.',
    file: CLAIM,
    find: 'if (document.claim !== undefined && document.claim.until > clock.now()) throw taken',
    replace: '',
    noticedBy: [kill('together memory+memory renewal'), tests('test/unit/claim')],
    sample: true,
  },
  {
    name: 'claim-not-given-back',
    what: 'A run that is done leaves its claim behind.',
    file: CLAIM,
    find: 'const { claim: _given, ...rest } = change(held)\n        return rest',
    replace: 'return change(held)',
    noticedBy: [killOnly('renewal memory+memory'), tests('test/unit/claim')],
    sample: true,
  },
  {
    name: 'claim-not-confirmed',
    what: 'A run that was frozen does not look whether the certificate is still its own.',
    file: CLAIM,
    find: 'if (document.claim === undefined || document.claim.until <= clock.now()) await note((held) => held)',
    replace: '',
    noticedBy: [killOnly('renewal memory+memory frozen 14'), tests('test/unit/claim')],
  },
  {
    name: 'given-up-is-remembered',
    what: 'That a certificate was given up is forgotten only after another one has become current.',
    file: 'lib/renewal/renew.ts',
    find: '...(isNew ? withoutRejection(document) : document),',
    replace: '...(isNew && held.document.rejected === undefined ? withoutRejection(document) : document),',
    noticedBy: [kill('kills memory+memory given-up')],
  },
  {
    name: 'missed-between-reads',
    what: 'What a frozen run promotes between the two reads of another is seen in neither.',
    file: 'lib/renewal/renew.ts',
    find: 'if (isMissed) stages =',
    replace: 'if (isMissed && stages.pending !== undefined) stages =',
    noticedBy: [testsNamed('between two reads', 'test/kill/kill')],
  },
  {
    name: 'secrets-without-swap',
    what: 'A store makes a version current whatever was current before.',
    file: 'lib/secrets/stages.ts',
    find: 'if (current?.version !== expected || next === undefined) {',
    replace: 'if (next === undefined) {',
    noticedBy: [kill('belated memory+memory'), tests('test/contract/secrets-file', 'test/contract/secrets-scaleway')],
    sample: true,
  },
  {
    name: 'file-state-without-swap',
    what: 'The state in files is overwritten whatever another run has written meanwhile.',
    file: 'lib/state/drivers/file.ts',
    find: 'if (newest !== tag) throw',
    replace: 'if (newest === undefined && tag !== undefined) throw',
    noticedBy: [killOnly('renewal file+file together 12/16'), tests('test/contract/state-file')],
    sample: true,
  },
  {
    name: 'bucket-without-swap',
    what: 'An object in a bucket is overwritten whatever another run has written meanwhile.',
    file: 'lib/vendors/s3/client.ts',
    find: "const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }",
    replace: "const condition = tag === undefined ? { IfNoneMatch: '*' } : {}",
    noticedBy: [tests('test/contract/state-s3', 'test/contract/secrets-s3')],
  },
]
