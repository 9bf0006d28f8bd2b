/** What `newleaf plan` answers where JSON is asked of it; docs/json.md describes it. */
import { mapValues } from '../platform/lookup.ts'
import type { KeyAlgorithm, Plan, PlanItem, Unconfigured } from '../types.ts'
import { type Document, type LookedAtJson, lookedAtJson } from './documents.ts'
import {
  type CertificateJson,
  type CredentialJson,
  certificateJson,
  credentialJson,
  type ErrorJson,
  errorJson,
  type ObstacleJson,
  obstacleJson,
  VERSION,
} from './json.ts'
import { type Next, type PlannedTarget, plannedOf } from './planned.ts'

export interface PlanJson extends Document {
  readonly at: Date
  readonly certificates: readonly PlannedJson[]
  readonly obstacles: readonly ObstacleJson[]
  readonly unconfigured: readonly Unconfigured[]
  readonly credentials: readonly CredentialJson[]
}

export interface PlannedJson extends LookedAtJson {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly authorities: readonly string[]
  readonly key: KeyAlgorithm
  readonly profile: string | undefined
  readonly pending: CertificateJson | undefined
  readonly targets: Readonly<Record<string, PlannedTargetJson>>
}

export interface PlannedTargetJson {
  readonly serves: boolean | undefined
  readonly error: ErrorJson | undefined
  readonly served: readonly CertificateJson[]
  readonly next: Next | undefined
  readonly deletes: PlannedTarget['deletes']
}

export const planJson = ({ items, obstacles, unconfigured, credentials }: Plan, ok: boolean, at: Date): PlanJson => ({
  ...{ v: VERSION, ok, at },
  certificates: items.map((item) => plannedJson(item, at)),
  obstacles: obstacles.map(obstacleJson),
  unconfigured: unconfigured.map(({ balancer, object, after }) => ({ balancer, object, ...(after && { after }) })),
  credentials: credentials.map((each) => credentialJson(each, at)),
})

function plannedJson(item: PlanItem, at: Date): PlannedJson {
  const { added, removed, authorities, targets } = plannedOf(item)
  const { key, profile } = item.spec
  return {
    ...lookedAtJson(item, at),
    ...{ added, removed, authorities, key, profile },
    pending: item.pending && certificateJson(item.pending, undefined, at),
    targets: mapValues(targets, (target) => targetJson(target, at)),
  }
}

function targetJson({ view, served, next, deletes }: PlannedTarget, at: Date): PlannedTargetJson {
  const isSeen = view !== undefined && !('error' in view)
  return {
    serves: isSeen ? view.serves : undefined,
    error: view !== undefined && 'error' in view ? errorJson(view.error) : undefined,
    served: served.map(({ certificate }) => certificateJson(certificate, undefined, at)),
    next,
    deletes: deletes.map(({ object, after }) => ({ object, after })),
  }
}
