/** One question to one resolver over HTTPS (RFC 8484), for networks that let nothing through at port 53. */
import { isFailure } from '../errors.ts'
import type { Http } from '../platform/http.ts'
import { type Message, type Question, queryFor, readAnswer } from './message.ts'
import { NoAnswer } from './no-answer.ts'

const MEDIA_TYPE = 'application/dns-message'
/** The longest message there is, as DNS over TCP has it. */
const MAX_BYTES = 65_535

/** With the id 0, as §4.1 would have it, so that what stands in between may remember answers. Rejects with NoAnswer where there is no answer. */
export async function askOverHttps(
  url: string,
  question: Question,
  timeout: number,
  http: Pick<Http, 'send'>,
): Promise<Message> {
  const dns = queryFor(question, 0).toString('base64url')
  const { status, headers, body } = await http
    .send({
      ...{ method: 'GET', url: `${url}${url.includes('?') ? '&' : '?'}dns=${dns}`, timeout, maxBytes: MAX_BYTES },
      ...{ headers: { accept: MEDIA_TYPE }, encoding: 'latin1' },
    })
    .catch((error: unknown) => {
      throw isFailure(error, 'UNREACHABLE', 'ANSWER_INVALID') ? new NoAnswer(error.code) : error
    })
  const isMessage = status === 200 && headers['content-type']?.toLowerCase().startsWith(MEDIA_TYPE)
  const answer = isMessage ? readAnswer(Buffer.from(body, 'latin1'), 0, question) : undefined
  if (answer === undefined) throw new NoAnswer(status === 200 ? 'EBADRESP' : `HTTP ${status}`)
  return answer
}
