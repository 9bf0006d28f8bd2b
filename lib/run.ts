import type { Config } from './config/load.ts'
import { Failure } from './errors.ts'
import { type OpenWorld, openWorld, type Surroundings } from './open.ts'
import { whoIsDue } from './plan/due.ts'
import { plan } from './plan/plan.ts'
import { renewAll } from './renewal/renew-all.ts'
import { type RunReport, reportOf } from './report/report.ts'
import { type CertificateStatus, statusOf } from './report/status.ts'
import type { PlanItem, Wish } from './types.ts'

/** The story: who is due, what to do about each, do it, say what became of it. */
export async function run(config: Config, wish: Wish, surroundings: Surroundings): Promise<RunReport> {
  checkOnly(config, wish)
  const startedAt = surroundings.clock.now()
  const certificates = await inWorld(config, surroundings, async (world) => {
    const due = await whoIsDue(config.certificates, wish, world)
    const items = await plan(due.specs, wish, world)
    for (const item of items) announce(item, world)
    const outcomes = await renewAll(items, wish, world)
    await due.settle(outcomes)
    return outcomes
  })
  const finishedAt = surroundings.clock.now()
  return reportOf({ environment: config.environment, dryRun: wish.dryRun, startedAt, finishedAt, certificates })
}

/** Looks and decides, and changes nothing. */
export async function planOnly(config: Config, wish: Wish, surroundings: Surroundings): Promise<PlanItem[]> {
  checkOnly(config, wish)
  return inWorld(config, surroundings, async (world) => {
    const { specs } = await whoIsDue(config.certificates, wish, world)
    return plan(specs, wish, world)
  })
}

/** A plan, and what handshakes show. */
export async function status(config: Config, wish: Wish, surroundings: Surroundings): Promise<CertificateStatus[]> {
  checkOnly(config, wish)
  return inWorld(config, surroundings, async (world) => {
    const { specs } = await whoIsDue(config.certificates, wish, world)
    const items = await plan(specs, wish, world)
    return Promise.all(items.map((item) => statusOf(item, world.probe)))
  })
}

async function inWorld<T>(
  config: Config,
  surroundings: Surroundings,
  work: (world: OpenWorld) => Promise<T>,
): Promise<T> {
  const world = openWorld(config, surroundings)
  try {
    return await work(world)
  } finally {
    await world.close()
  }
}

function checkOnly({ certificates }: Config, { only }: Wish): void {
  const ids = certificates.map(({ id }) => id)
  const unknown = only?.filter((id) => !ids.includes(id)) ?? []
  if (unknown.length > 0) {
    throw new Failure(
      'EVENT_INVALID',
      `there is no certificate "${unknown.join('", "').slice(0, 200)}" in the configuration; there are: ${ids.join(', ')}`,
    )
  }
}

const announce = ({ spec, decision }: PlanItem, { log }: OpenWorld): void =>
  log.info('planned', {
    certificate: spec.id,
    names: spec.names,
    action: decision.action,
    because: decision.action === 'stop' ? decision.error.code : decision.because,
    until: decision.action === 'wait' ? decision.until.toISOString() : undefined,
  })
