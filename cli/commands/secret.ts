import { keepSecret } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { anyReference } from '../../lib/platform/driver.ts'
import { safeParse } from '../../lib/platform/safe-parse.ts'
import { secretJson } from '../../lib/report/by-hand.ts'
import { checkField, type SecretField } from '../../lib/secrets/set-secret.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'
import { readSecret } from '../secret-input.ts'

export const secret: Command = {
  summary: 'store a token that the configuration refers to',
  operands: 'set NAME[#FIELD]',
  about: 'The value comes from standard input, or is typed unseen. The configuration\ncalls it secret:NAME#FIELD.',
  example: 'newleaf secret set linode#token < token.txt',
  takes: [],
  async run(call) {
    const secretField = secretFieldIn(call.words)
    const config = await loadConfig(call.config)
    await keepSecret(config, secretField, await readSecret(call.io), hostContext(call, warningsOnly(call)))
    const reference = `secret:${secretField.name}${secretField.field === undefined ? '' : `#${secretField.field}`}`
    print(call, secretJson(reference), () => `${reference} is set in the store of ${config.environment}\n`)
    return EXIT.healthy
  },
}

/** The message repeats nothing: a value in the wrong place would be seen. */
function secretFieldIn([verb, name = '', ...more]: readonly string[]): SecretField {
  const { success, output } = safeParse(anyReference, `secret:${name}`)
  if (verb !== 'set' || !success || output.from !== 'secret' || more.length > 0) {
    throw new Failure(
      'EVENT_INVALID',
      'expected `newleaf secret set NAME` or `NAME#field`, of letters, digits and / _ . -; the value comes from standard input',
    )
  }
  checkField(output)
  return output
}
