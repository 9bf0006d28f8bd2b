import { discardOne } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { discardJson } from '../../lib/report/by-hand.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const discard: Command = {
  summary: 'drop a new certificate that its balancers do not take',
  operands: 'ID',
  about: 'The current certificate stays where it is.',
  example: 'newleaf discard shop',
  takes: [],
  async run(call) {
    const [id, ...more] = call.words
    if (id === undefined || more.length > 0) throw new Failure('EVENT_INVALID', 'expected `newleaf discard ID`')
    const config = await loadConfig(call.config)
    const discarded = await discardOne(config, id, hostContext(call, warningsOnly(call)))
    const text =
      discarded === undefined
        ? `${id}: no new certificate is waiting; nothing was changed`
        : `${id}: ${discarded.slice(0, 16)} is dropped, and is not brought to a load balancer any more`
    print(call, discardJson(id, discarded), () => `${text}\n`)
    return EXIT.healthy
  },
}
