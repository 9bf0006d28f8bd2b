/** What the storage answers instead: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const STATUS = {
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  InvalidArgument: 400,
  InvalidRequest: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  XAmzContentSHA256Mismatch: 400,
  EntityTooLarge: 400,
  AccessDenied: 403,
  InvalidAccessKeyId: 403,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  MethodNotAllowed: 405,
  ConditionalRequestConflict: 409,
  PreconditionFailed: 412,
  TooManyRequests: 429,
  InternalError: 500,
  NotImplemented: 501,
  SlowDown: 503,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof STATUS

export class StorageError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The first code with this status, for whoever orders a fault by its status. */
export const codeWith = (status: number): string =>
  FAULTS[status] ?? Object.entries(STATUS).find(([, known]) => known === status)?.[0] ?? 'InternalError'

const FAULTS: Readonly<Record<number, ErrorCode>> = { 400: 'InvalidRequest', 403: 'AccessDenied', 404: 'NoSuchKey' }

export interface Shown {
  readonly code: string
  readonly message: string
  readonly resource: string
  readonly requestId: string
}

export const errorXml = ({ code, message, resource, requestId }: Shown): string =>
  `${PROLOGUE}<Error>${tag('Code', code)}${tag('Message', message)}${tag('Resource', resource)}${tag('RequestId', requestId)}</Error>`

export const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'

export const tag = (name: string, text: string | number | boolean): string =>
  `<${name}>${escaped(String(text))}</${name}>`

const escaped = (text: string) =>
  text.replace(
    /[&<>"\r\n]/g,
    (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[each] ?? `&#${each.charCodeAt(0)};`,
  )
