import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { create, type Program } from '../support/dns/exec.ts'
import { at, TOKEN } from '../support/dns-vendors.ts'

const ours = at('_acme-challenge.shop', '-our value; $(touch injected) `touch injected`')
const running: Program[] = []
const program = async (text: string) => {
  const made = await create(text)
  running.push(made)
  return made
}
const sh = (text: string) => program(`#!/bin/sh\n${text}\n`)

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()))
})

test('it gets its own arguments, then the verb, the name with the final dot and the value, and no shell reads them', async () => {
  const vendor = await sh('for each in "$@"; do printf "[%s]" "$each" >&2; done; exit 3')
  const provider = await vendor.openWith({ arguments: ['--zone', 'a b; touch injected'] })
  await expect(provider.addTxt(ours)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(
      `exit status 3: [--zone][a b; touch injected][present][${ours.name}.][${ours.value}]`,
    ),
  })
  await expect(provider.removeTxt(ours)).rejects.toThrow(/\[cleanup\]/)
})

test('of the environment it gets PATH and what is configured', async () => {
  const vendor = await sh(
    'env | sed "s/=.*//" | sort | tr "\\n" " " >&2; [ "$API_TOKEN" = "canary-token-dns" ] && exit 4',
  )
  const failing = (await vendor.open()).addTxt(ours)
  await expect(failing).rejects.toThrow(/exit status 4: API_TOKEN (OLDPWD )?PATH PWD( SHLVL _)?$/)
})

test('what it writes of its secrets is told to nobody', async () => {
  const vendor = await sh('echo "fine so far" >&2; echo "401 for $API_TOKEN" >&2; exit 1')
  const error: Error = await (await vendor.open()).addTxt(ours).then(String, (thrown) => thrown)
  expect(error.message).toMatch(/exit status 1: 401 for …$/)
  expect(error.message).not.toContain(TOKEN)
})

test('one that reads finds nothing to read, and ends', async () => {
  const vendor = await sh('cat > read; [ ! -s read ]')
  await expect((await vendor.open()).addTxt(ours)).resolves.toBeUndefined()
})

test('one that writes without end is ended', async () => {
  const vendor = await sh('while :; do echo more; done')
  await expect((await vendor.open()).addTxt(ours)).rejects.toThrow(/more than a mebibyte/)
})

test('one that is not there, or may not be started, is a mistake in the configuration before an order', async () => {
  const vendor = await sh('exit 0')
  await expect((await vendor.open()).check?.(ours)).resolves.toBeUndefined()
  const missing = await vendor.openWith({ program: 'missing' })
  await expect(missing.check?.(ours)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(missing.addTxt(ours)).rejects.toThrow(/could not be started \(ENOENT\)/)
  await chmod(join(vendor.folder, 'dns'), 0o644)
  await expect((await vendor.open()).check?.(ours)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('one that does not end is ended when its time is over', async () => {
  const vendor = await sh('exec sleep 60')
  const started = Date.now()
  await expect((await vendor.openWith({ timeLeft: 500 })).addTxt(ours)).rejects.toThrow(/did not end in time/)
  expect(Date.now() - started).toBeLessThan(30_000)
})
