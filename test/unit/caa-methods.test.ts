/** RFC 8657 §4: CAA records that name methods of validation. */
import { expect, test } from 'vitest'
import { type CaaRequest, prohibitionIn } from '../../lib/policy/caa.ts'
import { caaRefusals } from '../../lib/policy/caa-refusal.ts'
import { VALIDATION_METHODS } from '../../lib/types.ts'

const request: CaaRequest = { isWildcard: false, identities: ['ca.example'], accountUrl: undefined }
const naming = (method: string) => [`0 issue "ca.example; validationmethods=${method}"`]

test.each(VALIDATION_METHODS)(
  'a CAA record that names %s allows an order that is validated so, and no other',
  (method) => {
    for (const named of VALIDATION_METHODS) {
      const why = prohibitionIn(naming(named), { ...request, method })?.why
      expect(why).toBe(named === method ? undefined : 'method')
    }
    const allowing = prohibitionIn(naming('http-01'), { ...request, method })?.allowing
    expect(allowing).toBe(`0 issue "ca.example; validationmethods=${method}"`)
  },
)

test('a record that names another method is told with the method of the configuration', () => {
  const caa = { name: 'shop.example', owner: 'shop.example', records: naming('dns-01') }
  const issuer = { authority: 'google', identities: ['ca.example'], accountUrl: undefined }
  const [refusal] = caaRefusals([{ name: 'shop.example', caa }], { ...issuer, method: 'dns-account-01' })
  expect(refusal?.error.message).toBe(
    'the CAA record 0 issue "ca.example; validationmethods=dns-01" at shop.example allows google other methods than dns-account-01 for shop.example, and no order of newleaf’s: add shop.example. CAA 0 issue "ca.example; validationmethods=dns-account-01"',
  )
})
