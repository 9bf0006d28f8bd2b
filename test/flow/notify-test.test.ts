import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changed } from '../support/config-text.ts'
import { type Inbox, openInbox } from '../support/https-inbox.ts'
import { temporaryFolder } from '../support/stores.ts'
import { newleaf } from '../support/terminal.ts'

let inbox: Inbox
let config: string
const removals: (() => Promise<void>)[] = []
const KEY = 'canary-token-webhook'

beforeAll(async () => {
  const folder = await temporaryFolder((remove) => removals.push(remove))
  inbox = await openInbox()
  config = join(folder, 'newleaf.yaml')
  await writeFile(join(folder, 'ca.pem'), inbox.caCertificate)
  const caCertificate = 'ca.pem'
  const notify = {
    ops: { use: 'slack', options: { url: 'env:SLACK', caCertificate } },
    pager: { use: 'webhook', options: { url: `${inbox.url}/pager`, secret: 'env:KEY', caCertificate } },
    lost: { use: 'webhook', options: { url: `${inbox.url}/lost`, secret: 'env:MISSING', caCertificate } },
  }
  await writeFile(config, changed({ notify }))
})
afterAll(async () => {
  await inbox.close()
  for (const remove of removals) await remove()
})

const notify = (...args: string[]) =>
  newleaf(['notify', ...args, '--config', config], { env: { SLACK: `${inbox.url}/services/${KEY}`, KEY } })

describe('newleaf notify --test', () => {
  test('sends a test to everybody, says how each came out, and fails if one did', async () => {
    const { code, stdout } = await notify('--test')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ops +sent$/m)
    expect(stdout).toMatch(/^pager +sent$/m)
    expect(stdout).toMatch(/^lost +REFERENCE_UNRESOLVED: env:MISSING cannot be resolved/m)
    expect(stdout.includes(KEY)).toBe(false)
    const texts = inbox.letters.map(({ body }) => JSON.parse(body))
    expect(texts).toHaveLength(2)
    expect(texts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'test', environment: 'prod', names: [], codes: [] }),
        expect.objectContaining({ text: expect.stringContaining('newleaf prod: a test') }),
      ]),
    )
  })

  test('sends it to one alone with --only, and tells it as JSON with --json', async () => {
    inbox.letters.length = 0
    const { code, stdout } = await notify('--test', '--only', 'pager', '--json')
    expect([code, JSON.parse(stdout)]).toEqual([0, { v: 1, ok: true, notifiers: [{ name: 'pager', sent: true }] }])
    expect(inbox.letters.map(({ path }) => path)).toEqual(['/pager'])
  })

  test('refuses a name that is not configured, and to send anything but a test', async () => {
    const unknown = await notify('--test', '--only', 'opps')
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'there is no notifier "opps" in the configuration; there are: ops, pager, lost; did you mean ops?\n',
    ])
    const nothing = await notify()
    expect(nothing.code).toBe(2)
    expect(nothing.stderr).toContain('say `notify --test`')
  })

  test('says so where nobody is told', async () => {
    await writeFile(`${config}.none`, changed({}))
    const { code, stderr } = await newleaf(['notify', '--test', '--config', `${config}.none`])
    expect(code).toBe(2)
    expect(stderr).toContain('there is no `notify` in the configuration')
  })
})
