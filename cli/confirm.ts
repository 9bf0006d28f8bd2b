import { createInterface } from 'node:readline'
import { Failure } from '../lib/errors.ts'
import type { Io } from './call.ts'

/** Whether a person at the terminal says yes. Where nobody can be asked it rejects, so that no script goes on by chance. */
export async function confirm(question: string, { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>): Promise<boolean> {
  if (stdin.isTTY !== true) throw new Failure('EVENT_INVALID', 'nobody can be asked here: say --yes')
  stderr.write(`${question} [y/N] `)
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim())
    return false
  } finally {
    lines.close()
  }
}
