import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { handler as scheduled } from '../../handlers/scheduled.ts'
import { handler as worker } from '../../handlers/worker.ts'
import { SCALEWAY_TOKEN } from '../../sandbox/configuration.ts'
import { type FunctionWorld, functionWorld, plenty } from '../support/function-world.ts'
import { type PracticeQueue, practiceQueue } from '../support/practice-queue.ts'
import { openState } from '../support/stores.ts'

let at: FunctionWorld
let queue: PracticeQueue
beforeAll(async () => {
  at = await functionWorld()
  queue = await practiceQueue()
})
afterEach(() => at.configure())
afterAll(async () => {
  await queue.close()
  await at.close()
})

const message = (body: string, messageId = 'one') => ({ messageId, body })
const done = { batchItemFailures: [] }

/** What a function logs while it works. */
async function logged(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await work()
    return write.mock.calls.flatMap(([line]) => String(line).trim().split('\n')).map((line) => JSON.parse(line))
  } finally {
    write.mockRestore()
  }
}

describe('the scheduled function with a queue', () => {
  test('a message that the queue did not take is sent again, and if it never is, the next run begins anew', async () => {
    queue.misbehave('denied', 1)
    expect(await scheduled({}, plenty)).toMatchObject({ ok: false, error: { code: 'DENIED' } })
    queue.misbehave('takes half', 1)
    expect(await scheduled({}, plenty)).toEqual({ v: 1, ok: true, queued: ['shop', 'blog'], unhealthy: [] })
    expect(queue.batches).toEqual([2, 2])
    expect(new Set(queue.messages)).toEqual(new Set(['{"id":"shop","markers":[]}', '{"id":"blog","markers":[]}']))
  })

  test('sends one message for each certificate that is due, ten in a call, and asks no vendor', async () => {
    queue.empty()
    const calls = at.calls()
    const many = Array.from({ length: 23 }, (_, number) => `c${number}`)
    const entries = many.map(
      (id) =>
        `  ${id}: { names: [${id}.blog.example], deploy: [{ balancer: fr, loadBalancer: edge, frontend: https }] }`,
    )
    await at.configure((text) => `${text}${entries.join('\n')}\n`)
    expect(await scheduled({}, plenty)).toMatchObject({ ok: true, queued: ['shop', 'blog', ...many] })
    expect(queue.batches).toEqual([10, 10, 5])
    expect(queue.messages).toContain('{"id":"c22","markers":[]}')
    expect(await scheduled({}, plenty)).toMatchObject({ ok: true, queued: [] })
    expect(at.calls()).toBe(calls)
  })

  test('writes the metrics of a run that ended well, so that the alarm stays quiet', async () => {
    const lines = await logged(() => scheduled({}, plenty))
    expect(lines.find((line) => '_aws' in line)).toMatchObject({ environment: 'sandbox', Success: 1 })
  })
})

