import { describe, expect, test } from 'vitest'
import { explain as linode } from '../../lib/balancers/drivers/linode/answers.ts'
import { explain as scaleway } from '../../lib/balancers/drivers/scaleway/api.ts'

const HOSTILE = [
  undefined,
  null,
  42,
  'text',
  [],
  {},
  { type: 42 },
  { details: [null] },
  { errors: 'no' },
  { errors: [{}] },
]

describe('an error of Scaleway', () => {
  test.each([
    ['denied_authentication', 'DENIED'],
    ['permissions_denied', 'DENIED'],
    ['not_found', 'NOT_FOUND'],
    ['already_exists', 'CONFLICT'],
    ['transient_state', 'TARGET_BUSY'],
    ['locked', 'TARGET_BUSY'],
    ['quotas_exceeded', 'TARGET_FULL'],
    ['too_many_requests', 'RATE_LIMITED'],
    ['invalid_arguments', 'REJECTED'],
    ['constructor', undefined],
    ['something_new', undefined],
  ])('of the type %s is %s, whatever its status', (type, code) => {
    expect(scaleway(418, { type, message: 'so it is' })).toEqual({ ...(code && { code }), reason: 'so it is' })
  })

  test('without a type leaves the decision to its status', () => {
    expect(scaleway(404, { message: 'certificate not Found' })).toEqual({ reason: 'certificate not Found' })
  })

  test('about something in use is busy', () => {
    const body = { type: 'precondition_failed', precondition: 'resource_still_in_use', help_message: 'detach it' }
    expect(scaleway(412, body)).toEqual({ code: 'TARGET_BUSY', reason: 'detach it' })
  })

  test('about arguments names them and what is wrong', () => {
    const details = [
      { argument_name: 'name', help_message: 'too long', reason: 'constraint' },
      { field: 'dns_name', reason: 'constraint' },
    ]
    expect(scaleway(400, { type: 'invalid_arguments', message: 'invalid argument(s)', details })?.reason).toBe(
      'invalid argument(s); name constraint too long; dns_name constraint',
    )
  })

  test.each(HOSTILE)('of any other shape explains nothing: %j', (body) => {
    expect(scaleway(500, body)?.code).toBeUndefined()
  })
})

describe('an error of Linode', () => {
  test('names the fields', () => {
    const errors = [{ field: 'ssl_key', reason: 'is wrong' }, { reason: 'Not good' }]
    expect(linode(400, { errors })).toEqual({ reason: 'ssl_key: is wrong; Not good' })
  })

  test('that says "Linode busy." is busy', () => {
    expect(linode(400, { errors: [{ reason: 'Linode busy.' }] })?.code).toBe('TARGET_BUSY')
  })

  test('with 400 and no JSON comes from what stands before the API', () => {
    expect(linode(400, undefined)).toEqual({ code: 'UNAVAILABLE' })
  })

  test.each(HOSTILE)('of any other shape explains nothing: %j', (body) => {
    expect(linode(500, body)).toBeUndefined()
  })
})
