import { forgetOne } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import { forgetJson } from '../../lib/report/by-hand.ts'
import type { Forgotten } from '../../lib/types.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { confirm } from '../confirm.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const forget: Command = {
  summary: 'end a certificate that has left the configuration',
  operands: 'ID',
  about: 'Its key and chain are deleted from the secrets store. What is served stays.',
  example: 'newleaf forget shop --delete-unused',
  takes: ['yes', 'delete-unused'],
  async run(call) {
    const [id, ...more] = call.words
    if (id === undefined || more.length > 0)
      throw new Failure('EVENT_INVALID', 'expected `newleaf forget ID`, with --yes, and --delete-unused')
    const config = await loadConfig(call.config)
    const question = `Forget everything that newleaf remembers of "${safeText(id)}", and delete its key from the secrets store?`
    if (!call.isSet('yes') && !(await confirm(question, call.io))) {
      call.io.stderr.write('Nothing was changed.\n')
      return EXIT.unhealthy
    }
    const forgotten = await forgetOne(
      config,
      { id, deletesUnused: call.isSet('delete-unused') },
      hostContext(call, warningsOnly(call)),
    )
    print(call, forgetJson(forgotten), () => textOf(forgotten))
    return EXIT.healthy
  },
}

function textOf({ id, deleted, left, secret, secretBecame }: Forgotten): string {
  const lines = [
    `${id}: newleaf does not remember it any more`,
    ...deleted.map((each) => `  deleted: ${each}`),
    ...left.map((each) => `  not deleted, if it is there: ${each}`),
    `  deleted: ${secret} in the secrets store, with its key`,
    ...(secretBecame === 'scheduled'
      ? ['  until it is gone for good, the store lets it be restored for some days more']
      : []),
  ]
  return `${lines.map(safeText).join('\n')}\n`
}
