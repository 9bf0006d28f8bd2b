import { existsSync, readdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { handler as byHand } from '../../handlers/renew.ts'
import { commandOf } from '../../handlers/request.ts'
import { handle as atScaleway } from '../../handlers/scaleway.ts'
import { handler as status } from '../../handlers/status.ts'
import { handler as worker } from '../../handlers/worker.ts'
import { changed } from '../support/config-text.ts'
import { cut, cuts, mutated, mutations } from '../support/damage.ts'
import { accepted, fuzz, shown } from '../support/fuzz.ts'
import { hostileJson, hostileText } from '../support/hostile.ts'
import { practiceFolder } from '../support/practice-world.ts'

const folder = practiceFolder()
const stores = join(folder.path, 'stores')
const plenty = { getRemainingTimeInMillis: () => 900_000 }

/** What the functions write, and nothing else does. */
const written: string[] = []
const stdout = process.stdout.write.bind(process.stdout)

/** Whoever opens anything of this configuration leaves a folder behind. */
beforeAll(async () => {
  const path = join(folder.path, 'newleaf.json')
  const at = (name: string) => ({ use: 'file', options: { folder: join(stores, name) } })
  await writeFile(path, changed({ state: at('state'), secrets: at('secrets') }))
  vi.stubEnv('NEWLEAF_CONFIG', path)
  process.stdout.write = ((text: string) => written.push(text) > 0) as typeof process.stdout.write
})
afterAll(() => {
  process.stdout.write = stdout
  vi.unstubAllEnvs()
  folder.remove()
})

/** Each record is one line of JSON, whatever an event had a part in (F-8A). */
function logged(): Record<string, unknown>[] {
  return written.splice(0).flatMap((text) => {
    expect(text.endsWith('\n') && !text.slice(0, -1).includes('\n')).toBe(true)
    shown(text.slice(0, 1_999).trimEnd())
    return [JSON.parse(text) as Record<string, unknown>]
  })
}

/** `butRead` was at most read: its folder is there, and is empty. */
function nothingOpened(butRead?: string): void {
  const opened = filesIn(stores).some((each) => each !== butRead)
  rmSync(stores, { recursive: true, force: true }) // so that every case finds the same
  if (opened) written.length = 0
  expect(opened).toBe(false)
}

const filesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []

const asked = { only: ['shop'], force: true, dryRun: true }
const FIELDS = [...Object.keys(asked), 'command']
const event = fc.oneof(
  { weight: 3, arbitrary: mutations(3).map((changes) => mutated(asked, changes)) },
  { weight: 1, arbitrary: hostileJson },
)

describe('F-85: an event', () => {
  fuzz('names certificates, force and a dry run, or is refused', event, async (payload) => {
    const command = await accepted(() => commandOf(payload))
    if (command === undefined) return
    expect(Object.keys(payload as object).every((field) => FIELDS.includes(field))).toBe(true)
    if (command.command !== 'run') throw new Error('another command than was asked for')
    const { request } = command
    expect(request.only?.every((id) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) ?? true).toBe(true)
    expect([typeof request.force, typeof request.dryRun]).toEqual(['boolean', 'boolean'])
  })

  fuzz(
    'that is refused starts nothing, and is answered',
    event,
    async (payload) => {
      if (!isRefused(payload)) return
      expect(await byHand(payload, plenty)).toMatchObject({ ok: false, error: { code: 'EVENT_INVALID' } })
      expect(logged().map(({ code }) => code)).toEqual(['EVENT_INVALID'])
      nothingOpened()
    },
    { share: 1 / 2 },
  )

  const call = { httpMethod: 'POST', body: JSON.stringify(asked), isBase64Encoded: false, headers: {}, path: '/' }
  const encoded = { ...call, body: Buffer.from(call.body).toString('base64'), isBase64Encoded: true }
  const texts = fc.tuple(cuts(3), fc.boolean()).map(([changes, isBase64Encoded]) => {
    const body = cut(JSON.stringify(asked), changes)
    return { ...call, isBase64Encoded, body: isBase64Encoded ? Buffer.from(body).toString('base64') : body }
  })
  const calls = fc.oneof(
    fc.tuple(fc.constantFrom(call, encoded), mutations(3)).map(([sound, changes]) => mutated(sound, changes)),
    texts,
  )
  fuzz(
    'of an HTTP call that is refused starts nothing, and is answered with its status',
    calls,
    async (payload) => {
      if (!isRefusedCall(payload)) return
      const { statusCode, body } = await atScaleway(payload)
      nothingOpened()
      expect([statusCode, JSON.parse(body)]).toMatchObject([400, { ok: false, error: { code: 'EVENT_INVALID' } }])
      expect(logged().map(({ code }) => code)).toEqual(['EVENT_INVALID'])
    },
    { share: 1 / 2 },
  )
})

const isRefused = (payload: unknown): boolean => {
  try {
    commandOf(payload)
    return false
  } catch {
    return true
  }
}

/** By the words of the documentation: a POST whose body is nothing, or an event, perhaps in base64. */
function isRefusedCall(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return true
  const { httpMethod = 'POST', body, isBase64Encoded } = payload as Record<string, unknown>
  if (httpMethod !== 'POST') return true
  if ((body ?? '') !== '' && typeof body !== 'string') return true
  const text = typeof body === 'string' ? body : ''
  const readings = isBase64Encoded === true ? [text, Buffer.from(text, 'base64').toString('utf8')] : [text]
  return !readings.some((each) => {
    if (each.trim() === '') return true
    try {
      return !isRefused(JSON.parse(each))
    } catch {
      return false
    }
  })
}

describe('F-85: a message of the queue', () => {
  const record = (body: string) => ({
    messageId: 'a1b2',
    receiptHandle: 'x',
    body,
    attributes: {},
    eventSource: 'aws:sqs',
  })
  const batch = { Records: [record('{"id":"other"}'), record('{"id":"elsewhere"}')] }
  const batches = fc.oneof(
    mutations(4).map((changes) => mutated(batch, changes)),
    fc
      .array(
        fc.oneof(
          hostileText,
          hostileJson.map((each) => JSON.stringify(each) ?? ''),
        ),
      )
      .map((bodies) => ({
        Records: bodies.map(record),
      })),
  )
  fuzz(
    'that names no certificate of ours starts nothing, reads at most the state, and does not come back',
    batches,
    async (payload) => {
      if (JSON.stringify(payload)?.includes('shop')) return
      expect(await worker(payload, plenty)).toEqual({ batchItemFailures: [] })
      expect(logged().every(({ message }) => message === 'message dropped')).toBe(true)
      nothingOpened('state')
    },
    { share: 1 / 2 },
  )
})

describe('F-85: a question for the status', () => {
  const http = { requestContext: { http: { method: 'POST', path: '/' } }, rawPath: '/', headers: {}, body: '' }
  fuzz(
    'that is no GET reads nothing',
    mutations(3),
    async (changes) => {
      const payload = mutated(http, changes) as typeof http | null
      const method = (payload as Partial<typeof http> | null)?.requestContext?.http?.method
      if (typeof method !== 'string' || method === 'GET') return
      expect(await status(payload, plenty)).toMatchObject({ statusCode: 405 })
      nothingOpened()
    },
    { share: 1 / 2 },
  )
})
