import { vi } from 'vitest'

/** The lines that a function prints while it works: its log, which the platform keeps. */
export async function printedBy(work: () => Promise<unknown>): Promise<string[]> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await work()
    return write.mock.calls.flatMap(([text]) => String(text).trimEnd().split('\n'))
  } finally {
    write.mockRestore()
  }
}
