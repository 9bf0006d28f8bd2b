import { describe, expect, test } from 'vitest'
import { Secret } from '../../lib/platform/secret.ts'
import { orderSpecOf } from '../../lib/policy/order-spec.ts'
import type { Stage } from '../../lib/ports.ts'
import { encode } from '../../lib/secrets/codec.ts'
import { publicCertificate } from '../../lib/x509/certificate.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { createAuthority } from '../../sandbox/pki.ts'
import { createMemorySecrets } from '../support/memory-stores.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'
import { issue } from '../support/practice-world.ts'

const NAME = 'certificate/shop'
const CA = { authority: 'ca' }
const issuer = await createAuthority({ name: 'stages' })

async function certificate(names: readonly string[] = shop.names, environment = 'test'): Promise<Secret> {
  const { chainPem, privateKeyPem } = await issue(issuer, 'ecdsa-p256', names)
  const whole = { ...publicCertificate(chainPem), privateKeyPem: new Secret(privateKeyPem) }
  return encode({
    kind: 'certificate',
    certificate: whole,
    orderSpec: { ...orderSpecOf(shop, CA, environment), names },
  })
}
const key = async (names: readonly string[] = shop.names) =>
  encode({
    kind: 'key',
    privateKeyPem: await generateKey('ecdsa-p256'),
    orderSpec: { ...orderSpecOf(shop, CA, 'test'), names },
  })

/** What may stand under one label: of ours, of somebody else's rotation, damaged, or of a newer newleaf. */
const CONTENTS = {
  nothing: async () => undefined,
  'a certificate': () => certificate(),
  'a key': () => key(),
  'a key for other names': () => key(['other.example']),
  'a certificate for other names': () => certificate(['other.example']),
  'a certificate of another environment': () => certificate(shop.names, 'staging'),
  'what somebody else put there': async () => new Secret('{"username":"me","password":"canary-token-foreign"}'),
  'half of a text': async () => new Secret((await certificate()).reveal().slice(0, 400)),
  'what a newer newleaf wrote': async () => new Secret('{"v":2,"kind":"certificate"}'),
} as const
type Content = keyof typeof CONTENTS
const contents = Object.keys(CONTENTS) as Content[]

const REFUSED: Partial<Record<Content, string>> = {
  'a certificate of another environment': 'STORE_FOREIGN',
  'what somebody else put there': 'STORE_UNREADABLE',
  'half of a text': 'STORE_UNREADABLE',
  'what a newer newleaf wrote': 'STORE_UNREADABLE',
}

/** What the run does about it. A label that cannot be understood stops it, whatever stands under the other. */
function expected(current: Content, pending: Content): { result: string; code?: string; orders: number } {
  const code = REFUSED[current] ?? REFUSED[pending]
  if (code !== undefined) return { result: 'failed', code, orders: 0 }
  // A key alone under the first label is no certificate: there is none.
  if (pending === 'a certificate') return { result: 'deployed', orders: 0 }
  if (current === 'a certificate') return { result: 'deployed', orders: 0 } // to targets that serve something else
  return { result: 'renewed', orders: 1 }
}

async function worldWith(current: Content, pending: Content): Promise<MemoryWorld> {
  const secrets = createMemorySecrets()
  const live = await CONTENTS[current]()
  if (live) await secrets.activate(NAME, await secrets.stage(NAME, live), undefined)
  const next = await CONTENTS[pending]()
  if (next) await secrets.stage(NAME, next)
  return createMemoryWorld({ secrets })
}

const everything = async ({ secrets }: MemoryWorld) =>
  Promise.all(
    (['current', 'pending', 'previous'] satisfies Stage[]).map(async (stage) =>
      (await secrets.read(NAME, stage))?.value.reveal(),
    ),
  )

describe('F-63: whatever stands under the labels of a secret', () => {
  test.each(contents.flatMap((current) => contents.map((pending) => [current, pending] as const)))(
    'current is %s, and pending is %s',
    async (current, pending) => {
      const world = await worldWith(current, pending)
      const before = await everything(world)
      const { result, code, orders } = expected(current, pending)
      const outcome = await world.run()
      expect([outcome.result, outcome.error?.code, world.authority.orders.length]).toEqual([result, code, orders])
      const after = await everything(world)
      // What cannot be read is never written over, and nothing beside it is touched.
      if (result === 'failed') expect(after).toEqual(before)
      else {
        expect(after[0]).toContain('"kind":"certificate"')
        expect((await world.run()).result).toBe('kept')
      }
    },
  )
})
