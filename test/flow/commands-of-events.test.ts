import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { handler as renew } from '../../handlers/renew.ts'
import { handle as atScaleway } from '../../handlers/scaleway.ts'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { type FunctionWorld, functionWorld, plenty } from '../support/function-world.ts'
import { type Inbox, openInbox } from '../support/https-inbox.ts'
import { described, undescribed } from '../support/json-docs.ts'

let at: FunctionWorld
let inbox: Inbox
const event = async (name: string) => JSON.parse(await readFile(`events/${name}.json`, 'utf8'))
const answered = async (payload: unknown) => JSON.parse(JSON.stringify(await renew(payload, plenty)))

beforeAll(async () => {
  at = await functionWorld()
  inbox = await openInbox()
  expect(await renew({}, plenty)).toMatchObject({ ok: true })
})
afterAll(async () => {
  await inbox.close()
  await at.close()
})

describe('an event names what the command line can do as well', () => {
  test('deploy brings what is current to its targets again, and orders nothing', async () => {
    const before = at.issued()
    const answer = await answered(await event('deploy'))
    expect(answer).toMatchObject({
      ok: true,
      certificates: [{ id: 'shop', result: 'deployed', action: 'deploy', reason: 'requested' }],
    })
    expect(at.issued()).toBe(before)
    expect(undescribed(answer, 'run', described())).toEqual([])
  })

  test('status answers what every address serves, by handshakes from the function', async () => {
    const answer = await answered({ ...(await event('status')), events: true })
    expect(answer).toMatchObject({
      ok: true,
      certificates: [
        { id: 'shop', targets: { 'fr/edge/https': { addresses: [{ shows: 'current' }, { shows: 'current' }] } } },
        { id: 'blog' },
      ],
    })
    expect(answer.certificates[0].events.length).toBeGreaterThan(0)
    expect(undescribed(answer, 'observed', described())).toEqual([])
  })

  test('list answers what the balancers hold', async () => {
    const answer = await answered(await event('list'))
    expect(answer).toMatchObject({ ok: true, balancers: [{ balancer: 'fr' }, { balancer: 'us' }] })
    expect(answer.balancers[0].held.length).toBeGreaterThan(0)
    expect(undescribed(answer, 'list', described())).toEqual([])
  })

  test('notify sends a test to every notifier, and says which took it', async () => {
    await writeFile(join(at.folder, 'inbox.pem'), inbox.caCertificate)
    vi.stubEnv('PAGER', `${inbox.url}/services/ops`)
    const ops = `ops: { use: slack, options: { url: env:PAGER, caCertificate: inbox.pem } }`
    await at.configure((text) => `${text}\nnotify:\n  ${ops}\n`)
    const answer = await answered(await event('notify'))
    await at.configure()
    expect(answer).toMatchObject({ ok: true, notifiers: [{ name: 'ops', sent: true }] })
    expect(inbox.letters.map(({ body }) => body)).toEqual([expect.stringContaining('a test')])
    expect(undescribed(answer, 'notify', described())).toEqual([])
  })

  test('force and only order one certificate, and no other', async () => {
    const before = at.issued()
    expect(await renew(await event('force-one'), plenty)).toMatchObject({
      certificates: [{ id: 'shop', result: 'renewed' }],
    })
    expect(at.issued()).toBe(before + 1)
  })

  test('prune and delete remove what nobody uses at the balancers that are named, and ask nobody', async () => {
    const { scaleway } = at.world.memory
    const names = () => scaleway.certificates.map(({ name }) => name)
    const bound = names()
    for (const name of ['old-shop', 'newleaf-sandbox-gone-0123456789abcdef']) {
      const [lb] = scaleway.lbs
      const [{ chainPem = '', privateKeyPem = '' } = {}] = scaleway.certificates
      if (lb) addCertificate(scaleway, lb, { name, chainPem, privateKeyPem })
    }

    const dryRun = await answered(await event('delete'))
    expect(dryRun).toMatchObject({ ok: true, dryRun: true, certificates: [{ name: 'old-shop', deleted: false }] })
    expect(
      await answered({ ...(await event('delete')), names: ['old-shop', bound.at(-1)], dryRun: false }),
    ).toMatchObject({
      ok: false,
      certificates: [{ deleted: false }, { deleted: false, reason: expect.stringContaining('bound') }],
    })
    expect(names()).toHaveLength(bound.length + 2)

    const deleted = await answered({ ...(await event('delete')), dryRun: false })
    expect(deleted).toMatchObject({ ok: true, balancer: 'fr', certificates: [{ name: 'old-shop', deleted: true }] })
    expect(undescribed(deleted, 'delete', described())).toEqual([])
    const pruned = await answered(await event('prune'))
    expect(pruned).toMatchObject({ ok: true, balancers: [{ deleted: ['newleaf-sandbox-gone-0123456789abcdef'] }] })
    expect(undescribed(pruned, 'prune', described())).toEqual([])
    expect(names()).toEqual(bound)
  })

  test('of the function at Scaleway as well', async () => {
    const call = { httpMethod: 'POST', body: JSON.stringify(await event('list')), isBase64Encoded: false }
    const { statusCode, body } = await atScaleway(call)
    expect(statusCode).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ ok: true, balancers: [{ balancer: 'fr' }, { balancer: 'us' }] })
  })
})

describe('an event that is refused', () => {
  test.each<[payload: object, says: string]>([
    [{ force: 'yes' }, '"force": expected true or false'],
    [{ only: 'shop' }, '"only": expected a list of names'],
    [{ only: ['shop', 7] }, '"only.1": expected a name'],
    [{ frce: true }, '"frce": renew has no such field; it has command, only, force, dryRun'],
    [{ command: 'lst' }, '"command": expected one of renew, deploy, status, list, notify, prune, delete'],
    [{ command: 'prune' }, '"balancers": expected a list of names'],
    [{ command: 'delete', balancer: 'fr' }, '"names": expected a list of names'],
    [{ command: 'delete', balancer: 'fr', names: [] }, '"names": expected a list of names'],
    [{ command: 'delete', names: ['old'] }, '"balancer": expected a name'],
    [{ command: 'list', force: true }, '"force": list has no such field; it has command, only'],
    [{ command: 'notify' }, '"test": expected true'],
    [[], 'expected an object'],
  ])('%j says which field was wrong', async (payload, says) => {
    const answer = await answered(payload)
    expect(answer).toMatchObject({ ok: false, error: { code: 'EVENT_INVALID' } })
    expect(answer.error.message).toContain(says)
  })
})
