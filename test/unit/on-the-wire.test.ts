import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../lib/errors.ts'
import { withWire } from '../../lib/observe/on-the-wire.ts'
import type { Handshake } from '../../lib/ports.ts'
import type { InstalledCertificate, PublicCertificate } from '../../lib/types.ts'
import { createMemoryWorld } from '../support/memory-world.ts'

const sha1Of = ({ chainPem }: PublicCertificate) =>
  new X509Certificate(chainPem).fingerprint.replaceAll(':', '').toLowerCase()

const endpoints = [
  { address: '192.0.2.1', port: 443 },
  { address: '2001:db8::1', port: 443 },
]

/** A certificate that an API tells little of, and a wire on which every address shows what is said here. */
async function wireShowing(...answers: readonly ((served: PublicCertificate) => Handshake | Promise<never>)[]) {
  const world = await createMemoryWorld()
  await world.run()
  const { served } = world.us
  if (served === undefined) throw new Error('it serves one after a run')
  const asked: string[] = []
  const probe = {
    async handshake({ address }: { readonly address: string }, serverName: string) {
      asked.push(`${address} ${serverName}`)
      return answers[asked.length - 1]?.(served) ?? { result: 'refused' as const, reason: 'nothing listens' }
    },
  }
  const held: InstalledCertificate = {
    ...{ loadBalancer: 'apps', name: sha1Of(served), sha1: sha1Of(served), covers: ['shop.example'] },
    ...{ notAfter: undefined, managed: undefined },
    bound: [{ listener: '443', effectiveFor: ['shop.example'], endpoints }],
  }
  const shown = async (one: InstalledCertificate) => {
    const [inventory] = await withWire([{ balancer: 'us', target: 'us/apps', held: [one] }], { probe })
    return inventory !== undefined && 'held' in inventory ? inventory.held[0] : undefined
  }
  return { served, held, shown, asked }
}
const presented = (certificate: PublicCertificate): Handshake => ({ result: 'presented', certificate })

describe('what an API does not tell of a certificate', () => {
  test('is taken from a handshake at its listener, and marked as seen there', async () => {
    const { held, shown, served, asked } = await wireShowing(presented)
    expect(await shown(held)).toEqual({
      ...held,
      fingerprint: served.fingerprint,
      covers: served.names,
      notAfter: served.notAfter,
      bound: [{ listener: '443', effectiveFor: served.names, endpoints }],
      seenOnWire: true,
    })
    expect(asked).toEqual(['192.0.2.1 shop.example'])
  })

  test('is asked for at its next address where the first does not answer, and by address without a name', async () => {
    const { held, shown, served, asked } = await wireShowing(
      () => Promise.reject(new Failure('LOCAL_TROUBLE', 'no sockets')),
      presented,
    )
    expect(await shown({ ...held, covers: [] })).toMatchObject({ notAfter: served.notAfter, seenOnWire: true })
    expect(asked).toEqual(['192.0.2.1 192.0.2.1', '2001:db8::1 2001:db8::1'])
  })

  test('stays unknown where nothing answers, or where the wire shows another certificate', async () => {
    const other = (await wireShowing()).served
    for (const answers of [[], [() => presented(other), () => presented(other)]]) {
      const { held, shown, asked } = await wireShowing(...answers)
      expect(await shown(held)).toEqual(held)
      expect(asked).toHaveLength(2)
    }
  })

  test('is not asked for where the API tells it, or where nothing says which certificate it is', async () => {
    const { held, shown, asked } = await wireShowing(presented)
    const told = { ...held, notAfter: new Date(0) }
    const { sha1: _sha1, ...unknown } = held
    for (const one of [told, unknown]) expect(await shown(one)).toEqual(one)
    expect(asked).toEqual([])
  })

  test('hides no balancer that could not be asked', async () => {
    const failed = { balancer: 'us', target: 'us/apps', error: new Failure('DENIED', 'no') }
    const probe = { handshake: () => Promise.reject(new Error('nobody is to be asked')) }
    expect(await withWire([failed], { probe })).toEqual([failed])
  })
})
