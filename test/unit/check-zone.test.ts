import { expect, test } from 'vitest'
import { createZoneCheck } from '../../lib/dns/check-zone.ts'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import type { DnsProvider } from '../../lib/ports.ts'

const location = (zone: string, provider = 'main') => ({
  ...{ domain: `www.${zone}`, name: `_acme-challenge.www.${zone}`, zone, provider },
})

function provider(...failures: FailureCode[]) {
  const asked: string[] = []
  const open: DnsProvider = {
    check: async ({ zone, relativeName }) => {
      asked.push(`${relativeName} in ${zone}`)
      const code = failures.shift()
      if (code !== undefined) throw new Failure(code, 'no')
    },
    addTxt: async () => {},
    removeTxt: async () => {},
  }
  return {
    asked,
    check: createZoneCheck({ main: { provider: open }, mute: { provider: { ...open, check: undefined as never } } }),
  }
}

test('a zone is asked for once, however many certificates share it', async () => {
  const { asked, check } = provider()
  await Promise.all([check(location('a.example')), check(location('a.example')), check(location('b.example'))])
  await check(location('a.example'))
  expect(asked).toEqual(['_acme-challenge.www in a.example', '_acme-challenge.www in b.example'])
})

test('what only a person can mend is not asked again, what passes by itself is', async () => {
  const { asked, check } = provider('UNREACHABLE', 'DENIED')
  const code = () =>
    check(location('a.example')).then(
      () => 'done',
      ({ code }: Failure) => code,
    )
  expect([await code(), await code(), await code()]).toEqual(['UNREACHABLE', 'DENIED', 'DENIED'])
  expect(asked).toHaveLength(2)
})

test('a provider that cannot be asked without a change is not asked', async () => {
  const { check } = provider()
  await expect(check(location('a.example', 'mute'))).resolves.toBeUndefined()
})
