import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** One request and its answer, as they were recorded at a vendor. */
export interface Exchange {
  readonly request: { readonly method: string; readonly url: string; readonly body?: unknown }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
}

export interface Conversation {
  readonly name: string
  readonly exchanges: readonly Exchange[]
}

/** What a driver sent. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly body?: string
}

/** Runs a suite over the conversations in a folder of `NEWLEAF_RECORDINGS`; where they are missing it says so, and in CI it fails. */
export function describeRecordings(folder: string, suite: (conversations: readonly Conversation[]) => void): void {
  const root = process.env.NEWLEAF_RECORDINGS
  describe(`recorded conversations: ${folder}`, () => {
    if (root !== undefined) return suite(read(join(root, folder)))
    test('what drivers send and read is compared with recordings wherever NEWLEAF_RECORDINGS is set, as CI does', () => {
      process.stderr.write(`NEWLEAF_RECORDINGS is not set: nothing was compared with ${folder}\n`)
      expect(process.env.CI ?? '', 'CI must set NEWLEAF_RECORDINGS').not.toMatch(/^(true|1)$/)
    })
  })
}

const read = (folder: string): Conversation[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      exchanges: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Exchange[],
    }))

/** `POST /v4/domains/…/records`: numbers, UUIDs, other ids in hexadecimal and host names in a path are an ellipsis; beta versions are as good as others. */
export function route({ method, url }: Pick<Sent, 'method' | 'url'>): string {
  const parts = new URL(url).pathname.split('/').map((part) => (/^\d+$|^[0-9a-f-]{32,36}$|\./.test(part) ? '…' : part))
  return `${method} ${parts.join('/').replace(/^\/v4(beta)?\//, '/v4/')}`
}

/** Whether a recorded request that succeeded says everything that this one says, in the same types. */
export function isLikeARecordedOne(sent: Sent, conversations: readonly Conversation[]): boolean {
  const names = [...new URL(sent.url).searchParams.keys()]
  const body = sent.body === undefined ? undefined : parsed(sent.body)
  return conversations
    .flatMap(({ exchanges }) => exchanges)
    .some(({ request, response }) => {
      const known = new URL(request.url).searchParams
      return (
        response.status >= 200 &&
        response.status <= 299 &&
        route(request) === route(sent) &&
        names.every((name) => known.has(name)) &&
        (body === undefined || covers(request.body, body))
      )
    })
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body // a form
  }
}

function covers(recorded: unknown, sent: unknown): boolean {
  if (Array.isArray(sent)) {
    return Array.isArray(recorded) && sent.every((each) => recorded.some((known) => covers(known, each)))
  }
  if (typeof sent !== 'object' || sent === null) return typeof recorded === typeof sent
  if (typeof recorded !== 'object' || recorded === null) return false
  return Object.entries(sent).every(
    ([name, value]) => Object.hasOwn(recorded, name) && covers((recorded as Record<string, unknown>)[name], value),
  )
}
