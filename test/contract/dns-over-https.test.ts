import { afterEach, describe, expect, test } from 'vitest'
import { lookupAt } from '../../lib/dns/resolver.ts'
import { createSolver } from '../../lib/dns/solver.ts'
import { createHttp } from '../../lib/platform/http.ts'
import { createLog, silent } from '../../lib/platform/log.ts'
import { createZones } from '../../sandbox/dns/zones.ts'
import { createAuthority, serverCertificate } from '../../sandbox/pki.ts'
import { NAME, record, ZONE } from '../support/dns-world.ts'
import { startHttpsResolver } from '../support/https-resolver.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()))
})

/** Resolvers over HTTPS, and nothing at port 53; time passes by sleeping alone. */
async function cutOff(count: number) {
  let time = Date.parse('2026-11-22T06:00:00Z')
  const until = time + 3_600_000
  const clock = {
    now: () => new Date(time),
    sleep: async (milliseconds: number) => {
      time += milliseconds
    },
  }
  const zones = createZones()
  zones.addZone(ZONE)
  zones.addZone('delegate.test')
  const issuer = await createAuthority({ name: 'Practice' })
  const tls = await serverCertificate(issuer)
  const resolvers = await Promise.all(Array.from({ length: count }, () => startHttpsResolver(zones, tls)))
  const timeLeft = () => until - time
  const http = createHttp({ clock, timeLeft, caCertificate: issuer.rootPem, privateAddresses: 'allow' })
  ends.push(...resolvers.map(({ close }) => close), () => http.close())
  const provider = {
    addTxt: async (added: { readonly name: string; readonly value: string }) =>
      void zones.addRecord({ name: added.name, type: 'TXT', data: added.value }),
    removeTxt: async () => {},
  }
  const urls = resolvers.map(({ url }) => url)
  const common = { clock, log: createLog(silent, clock), random: () => 0.5, timeLeft, http }
  const solver = createSolver({ ...common, providers: { main: { provider } }, resolvers: urls })
  return { zones, resolvers, solver, lookup: lookupAt(urls, { http }) }
}

describe('DNS over HTTPS', () => {
  test('finds zones, CNAMEs, texts and addresses', async () => {
    const { zones, solver, lookup } = await cutOff(1)
    zones.addRecord({ name: NAME, type: 'CNAME', data: 'shop.delegate.test' })
    zones.addRecord({ name: `six.${ZONE}`, type: 'AAAA', data: '2001:db8::1' })
    zones.addRecord({ name: `text.${ZONE}`, type: 'TXT', data: 'ü'.repeat(200) })
    await expect(solver.locate([ZONE])).resolves.toMatchObject([{ name: 'shop.delegate.test', zone: 'delegate.test' }])
    expect(await lookup.addresses(`six.${ZONE}`)).toEqual({ values: ['2001:db8::1'], exists: true })
    expect((await lookup.txt(`text.${ZONE}`)).values).toEqual(['ü'.repeat(200)])
    expect(await lookup.txt(`none.${ZONE}`)).toEqual({ values: [], exists: false })
  })

  test('finds the CAA records that decide about a name', async () => {
    const { zones, solver } = await cutOff(2)
    zones.addRecord({ name: ZONE, type: 'CAA', data: '128 issue "ca.test; accounturi=https://ca.test/1"' })
    expect(await solver.caa(`a.b.${ZONE}`)).toEqual({
      ...{ name: ZONE, owner: ZONE },
      records: ['128 issue "ca.test; accounturi=https://ca.test/1"'],
    })
    expect(await solver.caa('www.delegate.test')).toBeUndefined()
  })

  test('asks of several resolvers one where a name leads to, and watches for its value at the others', async () => {
    const { resolvers, solver } = await cutOff(3)
    const [first, ...others] = resolvers
    await solver.locate([ZONE])
    expect(others.flatMap(({ asked }) => asked)).toEqual([])
    await solver.present([record('one')])
    expect(others.map(({ asked }) => asked)).toEqual([[`TXT ${NAME}`], [`TXT ${NAME}`]])
    expect(first?.asked).not.toContain(`TXT ${NAME}`)
  })

  test('waits as long as a single resolver remembers that the name is not there, and says so by its URL', async () => {
    const { resolvers, solver } = await cutOff(1)
    await solver.locate([ZONE])
    await expect(solver.present([record('one')])).rejects.toMatchObject({
      code: 'DNS_NOT_PROPAGATED',
      fields: { servers: [resolvers[0]?.url] },
    })
  })

  test.each([
    ['a page in the place of an answer', { status: 200, type: 'text/html', body: '<html>' }, /cannot be read/],
    ['an answer that is cut short', { status: 200, type: 'application/dns-message', body: 'x' }, /cannot be read/],
    ['a refusal', { status: 403, type: 'text/plain', body: 'no' }, /HTTP 403/],
  ])('takes %s for none, and asks the next resolver', async (_, says, why) => {
    const { resolvers, lookup } = await cutOff(2)
    for (const resolver of resolvers) resolver.says = says
    await expect(lookup.ns(ZONE)).rejects.toMatchObject({
      code: 'DNS_LOOKUP_FAILED',
      message: expect.stringMatching(why),
    })
    const [, second] = resolvers
    if (second) second.says = undefined
    expect((await lookup.ns(ZONE)).values).toHaveLength(2)
  })
})
