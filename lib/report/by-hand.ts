/** What the commands answer that a person gives by hand, where JSON is asked of them; docs/json.md describes each. */
import type { Failure } from '../errors.ts'
import { safeText } from '../platform/log.ts'
import type { Forgotten, InstalledCertificate, Quota } from '../types.ts'
import type { Document } from './documents.ts'
import { type ErrorJson, errorJson, VERSION } from './json.ts'

export interface ListJson extends Document {
  readonly at: Date
  readonly balancers: readonly InventoryJson[]
}

/** What one load balancer holds; without `held`: it could not be asked. */
export interface InventoryJson {
  readonly balancer: string
  readonly target: string
  readonly held: readonly HeldJson[] | undefined
  readonly quota: Pick<Quota, 'held' | 'limit'> | undefined
  readonly warnings: readonly string[] | undefined
  readonly error: ErrorJson | undefined
}

/** Named one by one: what a driver may know beside these is not shown. */
type HeldJson = Pick<
  InstalledCertificate,
  'loadBalancer' | 'name' | 'id' | 'fingerprint' | 'covers' | 'notAfter' | 'seenOnWire' | 'managed' | 'bound'
>

/** A load balancer, what it holds and what is wrong with that, or why it could not be asked. */
export type Inspected = { readonly balancer: string; readonly target: string } & (
  | {
      readonly held: readonly InstalledCertificate[]
      readonly quota?: Pick<Quota, 'held' | 'limit'>
      readonly warnings: readonly string[]
    }
  | { readonly error: Failure }
)

export const listJson = (inspected: readonly Inspected[], ok: boolean, at: Date): ListJson => ({
  ...{ v: VERSION, ok, at },
  balancers: inspected.map((one) => ({
    balancer: one.balancer,
    target: one.target,
    held: 'held' in one ? one.held.map(heldJson) : undefined,
    quota: 'held' in one ? one.quota : undefined,
    warnings: 'held' in one ? one.warnings : undefined,
    error: 'error' in one ? errorJson(one.error) : undefined,
  })),
})

const heldJson = ({
  loadBalancer,
  name,
  id,
  fingerprint,
  covers,
  notAfter,
  seenOnWire,
  managed,
  bound,
}: InstalledCertificate): HeldJson => ({
  ...{
    loadBalancer,
    name,
    ...(id && { id }),
    ...(fingerprint && { fingerprint }),
    covers,
    notAfter,
    ...(seenOnWire && { seenOnWire }),
    managed,
  },
  bound: bound.map(({ listener, effectiveFor }) => ({ listener, effectiveFor })),
})

export interface NotifyJson extends Document {
  readonly notifiers: readonly {
    readonly name: string
    readonly sent: boolean
    readonly error: ErrorJson | undefined
  }[]
}

/** What became of each: undefined, or why it failed. */
export type Results = readonly (readonly [name: string, error: Failure | undefined])[]

export const allSucceeded = (results: Results): boolean => results.every(([, error]) => error === undefined)

export const notifyJson = (results: Results): NotifyJson => ({
  ...{ v: VERSION, ok: allSucceeded(results) },
  notifiers: results.map(([name, error]) => ({ name, sent: error === undefined, error: error && errorJson(error) })),
})

export interface PlaceholderJson extends Document {
  readonly targets: readonly {
    readonly target: string
    readonly placed: boolean
    readonly error: ErrorJson | undefined
  }[]
}

export const placeholderJson = (results: Results): PlaceholderJson => ({
  ...{ v: VERSION, ok: allSucceeded(results) },
  targets: results.map(([target, error]) => ({
    target,
    placed: error === undefined,
    error: error && errorJson(error),
  })),
})

export interface DiscardJson extends Document {
  readonly id: string
  readonly discarded: string | undefined
}

export const discardJson = (id: string, discarded: string | undefined): DiscardJson => ({
  ...{ v: VERSION, ok: true, id, discarded },
})

export interface ForgetJson extends Document, Forgotten {}

export const forgetJson = ({ id, deleted, left, secret, secretBecame }: Forgotten): ForgetJson => ({
  ...{ v: VERSION, ok: true, id, deleted, left, secret, secretBecame },
})

export interface UnlockJson extends Document {
  readonly id: string
  readonly unlocked: boolean
}

export const unlockJson = (id: string, unlocked: boolean): UnlockJson => ({ v: VERSION, ok: true, id, unlocked })

export interface SecretJson extends Document {
  readonly reference: string
}

export const secretJson = (reference: string): SecretJson => ({ v: VERSION, ok: true, reference })

export interface RewrapJson extends Document {
  readonly rewrapped: number
}

export const rewrapJson = (rewrapped: number): RewrapJson => ({ v: VERSION, ok: true, rewrapped })

export interface PruneJson extends Document {
  readonly dryRun: boolean
  readonly balancers: readonly PrunedJson[]
}

export interface PrunedJson {
  readonly balancer: string
  readonly target: string
  readonly unneeded: readonly string[]
  readonly deleted: readonly string[]
  readonly error: ErrorJson | undefined
}

type Pruned = Omit<PrunedJson, 'error'> & { readonly error: Failure | undefined }

/** Whether every load balancer could be asked, and, unless nothing was to be done, all that nobody needs is gone. */
export const isPruned = (all: readonly Pruned[], dryRun: boolean): boolean =>
  all.every(
    ({ unneeded, deleted, error }) =>
      error === undefined && (dryRun || unneeded.every((each) => deleted.includes(each))),
  )

export const pruneJson = (all: readonly Pruned[], dryRun: boolean): PruneJson => ({
  ...{ v: VERSION, ok: isPruned(all, dryRun), dryRun },
  balancers: all.map(({ balancer, target, unneeded, deleted, error }) => ({
    ...{ balancer, target, unneeded, deleted, error: error && errorJson(error) },
  })),
})

export interface DeleteJson extends Document {
  readonly dryRun: boolean
  readonly balancer: string
  readonly certificates: readonly NamedJson[]
}

export interface NamedJson {
  readonly name: string
  readonly id: string | undefined
  readonly loadBalancer: string | undefined
  readonly deleted: boolean
  readonly reason: string | undefined
}

interface Named extends Pick<NamedJson, 'name' | 'deleted' | 'reason'> {
  readonly held: Pick<InstalledCertificate, 'id' | 'loadBalancer'> | undefined
}

/** Whether all that was named is gone, or, where nothing was to be done, could go. */
export const isDeleted = (all: readonly Named[], dryRun: boolean): boolean =>
  all.every(({ deleted, reason }) => (dryRun ? reason === undefined : deleted))

export const deleteJson = (balancer: string, all: readonly Named[], dryRun: boolean): DeleteJson => ({
  ...{ v: VERSION, ok: isDeleted(all, dryRun), dryRun, balancer },
  certificates: all.map(({ name, held, deleted, reason }) => ({
    ...{ name, id: held?.id, loadBalancer: held?.loadBalancer, deleted },
    reason: reason === undefined ? undefined : safeText(reason),
  })),
})
