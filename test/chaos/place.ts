/** Where one certificate lives: its vendors, the ways to them, its clock, and who watches. */
import { setImmediate as turn } from 'node:timers/promises'
import { type Config, parseConfig } from '../../lib/config/load.ts'
import type { Clock, Dependencies } from '../../lib/ports.ts'
import { type Ca, startCa } from '../../sandbox/ca/ca.ts'
import type { LedgerCertificate } from '../../sandbox/ca/ledger.ts'
import { freePort } from '../../sandbox/ports.ts'
import { type ProbeCount, startProber } from '../../sandbox/prober.ts'
import { createClients, type Seen } from './clients.ts'
import { configurationOf, environmentOf } from './configuration.ts'
import { createEarlyWatch } from './early.ts'
import { createWeather, type Weather } from './faults.ts'
import { openGround } from './ground.ts'
import type { Api, Lane } from './lanes.ts'
import { createLeakWatch } from './leak-watch.ts'
import { createLies, type Lies } from './lies.ts'
import { createLife, type Life, never } from './life.ts'
import { createLooks, type Looks } from './looks.ts'
import { openPassages, type Tally } from './passages.ts'

export interface PlaceOptions {
  readonly seed: string
  /** The share of the calls that fail, or what they meet instead of chance. */
  readonly faults: number | ((api: Api) => Weather)
  /** Handshakes a second. */
  readonly handshakes: number
  /** Hears every line that newleaf writes. */
  hear?(line: string): void
  /** The world as newleaf has it, in the place of the one that is. */
  change?(world: Dependencies): Dependencies
}

export interface Place {
  /** What newleaf has noted that it does not try any more to remove. */
  readonly leftBehind: Set<string>
  /** Certificates that targets refused so often that newleaf has noted to order another one. */
  readonly givenUp: Set<string>
  readonly lane: Lane
  readonly config: Config
  /** The tokens, as the configuration asks for them. */
  readonly env: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Of the run that is under way. */
  life: Life
  readonly early: ReturnType<typeof createEarlyWatch>
  readonly leaks: ReturnType<typeof createLeakWatch>
  readonly tally: Tally
  readonly lies: Lies
  readonly looks: Looks
  /** How many addresses each listener has. */
  readonly addresses: number
  /** Calls that have failed so far. */
  faults(): number
  /** Until when somebody has asked to be left alone. */
  readonly patience: number
  /** Listens to what newleaf writes. */
  hear(text: string): void
  change(world: Dependencies): Dependencies
  /** No time goes backwards. */
  goTo(time: number): void
  /** Gives the CA a habit. */
  readonly misbehave: Ca['misbehave']
  /** What the CA has issued, oldest first. */
  readonly issued: readonly LedgerCertificate[]
  /** What every client sees now, for every name at every address, so many times. */
  seen(rounds: number): Promise<Seen[]>
  /** Whether every listener shows this certificate for every name. */
  isServed(fingerprint: string): Promise<boolean>
  /** What of newleaf stands in DNS, and at the balancer beside the certificate that is current. */
  leftovers(current: string | undefined): string[]
  /** From now on nothing fails, and nothing is counted. */
  calm(): void
  /** Ends the handshakes that are made all the time, and counts them. */
  greeted(): Promise<ProbeCount>
  close(): Promise<void>
}

/** For a handshake on a busy machine. */
const PATIENCE = 30_000

export async function openPlace(lane: Lane, options: PlaceOptions): Promise<Place> {
  const leftBehind = new Set<string>()
  const givenUp = new Set<string>()
  const seed = `${options.seed} ${lane.id}`
  let now = Date.now()
  const clock: Clock = {
    now: () => new Date(now),
    async sleep(milliseconds) {
      const { life } = place
      now += milliseconds
      await turn()
      if (life.isOver) await never()
    },
  }
  let faulty = 0
  let patience = 0
  const lies = createLies({ clock, faults: () => faulty })
  const looks = createLooks(lane.names, () => now)
  const ground = await openGround(lane, clock, lies.hears)
  const early = createEarlyWatch()
  const leaks = createLeakWatch([...Object.values(ground.tokens), ground.masterKey])
  const ports: Record<Api, number> = {
    ca: await freePort(0, ['127.0.0.1']),
    dns: ground[lane.dns].port,
    scaleway: ground.scaleway.port,
    linode: ground.linode.port,
    secrets: lane.secrets === 's3' ? ground.storage.port : ground.scaleway.port,
    state: ground.storage.port,
  }
  const { faults } = options
  const passages = await openPassages({
    ...{ seed, tls: ground.tls, root: ground.root, now: clock.now },
    target: (api) => ports[api],
    weather: (api) =>
      pausing(typeof faults === 'number' ? createWeather(`${seed} ${api}`, faults) : faults(api), () => lies.isQuiet),
    moment: () => place.life.moment(),
    see(sign) {
      early.see(sign)
      if (sign.sign === 'asked') patience = Math.max(patience, sign.until.getTime())
    },
    broke() {
      faulty += 1
    },
  })
  const {
    ledger,
    misbehave,
    close: closeCa,
  } = await startCa({
    ...{ port: ports.ca, tls: ground.tls, issuer: ground.issuer, clock, ...ground.lookUp },
    origin: passages.origins.ca,
  })
  const file = { folder: ground.folder, file: 'newleaf.yaml' }
  const { endpoints, addresses } = ground
  const clients = createClients({ lane, endpoints, root: ground.issuer.rootPem, clock, patience: PATIENCE })
  const prober = startProber({
    ...{ sites: [{ endpoints, names: lane.names }], root: ground.issuer.rootPem, clock },
    ...{ rate: options.handshakes, atOnce: 5, patience: PATIENCE, expects: lies.expects },
    rests: () => lies.told?.options.every !== undefined,
  })

  const place: Place = {
    ...{ lane, clock, early, leaks, lies, looks, addresses, tally: passages.tally },
    ...{ calm: passages.calm, greeted: prober.stop, seen: clients.seen, misbehave },
    faults: () => faulty,
    get patience() {
      return patience
    },
    config: await parseConfig(configurationOf(lane, ground, passages.origins), file),
    env: environmentOf(ground),
    life: createLife(undefined),
    hear(text) {
      leaks.hear(text)
      options.hear?.(text)
    },
    change: (world) => options.change?.(world) ?? world,
    goTo(time) {
      now = Math.max(now, time)
    },
    get issued() {
      return ledger.certificates
    },
    async isServed(fingerprint) {
      const seen = await clients.seen(1)
      return seen.every((each) => each.fault === undefined && each.fingerprint === fingerprint)
    },
    ...{ leftBehind, givenUp },
    leftovers(current = 'none') {
      // What could not be removed for a week is told, and given up.
      const isTold = (name: string) => [...leftBehind].some((what) => what.includes(name))
      const texts = ground.zones.list(lane.zone).filter(({ type, name }) => type === 'TXT' && !isTold(name))
      const old = ground.objects().filter((name) => name !== 'placeholder' && !name.includes(current.slice(0, 16)))
      return [...texts.map(({ name }) => `a TXT record at ${name}`), ...old.map((name) => `the certificate ${name}`)]
    },
    async close() {
      await prober.stop()
      await passages.close()
      await closeCa()
      await ground.close()
    },
  }
  return place
}

/** Nothing fails while it is quiet. */
const pausing = (weather: Weather, isQuiet: () => boolean): Weather => ({
  get next() {
    return isQuiet() ? undefined : weather.next
  },
  take: (call) => (isQuiet() ? undefined : weather.take(call)),
  calm: () => weather.calm(),
})
