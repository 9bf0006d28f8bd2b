import { type Failure, isFailure, toFailure } from '../errors.ts'
import { MINUTE } from '../platform/clock.ts'
import { lookup } from '../platform/lookup.ts'
import type { AttemptResult } from '../policy/back-off.ts'
import { isFrom, isSameOrder, orderKindOf, orderSpecOf, reduced } from '../policy/order-spec.ts'
import type { CertificateAuthority, Dependencies } from '../ports.ts'
import { readStages, type Staged, type Stages } from '../secrets/certificate.ts'
import type { StoredCertificate } from '../secrets/codec.ts'
import type { CertificateSpec, Decision, Issuer } from '../types.ts'
import { issue } from './issue.ts'
import type { Lease } from './lease.ts'
import { ofAuthority } from './of-authority.ts'

/** With less of the run's time left no other authority could issue, and that would hide why the one before did not. */
const FOR_ANOTHER = 2 * MINUTE

type NotIssued = Extract<AttemptResult, { kind: 'not-issued' }>

/** What came of asking for a certificate. */
export interface Ordered {
  readonly chosen: Staged<StoredCertificate> | undefined
  readonly happened: readonly AttemptResult[]
  /** Why there is none. */
  readonly error?: Failure
}

/**
 * Asks one authority after the other, until one has issued. What fails for a reason that is not an authority's own would fail at
 * the others as well, and is not tried there. Rejects with LOCKED alone.
 */
export async function issueAtFirst(
  spec: CertificateSpec,
  { authorities, reason }: Extract<Decision, { action: 'issue' }>,
  stages: Stages,
  lease: Lease,
  deps: Dependencies,
): Promise<Ordered> {
  const isDegraded = reason === 'degraded'
  const current = stages.current?.stored
  const scope = (isDegraded ? reduced(spec, current?.orderSpec) : undefined) ?? spec
  const order = orderKindOf(spec, current?.orderSpec, isDegraded)
  const happened: NotIssued[] = []
  let last: Failure | undefined
  for (const issuer of inTurn(authorities, scope, stages, lease, deps)) {
    if (last !== undefined && deps.timeLeft() < FOR_ANOTHER) break
    if (last !== undefined)
      deps.log.warn('another authority is asked', { authority: issuer.authority, after: last.code })
    const authority = speakingFor(issuer.authority, lookup(deps.authorities, issuer.authority))
    try {
      // What the authority before has staged stands there now, in the place of what was pending.
      const found = last === undefined ? stages : await readStages(spec.id, deps)
      const chosen = await issue(scope, issuer, found, lease, { ...deps, authority })
      return { chosen, happened: [...happened, { kind: 'issued', isWhole: !isDegraded }] }
    } catch (thrown) {
      if (isFailure(thrown, 'LOCKED')) throw thrown
      const error = toFailure(thrown)
      last = error
      if (error.fields.authority !== issuer.authority) {
        const others = authorities.filter((each) => !happened.some((earlier) => earlier.issuer === each))
        const everywhere = others.map((each): NotIssued => ({ kind: 'not-issued', order, issuer: each, error }))
        return { chosen: undefined, happened: [...happened, ...everywhere], error }
      }
      happened.push({ kind: 'not-issued', order, issuer, error })
    }
  }
  return { chosen: undefined, happened, ...(last && { error: last }) }
}

/** An order that is under way is carried on before another authority is asked: its certificate may be issued already. */
function inTurn(
  authorities: readonly Issuer[],
  scope: CertificateSpec,
  { pending }: Stages,
  { document: { order } }: Lease,
  { environment }: Pick<Dependencies, 'environment'>,
): Issuer[] {
  const isUnderWay = (issuer: Issuer): boolean =>
    order !== undefined &&
    isFrom(order, issuer) &&
    pending?.stored.kind === 'key' &&
    isSameOrder(pending.stored.orderSpec, orderSpecOf(scope, issuer, environment))
  return [...authorities.filter(isUnderWay), ...authorities.filter((issuer) => !isUnderWay(issuer))]
}

/** The same authority, whose failures say that they are its own. */
function speakingFor(name: string, authority: CertificateAuthority): CertificateAuthority {
  const own = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw ofAuthority(name, error)
    }
  }
  const { challengeLabel } = authority
  return {
    ...authority,
    ...(challengeLabel && { challengeLabel: () => own(challengeLabel()) }),
    check: (request) => own(authority.check(request)),
    caaIdentities: () => own(authority.caaIdentities()),
    accountUrl: () => own(authority.accountUrl()),
    register: () => own(authority.register()),
    newOrder: (request) => own(authority.newOrder(request)),
    readOrder: (url) => own(authority.readOrder(url)),
    challenges: (order) => own(authority.challenges(order)),
    answer: (challenges) => own(authority.answer(challenges)),
    finalize: (order, csrPem) => own(authority.finalize(order, csrPem)),
    download: (order, take) => own(authority.download(order, take)),
  }
}
