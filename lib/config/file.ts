import { isUtf8 } from 'node:buffer'
import { constants, open } from 'node:fs/promises'
import { configInvalid } from './invalid.ts'

/** Some 7,000 certificates of one name. To parse a file takes more than a hundred times its memory, so that more are several files. */
export const MAX_BYTES = 1_024 * 1_024
export const TOO_LARGE = `a file of the configuration may have ${MAX_BYTES / 1_024 / 1_024} MiB at most; \`include\` takes several`

/** The text of a configuration's file; rejects with CONFIG_INVALID when it cannot be one. `shown` is what messages call it. */
export async function readText(path: string, shown = path): Promise<string> {
  const refuse = (why: string, cause?: unknown) => configInvalid(shown, [{ text: why }], cause)
  // Without O_NONBLOCK a named pipe would keep us waiting for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw refuse(
      code === 'ENOENT'
        ? 'there is no such file: write one (docs/first-certificate.md), or name it with --config'
        : `the file cannot be read (${code})`,
      cause,
    )
  })
  try {
    const about = await file.stat()
    if (about.isDirectory()) throw refuse('this is a folder; name the file in it')
    if (!about.isFile()) throw refuse('this is no plain file')
    if (about.size > MAX_BYTES) throw refuse(TOO_LARGE)
    const bytes = await file.readFile()
    if (!isUtf8(bytes)) throw refuse('the file is not text in UTF-8')
    return bytes.toString('utf8')
  } finally {
    await file.close()
  }
}
