import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SCALEWAY_TOKEN } from '../../sandbox/configuration.ts'
import { startWorld, type World } from '../../sandbox/world.ts'
import { newleaf } from '../support/terminal.ts'

let folder: string
let world: World

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-attended-'))
  world = await startWorld({ folder, fresh: true })
  // The DNS provider has a token of its own, so that it alone can be wrong.
  const text = await readFile(world.configuration, 'utf8')
  const own = text.replace(
    `zones: [shop.example]\n    options: { token: env:${SCALEWAY_TOKEN}`,
    'zones: [shop.example]\n    options: { token: env:DNS_TOKEN',
  )
  expect(own).not.toBe(text)
  await writeFile(world.configuration, own)
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (token: string, ...args: string[]) =>
  newleaf([...args, '--config', world.configuration], { env: { ...world.env, DNS_TOKEN: token } })

test('whoever types renew is not told to wait, and a cron is until the token is another one', async () => {
  const right = world.env[SCALEWAY_TOKEN] ?? ''
  const refused = { code: 1, stdout: expect.stringContaining('DENIED') }
  expect(await run('canary-wrong', 'renew')).toMatchObject(refused)

  const cron = await run('canary-wrong', 'renew', '--unattended')
  expect(cron).toMatchObject({ code: 1, stdout: expect.stringContaining('newleaf renew') })
  expect(await run('canary-wrong', 'plan', '--unattended')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('newleaf does not try again by itself until'),
  })
  expect(await run('canary-wrong', 'renew')).toMatchObject(refused)
  expect(world.ca.ledger.certificates.map(({ names }) => names)).not.toContainEqual(['*.shop.example', 'shop.example'])

  expect(await run(right, 'plan')).toMatchObject({ code: 0, stdout: expect.stringContaining('shop  issue (absent)') })
  expect(await run(right, 'plan', '--unattended')).toMatchObject({
    stdout: expect.stringContaining('shop  issue (absent)'),
  })
  expect(await run(right, 'renew', '--unattended')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 of 2 OK'),
  })
})
