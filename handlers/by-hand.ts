import { deleteAt, list, pruneBalancers, testNotifiers } from '../lib/by-hand.ts'
import type { Config } from '../lib/config/load.ts'
import {
  type DeleteJson,
  deleteJson,
  type ListJson,
  listJson,
  type NotifyJson,
  notifyJson,
  type PruneJson,
  pruneJson,
} from '../lib/report/by-hand.ts'
import { type ObservedJson, observedJson, type RunJson, runJson } from '../lib/report/documents.ts'
import { inspectedOf, isSound } from '../lib/report/inspected.ts'
import { run, status } from '../lib/run.ts'
import { type InFunction, refusal } from './invocation.ts'
import type { Command } from './request.ts'

/** Does what an event asks for, and answers as the command line does with --json. */
export const asked = (command: () => Command) => ({
  work: (config: Config, hostContext: InFunction) => answerTo(command(), config, hostContext),
  failed: refusal,
})

type Answer = RunJson | ObservedJson | ListJson | NotifyJson | PruneJson | DeleteJson

async function answerTo(asked: Command, config: Config, hostContext: InFunction): Promise<Answer> {
  const { clock } = hostContext
  switch (asked.command) {
    case 'run': {
      const report = await run(config, asked.request, hostContext)
      hostContext.finished(report)
      return runJson(report)
    }
    case 'status':
      return statusOf(asked, config, hostContext)
    case 'list': {
      const wanted = { balancers: [], ...(asked.only && { only: asked.only }) }
      const inspected = inspectedOf(await list(config, wanted, hostContext), clock.now())
      return listJson(inspected, isSound(inspected), clock.now())
    }
    case 'notify':
      return notifyJson(Object.entries(await testNotifiers(config, asked.only, hostContext)))
    case 'prune':
      return pruneJson(await pruneBalancers(config, asked, hostContext), asked.dryRun)
    case 'delete': {
      const agree = async () => !asked.dryRun
      return deleteJson(asked.balancer, await deleteAt(config, asked, agree, hostContext), asked.dryRun)
    }
  }
}

async function statusOf(
  { request, events }: Extract<Command, { command: 'status' }>,
  config: Config,
  hostContext: InFunction,
): Promise<ObservedJson> {
  const { certificates, unconfigured, credentials } = await status(config, request, hostContext)
  return observedJson(certificates, hostContext.clock.now(), {
    events,
    credentials,
    ...(unconfigured && { unconfigured }),
  })
}
