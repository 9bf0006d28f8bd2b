import { loadConfig } from '../../lib/config/load.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { observedJson } from '../../lib/report/documents.ts'
import { status as look } from '../../lib/run.ts'
import { type Command, exitCode, hostContext } from '../call.ts'
import { credentialsText } from '../credentials-text.ts'
import { looking } from '../looking.ts'
import { painter } from '../paint.ts'
import { print } from '../print.ts'
import { statusText } from '../status-text.ts'
import { unconfiguredText } from '../unconfigured-text.ts'

export const status: Command = {
  summary: 'show each certificate and what every address serves',
  about: 'It asks every balancer, and every address with a handshake; it changes nothing.',
  example: 'newleaf status --only shop',
  takes: ['only', 'events'],
  async run(call) {
    const config = await loadConfig(call.config)
    const { certificates, unconfigured, credentials } = await looking(
      call,
      'asking every balancer and every address',
      (show) => look(config, call.request, hostContext(call, show)),
    )
    const now = systemClock.now()
    const events = call.isSet('events')
    const document = observedJson(certificates, now, { events, credentials, ...(unconfigured && { unconfigured }) })
    const paint = painter(call.io.stdout, call.io)
    const beside = () => unconfiguredText(unconfigured ?? [], now, paint) + credentialsText(credentials, now, paint)
    print(call, document, () => statusText(certificates, now, call) + beside())
    return exitCode(document.ok, call.io)
  },
}
