import { unlockOne } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import { locked } from '../../lib/policy/sentences.ts'
import { unlockJson } from '../../lib/report/by-hand.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { confirm } from '../confirm.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const unlock: Command = {
  summary: 'end the lock of a run that is dead',
  operands: 'ID',
  about: 'A run that still lives is refused at its next write.',
  example: 'newleaf unlock shop',
  takes: ['yes'],
  async run(call) {
    const [id, ...more] = call.words
    if (id === undefined || more.length > 0)
      throw new Failure('EVENT_INVALID', 'expected `newleaf unlock ID`, with --yes')
    const config = await loadConfig(call.config)
    const agree = async (lease: Parameters<typeof locked>[1]) => {
      const whose = safeText(locked(id, lease))
      if (!call.isSet('yes')) return confirm(`${whose}\nIs that run dead, and its lock to be ended?`, call.io)
      call.io.stderr.write(`${whose}\n`)
      return true
    }
    const found = await unlockOne(config, id, agree, hostContext(call, warningsOnly(call)))
    if (found?.unlocked === false) {
      call.io.stderr.write('Nothing was changed.\n')
      return EXIT.unhealthy
    }
    const text = found ? 'the lock is ended; the next run works on it' : 'nobody holds a lock; nothing was changed'
    print(call, unlockJson(id, found !== undefined), () => `${safeText(id)}: ${text}\n`)
    return EXIT.healthy
  },
}
