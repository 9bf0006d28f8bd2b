import { describe, expect, test } from 'vitest'
import { openedScaleway } from '../support/practice-scaleway.ts'

describe('withdrawing', () => {
  test('takes ours off, and leaves the frontend as it was before the first of ours', async () => {
    const { balancer, listener, version, bound, frontend } = await openedScaleway()
    const before = JSON.stringify({ ...frontend, updated_at: undefined })
    const one = await version()
    await balancer.swap(listener, one)
    expect(bound()).toContain(one.name)
    expect(await balancer.detach(listener, one.name)).toBe(true)
    expect(JSON.stringify({ ...frontend, updated_at: undefined })).toBe(before)
    expect(await balancer.inspect(listener, one)).toMatchObject({ serves: false })
  })

  test('puts the one before it back in its place, where the load balancer still holds it', async () => {
    const { balancer, listener, version, bound } = await openedScaleway()
    const [old, current] = [await version(), await version()]
    await balancer.swap(listener, old)
    const before = bound()
    await balancer.swap(listener, current)
    expect(await balancer.detach(listener, current.name)).toBe(true)
    expect(bound()).toEqual(before)
  })

  test('is done when it is done already, and again', async () => {
    const { balancer, listener, version, bound, requests } = await openedScaleway()
    const one = await version()
    const before = bound()
    expect(await balancer.detach(listener, one.name)).toBe(true)
    await balancer.swap(listener, one)
    expect(await balancer.detach(listener, one.name)).toBe(true)
    const changes = () => requests.filter(({ method }) => method === 'PUT').length
    const made = changes()
    expect(await balancer.detach(listener, one.name)).toBe(true)
    expect([changes(), bound()]).toEqual([made, before])
  })

  test('never leaves a frontend without a certificate: it says that it could not', async () => {
    const { balancer, listener, version, bound, frontend } = await openedScaleway()
    frontend.certificate_ids.splice(0)
    const one = await version()
    await balancer.attachFirst(listener, one)
    expect(await balancer.detach(listener, one.name)).toBe(false)
    expect(bound()).toEqual([one.name])
  })

  test('is done though its answer is lost', async () => {
    const { balancer, listener, version, bound, fault } = await openedScaleway()
    const before = bound()
    const one = await version()
    await balancer.swap(listener, one)
    fault({ method: 'PUT', path: /./, how: 'lostAnswer' })
    expect(await balancer.detach(listener, one.name)).toBe(true)
    expect(bound()).toEqual(before)
  })
})
