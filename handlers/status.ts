import { dirname } from 'node:path'
import * as v from 'valibot'
import { readText } from '../lib/config/file.ts'
import { certificateName } from '../lib/config/names.ts'
import { createResolver } from '../lib/config/references.ts'
import { Failure, toFailure } from '../lib/errors.ts'
import { DAY, SECOND, systemClock } from '../lib/platform/clock.ts'
import type { DriverContext } from '../lib/platform/driver.ts'
import { mapBounded } from '../lib/platform/lanes.ts'
import { createLog, jsonLines, safeText } from '../lib/platform/log.ts'
import { mapValues, named } from '../lib/platform/named.ts'
import { healthOf, type Known, sightOfEntry } from '../lib/policy/health.ts'
import type { StateStore } from '../lib/ports.ts'
import { type CertificateDocument, documentKey, emptyDocument, parseDocument } from '../lib/state/document.ts'
import { allFailures } from '../lib/state/failures.ts'
import { registry } from '../lib/state/registry.ts'
import { IMPORTED } from '../lib/types.ts'
import { configPath } from './config-path.ts'
import { certificateId } from './wish.ts'

/** What of a configuration is read here. All of it is checked by `newleaf plan`, and by every run. */
const outline = v.object({
  environment: v.string(),
  state: v.optional(v.object({ use: v.string(), options: v.optional(v.unknown(), {}) }), { use: 'file' }),
  acme: v.optional(v.object({ authorities: v.optional(v.record(v.string(), v.unknown()), {}) }), {}),
  certificates: v.record(
    certificateId,
    v.object({
      names: v.array(certificateName),
      authorities: v.optional(
        v.pipe(
          v.union([v.string(), v.array(v.string())]),
          v.transform((given) => [given].flat()),
        ),
      ),
      imported: v.optional(v.boolean(), false),
      deploy: v.array(v.looseObject({ balancer: v.string(), private: v.optional(v.boolean(), false) })),
    }),
  ),
})
type Outline = v.InferOutput<typeof outline>

const READS_AT_ONCE = 20
const RESERVE = 2 * SECOND

/**
 * What newleaf remembers of every certificate, for whoever asks: nothing but the state documents is read, so that the
 * function needs no right to a secret, a balancer or an authority. Called through a URL, it answers a GET.
 */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const { method } = v.parse(call, event)
  if (method !== undefined && method !== 'GET') return httpAnswer(405, { ok: false })
  const answer = await statusOf(process.env, () => context.getRemainingTimeInMillis() - RESERVE)
  return method === undefined ? answer : httpAnswer(200, answer)
}

/** A function URL's event says how it was called; any other event is somebody with the right to invoke. */
const call = v.fallback(
  v.pipe(
    v.object({ requestContext: v.object({ http: v.object({ method: v.string() }) }) }),
    v.transform(({ requestContext }): { method?: string } => requestContext.http),
  ),
  {},
)

const httpAnswer = (statusCode: number, body: unknown) => ({
  statusCode,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(statusCode === 405 ? { allow: 'GET' } : {}),
  },
  body: JSON.stringify(body, null, 2),
})

async function statusOf(env: NodeJS.ProcessEnv, timeLeft: () => number) {
  const log = createLog(
    jsonLines((line) => process.stdout.write(line)),
    systemClock,
  )
  try {
    const path = configPath(env)
    const read = await readOutline(path)
    const { environment, certificates, state } = read
    const store = await openState(state, {
      environment,
      folder: dirname(path),
      resolve: createResolver({ env, secrets: { read: async () => undefined } }),
      rest: notHere,
      http: notHere,
      clock: systemClock,
      random: Math.random,
      log,
      timeLeft,
    })
    const all = await mapBounded(Object.keys(certificates), READS_AT_ONCE, (id) => certificateStatus(id, read, store))
    return { ok: all.every(({ ok }) => ok), environment, at: systemClock.now(), certificates: all }
  } catch (error) {
    const { code, message } = toFailure(error)
    log.error('status failed', { code, reason: message })
    return { ok: false as const, error: { code, message: safeText(message) } }
  }
}