describe('the worker', () => {
  test('renews the certificate of its message, and a second message for it finds nothing to do', async () => {
    expect(await worker({ Records: [message('{"id":"shop"}')] }, plenty)).toEqual(done)
    expect(at.issued()).toBe(1)
    expect(await worker({ Records: [message('{"id":"shop"}')] }, plenty)).toEqual(done)
    expect(at.issued()).toBe(1)
  })

  test('takes the payload in events', async () => {
    expect(await worker(JSON.parse(await readFile('events/worker.json', 'utf8')), plenty)).toEqual(done)
    expect(at.issued()).toBe(1)
  })

  test('takes what the schedule sends, and removes the markers that it names', async () => {
    const past = 'wake/2026-01-01T00:00:00.000Z/shop'
    await (await openState(join(at.folder, 'newleaf'))).write(past, {}, undefined)
    queue.empty()
    await scheduled({}, plenty)
    expect(queue.messages).toContain(`{"id":"shop","markers":["${past}"]}`)
    expect(await worker({ Records: queue.messages.map((body) => message(body)) }, plenty)).toEqual(done)
    queue.empty()
    await scheduled({}, plenty)
    expect(queue.messages.filter((body) => body.includes('"shop"'))).toEqual([])
  })

  test('takes a batch of several, the same certificate twice among them', async () => {
    const Records = ['{"id":"blog"}', '{"id":"shop"}', '{"id":"blog"}'].map((body, index) => message(body, `m${index}`))
    expect(await worker({ Records }, plenty)).toEqual(done)
    expect(at.issued()).toBe(2)
  })

  test.each([
    ['that is no longer configured', '{"id":"gone"}', 'not configured'],
    ['that is no JSON', 'shop', 'malformed'],
    ['with more in it', '{"id":"shop","force":true}', 'malformed'],
    ['with a path for a name', '{"id":"../shop"}', 'malformed'],
    ['of another kind', '["shop"]', 'malformed'],
    ['with markers that are none', '{"id":"shop","markers":"wake/"}', 'malformed'],
  ])('drops a message %s with a line in the log, and does not have it sent again', async (_, body, why) => {
    const before = at.issued()
    const lines = await logged(async () => expect(await worker({ Records: [message(body)] }, plenty)).toEqual(done))
    expect(lines).toContainEqual(expect.objectContaining({ messageId: 'one', why }))
    expect(at.issued()).toBe(before)
  })

  test.each([null, {}, [], { Records: 'shop' }, { Records: [{ messageId: 'one', body: { id: 'shop' } }] }])(
    'F-05: does nothing with %j, and does not throw',
    async (event) => {
      const before = at.issued()
      expect(await worker(event, plenty)).toEqual(done)
      expect(at.issued()).toBe(before)
    },
  )

  test('F-05: a record that is none costs no other its work', async () => {
    const before = at.issued()
    const strange = [
      null,
      7,
      [],
      {},
      { messageId: 'no body' },
      { messageId: 8, body: '{}' },
      { messageId: 'b', body: 1 },
    ]
    await at.configure((text) => text.replace('names: [blog.example,', 'names: [late.blog.example, blog.example,'))
    const Records = [...strange, message('{"id":"blog"}', 'good'), ...strange]
    const lines = await logged(async () => expect(await worker({ Records }, plenty)).toEqual(done))
    expect(at.issued()).toBe(before + 1)
    const dropped = lines.filter(({ message: what }) => what === 'message dropped')
    expect(dropped).toHaveLength(2 * strange.length)
    expect(dropped).toContainEqual(expect.objectContaining({ messageId: 'no body', why: 'malformed' }))
  })

  test('F-05: hands back only what another try within minutes may mend', async () => {
    const Records = [message('{"id":"shop"}', 'shop'), message('{"id":"blog"}', 'blog')]
    const longer = (text: string) =>
      text.replace('names: [shop.example,', 'names: [deep.one.shop.example, shop.example,')
    // A refusal is for a person to mend.
    await at.configure(longer)
    vi.stubEnv(SCALEWAY_TOKEN, 'canary-token-refused')
    expect(await worker({ Records }, plenty)).toEqual(done)
    vi.stubEnv(SCALEWAY_TOKEN, at.world.env[SCALEWAY_TOKEN])
    // A server that does not answer may be back soon.
    await at.configure((text) => longer(text).replaceAll(`localhost:${at.world.scaleway.port}`, 'localhost:1'))
    const nameless = { body: '{"id":"shop"}' }
    const answer = { batchItemFailures: [{ itemIdentifier: 'shop' }] }
    expect(await worker({ Records: [nameless, ...Records] }, plenty)).toEqual(answer)
  })

  test('keeps to the back-off after a failure, for nobody waits', async () => {
    const before = at.calls()
    await at.configure((text) =>
      text
        .replace('names: [shop.example,', 'names: [deep.one.shop.example, shop.example,')
        .replaceAll(`localhost:${at.world.scaleway.port}`, 'localhost:1'),
    )
    const lines = await logged(() => worker({ Records: [message('{"id":"shop"}')] }, plenty))
    expect(lines).toContainEqual(expect.objectContaining({ message: 'planned', reason: 'back-off' }))
    expect(at.calls()).toBe(before)
  })

  test('notifies of a certificate that has left the configuration and ends soon, and drops no message about it', async () => {
    await worker({ Records: [message('{"id":"blog"}')] }, plenty)
    const folder = join(at.folder, 'newleaf/state/certificate/blog')
    const files = await readdir(folder)
    const newest = join(folder, `@${Math.max(...files.map((name) => Number(/\d+/.exec(name)?.[0] ?? 0)))}.json`)
    const document = JSON.parse(await readFile(newest, 'utf8'))
    const ended = { ...document, current: { ...document.current, notAfter: new Date().toISOString() } }
    await writeFile(newest, JSON.stringify(ended))
    await at.configure((text) => text.slice(0, text.indexOf('  blog:')))
    const lines = await logged(async () =>
      expect(await worker({ Records: [message('{"id":"blog"}')] }, plenty)).toEqual(done),
    )
    expect(lines.map((line) => [line.message, line.certificate, line.code])).toEqual([
      ['what has left the configuration ends', 'blog', 'UNCONFIGURED_EXPIRED'],
    ])
  })

  test('F-05: without a configuration hands nothing back: the schedule sends it again', async () => {
    await at.configure(() => 'environment: [')
    expect(await worker({ Records: [message('{"id":"shop"}')] }, plenty)).toEqual(done)
  })
})
