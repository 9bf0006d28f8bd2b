import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StoredObject {
  readonly body: Buffer
  /** In quotes: the MD5 of the body, as for every object that was put in one piece. */
  readonly etag: string
  readonly at: string
  /** What comes back with it: its type, its metadata, how it is encrypted. */
  readonly headers: Readonly<Record<string, string>>
}

/** What the buckets hold. A change is durable when its method returns. */
export interface Objects {
  hasBucket(bucket: string): boolean
  get(bucket: string, key: string): StoredObject | undefined
  put(bucket: string, key: string, body: Buffer, headers: StoredObject['headers']): StoredObject
  remove(bucket: string, key: string): void
  /** In the order of their UTF-8 bytes. */
  keys(bucket: string): string[]
}

/** One line of the journal; without `body` the object was removed. */
interface Entry {
  readonly bucket: string
  readonly key: string
  readonly at: string
  readonly headers?: StoredObject['headers']
  readonly body?: string
}

/** With a folder, all of it is kept in `object-storage.jsonl` there: one line a change, tidied up at each start. */
export function createObjects(buckets: readonly string[], folder?: string): Objects {
  const contents = new Map(buckets.map((bucket) => [bucket, new Map<string, StoredObject>()]))
  const path = folder === undefined ? undefined : join(folder, 'object-storage.jsonl')

  function apply({ bucket, key, at, headers = {}, body }: Entry): void {
    const objects = contents.get(bucket) ?? new Map<string, StoredObject>()
    contents.set(bucket, objects)
    if (body === undefined) objects.delete(key)
    else objects.set(key, stored(Buffer.from(body, 'base64'), at, headers))
  }
  function change(entry: Entry): void {
    apply(entry)
    if (path !== undefined) appendFileSync(path, line(entry), { mode: 0o600 })
  }

  if (path !== undefined) {
    for (const entry of readJournal(path)) apply(entry)
    const lines = [...contents].flatMap(([bucket, objects]) =>
      [...objects].map(([key, { at, headers, body }]) =>
        line({ bucket, key, at, headers, body: body.toString('base64') }),
      ),
    )
    writeFileSync(`${path}.new`, lines.join(''), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }

  return {
    hasBucket: (bucket) => contents.has(bucket),
    get: (bucket, key) => contents.get(bucket)?.get(key),
    put(bucket, key, body, headers) {
      const at = new Date().toISOString()
      change({ bucket, key, at, headers, body: body.toString('base64') })
      return stored(body, at, headers)
    },
    remove(bucket, key) {
      if (contents.get(bucket)?.has(key)) change({ bucket, key, at: new Date().toISOString() })
    },
    keys: (bucket) => [...(contents.get(bucket)?.keys() ?? [])].sort(byBytes),
  }
}

/** Not by code unit: the two differ beyond U+FFFF. */
export const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

const stored = (body: Buffer, at: string, headers: StoredObject['headers']): StoredObject => ({
  body,
  etag: `"${createHash('md5').update(body).digest('hex')}"`,
  at,
  headers,
})

const line = (entry: Entry) => `${JSON.stringify(entry)}\n`

function readJournal(path: string): Entry[] {
  if (!existsSync(path)) return []
  // What follows the last line end was never answered: it was cut off while it was written.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((text) => JSON.parse(text) as Entry)
}
