import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import * as v from 'valibot'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { driver } from '../../lib/dns/drivers/rfc2136/driver.ts'
import { readAnswer } from '../../lib/dns/drivers/rfc2136/message.ts'
import { create, KEY, type UpdateServer } from '../support/dns/rfc2136.ts'
import { at, token } from '../support/dns-vendors.ts'
import { answering, contextOver } from '../support/driver-context.ts'

const ours = at('_acme-challenge.shop', 'our-value_1')

let running: UpdateServer | undefined
afterEach(() => running?.close())
async function started(): Promise<UpdateServer> {
  running = await create()
  return running
}

function open(server: string, secret: string = KEY.secret) {
  const { context } = contextOver(
    answering(() => ({ status: 404 })),
    secret,
  )
  return driver.open({ server, keyName: KEY.name, key: token, algorithm: KEY.algorithm }, context)
}

test.each([
  ['nobody', undefined],
  ['somebody else', Buffer.from('another').toString('base64')],
])('a yes that is signed by %s is no yes', async (_who, secret) => {
  const server = await started()
  server.signWith(secret)
  await expect((await server.open()).addTxt(ours)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

test('a secret that is no base64 is a mistake in the configuration, and is not repeated', async () => {
  const error: unknown = await open('127.0.0.1:1', 'canary-token-*').catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(String(error)).not.toContain('canary')
})

/** A server that answers every message with these bytes, and closes. */
async function saying(bytes: Buffer): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([
  ['nothing', Buffer.alloc(0), 'UNREACHABLE'],
  ['the half of an answer', Buffer.from([0, 40, 1, 2]), 'UNREACHABLE'],
  ['an empty answer', Buffer.from([0, 0]), 'ANSWER_INVALID'],
  ['an answer to another question', Buffer.from([0, 12, 1, 2, 0xa8, 5, 0, 0, 0, 0, 0, 0, 0, 0]), 'ANSWER_INVALID'],
])('a server that says %s is one that failed', async (_what, bytes, code) => {
  await expect((await open(await saying(bytes))).addTxt(ours)).rejects.toMatchObject({ code })
})

test('a server that is not there is UNREACHABLE', async () => {
  await expect((await open('127.0.0.1:1')).addTxt(ours)).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('an answer that points outside itself is refused, whatever it says', () => {
  const header = Buffer.from([1, 2, 0xa8, 0, 0, 1, 0, 0, 0, 0, 0, 1])
  for (const rest of [[], [5], [0], [0, 0, 6, 0, 1], [0, 0, 6, 0, 1, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0xff, 0xff]]) {
    expect(() => readAnswer(Buffer.concat([header, Buffer.from(rest)]))).toThrow(
      expect.objectContaining({ code: 'ANSWER_INVALID' }),
    )
  }
})

test.each([
  ['ns1.example.net', true],
  ['192.0.2.1:5353', true],
  ['[2001:db8::1]:53', true],
  ['192.0.2.1:99999', false],
  ['2001:db8::1', false],
  ['https://ns1.example.net', false],
])('the server %s can be configured: %j', (server, can) => {
  expect(v.safeParse(driver.options, { server, keyName: 'newleaf', key: 'env:KEY' }).success).toBe(can)
})

test('hmac-sha256 is the algorithm that nobody needs to name, and hmac-md5 is none', () => {
  const given = { server: 'ns1.example.net', keyName: 'newleaf', key: 'env:KEY' }
  expect(v.parse(driver.options, given).algorithm).toBe('hmac-sha256')
  expect(v.safeParse(driver.options, { ...given, algorithm: 'hmac-md5' }).success).toBe(false)
})
