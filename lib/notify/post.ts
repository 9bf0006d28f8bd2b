import { Failure } from '../errors.ts'
import type { Http } from '../platform/http.ts'
import { codeOf } from '../platform/rest.ts'
import type { Secret } from '../platform/secret.ts'
import { TIMEOUT } from './timeout.ts'

export interface Post {
  /** What stands in messages in place of the URL, which may be a secret by itself. */
  readonly to: string
  readonly url: Secret
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** Posts JSON. It follows no redirect, and nothing of the answer but its status is looked at. */
export async function post(http: Pick<Http, 'send'>, { to, url, headers, body }: Post): Promise<void> {
  const { status } = await http.send({
    method: 'POST',
    url: url.reveal(),
    headers: { 'content-type': 'application/json', ...headers },
    body,
    timeout: TIMEOUT,
  })
  if (status >= 200 && status <= 299) return
  throw new Failure(codeOf(status), `${to} answered a notice with ${status}`, { fields: { status } })
}
