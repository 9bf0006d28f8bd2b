import { unconfigured } from '../../lib/by-hand.ts'
import { type Config, loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { observedJson } from '../../lib/report/documents.ts'
import { observe } from '../../lib/run.ts'
import { type Call, type Command, exitCode, hostContext } from '../call.ts'
import { painter } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'
import { statusText } from '../status-text.ts'
import { unconfiguredText } from '../unconfigured-text.ts'

export const status: Command = {
  summary: 'show each certificate and what every address serves',
  about: 'It asks every balancer, and every address with a handshake; it changes nothing.',
  example: 'newleaf status --only shop',
  takes: ['only', 'events'],
  async run(call) {
    const config = await loadConfig(call.config)
    const observed = await observe(config, call.request, hostContext(call, warningsOnly(call)))
    const unconfigured = call.request.only === undefined ? await leftBy(config, call) : undefined
    const now = systemClock.now()
    const events = call.isSet('events')
    const document = observedJson(observed, now, { events, ...(unconfigured && { unconfigured }) })
    const paint = painter(call.io.stdout, call.io)
    print(call, document, () => statusText(observed, now, call) + unconfiguredText(unconfigured ?? [], now, paint))
    return exitCode(document.ok, call.io)
  },
}

/** Where they cannot be listed, why has been said of each certificate. */
async function leftBy(config: Config, call: Call) {
  const left = await unconfigured(config, hostContext(call, warningsOnly(call)))
  return left instanceof Failure ? undefined : left
}
