import { describe, expect, test } from 'vitest'
import { createTransport } from '../../lib/acme/transport.ts'
import { toFailure } from '../../lib/errors.ts'
import { createHttp } from '../../lib/platform/http.ts'
import { virtualClock } from '../support/fuzz-authority.ts'

const CA = 'https://ca.test'
const directory = JSON.stringify({ newNonce: `${CA}/n`, newAccount: `${CA}/a`, newOrder: `${CA}/o` })

interface Said {
  readonly status: number
  readonly location?: string
}

/** A CA whose directory is asked for at `/directory`, and that answers as `said` has it. */
function transportTo(said: Readonly<Record<string, Said>>) {
  const clock = virtualClock()
  const asked: string[] = []
  const real = createHttp({ clock, timeLeft: () => 1_000, privateAddresses: 'refuse' })
  const http = {
    send({ url }: { readonly url: string }) {
      asked.push(url)
      const { status, location } = said[url] ?? { status: 404 }
      // Where nothing is played, the real rules say whether it may be asked at all.
      if (status === 404 && !url.startsWith(CA)) return real.send({ method: 'GET', url })
      const headers: Record<string, string> = { ...(location !== undefined && { location }) }
      return Promise.resolve({ status, headers, body: status === 200 ? directory : '', receivedAt: clock.now() })
    },
  }
  const retry = { clock, random: () => 0.5, timeLeft: () => 60_000 }
  return { transport: createTransport({ authority: 'ca', directoryUrl: `${CA}/directory`, http, retry }), asked }
}

const told = (said: Readonly<Record<string, Said>>) =>
  transportTo(said)
    .transport.directory()
    .then(
      () => ({ code: 'none', message: '' }),
      (error: unknown) => toFailure(error),
    )

describe('a directory that has moved', () => {
  test.each([301, 302, 303, 307, 308])('is followed to https at %d, on the same host or another', async (status) => {
    const { transport, asked } = transportTo({
      [`${CA}/directory`]: { status, location: 'v2/dir?kind=dv' },
      [`${CA}/v2/dir?kind=dv`]: { status, location: 'https://acme.other.test/' },
      'https://acme.other.test/': { status: 200 },
    })
    expect((await transport.directory()).newOrder).toBe(`${CA}/o`)
    expect(asked).toEqual([`${CA}/directory`, `${CA}/v2/dir?kind=dv`, 'https://acme.other.test/'])
  })

  test('is never followed out of https, and the address is told', async () => {
    const { code, message } = await told({
      [`${CA}/directory`]: { status: 301, location: 'http://user:word@ca.test/plain?jwt=1' },
    })
    expect(code).toBe('ANSWER_INVALID')
    expect(message).toBe(
      'ca sends its clients from https://ca.test/directory to http://ca.test/plain (301), which is not https: write the address of its directory as `directory`',
    )
  })

  test('to a long address is told with the first 300 characters of it', async () => {
    const location = `http://ca.test/${'a'.repeat(400)}`
    const { message } = await told({ [`${CA}/directory`]: { status: 301, location } })
    expect(message).toContain(` to ${location.slice(0, 300)} (301)`)
  })

  test.each(['https://127.0.0.1/directory', 'https://10.1.2.3/', 'https://[::1]:14000/dir', 'https://localhost/dir'])(
    'is not followed to %s, where a configured one would not be asked either',
    async (location) => {
      const { code, message } = await told({ [`${CA}/directory`]: { status: 307, location } })
      expect(code).toBe('URL_REFUSED')
      expect(message).toContain(`it was asked at ${location}`)
    },
  )

  test('is followed five times, and then told', async () => {
    const chain = (length: number) =>
      Object.fromEntries([
        [`${CA}/directory`, { status: 302, location: '/1' }],
        ...Array.from({ length }, (_, at) => [`${CA}/${at + 1}`, { status: 302, location: `/${at + 2}` }]),
        [`${CA}/${length + 1}`, { status: 200 }],
      ])
    expect(await told(chain(4))).toMatchObject({ code: 'none' })
    const { code, message } = await told(chain(5))
    expect(code).toBe('ANSWER_INVALID')
    expect(message).toContain('from one address to the next, at last to https://ca.test/6')
  })

  test.each([undefined, '', 'https://'])('to nowhere (%j) is told as such', async (location) => {
    const { code, message } = await told({
      [`${CA}/directory`]: { status: 308, ...(location !== undefined && { location }) },
    })
    expect(code).toBe('ANSWER_INVALID')
    expect(message).toContain('from https://ca.test/directory to no address (308)')
  })

  test('but not yet at the first address is told without another', async () => {
    const { code, message } = await told({ [`${CA}/directory`]: { status: 404 } })
    expect(code).toBe('NOT_FOUND')
    expect(message).not.toContain('it was asked at')
  })

  test('and is not where it is said to be is told with that address', async () => {
    const { code, message } = await told({ [`${CA}/directory`]: { status: 301, location: '/gone' } })
    expect(code).toBe('NOT_FOUND')
    expect(message).toContain(`it was asked at ${CA}/gone, where it sends from ${CA}/directory`)
  })
})
