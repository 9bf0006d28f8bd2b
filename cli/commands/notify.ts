import { testNotifiers } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import { allSucceeded, notifyJson } from '../../lib/report/by-hand.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { painter, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const notify: Command = {
  summary: 'send a test notice to every notifier',
  about: 'Problems are notified of by runs; by hand only a test can be sent.',
  example: 'newleaf notify --test --only team',
  takes: ['only', 'test'],
  async run(call) {
    const { io, test, request } = call
    if (!test)
      throw new Failure(
        'EVENT_INVALID',
        'say `notify --test`: runs notify of problems, and by hand only a test can be sent',
      )
    const config = await loadConfig(call.config)
    const results = Object.entries(await testNotifiers(config, request.only, hostContext(call, warningsOnly(call))))
    const paint = painter(io.stdout, io)
    const shown = results.map(([name, error]) => [
      paint('bold', name),
      error === undefined ? paint('green', 'sent') : paint('red', `${error.code}: ${safeText(error.message)}`),
    ])
    print(call, notifyJson(results), () => table(shown))
    return allSucceeded(results) ? EXIT.healthy : EXIT.unhealthy
  },
}