async function readOutline(path: string) {
  const [text, { parseDocument: parse }] = await Promise.all([readText(path), import('../lib/config/document.ts')])
  const read = v.safeParse(outline, parse(text, path))
  if (read.success) return read.output
  throw new Failure('CONFIG_INVALID', 'the configuration has mistakes: `newleaf plan` names them')
}

async function openState({ use, options = {} }: { use: string; options?: unknown }, context: DriverContext) {
  // biome-ignore lint/suspicious/noExplicitAny: the options were parsed with this very driver's schema
  const { driver }: { driver: any } = await named(registry, use)()
  const given = v.safeParse(driver.options, options)
  if (!given.success) throw new Failure('CONFIG_INVALID', 'state: the options have mistakes: `newleaf plan` names them')
  return driver.open(given.output, context) as Promise<StateStore>
}

async function certificateStatus(id: string, read: Outline, state: StateStore) {
  const names = read.certificates[id]?.names ?? []
  try {
    const key = documentKey(id)
    const stored = await state.read(key)
    const document = stored === undefined ? emptyDocument : parseDocument(key, stored.document)
    const now = systemClock.now()
    const { healthy, conditions } = healthOf(known(id, read, document), now)
    return { id, ok: healthy, names, conditions, ...shown(document, now) }
  } catch (error) {
    const { code, message } = toFailure(error)
    return { id, ok: false, names, error: { code, message: safeText(message) } }
  }
}

/** What the state remembers; nobody is asked. */
function known(id: string, { certificates, acme }: Outline, document: CertificateDocument): Known {
  const { names = [], authorities, imported = false, deploy = [] } = certificates[id] ?? {}
  const wanted = imported ? [IMPORTED] : (authorities ?? Object.keys(acme.authorities).slice(0, 1))
  const [first = '', ...others] = wanted
  const { current, targets } = document
  return {
    spec: { id, names, authorities: [first, ...others], configHash: '', targets: targetsOf(deploy, targets) },
    current,
    authority: current?.authority,
    document,
    targets: mapValues(targets, (entry) => sightOfEntry(entry, current?.fingerprint)),
  }
}

/**
 * A target is called by its balancer and by the values of its fields, those included that its driver has filled in: one that is
 * remembered is found by the values that are written.
 */
const targetsOf = (deploy: Outline['certificates'][string]['deploy'], targets: CertificateDocument['targets']) =>
  deploy.map(({ balancer, private: isPrivate, ...fields }) => {
    const written = [balancer, ...Object.values(fields).flat().map(String)].join('/')
    const isCalled = (name: string) => partsOf(written).every((part) => partsOf(name).includes(part))
    const name = Object.keys(targets).find(isCalled) ?? written
    return { name, ...(isPrivate ? { private: true as const } : {}) }
  })

const partsOf = (name: string) => name.split(/[/, ]/)

/** The document without what only a run needs: claims, orders, TXT values and names of objects to be removed. */
const shown = (
  { current, targets, window, failures, rejected, nextLook, issued, events, lease }: CertificateDocument,
  now: Date,
) => ({
  certificate: current && {
    fingerprint: current.fingerprint,
    names: current.names,
    authority: current.authority,
    notAfter: current.notAfter,
    daysLeft: Math.floor((current.notAfter.getTime() - now.getTime()) / DAY),
  },
  targets,
  window: window && { ...window, explanation: window.explanation && safeText(window.explanation) },
  failures: allFailures(failures).map(({ configHash: _, message, ...failure }) => ({
    ...failure,
    message: safeText(message),
  })),
  rejected,
  busyUntil: lease?.until,
  next: nextLook,
  issued: issued.map(({ at }) => at),
  events,
})

const notHere = (): never => {
  throw new Failure('CONFIG_INVALID', 'state: this driver cannot be read by the status function')
}
