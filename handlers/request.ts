import * as v from 'valibot'
import { configName } from '../lib/config/schema.ts'
import { Failure } from '../lib/errors.ts'
import { safeParse } from '../lib/platform/safe-parse.ts'
import type { RunRequest } from '../lib/types.ts'

/** Ids of certificates, or names of notifiers: nothing else can be named from an event. */
const only = v.optional(v.pipe(v.array(configName), v.minLength(1), v.maxLength(1_000)))
const flag = v.optional(v.boolean(), false)

/** What each command takes beside its name: the words of the command line. */
const COMMANDS = {
  renew: { only, force: flag, dryRun: flag },
  deploy: { only, dryRun: flag },
  status: { only, events: flag },
  list: { only },
  notify: { only, test: v.literal(true) },
} as const
type Name = keyof typeof COMMANDS
const NAMES = Object.keys(COMMANDS) as Name[]

/** What an event may ask for. */
export type Command =
  | { readonly command: 'run'; readonly request: RunRequest }
  | { readonly command: 'status'; readonly request: RunRequest; readonly events: boolean }
  | { readonly command: 'list' | 'notify'; readonly only: readonly string[] | undefined }

/** What a person may ask for: `{ "command": "renew", "only": ["shop"], "force": true }`, each of them optional. */
export function commandOf(payload: unknown): Command {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw refused('expected an object')
  const { command = 'renew', ...fields } = payload as Readonly<Record<string, unknown>>
  const name = NAMES.find((each) => each === command)
  if (name === undefined) throw refused(`"command": expected one of ${NAMES.join(', ')}`)
  const asked = parsed(name, fields)
  const named = asked.only === undefined ? {} : { only: asked.only }
  const request: RunRequest = { ...named, force: asked.force === true, dryRun: asked.dryRun === true, fullScan: true }
  switch (name) {
    case 'renew':
      return { command: 'run', request }
    case 'deploy':
      return { command: 'run', request: { ...request, deploy: true } }
    case 'status':
      return { command: 'status', request, events: asked.events === true }
    default:
      return { command: name, only: asked.only }
  }
}

type Fields = { readonly only?: string[] | undefined } & Partial<
  Record<'force' | 'dryRun' | 'events' | 'test', boolean>
>

function parsed(name: Name, fields: object): Fields {
  const result = safeParse(v.strictObject(COMMANDS[name]), fields)
  if (result.success) return result.output as Fields // each of its flags is one of these
  const [{ path = [] }] = result.issues
  const keys = path.map(({ key }) => String(key))
  const [field = ''] = keys
  const known = Object.keys(COMMANDS[name])
  throw refused(
    known.includes(field)
      ? `"${keys.join('.')}": ${expected(keys)}`
      : `"${field.slice(0, 64)}": ${name} has no such field; it has ${['command', ...known].join(', ')}`,
  )
}

/** In words of our own: what stands in an event is not repeated. */
function expected([field, index]: readonly string[]): string {
  if (field === 'only') return index === undefined ? 'expected a list of names, with one at least' : 'expected a name'
  return field === 'test' ? 'expected true: only a test can be sent by hand' : 'expected true or false'
}

const refused = (why: string) => new Failure('EVENT_INVALID', `the event was refused: ${why}`)
