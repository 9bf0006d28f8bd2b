import { afterEach, describe, expect, test } from 'vitest'
import { closeServers, NAME, dnsWorld as world, ZONE } from '../support/dns-world.ts'

afterEach(closeServers)

/** `sees`: what the solver makes of the names of the zone when these CNAMEs stand in it. */
async function locating(cnames: Readonly<Record<string, string>>, domain = ZONE) {
  const { solver, zones } = await world()
  for (const [name, data] of Object.entries(cnames)) zones.addRecord({ name, type: 'CNAME', data })
  zones.addRecord({ name: 'lb.delegate.test', type: 'A', data: '192.0.2.1' })
  return solver.locate([domain])
}

const www = `www.${ZONE}`

describe('F-29: CNAMEs', () => {
  test.each([
    ['a host in a zone of ours', 'lb.delegate.test'],
    ['a host elsewhere', 'lb.elsewhere.example'],
    ['a name that is not there', 'nothing.delegate.test'],
    ['the top of a zone', 'delegate.test'],
  ])('a name that leads to %s lies in the zone above it', async (_, target) => {
    const place = { name: `_acme-challenge.${www}`, zone: ZONE }
    expect(await locating({ [www]: target }, www)).toMatchObject([place])
  })

  test('a chain of them is followed to its end, where the value is written', async () => {
    const chain = {
      [NAME]: `one.${ZONE}`,
      [`one.${ZONE}`]: 'two.delegate.test',
      'two.delegate.test': 'three.delegate.test',
    }
    expect(await locating(chain)).toMatchObject([{ name: 'three.delegate.test', zone: 'delegate.test' }])
  })

  test.each([
    ['into a circle', `a.${ZONE}`, { [`a.${ZONE}`]: NAME }, 'DNS_CNAME_LOOP'],
    ['to itself', NAME, {}, 'DNS_CNAME_LOOP'],
    ['to a zone that no provider of ours holds', 'shop.elsewhere.example', {}, 'DNS_LOOKUP_FAILED'],
  ])('one that leads %s is refused, and the name is told', async (_, target, more, code) => {
    await expect(locating({ [NAME]: target, ...more })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/example/),
    })
  })
})

describe('a CNAME of a wildcard is no delegation', () => {
  const at = (domain: string) => ({ name: `_acme-challenge.${domain}`, zone: ZONE })

  test.each([
    ['in a zone of nobody here', ZONE, 'edge.cdn.example', {}],
    ['in another zone of ours', www, 'lb.delegate.test', {}],
    ['in the same zone', www, `lb.${ZONE}`, { [`lb.${ZONE}`]: 'lb.delegate.test' }],
    ['for a name several labels below it', `one.two.three.${ZONE}`, 'edge.cdn.example', {}],
  ])('that leads to a host %s', async (_, domain, target, more) => {
    expect(await locating({ [`*.${ZONE}`]: target, ...more }, domain)).toMatchObject([at(domain)])
  })

  test('where a wildcard stands lower than the zone', async () => {
    expect(await locating({ [`*.eu.${ZONE}`]: 'edge.cdn.example' }, `eu.${ZONE}`)).toMatchObject([at(`eu.${ZONE}`)])
  })

  test('at the end of a CNAME that is one: the value belongs where that leads', async () => {
    const { solver, zones } = await world()
    zones.addRecord({ name: NAME, type: 'CNAME', data: 'shop.delegate.test' })
    zones.addRecord({ name: '*.delegate.test', type: 'CNAME', data: 'edge.cdn.example' })
    const end = { name: 'shop.delegate.test', zone: 'delegate.test' }
    await expect(solver.locate([ZONE])).resolves.toMatchObject([end])
  })

  test.each([
    ['elsewhere', 'edge.cdn.example'],
    ['to the same host', 'challenges.delegate.test'],
  ])(
    'and one that stands at the challenge’s name itself is one, beside a wildcard that leads %s',
    async (_, target) => {
      const cnames = { [`*.${ZONE}`]: target, [NAME]: 'challenges.delegate.test' }
      const end = { name: 'challenges.delegate.test', zone: 'delegate.test' }
      expect(await locating(cnames)).toMatchObject([end])
    },
  )

  test('the value is written there, and shown in the place of the wildcard', async () => {
    const { solver, zones, txt } = await world()
    zones.addRecord({ name: `*.${ZONE}`, type: 'CNAME', data: 'edge.cdn.example' })
    const [found] = await solver.locate([ZONE])
    const { name = '', zone = '', provider = '' } = found ?? {}
    await solver.present([{ name, zone, provider, value: 'one' }])
    expect(txt(NAME)).toEqual(['one'])
  })
})
