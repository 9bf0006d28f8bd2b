import { describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { failure } from '../support/failure.ts'
import { bindAt, openedScaleway } from '../support/practice-scaleway.ts'

const QUOTA = 200
/** Names of ours, all of them versions of other certificates. */
const versionOf = (id: string, number: number) => `newleaf-test-${id}-${`${number}`.padStart(16, '0')}`

/** A load balancer that is full: of these, and of certificates that others put there after them. */
async function full(...names: string[]) {
  const all = await openedScaleway()
  const { state, lb, version } = all
  const { chainPem, privateKeyPem } = (await version('filler', ['filler.example'])).certificate
  const add = (name: string) => addCertificate(state, lb, { name, chainPem, privateKeyPem: privateKeyPem.reveal() })
  const given = names.map(add)
  while (state.certificates.length < QUOTA) add(`theirs-${state.certificates.length}`)
  const held = () => state.certificates.map(({ name }) => name)
  const missing = (before: readonly string[]) => before.filter((name) => !held().includes(name))
  return { ...all, given, held, missing }
}

describe('a full load balancer', () => {
  test.each([
    ['ours that nobody needs', [versionOf('blog', 1), versionOf('blog', 2), versionOf('blog', 3)], [], 2],
    ['those that the caller keeps', [versionOf('blog', 1), versionOf('blog', 2)], [versionOf('blog', 1)], 0],
    ['foreign ones alone', [], [], 0],
  ])('is known by a look, before anything is uploaded: it holds %s', async (_title, names, keep, room) => {
    const { balancer, listener, changes } = await full(...names)
    const view = await balancer.inspect(listener, undefined, keep)
    expect(view.quota).toEqual({ held: QUOTA, limit: QUOTA, room })
    expect(view.managed).toEqual(names)
    expect(changes()).toBe(0)
  })

  test('F-7A loses the oldest of our certificates that nobody needs, and no other', async () => {
    const names = [versionOf('blog', 1), versionOf('blog', 2), versionOf('blog', 3)]
    const { balancer, listener, version, held, missing, log } = await full(...names)
    const before = held()
    const one = await version()
    await balancer.swap(listener, one)
    expect(missing(before)).toEqual([versionOf('blog', 1)])
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: true })
    expect(log).toMatchObject([{ level: 'info', fields: { name: versionOf('blog', 1) } }])
  })

  test.each([
    ['a foreign one', ['partner-2'], []],
    [
      'one of another installation',
      ['newleaf-elsewhere-blog-0000000000000001', 'newleaf-elsewhere-blog-0000000000000002'],
      [],
    ],
    ['the newest unbound version of a certificate', [versionOf('blog', 1)], []],
    ['one that the caller keeps', [versionOf('blog', 1), versionOf('blog', 2)], [versionOf('blog', 1)]],
  ])(
    'F-7A does not lose %s: it takes no further one, and the message tells the numbers',
    async (_title, names, keep) => {
      const { balancer, listener, version, changes } = await full(...names)
      const refused = await failure(balancer.swap(listener, await version(), keep))
      expect(refused).toMatchObject({ code: 'TARGET_FULL', retry: 'never', fields: { count: QUOTA, limit: QUOTA } })
      expect(changes()).toBe(0)
    },
  )

  test('F-7A does not lose what any of its frontends uses', async () => {
    const names = [versionOf('blog', 1), versionOf('blog', 2), versionOf('blog', 3)]
    const { balancer, listener, version, frontend, given, held, missing } = await full(...names)
    bindAt(frontend, given[0]?.id ?? '', 9)
    const before = held()
    await balancer.swap(listener, await version())
    expect(missing(before)).toEqual([versionOf('blog', 2)])
  })

  test('F-7A loses the second object of a name that is in use, which a lost answer has left', async () => {
    const { balancer, listener, version, frontend, given, state } = await full(
      versionOf('blog', 1),
      versionOf('blog', 1),
    )
    const [twin, used] = given
    bindAt(frontend, used?.id ?? '', 9)
    await balancer.swap(listener, await version())
    const left = state.certificates.map(({ id }) => id)
    expect([left.includes(twin?.id ?? ''), left.includes(used?.id ?? '')]).toEqual([false, true])
  })

  test('F-7A goes on to the next one where the oldest cannot be deleted', async () => {
    const names = [versionOf('blog', 1), versionOf('blog', 2), versionOf('blog', 3)]
    const { balancer, listener, version, held, missing, fault } = await full(...names)
    const before = held()
    fault({ method: 'DELETE', path: /./, how: 'status', status: 400, body: { message: 'it is used' } })
    await balancer.swap(listener, await version())
    expect(missing(before)).toEqual([versionOf('blog', 2)])
  })

  test('that has the certificate already needs no room', async () => {
    const { balancer, listener, version, state, objects, frontend, changes } = await full()
    state.certificates.pop()
    const one = await version()
    await balancer.swap(listener, one)
    frontend.certificate_ids.shift()
    const before = changes()
    await balancer.swap(listener, one)
    expect([changes() - before, await objects()]).toEqual([1, [one.name]])
  })
})

describe('a limit that the API itself reports', () => {
  const quota = {
    status: 403,
    body: { type: 'quotas_exceeded', message: 'quota exceeded(s)', details: [{ quota: 5 }] },
  }

  test('makes room in the same way, however few there are', async () => {
    const { balancer, listener, version, objects, fault } = await openedScaleway()
    const [old, previous, one] = [await version(), await version(), await version()]
    for (const each of [old, previous, one]) await balancer.swap(listener, each)
    fault({ method: 'POST', path: /./, how: 'status', ...quota })
    const next = await version()
    await balancer.swap(listener, next)
    expect(await objects()).toEqual([previous.name, one.name, next.name])
  })

  test('is told as such when nothing can be spared', async () => {
    const { balancer, listener, version, fault } = await openedScaleway()
    fault({ method: 'POST', path: /./, how: 'status', ...quota })
    expect(await failure(balancer.swap(listener, await version()))).toMatchObject({ code: 'TARGET_FULL' })
  })
})
