import { readFile, stat } from 'node:fs/promises'
import { importOne } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import type { Secret } from '../../lib/platform/secret.ts'
import { runJson } from '../../lib/report/documents.ts'
import { pemFrom } from '../../lib/x509/pem-file.ts'
import { type Call, type Command, exitCode, hostContext } from '../call.ts'
import { print } from '../print.ts'
import { progressOf } from '../progress.ts'
import { reportText } from '../report-text.ts'
import { readPiped, readSecret } from '../secret-input.ts'

export const importCommand: Command = {
  summary: 'bring a certificate from elsewhere, with its key',
  operands: 'ID --file FILE',
  about:
    'The files hold the certificate, its chain and its key, as PEM in any order or\neach as DER; a FILE called - is standard input.',
  example: 'newleaf import shop --file fullchain.pem --file key.pem',
  takes: ['file'],
  async run(call) {
    const [id, ...more] = call.words
    if (id === undefined || more.length > 0 || call.files.length === 0) {
      throw new Failure('EVENT_INVALID', 'expected `newleaf import ID --file FILE`; --file may be given several times')
    }
    const config = await loadConfig(call.config)
    const texts = await Promise.all(call.files.map((file) => read(file, call)))
    const progress = progressOf(call)
    const report = await importOne(config, id, texts, hostContext(call, progress))
    progress.end()
    print(call, runJson(report), () => reportText(report, call))
    return exitCode(report.ok, call.io)
  },
}

/** A chain and a key have a few kilobytes, and the roots of a whole system some hundred. */
const MAX_BYTES = 1_048_576

async function read(file: string, { io }: Call): Promise<Secret> {
  if (file === '-')
    return io.stdin.isTTY === true ? readSecret(io) : pemFrom(await readPiped(io.stdin, MAX_BYTES, 'a certificate'))
  const problem = (why: string) => new Failure('EVENT_INVALID', `--file ${safeText(file)}: ${why}`)
  try {
    if ((await stat(file)).size > MAX_BYTES) throw problem('larger than 1 MiB: this is no certificate')
    return pemFrom(await readFile(file))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw problem(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}
