import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { leaksIn } from '../support/leaks.ts'
import { issue, practiceWorld } from '../support/practice-world.ts'
import { newleaf, type TerminalOptions } from '../support/terminal.ts'

let practice: Awaited<ReturnType<typeof practiceWorld>>
let printed = ''

beforeAll(async () => {
  practice = await practiceWorld()
  await run('renew')
})
afterAll(async () => {
  await practice.close()
  expect(leaksIn(printed)).toEqual([])
})

async function run(...args: string[]) {
  return runAt({}, ...args)
}
async function runAt(options: TerminalOptions, ...args: string[]) {
  const { world } = practice
  const result = await newleaf([...args, '--config', world.configuration], { env: world.env, ...options })
  printed += result.stdout + result.stderr
  return result
}
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
const names = () => practice.world.memory.scaleway.certificates.map(({ name }) => name)

async function add(name: string) {
  const [theLb] = practice.world.memory.scaleway.lbs
  if (theLb === undefined) throw new Error('the world is not furnished')
  const one = await issue(practice.issuer, 'ecdsa-p256', ['old.example'])
  return addCertificate(practice.world.memory.scaleway, theLb, { name, ...one }).id
}

const MADE = ['holiday', 'newleaf-prod-shop-0123456789abcdef', 'newleaf-sandbox-gone-0123456789abcdef']

/** What earlier tests have left is no part of the next. */
beforeEach(async () => {
  const { certificates } = practice.world.memory.scaleway
  const kept = certificates.filter(({ name }) => !MADE.includes(name))
  certificates.splice(0, certificates.length, ...kept)
  for (const name of MADE) await add(name)
})

describe('newleaf delete', () => {
  test('deletes what is named and no listener uses, whoever has made it, and nothing else', async () => {
    const before = names()
    const document = await json('delete', 'fr', ...MADE, '--yes')
    expect(document).toMatchObject({ ok: true, dryRun: false, balancer: 'fr' })
    expect(document.certificates).toEqual(
      MADE.map((name) => ({ name, id: expect.any(String), loadBalancer: 'edge', deleted: true })),
    )
    expect(names()).toEqual(before.filter((name) => !MADE.includes(name)))
  })

  test('with --dry-run says what would go, asks nobody, and deletes nothing', async () => {
    const before = names()
    const { code, stdout } = await run('delete', 'fr', 'holiday', '--dry-run')
    expect([code, stdout]).toEqual([0, 'fr\n  holiday\n    would be deleted\n'])
    expect(names()).toEqual(before)
  })

  test('shows what it is about to delete, and does so only after a yes', async () => {
    const before = names()
    for (const typed of ['\n', 'n\n']) {
      const { code, stdout, stderr } = await runAt({ typed }, 'delete', 'fr', 'holiday')
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/ {2}holiday\n {4}at edge, foreign, valid until [\d-]{10}\n {4}names: old\.example\n/)
      expect(stderr).toContain('Delete this certificate at fr for good? [y/N] Nothing was changed.\n')
    }
    expect(names()).toEqual(before)
    const { code, stdout } = await runAt({ typed: 'y\n' }, 'delete', 'fr', 'holiday')
    expect([code, stdout]).toEqual([0, 'fr\n  holiday\n    deleted\n'])
    expect(names()).not.toContain('holiday')
  })

  test('where nobody can be asked deletes nothing without --yes', async () => {
    const before = names()
    const { code, stderr } = await run('delete', 'fr', 'holiday')
    expect([code, stderr]).toEqual([2, expect.stringContaining('say --yes')])
    expect(names()).toEqual(before)
  })

  test('refuses what is bound, what a state needs and what is not there, and then deletes none of the others', async () => {
    await run('renew', '--only', 'shop', '--force')
    const before = names()
    const superseded = practice.world.memory.scaleway.certificates.find(
      ({ id, name }) =>
        /^newleaf-sandbox-shop-/.test(name) &&
        !practice.world.memory.scaleway.frontends.some((frontend) => frontend.certificate_ids.includes(id)),
    )
    const { name: needed = '' } = superseded ?? {}
    const wanted = ['holiday', 'partner', needed, 'holidai']
    const document = await json('delete', 'fr', ...wanted, '--yes')
    expect(document).toMatchObject({
      ok: false,
      certificates: [
        { name: 'holiday', deleted: false },
        { name: 'partner', deleted: false, reason: 'it is bound: https' },
        { name: needed, deleted: false, reason: 'the certificate "shop" of the configuration needs it' },
        { name: 'holidai', deleted: false, reason: expect.stringContaining('did you mean holiday?') },
      ],
    })
    expect(document.certificates[0]).not.toHaveProperty('reason')
    for (const flag of ['--yes', '--dry-run']) {
      const { code, stdout } = await run('delete', 'fr', ...wanted, flag)
      expect(code).toBe(1)
      expect(stdout).toContain(
        `  holiday\n    ${flag === '--yes' ? 'not deleted: another one was refused' : 'would not be deleted: another one is refused'}\n`,
      )
      expect(stdout).toContain('  partner\n    not deleted: it is bound: https\n')
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    }
    expect(names()).toEqual(before)
  })

  test('of two with one name tells their ids, and deletes the one that is named by its id', async () => {
    const second = await add('holiday')
    const [first] = practice.world.memory.scaleway.certificates.filter(({ name }) => name === 'holiday')
    const { certificates } = await json('delete', 'fr', 'holiday', '--yes')
    expect(certificates).toEqual([
      {
        name: 'holiday',
        deleted: false,
        reason: `2 certificates are called so: name one by its id (${first?.id}, ${second})`,
      },
    ])
    expect(await json('delete', 'fr', second, second, '--yes')).toMatchObject({
      ok: true,
      certificates: [{ name: second, deleted: true }],
    })
    const left = practice.world.memory.scaleway.certificates.filter(({ name }) => name === 'holiday')
    expect(left.map(({ id }) => id)).toEqual([first?.id])
  })

  test('at a NodeBalancer refuses: there every certificate is bound', async () => {
    const { balancers } = await json('list', 'us')
    const [{ name, bound }] = balancers[0].held
    expect(await json('delete', 'us', name, '--yes')).toMatchObject({
      ok: false,
      certificates: [{ deleted: false, reason: `it is bound: ${bound[0].listener}` }],
    })
  })

  test.each([
    [['delete', 'fr'], 'expected `newleaf delete BALANCER NAME…`'],
    [['delete', 'frr', 'holiday'], '; did you mean fr?'],
  ])('%j is answered by what was expected', async (args, message) => {
    const { code, stderr } = await run(...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
