import { attachPlaceholderTo } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import { allSucceeded, placeholderJson } from '../../lib/report/by-hand.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { painter, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const placeholder: Command = {
  summary: 'give empty listeners a self-signed certificate',
  operands: '--only ID [NAME or ADDRESS …]',
  about: 'The first renewal replaces it. Names and addresses that follow are added to\nthose of the certificate.',
  example: 'newleaf placeholder --only shop',
  takes: ['only', 'cut-off-tls'],
  async run(call) {
    const { io, request, words } = call
    const [id, ...more] = request.only ?? []
    if (id === undefined || more.length > 0) {
      throw new Failure('EVENT_INVALID', 'expected `newleaf placeholder --only ID`, of one certificate')
    }
    const config = await loadConfig(call.config)
    const { createPlaceholder } = await import('../../lib/x509/placeholder.ts') // with node-forge, for this command alone
    const create: typeof createPlaceholder = (names, now) => createPlaceholder([...names, ...words], now)
    const host = hostContext(call, warningsOnly(call))
    const placed = Object.entries(await attachPlaceholderTo(config, id, create, host, call.isSet('cut-off-tls')))
    const paint = painter(io.stdout, io)
    const rows = placed.map(([target, error]) => [
      paint('bold', target),
      error === undefined
        ? paint('green', 'has a placeholder')
        : paint('red', `${error.code}: ${safeText(error.message)}`),
    ])
    print(call, placeholderJson(placed), () => table(rows))
    return allSucceeded(placed) ? EXIT.healthy : EXIT.unhealthy
  },
}
