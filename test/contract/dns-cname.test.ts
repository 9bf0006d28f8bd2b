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
