import { describe, expect, test } from 'vitest'
import { certificateName, isManaged, lineageOf } from '../../lib/balancers/names.ts'

const FINGERPRINT = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'

describe('the name of a certificate at a balancer', () => {
  test('says the installation, the certificate, and which version of it', () => {
    expect(certificateName('prod', 'shop', FINGERPRINT)).toBe('newleaf-prod-shop-0123456789abcdef')
  })

  test.each([
    ['newleaf-prod-shop-0123456789abcdef', 'newleaf-prod-shop'],
    ['newleaf-prod-shop-eu-0123456789abcdef', 'newleaf-prod-shop-eu'],
    ['newleaf-prod-shop-0123456789abcdef-fedcba9876543210', 'newleaf-prod-shop-0123456789abcdef'],
    ['newleaf-prod-shop-0123456789abcde', undefined],
    ['newleaf-prod-shop-0123456789abcdef0', undefined],
    ['newleaf-prod-shop-0123456789ABCDEF', undefined],
    ['my-newleaf-prod-shop-0123456789abcdef', undefined],
    ['newleaf--0123456789abcdef', undefined],
    ['newleaf-prod-shop-0123456789abcdef\n', undefined],
    ['', undefined],
  ])('%j belongs to %j', (name, family) => {
    expect(lineageOf(name)).toBe(family)
  })

  test.each([
    ['newleaf-prod-shop-0123456789abcdef', 'prod', true],
    ['newleaf-prod-0123456789abcdef', 'prod', false],
    ['newleaf-production-shop-0123456789abcdef', 'prod', false],
    ['newleaf-staging-shop-0123456789abcdef', 'prod', false],
    ['newleaf-prod-shop', 'prod', false],
    ['partner', 'prod', false],
  ])('%j is ours in %j: %j', (name, environment, ours) => {
    expect(isManaged(name, environment)).toBe(ours)
  })
})
