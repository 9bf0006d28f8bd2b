import { type ApiAnswer, Refusal } from '../api.ts'
import type { Schema } from './schemas.ts'

export interface Complaint {
  readonly field?: string
  readonly reason: string
}

export const complaint = (status: number, ...errors: Complaint[]) => new Refusal(status, { errors })

export const notFound = () => complaint(404, { reason: 'Not found' })

export const invalidToken = () => complaint(401, { reason: 'Invalid Token' })

export const notAuthorized = () =>
  complaint(401, { reason: 'Your OAuth token is not authorized to use this endpoint.' })

/** As recorded in linode-cli #32: the API does not say what it dislikes. */
export const badKey: Complaint = { field: 'ssl_key', reason: 'SSL private key appears to be incorrectly formatted' }
export const badCertificate: Complaint = {
  field: 'ssl_cert',
  reason: 'SSL certificate appears to be incorrectly formatted',
}

export const UNKNOWN_PATH: ApiAnswer = { status: 404, body: { errors: [{ reason: 'Not found' }] } }

export const MALFORMED_BODY: ApiAnswer = { status: 400, body: { errors: [{ reason: 'Invalid JSON' }] } }

/** The body as an object that the vendor's own schema accepts, as it was sent. */
export function accepted(body: unknown, schema: Schema): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw complaint(400, { reason: 'A JSON object is expected' })
  }
  try {
    schema.validateSync(body, { abortEarly: false })
  } catch (error) {
    const { inner = [], path, message } = error as Issue & { readonly inner?: readonly Issue[] }
    const issues = inner.length > 0 ? inner : [{ path, message }]
    throw complaint(
      400,
      ...issues.map((issue) => ({ ...(issue.path ? { field: issue.path } : {}), reason: issue.message })),
    )
  }
  return body as Record<string, unknown>
}

/** As yup throws them; `inner` holds all of them when there are several. */
interface Issue {
  readonly path: string | undefined
  readonly message: string
}
