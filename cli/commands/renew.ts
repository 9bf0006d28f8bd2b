import { loadConfig } from '../../lib/config/load.ts'
import { runJson } from '../../lib/report/documents.ts'
import { run } from '../../lib/run.ts'
import { type Command, exitCode, hostContext } from '../call.ts'
import { print } from '../print.ts'
import { progressOf } from '../progress.ts'
import { reportText } from '../report-text.ts'

export const renew: Command = {
  summary: 'renew what is due, swap it, and verify it by handshakes',
  about: 'It may be run as often as you like: what is fresh is looked at and left alone.',
  example: 'newleaf renew --only shop',
  takes: ['only', 'force', 'dry-run', 'unattended'],
  async run(call) {
    const config = await loadConfig(call.config)
    const progress = progressOf(call)
    const report = await run(config, call.request, hostContext(call, progress))
    progress.end()
    print(call, runJson(report), () => reportText(report, call))
    return exitCode(report.ok, call.io)
  },
}
