import { Failure, isFailure } from '../errors.ts'
import type { AcmeAnswer } from './transport.ts'

/** Those after which the same is asked for elsewhere (RFC 9110 §15.4). */
const REDIRECTS = [301, 302, 303, 307, 308]
const MOST = 5

export const isRedirect = ({ status }: Pick<AcmeAnswer, 'status'>): boolean => REDIRECTS.includes(status)

/**
 * What an unsigned question leads to: over https alone, where whoever answers has shown who it is, and a few times at most.
 * `ask` refuses what it refuses anywhere else. What goes wrong on the way is told with the address that it led to.
 */
export async function followRedirects(
  from: string,
  ask: (url: string) => Promise<AcmeAnswer>,
  authority: string,
): Promise<AcmeAnswer> {
  let url = from
  for (let followed = 0; ; followed++) {
    const answer = await ask(url).catch((error: unknown) => {
      throw followed > 0 && isFailure(error)
        ? error.with({ message: `${error.message}; it was asked at ${shown(url)}, where it sends from ${shown(from)}` })
        : error
    })
    if (!isRedirect(answer)) return answer
    url = target(answer, url, authority)
    if (followed < MOST) continue
    throw notFollowed(
      `${authority} sends its clients from one address to the next, at last to ${shown(url)}`,
      authority,
    )
  }
}

function target({ status, headers: { location = '' } }: AcmeAnswer, base: string, authority: string): string {
  const from = `${authority} sends its clients from ${shown(base)}`
  if (location === '' || !URL.canParse(location, base))
    throw notFollowed(`${from} to no address (${status})`, authority)
  const { protocol, href } = new URL(location, base)
  if (protocol === 'https:') return href
  throw notFollowed(`${from} to ${shown(href)} (${status}), which is not https`, authority)
}

/** Without what may be a secret. */
function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`.slice(0, 300)
}

const notFollowed = (what: string, authority: string) =>
  new Failure('ANSWER_INVALID', `${what}: write the address of its directory as \`directory\``, {
    fields: { authority },
  })
