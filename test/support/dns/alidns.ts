import { driver } from '../../../lib/dns/drivers/alidns/driver.ts'
import { signed } from '../../../lib/dns/drivers/alidns/signing.ts'
import { Secret } from '../../../lib/platform/secret.ts'
import { type DnsPeer, drop, httpVendor, kept, TOKEN, token, ZONE } from '../dns-vendors.ts'

export const options = { accessKeyId: 'LTAI5tExample', accessKeySecret: token }
const HOST = 'alidns.aliyuncs.com'

export const refusal = (status: number, Code: string, Message: string) => ({
  status,
  body: { RequestId: '6D390228-D9DE-4F6C-90CA-9062C6618F70', HostId: HOST, Code, Message },
})

/** It takes a nonce once and no record twice, looks for a keyword anywhere in a name, and shows short pages. */
export const create = () => {
  const nonces = new Set<string>()
  return httpVendor({
    open: (context) => driver.open(options, context),
    isChange: ({ headers = {} }) => !headers['x-acs-action']?.startsWith('Describe'),
    answer({ route, query, headers, rows }) {
      const { 'x-acs-action': name = '', 'x-acs-signature-nonce': nonce = '', 'x-acs-date': date = '' } = headers
      const action = { host: HOST, name, version: '2015-01-09', parameters: Object.fromEntries(query), nonce }
      const key = { id: options.accessKeyId, secret: new Secret(TOKEN) }
      const expected = signed({ ...action, time: new Date(date) }, key).headers.authorization
      if (route !== 'POST /' || headers.authorization !== expected)
        return refusal(400, 'SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.')
      if (nonces.has(nonce)) return refusal(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.')
      nonces.add(nonce)
      const given = (field: string) => query.get(field) ?? ''
      if (name === 'DeleteDomainRecord')
        return drop(rows, ({ id }) => `${id}` === given('RecordId'))
          ? { status: 200, body: { RecordId: given('RecordId') } }
          : refusal(400, 'DomainRecordNotBelongToUser', 'The DNS record does not exist in your account.')
      if (given('DomainName') !== ZONE)
        return refusal(400, 'InvalidDomainName.NoExist', 'The specified domain name does not exist.')
      const records = rows.map(({ id, name: rr, type, value, ttl = 600 }) => ({
        ...{ RecordId: `${id}`, RR: rr === '' ? '@' : rr, Type: type, Value: value, TTL: ttl, Status: 'ENABLE' },
      }))
      if (name === 'DescribeDomainRecords') {
        const found = records.filter(({ RR, Type }) => RR.includes(given('RRKeyWord')) && Type === given('TypeKeyWord'))
        const [page, size] = [Number(given('PageNumber')), 20]
        const Record = found.slice((page - 1) * size, page * size)
        const body = { PageNumber: page, PageSize: size, TotalCount: found.length, DomainRecords: { Record } }
        return { status: 200, body }
      }
      const [rr, type, value, ttl] = [given('RR'), given('Type'), given('Value'), Number(given('TTL'))]
      if (ttl < 600) return refusal(400, 'QuotaExceeded.TTL', 'A valid TTL must be in the range of 600 to 86400.')
      if (records.some((each) => each.RR === rr && each.Type === type && each.Value === value))
        return refusal(400, 'DomainRecordDuplicate', 'The DNS record already exists.')
      rows.push(kept({ name: rr === '@' ? '' : rr, type, value, ttl }))
      return { status: 200, body: { RecordId: `${rows.at(-1)?.id}` } }
    },
    says: {
      denied: refusal(400, 'Forbidden.RAM', 'User not authorized to operate on the specified resource.'),
      rejected: refusal(400, 'InvalidRR.Format', 'The format of the host record is invalid.'),
    },
  })
}

export const peer: DnsPeer = {
  evidence: {
    recording: '2019, with an older signature',
    documentation: 'the signature V3 with its own example, pages, codes of errors, the shortest ttl',
  },
  create,
  cannot: {
    'a request that comes too soon is RATE_LIMITED until the vendor’s own time': 'the vendor names no time',
  },
}
