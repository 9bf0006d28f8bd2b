import { describe, expect, test } from 'vitest'
import type { HttpRequest } from '../../lib/platform/http.ts'
import { failure } from '../support/failure.ts'
import { httpFor, stubbornServer } from '../support/stubborn-https.ts'

const OK = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'
const MINUTE = 60_000

describe('an API that takes connections and never answers', () => {
  let now = Date.parse('2026-11-28T06:00:00Z')
  const clock = { now: () => new Date(now), sleep: async () => {} }

  /** A server that is silent as long as it is told, and one that answers, over one pool of connections. */
  async function world() {
    const state = { isSilent: true, timeLeft: 60_000 }
    const one = await stubbornServer((socket) => void (state.isSilent || socket.end(OK)))
    const other = await stubbornServer((socket) => socket.end(OK))
    const trusted = { caCertificate: one.caCertificate + other.caCertificate }
    const http = httpFor({ ...trusted, clock, timeLeft: () => state.timeLeft })
    const ask = (more: Partial<HttpRequest> = {}, { port } = one) =>
      http.send({ method: 'GET', url: `https://127.0.0.1:${port}/`, timeout: state.isSilent ? 400 : 9_000, ...more })
    return { state, one, other, ask }
  }

  test('is waited for by those that ask at the same time, and then by nobody, and others are asked as before', async () => {
    const { one, other, ask } = await world()
    await Promise.all(Array.from({ length: 5 }, () => failure(ask())))
    const { opened } = one
    const began = performance.now()
    for (let request = 0; request < 50; request++) {
      const refused = await failure(ask({ timeout: 30_000 }))
      expect(refused).toMatchObject({ code: 'UNREACHABLE', message: expect.stringMatching(/left alone for a minute$/) })
    }
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(one.opened).toBe(opened)
    expect(await ask({ timeout: 9_000 }, other)).toMatchObject({ body: 'ok' })
  })

  test('is asked by one after a minute, and by all once that one has an answer', async () => {
    const { state, one, ask } = await world()
    for (let request = 0; request < 3; request++) await failure(ask())
    now += MINUTE
    const { opened } = one
    const both = await Promise.all([failure(ask()), failure(ask())])
    expect(one.opened).toBe(opened + 1)
    expect(both.map((each) => each?.code)).toEqual(['UNREACHABLE', 'UNREACHABLE'])
    state.isSilent = false
    expect(await failure(ask())).toMatchObject({ code: 'UNREACHABLE' })
    now += MINUTE
    for (let request = 0; request < 4; request++) expect(await ask()).toMatchObject({ body: 'ok' })
  })

  test('is asked on where it answers in between, and where it was given less time than usual', async () => {
    const { state, ask } = await world()
    for (const isSilent of [true, true, false, true, true, false]) {
      state.isSilent = isSilent
      await ask().catch(() => undefined)
    }
    expect(await ask()).toMatchObject({ body: 'ok' })
    const hurried = await world()
    hurried.state.timeLeft = 200
    for (let request = 0; request < 4; request++) expect(await failure(hurried.ask())).not.toBeUndefined()
    Object.assign(hurried.state, { isSilent: false, timeLeft: 60_000 })
    expect(await hurried.ask()).toMatchObject({ body: 'ok' })
  })
})

test('whoever refuses connections is not waited for, and asked each time', async () => {
  const http = httpFor()
  for (let request = 0; request < 5; request++) {
    const refused = await failure(http.send({ method: 'GET', url: 'https://127.0.0.1:1/' }))
    expect(refused).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') })
  }
})
