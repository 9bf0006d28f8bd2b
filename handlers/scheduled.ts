import type { Config } from '../lib/config/load.ts'
import { registry as queues } from '../lib/queue/registry.ts'
import { queuedJson } from '../lib/report/documents.ts'
import { enqueueDue } from '../lib/run.ts'
import { type InFunction, type Invocation, inFunction, refusal, renewing } from './invocation.ts'

/**
 * What the schedule calls. Nothing in the event is read. With a queue it only finds out who is due, with one listing, and
 * the workers renew; without one it renews within its own time.
 */
export const handler = (_event: unknown, context: Invocation) => {
  const { NEWLEAF_QUEUE_URL: queue = '' } = process.env
  return queue === ''
    ? inFunction(
        renewing(() => ({ force: false, dryRun: false, fullScan: false })),
        context,
      )
    : inFunction({ work: queueing(queue), failed: refusal }, context)
}

const queueing = (url: string) => async (config: Config, hostContext: InFunction) => {
  const { queued, report } = await enqueueDue(config, hostContext, async (certificates) => {
    const { driver } = await queues.sqs()
    const queue = await driver.open({ url }, { ...hostContext, folder: config.folder })
    await queue.send(certificates)
  })
  hostContext.finished(report)
  return queuedJson(queued, report)
}
