import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { asWritten, written } from '../../docs/write-dns-providers.ts'

test.each(written.map((each) => [each.file.pathname.split('/').at(-1), each] as const))(
  '%s says of the DNS providers what the drivers say: `npm run dns-providers` writes it',
  async (_name, each) => {
    const text = await readFile(each.file, 'utf8')
    expect(text).toMatch(each.part)
    expect(text).toBe(await asWritten(each))
  },
)
