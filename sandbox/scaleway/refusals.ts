import { type ApiAnswer, Refusal } from '../api.ts'

/** As recorded: no `type`. `what` is `certificate`, `lbs`, `frontend`, `backend`, `backend_id`. */
export const notFound = (what: string) => new Refusal(404, { message: `${what} not Found` })

export const missing = (resource: string, id: string) =>
  new Refusal(404, { message: 'resource is not found', resource, resource_id: id, type: 'not_found' })

export type Reason = 'required' | 'format' | 'constraint'

export const invalidArgument = (argument_name: string, reason: Reason, help_message: string) =>
  new Refusal(400, {
    details: [{ argument_name, help_message, reason }],
    message: 'invalid argument(s)',
    type: 'invalid_arguments',
  })

export const quotaExceeded = (resource: string, quota: number, current: number) =>
  new Refusal(403, { details: [{ current, quota, resource }], message: 'quota exceeded(s)', type: 'quotas_exceeded' })

export const certificateInUse = () =>
  new Refusal(400, { message: 'operation was rejected because the certificate is used on a frontend' })

export const notAuthenticated = (reason: 'invalid_argument' | 'not_found') =>
  new Refusal(401, { message: 'authentication is denied', method: 'api_key', reason, type: 'denied_authentication' })

export const notPermitted = (action: string, resource: string) =>
  new Refusal(403, { details: [{ action, resource }], message: 'insufficient permissions', type: 'permissions_denied' })

export const UNKNOWN_PATH: ApiAnswer = { status: 404, body: { message: 'not found' } }

export const MALFORMED_BODY: ApiAnswer = {
  status: 400,
  body: { message: 'parsing arguments: invalid json body', type: 'invalid_request_error' },
}

/** The body as an object; anything else is refused. */
export function fieldsOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw invalidArgument('body', 'format', 'expected a JSON object')
}

export function textField(body: unknown, name: string): string {
  const value = fieldsOf(body)[name]
  if (value === undefined || value === null || value === '')
    throw invalidArgument(name, 'required', `${name} is required`)
  if (typeof value !== 'string') throw invalidArgument(name, 'format', `${name} must be a string`)
  return value
}

/** `?page=1&page_size=20`, page by page as the vendor counts. */
export function page<T>(all: readonly T[], query: URLSearchParams): T[] {
  const number = positive(query, 'page', 1)
  const size = Math.min(positive(query, 'page_size', 20), 100)
  return all.slice((number - 1) * size, number * size)
}

function positive(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name)
  if (text === null || text === '') return fallback
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalidArgument(name, 'format', `${name} must be a positive number`)
  return Number(text)
}
