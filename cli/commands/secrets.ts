import { rewrapSecrets } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { rewrapJson } from '../../lib/report/by-hand.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'

export const secrets: Command = {
  summary: 'seal all secrets with a new master key or passphrase',
  operands: 'rewrap',
  about:
    'The configuration names the new one, and the former one as\nformerMasterKey or formerPassphrase until this is done.',
  example: 'newleaf secrets rewrap',
  takes: [],
  async run(call) {
    const [verb, ...more] = call.words
    if (verb !== 'rewrap' || more.length > 0) throw new Failure('EVENT_INVALID', 'expected `newleaf secrets rewrap`')
    const config = await loadConfig(call.config)
    const count = await rewrapSecrets(config, hostContext(call, warningsOnly(call)))
    print(call, rewrapJson(count), () => textOf(count, config.environment))
    return EXIT.healthy
  },
}

const textOf = (count: number, environment: string): string =>
  count === 0
    ? `Everything in the store of ${environment} is sealed with the configured key; nothing was changed.\n`
    : `${count === 1 ? '1 secret was' : `${count} secrets were`} sealed anew; all in the store of ${environment} are sealed with the\nconfigured key now, and the former one opens nothing there any more.\n`
