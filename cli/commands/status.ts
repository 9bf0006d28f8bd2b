import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { observedJson } from '../../lib/report/documents.ts'
import { observe } from '../../lib/run.ts'
import { type Command, exitCode, hostContext } from '../call.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'
import { statusText } from '../status-text.ts'

export const status: Command = {
  summary: 'show each certificate, and what every address of its balancers serves; changes nothing',
  takes: ['only', 'events'],
  async run(call) {
    const config = await loadConfig(call.config)
    const observed = await observe(config, call.request, hostContext(call, warningsOnly(call)))
    const now = systemClock.now()
    const document = observedJson(observed, now, call)
    print(call, document, () => statusText(observed, now, call))
    return exitCode(document.ok, call.io)
  },
}
