import * as v from 'valibot'
import { configName } from '../lib/config/schema.ts'
import { Failure } from '../lib/errors.ts'
import { safeParse } from '../lib/platform/safe-parse.ts'
import type { RunRequest } from '../lib/types.ts'

const listOf = <Schema extends v.GenericSchema<string>>(schema: Schema) =>
  v.pipe(v.array(schema), v.minLength(1), v.maxLength(1_000))
/** Ids of certificates, or names of notifiers. */
const only = v.optional(listOf(configName))
/** As load balancers call what they hold: by name, or by id. */
const called = v.pipe(v.string(), v.minLength(1), v.maxLength(2_048))
const flag = v.optional(v.boolean(), false)

/** What each command takes beside its name: the words of the command line. */
const COMMANDS = {
  renew: { only, force: flag, dryRun: flag },
  deploy: { only, dryRun: flag },
  status: { only, events: flag },
  list: { only },
  notify: { only, test: v.literal(true) },
  // Nobody is asked before these: an event names what they are about, and that is the yes.
  prune: { balancers: listOf(configName), dryRun: flag },
  delete: { balancer: configName, names: listOf(called), dryRun: flag },
} as const
type Name = keyof typeof COMMANDS
const NAMES = Object.keys(COMMANDS) as Name[]

/** What an event may ask for. */
export type Command =
  | { readonly command: 'run'; readonly request: RunRequest }
  | { readonly command: 'status'; readonly request: RunRequest; readonly events: boolean }
  | { readonly command: 'list' | 'notify'; readonly only: readonly string[] | undefined }
  | { readonly command: 'prune'; readonly balancers: readonly string[]; readonly dryRun: boolean }
  | {
      readonly command: 'delete'
      readonly balancer: string
      readonly names: readonly string[]
      readonly dryRun: boolean
    }

/** What a person may ask for: `{ "command": "renew", "only": ["shop"], "force": true }`, each of them optional. */
export function commandOf(payload: unknown): Command {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw refused('expected an object')
  const { command = 'renew', ...fields } = payload as Readonly<Record<string, unknown>>
  const name = NAMES.find((each) => each === command)
  if (name === undefined) throw refused(`"command": expected one of ${NAMES.join(', ')}`)
  const asked = parsed(name, fields)
  const { balancer = '', balancers = [], names = [], dryRun = false } = asked
  const named = asked.only === undefined ? {} : { only: asked.only }
  const request: RunRequest = { ...named, force: asked.force === true, dryRun, fullScan: true }
  switch (name) {
    case 'renew':
      return { command: 'run', request }
    case 'deploy':
      return { command: 'run', request: { ...request, deploy: true } }
    case 'status':
      return { command: 'status', request, events: asked.events === true }
    case 'prune':
      return { command: name, balancers, dryRun }
    case 'delete':
      return { command: name, balancer, names, dryRun }
    default:
      return { command: name, only: asked.only }
  }
}

type Fields = { readonly balancer?: string } & {
  readonly [list in 'only' | 'balancers' | 'names']?: string[] | undefined
} & Partial<Record<'force' | 'dryRun' | 'events' | 'test', boolean>>

function parsed(name: Name, fields: object): Fields {
  const result = safeParse(v.strictObject(COMMANDS[name]), fields)
  if (result.success) return result.output as Fields // each of its fields is one of these
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
  if (field === 'only' || field === 'balancers' || field === 'names')
    return index === undefined ? 'expected a list of names, with one at least' : 'expected a name'
  if (field === 'balancer') return 'expected a name'
  return field === 'test' ? 'expected true: only a test can be sent by hand' : 'expected true or false'
}

const refused = (why: string) => new Failure('EVENT_INVALID', `the event was refused: ${why}`)
