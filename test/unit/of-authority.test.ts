import { expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../lib/errors.ts'
import { ofAuthority } from '../../lib/renewal/of-authority.ts'

const fieldsOf = (code: FailureCode, fields = {}) => ofAuthority('ca', new Failure(code, 'as told', { fields })).fields

test('what a call to an authority fails with is the authority’s own', () => {
  expect(fieldsOf('UNREACHABLE')).toEqual({ authority: 'ca' })
  expect(ofAuthority('ca', new Error('unforeseen'))).toMatchObject({ code: 'UNEXPECTED', fields: { authority: 'ca' } })
})

test('a store in trouble, and a run without time, would be so at another authority too', () => {
  expect(fieldsOf('REJECTED', { store: 'secrets' })).toEqual({ store: 'secrets' })
  expect(fieldsOf('OUT_OF_TIME')).toEqual({})
})
