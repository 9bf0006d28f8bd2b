import { describe, expect, test } from 'vitest'
import { addCertificate } from '../../sandbox/scaleway/objects.ts'
import { answers, bindAt, first, openedScaleway } from '../support/practice-scaleway.ts'

/** What a list says of one certificate, without what is the same for all. */
const shown = ({ name, managed, covers, bound }: Awaited<ReturnType<typeof listed>>['held'][number]) => ({
  name,
  managed,
  covers,
  bound,
})

async function listed(opened: Awaited<ReturnType<typeof openedScaleway>>) {
  const { certificates } = await opened.balancer.list(opened.listener)
  return { held: certificates }
}

describe('the list of a load balancer', () => {
  test('tells which are ours, where each is served, and for which of its names it comes first', async () => {
    const opened = await openedScaleway()
    const { balancer, listener, version, bare } = opened
    const [old, one, blog] = [await version(), await version(), await version('blog', ['blog.example'])]
    for (const each of [old, one, blog]) await balancer.swap(listener, each)
    await balancer.attachFirst(await bare(), one)
    const { held } = await listed(opened)
    const shop = ['shop.example', '*.shop.example']
    expect(held.map(shown)).toEqual([
      { name: 'placeholder', managed: false, covers: shop, bound: [{ listener: 'https', effectiveFor: [] }] },
      {
        name: 'partner',
        managed: false,
        covers: ['partner.example'],
        bound: [{ listener: 'https', effectiveFor: ['partner.example'] }],
      },
      { name: old.name, managed: true, covers: shop, bound: [] },
      {
        name: one.name,
        managed: true,
        covers: shop,
        bound: [
          { listener: 'https', effectiveFor: shop },
          { listener: 'bare', effectiveFor: shop },
        ],
      },
      {
        name: blog.name,
        managed: true,
        covers: ['blog.example'],
        bound: [{ listener: 'https', effectiveFor: ['blog.example'] }],
      },
    ])
    expect(held.every(({ loadBalancer }) => loadBalancer === 'edge')).toBe(true)
    expect(held.find(({ name }) => name === one.name)?.notAfter).toEqual(one.certificate.notAfter)
  })

  test('shows an expired one that stands first, as Scaleway serves it', async () => {
    const opened = await openedScaleway()
    const { practice, balancer, listener, version, frontend, state } = opened
    const one = await version()
    await balancer.swap(listener, one)
    frontend.certificate_ids.reverse()
    const ended = { not_valid_after: '2024-01-01T00:00:00Z' }
    practice.tap = answers('GET', /certificates$/, (body) => ({
      ...body,
      certificates: (body.certificates as { name: string }[]).map((each) =>
        each.name === 'placeholder' ? { ...each, ...ended } : each,
      ),
    }))
    const { held } = await listed(opened)
    expect(held.find(({ name }) => name === 'placeholder')).toMatchObject({
      notAfter: new Date(ended.not_valid_after),
      bound: [{ listener: 'https', effectiveFor: ['shop.example', '*.shop.example'] }],
    })
    expect(held.find(({ name }) => name === one.name)?.bound).toEqual([{ listener: 'https', effectiveFor: [] }])
    expect(state.frontends).toHaveLength(1)
  })

  test('counts a wildcard before a name as first for that name, and not the other way round', async () => {
    const opened = await openedScaleway()
    const { version, state, lb, frontend } = opened
    const add = async (name: string, ...names: string[]) => {
      const { chainPem, privateKeyPem } = (await version('x', names)).certificate
      return addCertificate(state, lb, { name, chainPem, privateKeyPem: privateKeyPem.reveal() }).id
    }
    const [wide, exact, late] = [
      await add('wide', '*.a.example'),
      await add('exact', 'b.a.example'),
      await add('late', '*.a.example'),
    ]
    for (const id of [exact, wide, late]) bindAt(frontend, id, 9)
    const effectiveFor = async () =>
      Object.fromEntries(
        (await listed(opened)).held.map(({ name, bound }) => [name, bound.flatMap((each) => each.effectiveFor)]),
      )
    expect(await effectiveFor()).toMatchObject({ exact: ['b.a.example'], wide: ['*.a.example'], late: [] })
    frontend.certificate_ids = [wide, exact]
    expect(await effectiveFor()).toMatchObject({ exact: [], wide: ['*.a.example'] })
  })

  test.each(['letsencrypt', 'letsencryt'])(
    'holds those of the type %s as foreign, and as without an end until there is one',
    async (type) => {
      const opened = await openedScaleway()
      const { practice, balancer, listener, version } = opened
      const one = await version()
      await balancer.swap(listener, one)
      practice.tap = answers('GET', /certificates$/, (body) => ({
        ...body,
        certificates: (body.certificates as object[]).map((each) => ({
          ...each,
          type,
          status: 'pending',
          not_valid_after: '0001-01-01T00:00:00Z',
          subject_alternative_name: null,
        })),
      }))
      const { held } = await listed(opened)
      expect(held).toHaveLength(3)
      expect(held.every(({ managed, notAfter }) => managed === false && notAfter === undefined)).toBe(true)
      expect(held.map(({ covers }) => covers)).toContainEqual(['shop.example'])
    },
  )

  test('is told for a load balancer whose frontend is gone, and how many it may hold', async () => {
    const { balancer, lb } = await openedScaleway()
    const { certificates, limit } = await balancer.list({ loadBalancer: lb.id, frontend: 'gone' })
    expect(first(certificates)).toMatchObject({ name: 'placeholder', managed: false })
    expect(limit).toBe(200)
  })
})
