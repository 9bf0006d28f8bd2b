import { afterEach, expect, test } from 'vitest'
import { at, row } from '../support/dns-vendors.ts'
import { describeRecordings, type Exchange } from '../support/recordings.ts'
import { ID, type PracticeRoute53, ROLE, refusal, startRoute53 } from '../support/route53.ts'

const NAME = '_acme-challenge.shop'
const ours = at(NAME, 'our-value_1')
const OTHER = 'Z1D633PJN98FT9'

let running: PracticeRoute53 | undefined
afterEach(() => running?.close())
async function started(): Promise<PracticeRoute53> {
  running = await startRoute53()
  return running
}

test('a private zone of the same name is left alone', async () => {
  const route53 = await started()
  route53.zones = [{ id: OTHER, name: 'example.com', isPrivate: true }, ...route53.zones]
  await (await route53.open()).addTxt(ours)
  expect(route53.rows()).toHaveLength(1)
  route53.zones = route53.zones.slice(0, 1)
  await expect((await route53.open()).check?.(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
})

test('of several public zones of one name the one to write is named', async () => {
  const route53 = await started()
  route53.zones = [{ id: OTHER, name: 'example.com', isPrivate: false }, ...route53.zones]
  const message = expect.stringMatching(new RegExp(`${OTHER}.*${ID}.*hostedZone`))
  await expect((await route53.open()).addTxt(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE', message })
  await (await route53.open({ hostedZone: ID })).addTxt(ours)
  expect(route53.rows()).toHaveLength(1)
})

test('a hosted zone that is named must be that of the zone', async () => {
  const route53 = await started()
  route53.zones = [...route53.zones, { id: OTHER, name: 'example.org', isPrivate: false }]
  for (const hostedZone of [OTHER, 'Z00000000000']) {
    await expect((await route53.open({ hostedZone })).addTxt(ours)).rejects.toMatchObject({ code: 'DNS_NO_ZONE' })
  }
  expect(route53.changes()).toBe(0)
})

test('the set that comes next in the zone is not taken for that of the name', async () => {
  const route53 = await started()
  route53.put(row('zzz', 'foreign'), row('zzz', ours.value))
  const provider = await route53.open()
  await provider.addTxt(ours)
  expect(route53.rows().map(({ name }) => name)).toEqual(['zzz', 'zzz', NAME])
  await provider.removeTxt(ours)
  await provider.removeTxt(ours)
  expect(route53.rows().map(({ name }) => name)).toEqual(['zzz', 'zzz'])
})

test('a zone is looked for once', async () => {
  const route53 = await started()
  const provider = await route53.open()
  await provider.addTxt(ours)
  await provider.removeTxt(ours)
  expect(route53.calls.filter((each) => each.startsWith('ListHostedZonesByName'))).toHaveLength(1)
})

test('a role is assumed once, and everything is done in its name', async () => {
  const route53 = await started()
  const provider = await route53.open({ role: ROLE, externalId: 'newleaf' })
  await provider.addTxt(ours)
  const [first, ...others] = route53.calls
  expect(first).toBe('AssumeRole AKIAOWN')
  expect(new Set(others.map((each) => each.split(' ')[1]))).toEqual(new Set(['ASIAROLE']))
  expect(others.filter((each) => each.startsWith('AssumeRole'))).toEqual([])
})

test('a role that may not be assumed is DENIED, and says which', async () => {
  const route53 = await started()
  route53.instead = ({ action }) =>
    action === 'AssumeRole' ? refusal(403, 'AccessDenied', 'not authorized to perform: sts:AssumeRole') : undefined
  const failed = { code: 'DENIED', message: expect.stringContaining(ROLE) }
  await expect(route53.open({ role: ROLE })).rejects.toMatchObject(failed)
})

test('a set with a routing policy is left as it is', async () => {
  const route53 = await started()
  const set = `<Name>${ours.name}.</Name><Type>TXT</Type><SetIdentifier>eu</SetIdentifier><Weight>1</Weight><TTL>60</TTL>`
  const values = '<ResourceRecords><ResourceRecord><Value>"foreign"</Value></ResourceRecord></ResourceRecords>'
  route53.instead = ({ action }) =>
    action !== 'ListResourceRecordSets'
      ? undefined
      : {
          status: 200,
          xml: `<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets><ResourceRecordSet>${set}${values}</ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems></ListResourceRecordSetsResponse>`,
        }
  const provider = await route53.open()
  await expect(provider.addTxt(ours)).rejects.toMatchObject({ code: 'REJECTED' })
  await expect(provider.removeTxt(at(NAME, 'foreign'))).rejects.toMatchObject({ code: 'REJECTED' })
  expect(route53.changes()).toBe(0)
})

test('the values of others keep their time to live', async () => {
  const route53 = await started()
  route53.put({ ...row(NAME, 'foreign'), ttl: 3600 })
  await (await route53.open()).addTxt(ours)
  expect(route53.rows().map(({ ttl }) => ttl)).toEqual([3600, 3600])
})

test('that somebody was faster is known in the other form of the error too', async () => {
  const route53 = await started()
  let times = 0
  route53.instead = ({ action }) => {
    if (action !== 'ChangeResourceRecordSets' || ++times > 2) return undefined
    const at = "[name='_acme-challenge.shop.example.com.', type='TXT']"
    return refusal(400, 'InvalidChangeBatch', `[Tried to create resource record set ${at} but it already exists]`)
  }
  await (await route53.open()).addTxt(ours)
  expect([times, route53.rows().length]).toEqual([3, 1])
})

test('a batch that is wrong in another way is refused once, and not read again for ever', async () => {
  const route53 = await started()
  route53.instead = ({ action }) =>
    action === 'ChangeResourceRecordSets'
      ? refusal(400, 'InvalidChangeBatch', '[RRSet with DNS name a. is not permitted in zone b.]')
      : undefined
  await expect((await route53.open()).addTxt(ours)).rejects.toMatchObject({ code: 'REJECTED' })
  expect(route53.changes()).toBe(1)
})

describeRecordings('dns/route53', (conversations) => {
  const zone = 'fullcr1stal.tk'
  const value = (each: string) => at('_acme-challenge.deleterecordinset', each, zone)
  const exchanges =
    conversations.find(({ name }) => name === 'delete-one-value-leaves-others')?.exchanges ?? ([] as Exchange[])
  const isChange = ({ request }: Exchange) => request.method === 'POST'
  const last = exchanges.findLastIndex(isChange)

  /** What was read last before the last change is read again. The list began anywhere then; ours begins at the name. */
  async function replayed() {
    const route53 = await started()
    const sent: string[] = []
    route53.instead = ({ action, url, body }) => {
      if (action === 'ChangeResourceRecordSets') sent.push(body)
      const isSame = ({ request }: Exchange) =>
        action === 'ChangeResourceRecordSets'
          ? request.method === 'POST'
          : request.method === 'GET' &&
            request.url.includes(action === 'ListHostedZonesByName' ? 'hostedzonesbyname' : 'rrset')
      const found = exchanges.slice(0, last + 1).findLast(isSame)
      const xml = String(found?.response.body ?? '').replace(/^<\?xml.*?\?>\s*/, '')
      const sets = [...xml.matchAll(/<ResourceRecordSet>.*?<\/ResourceRecordSet>/gs)].map(([each]) => each)
      const from = `<Name>${url.searchParams.get('name')}</Name><Type>TXT</Type>`
      const shown = sets.filter((each) => each.includes(from)).join('')
      return {
        status: found?.response.status ?? 404,
        xml: sets.length === 0 ? xml : xml.replace(/<ResourceRecordSet>.*<\/ResourceRecordSet>/s, shown),
      }
    }
    return { provider: await route53.open(), sent }
  }

  test('route53: of two values at a name it leaves the same set as was left then', async () => {
    const { provider, sent } = await replayed()
    await provider.removeTxt(value('challengetoken1'))
    const valuesIn = (xml: string, action: string) =>
      [...xml.matchAll(/<Change>(.*?)<\/Change>/gs)]
        .filter(([, change = '']) => change.includes(`<Action>${action}</Action>`))
        .flatMap(([, change = '']) =>
          [...change.matchAll(/<Value>(.*?)<\/Value>/g)].map(([, each = '']) => each.replaceAll('&quot;', '"')),
        )
    const [batch = ''] = sent
    expect(valuesIn(batch, 'CREATE')).toEqual(valuesIn(String(exchanges[last]?.request.body), 'UPSERT'))
    expect(valuesIn(batch, 'DELETE').sort()).toEqual(['"challengetoken1"', '"challengetoken2"'])
  })

  test('route53: a value that a recorded answer shows is not added again', async () => {
    const { provider, sent } = await replayed()
    await provider.addTxt(value('challengetoken2'))
    expect(sent).toEqual([])
  })
})
