import { expect, test } from 'vitest'
import { download } from '../../lib/acme/download.ts'
import type { Session } from '../../lib/acme/session.ts'
import { Failure, isFailure } from '../../lib/errors.ts'
import { createLog } from '../../lib/platform/log.ts'
import { virtualClock } from '../support/fuzz-authority.ts'

const CA = 'https://ca.test'

interface Said {
  readonly data: unknown
  readonly link?: string
}

/** A CA whose certificate is at `/c/1`, and that says these things at these addresses. */
function ca(said: Readonly<Record<string, Said | Failure>>) {
  const clock = virtualClock()
  const asked: string[] = []
  const read: Session['account']['read'] = async (url, _operation, accept) => {
    expect(accept).toBe('application/pem-certificate-chain')
    asked.push(url.slice(CA.length))
    const answer = said[url.slice(CA.length)] ?? new Failure('NOT_FOUND', 'there is nothing')
    if (answer instanceof Failure) throw answer
    const headers: Record<string, string> = answer.link === undefined ? {} : { link: answer.link }
    return { status: 200, headers, data: answer.data, receivedAt: clock.now() }
  }
  const session: Session = {
    authority: 'ca',
    validation: 'dns-01',
    account: {
      url: () => '',
      post: () => Promise.reject(new Error('nothing is sent')),
      read,
      txtValue: async () => '',
    },
    ...{ clock, timeLeft: () => 60_000, log: createLog(() => undefined, clock) },
    retry: { clock, random: () => 0.5, timeLeft: () => 60_000 },
  }
  const order = { url: `${CA}/order/1`, status: 'valid', names: [], expires: undefined, authorizations: [] } as const
  return {
    asked,
    take: () => download({ ...order, finalize: undefined, certificate: `${CA}/c/1` }, onlyGood, session),
  }
}

/** As a chain is read: another form may be had, another certificate may not. */
function onlyGood(chainPem: string): string {
  if (chainPem === 'good') return chainPem
  throw new Failure(chainPem === 'another' ? 'CHAIN_INVALID' : 'ANSWER_INVALID', `${chainPem} is not good`)
}

const told = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? `${error.code}: ${error.message}` : String(error)),
  )

test('an alternate chain is not asked for where the default one is of use', async () => {
  const { take, asked } = ca({ '/c/1': { data: 'good', link: '</c/2>;rel="alternate"' } })
  expect([await take(), asked]).toEqual(['good', ['/c/1']])
})

test.each([
  '<https://ca.test/c/2>;rel="alternate"',
  '<https://ca.test/directory>;rel="index", </c/2>; rel=alternate',
  '<2>;title="a; b";REL="Alternate"',
  '</up>;rel="up",</c/2>;rel="preload alternate";type="application/pem-certificate-chain"',
  '</c/1>;rel="alternate", </c/gone>;rel="alternate", </c/2>;rel="alternate"',
])('where it is not, an alternate is found in the header Link: %s', async (link) => {
  const { take, asked } = ca({ '/c/1': { data: 'bad', link }, '/c/2': { data: 'good' } })
  expect(await take()).toBe('good')
  expect([asked[0], asked.at(-1)]).toEqual(['/c/1', '/c/2'])
  expect(new Set(asked).size).toBe(asked.length)
})

test.each([
  undefined,
  '',
  '</c/2>;rel="index"',
  '</c/2>;rel="alternates"',
  '</c/2>',
  'alternate',
  '<https://[>;rel="alternate"',
])('the header Link %j names no alternate', async (link) => {
  const { take, asked } = ca({ '/c/1': { data: 'bad', ...(link !== undefined && { link }) }, '/c/2': { data: 'good' } })
  expect(await told(take())).toBe('ANSWER_INVALID: bad is not good')
  expect(asked).toEqual(['/c/1'])
})

test('five alternates are asked for at most, and where none is of use the default chain’s failure is told', async () => {
  const link = [2, 3, 4, 5, 6, 7, 8].map((at) => `</c/${at}>;rel="alternate"`).join(', ')
  const { take, asked } = ca({
    '/c/1': { data: 'bad', link },
    '/c/2': { data: 'another' },
    '/c/3': { data: { type: 'about:blank' } },
    '/c/4': new Failure('UNREACHABLE', 'it is down'),
    '/c/5': new Failure('URL_REFUSED', 'not there'),
    '/c/7': { data: 'good' },
  })
  expect(await told(take())).toBe('ANSWER_INVALID: bad is not good')
  expect(asked).toEqual(['/c/1', '/c/2', '/c/3', '/c/4', '/c/5', '/c/6'])
})

test('a certificate that is another one is so in every chain', async () => {
  const { take, asked } = ca({ '/c/1': { data: 'another', link: '</c/2>;rel="alternate"' }, '/c/2': { data: 'good' } })
  expect(await told(take())).toBe('CHAIN_INVALID: another is not good')
  expect(asked).toEqual(['/c/1'])
})

test('an authority that asks for patience when an alternate is asked for is asked for none after that, and is heard', async () => {
  const retryAfter = new Date(Date.now() + 3_600_000)
  const { take, asked } = ca({
    '/c/1': { data: 'bad', link: '</c/2>;rel="alternate", </c/3>;rel="alternate"' },
    '/c/2': new Failure('ACME_RATE_LIMITED', 'later', { retryAfter }),
    '/c/3': { data: 'good' },
  })
  expect(await told(take())).toBe('ACME_RATE_LIMITED: later')
  expect(asked).toEqual(['/c/1', '/c/2'])
})
