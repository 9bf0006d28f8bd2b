/** What must hold when two runs meet, and when one of them has died. */
import { kill, killOnly, tests, testsNamed } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const LEASE = 'lib/renewal/lease.ts'

export const stores: readonly Sabotage[] = [
  {
    name: 'lease-not-heeded',
    what: 'A certificate is taken though another run is working on it.',
    file: LEASE,
    find: 'if (document.lease !== undefined && document.lease.until > clock.now())',
    replace: 'if (document.lease?.until.getTime() === Number.NaN)',
    noticedBy: [tests('test/unit/lease')],
    sample: true,
  },
  {
    name: 'lease-not-given-back',
    what: 'A run that is done leaves its lease behind.',
    file: LEASE,
    find: 'const { lease: _given, ...rest } = change(known)\n        return { ...rest, environment }',
    replace: 'return { ...change(known), environment }',
    noticedBy: [tests('test/unit/lease')],
    sample: true,
  },
  {
    name: 'lease-not-ensured',
    what: 'A run that was frozen does not look whether the certificate is still its own.',
    file: LEASE,
    find: 'if (document.lease === undefined || document.lease.until <= clock.now()) await save((known) => known)',
    replace: '',
    noticedBy: [tests('test/unit/lease')],
  },
  {
    name: 'lock-not-seen',
    what: 'That another run is working on a certificate is no reason to leave it alone.',
    file: 'lib/policy/decide.ts',
    find: 'if (lease === undefined || lease.until <= now) return undefined',
    replace: "if (lease === undefined || lease.until <= now || lease.holder !== '') return undefined",
    noticedBy: [tests('test/unit/decide')],
  },
  {
    name: 'first-error-hidden',
    what: 'A lease that cannot be given back hides why the work under it failed.',
    file: LEASE,
    find: "deps.log.warn('the lock could not be given back; it ends by itself', { code, reason: message })",
    replace:
      "deps.log.warn('the lock could not be given back; it ends by itself', { code, reason: message })\n        throw thrown",
    noticedBy: [tests('test/unit/lease')],
  },
  {
    name: 'event-without-success',
    what: 'It is written down that a placeholder was placed where none was.',
    file: 'lib/renewal/placeholder.ts',
    find: 'some((failure) => failure === undefined)',
    replace: "some((failure) => failure?.code !== 'LOCKED')",
    noticedBy: [tests('test/unit/placeholder')],
  },
  {
    name: 'given-up-is-remembered',
    what: 'That a certificate was given up is forgotten only after another one has become current.',
    file: 'lib/renewal/activate.ts',
    find: '{ ...withoutRejection(document), current: noted }',
    replace: '{ ...(document.rejected === undefined ? withoutRejection(document) : document), current: noted }',
    noticedBy: [kill('kills memory+memory given-up')],
  },
  {
    name: 'lease-without-tag',
    what: 'The lease is taken whoever has written since the document was read.',
    file: LEASE,
    find: 'tag = await state.write(key, next, tag)',
    replace: 'tag = await state.write(key, next, next.fence === document.fence ? tag : (await state.read(key))?.tag)',
    noticedBy: [kill('together memory+memory renewal'), tests('test/unit/lease')],
    sample: true,
  },
  {
    name: 'current-read-before-pending',
    what: 'What is current is read before what is pending, while a frozen run may still activate it.',
    file: 'lib/secrets/certificate.ts',
    find: `  const reading = secrets.read(name, 'pending')
  if (isContested) await reading
  const [pending, current] = await Promise.all([reading, secrets.read(name, 'current')])`,
    replace: `  const reading = secrets.read(name, 'current')
  if (isContested) await reading
  const [pending, current] = await Promise.all([secrets.read(name, 'pending'), reading])`,
    noticedBy: [
      killOnly('renewal memory+memory frozen 41/3/1'),
      testsNamed('between two reads', 'test/kill/kill'),
      testsNamed('a frozen run', 'test/flow/stages'),
    ],
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
    noticedBy: [killOnly('renewal file+file together 10/12'), tests('test/contract/state-file')],
    sample: true,
  },
  {
    name: 'bucket-without-swap',
    what: 'An object in a bucket is overwritten whatever another run has written meanwhile.',
    file: 'lib/vendors/s3/client.ts',
    find: "const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }",
    replace: "const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: undefined }",
    noticedBy: [tests('test/contract/state-s3', 'test/contract/secrets-s3')],
  },
  {
    name: 'removed-key-stays-on-disk',
    what: 'A secret is removed, and the files with its key stay.',
    file: 'lib/secrets/drivers/file.ts',
    find: 'remove: (name) => removeVersions(tree, name, isSealed)',
    replace: 'remove: (name) => removeVersions(tree, name)',
    noticedBy: [tests('test/contract/secrets-file')],
  },
  {
    name: 'forgotten-before-removed',
    what: 'A certificate is forgotten before its secret is removed: after a kill in between nobody knows of the key.',
    file: 'lib/renewal/forget.ts',
    find: '    const secretBecame = await secrets.remove(secretName(id))',
    replace: '    await state.remove(documentKey(id))\n    const secretBecame = await secrets.remove(secretName(id))',
    noticedBy: [tests('test/flow/forget')],
  },
  {
    name: 'key-made-by-reading',
    what: 'Whoever only looks into an empty store makes its master key.',
    file: 'lib/secrets/keyring.ts',
    find: 'let keyring = await keyringOf(note, source, false)',
    replace: 'let keyring = await keyringOf(note, source, true)',
    noticedBy: [tests('test/contract/secrets-file', 'test/contract/secrets-s3')],
  },
  {
    name: 'unconfigured-ends-unsaid',
    what: 'Nobody is notified that a certificate ends which has left the configuration.',
    file: 'lib/run.ts',
    find: 'if (due.isFullScan && !request.dryRun)',
    replace: 'if (due.isFullScan && request.dryRun)',
    noticedBy: [tests('test/flow/unconfigured')],
  },
  {
    name: 'line-break-in-a-token',
    what: 'A token with a line break is sent on its way.',
    file: 'lib/config/references.ts',
    find: 'value && reference.oneLine && CONTROL_CHARACTER.test(value)',
    replace: 'value && !reference.oneLine && CONTROL_CHARACTER.test(value)',
    noticedBy: [tests('test/unit/config-references')],
  },
]
