/** The state document of version 1, as it is carried over: read once, and written again as version 2. */
import * as v from 'valibot'
import type { CertificateDocument, TargetEntry } from './document.ts'
import type { Failures } from './failures.ts'
import { addresses, count, date, events, facts, failure, problems, rejected, txtRecord, window } from './fields.ts'

export const schemaOfVersion1 = v.looseObject({
  v: v.literal(1),
  environment: v.exactOptional(v.string()),
  fence: count,
  claim: v.exactOptional(v.object({ owner: v.string(), fence: count, until: date })),
  order: v.exactOptional(v.object({ authority: v.string(), url: v.string(), expires: v.exactOptional(date) })),
  txt: v.array(v.object(txtRecord)),
  targets: v.record(
    v.string(),
    v.object({
      fingerprint: v.string(),
      name: v.string(),
      since: date,
      verified: v.boolean(),
      addresses: v.exactOptional(addresses),
    }),
  ),
  uploaded: v.record(v.string(), v.array(v.string())),
  retire: v.array(v.object({ target: v.string(), name: v.string(), after: date })),
  current: v.exactOptional(v.object({ ...facts, authority: v.exactOptional(v.string()) })),
  rejected,
  unfinished: v.exactOptional(v.object({ count, since: date })),
  window: v.exactOptional(v.object({ ...window, recalled: v.exactOptional(v.boolean()) })),
  waits: v.exactOptional(v.record(v.string(), date)),
  failures: v.exactOptional(
    v.object({ look: failure, issue: failure, widen: failure, deploy: failure, repair: failure }),
  ),
  told: v.exactOptional(problems),
  issued: v.array(v.object({ at: date, names: v.string() })),
  events,
  wake: v.exactOptional(date),
})
type Version1 = v.InferOutput<typeof schemaOfVersion1>

/**
 * The same in the words of version 2. Version 1 did not note which authority had failed or issued: that is the one of the order,
 * or of the current certificate. Nor did it note the listener of a target: that is learnt from the configuration.
 */
export function carriedOver(old: Version1): CertificateDocument {
  const {
    v: _,
    claim,
    txt,
    targets,
    uploaded,
    retire,
    window: asked,
    waits,
    failures,
    told,
    issued,
    wake,
    ...same
  } = old
  const { current, order } = old
  const authority = order?.authority ?? current?.authority ?? ''
  const names = [...new Set([...Object.keys(targets), ...Object.keys(uploaded)])]
  const { recalled, ...range } = asked ?? {}
  const oldest = old.events.at(-1)?.at ?? current?.notBefore ?? new Date(0)
  return {
    ...same,
    v: 2,
    ...(claim && { lease: { holder: claim.owner, fence: claim.fence, until: claim.until } }),
    challengeRecords: txt.map((record) => ({ ...record, since: oldest })),
    targets: Object.fromEntries(names.map((name) => [name, entryOf(name, old)])),
    orphans: [],
    ...(asked && { window: { ...(range as typeof asked), ...(recalled ? { suggestedNow: true } : {}) } }),
    ...(waits && { cooldowns: waits }),
    ...(failures && { failures: failuresOf(failures, authority) }),
    ...(told && { notified: told }),
    issued: issued.map((each) => ({ ...each, ...(current?.authority && { authority: current.authority }) })),
    ...(wake && { nextLook: wake }),
  }
}

function entryOf(name: string, { targets, uploaded, retire }: Version1): TargetEntry {
  const { fingerprint = '', name: object = '', since, verified = false, addresses: known = {} } = targets[name] ?? {}
  return {
    name,
    balancer: name.split('/', 1)[0] ?? name,
    ...(since !== undefined && fingerprint !== '' ? { deployed: { fingerprint, object, since } } : {}),
    verified,
    addresses: known,
    objects: uploaded[name] ?? [],
    superseded: retire
      .filter(({ target }) => target === name)
      .map((entry) => ({ object: entry.name, after: entry.after })),
  }
}

function failuresOf(
  { look, issue, widen, deploy, repair }: NonNullable<Version1['failures']>,
  authority: string,
): Failures {
  const ofAuthority = { ...(issue && { issue }), ...(widen && { expand: widen }) }
  return {
    ...(look && { observe: look }),
    ...(deploy && { deploy }),
    ...(repair && { repair }),
    ...(issue || widen ? { authorities: { [authority]: ofAuthority } } : {}),
  }
}
