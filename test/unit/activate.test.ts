import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { activate } from '../../lib/renewal/activate.ts'
import { discard } from '../../lib/renewal/discard.ts'
import { openLease } from '../../lib/renewal/lease.ts'
import { readStages, type Staged } from '../../lib/secrets/certificate.ts'
import { encode, type StoredCertificate } from '../../lib/secrets/codec.ts'
import { documentKey, parseDocument } from '../../lib/state/document.ts'
import { createMemoryWorld, type MemoryWorld, shop } from '../support/memory-world.ts'

const NAME = 'certificate/shop'
let world: MemoryWorld
const documentNow = async () => parseDocument('shop', (await world.state.read(documentKey('shop')))?.document)
const stageOf = async (stage: 'current' | 'pending') => (await world.secrets.read(NAME, stage))?.version

/** One is current, and another one is pending that no target has taken. */
beforeEach(async () => {
  world = await createMemoryWorld()
  await world.run()
  const { swap } = world.fr
  for (const balancer of [world.fr, world.us])
    balancer.swap = () => Promise.reject(new Failure('REJECTED', 'the chain is not accepted'))
  await world.run({ force: true })
  for (const balancer of [world.fr, world.us]) balancer.swap = swap
})
async function held() {
  const lease = await openLease('shop', world)
  await lease.hold((document) => document)
  return { lease, stages: await readStages('shop', world) }
}
const certificate = (staged: Staged<unknown> | undefined) => staged as Staged<StoredCertificate>

describe('a certificate becomes current', () => {
  test('and what was rejected before is forgotten', async () => {
    const { lease, stages } = await held()
    expect(lease.document).toHaveProperty('rejected')
    await activate('shop', certificate(stages.pending), stages, lease, world)
    expect([await stageOf('current'), await stageOf('pending')]).toEqual([stages.pending?.version, undefined])
    expect(lease.document).not.toHaveProperty('rejected')
  })

  test('also where a frozen run has staged its key over it meanwhile', async () => {
    const { lease, stages } = await held()
    const staged = certificate(stages.pending)
    const calls: string[] = []
    const secrets: MemoryWorld['secrets'] = {
      ...world.secrets,
      async activate(_name, version, expected) {
        calls.push(`activate ${version} over ${expected}`)
        if (calls.length === 1) throw new Failure('SECRET_CONFLICT', 'it must be looked at again')
      },
      async stage(_name, value) {
        calls.push(value.reveal() === encode(staged.stored).reveal() ? 'stage it again' : 'stage another')
        return staged.version
      },
    }
    await activate('shop', staged, stages, lease, { ...world, secrets })
    const call = `activate ${staged.version} over ${stages.live}`
    expect(calls).toEqual([call, 'stage it again', call])
  })

  test('not where the store is in trouble, or where another run has taken over', async () => {
    const { lease, stages } = await held()
    const staged = certificate(stages.pending)
    let calls = 0
    const fails = (code: 'STORE_FAILED' | 'SECRET_CONFLICT') => async () => {
      calls += 1
      throw new Failure(code, 'no')
    }
    world.secrets.activate = fails('STORE_FAILED')
    await expect(activate('shop', staged, stages, lease, world)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(calls).toBe(1)
    world.secrets.activate = async () => {
      world.pass(3_600_000)
      await (await openLease('shop', world)).hold((document) => document)
      throw new Failure('SECRET_CONFLICT', 'no')
    }
    const { stage } = world.secrets
    world.secrets.stage = (...given) => {
      calls += 1
      return stage(...given)
    }
    await expect(activate('shop', staged, stages, lease, world)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(calls).toBe(1)
  })

  test('again, without a word to the store, where it is current, and what is rejected stays so', async () => {
    const { lease, stages } = await held()
    let calls = 0
    world.secrets.activate = async () => {
      calls += 1
    }
    await activate('shop', certificate(stages.current), stages, lease, world)
    expect(calls).toBe(0)
    expect(lease.document).toHaveProperty('rejected')
    const again = { ...stages, pending: stages.current }
    await activate('shop', certificate(stages.current), again, lease, world)
    expect(calls).toBe(1)
  })
})

test('a pending certificate is dropped with its deployment failure and no other, and that is noted', async () => {
  const { lease, stages } = await held()
  const { deploy } = lease.document.failures ?? {}
  if (deploy === undefined) throw new Error('nothing has failed')
  await lease.release((document) => ({ ...document, failures: { deploy, cleanUp: deploy } }))
  const { fingerprint } = certificate(stages.pending).stored.certificate
  expect(await discard(shop, world)).toBe(fingerprint)
  const { failures, rejected, events } = await documentNow()
  expect([failures, rejected?.givenUp]).toEqual([{ cleanUp: deploy }, 'by hand'])
  expect(events.at(-1)).toMatchObject({ event: 'discarded', detail: fingerprint.slice(0, 16) })
})
