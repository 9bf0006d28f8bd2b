import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundle } from '../../build/bundle.ts'
import { driversNamedIn, withOnly } from '../../build/named-drivers.ts'
import { parseConfig } from '../../lib/config/load.ts'
import { registries } from '../../lib/config/registries.ts'
import { AT_AWS, SITE } from '../support/packaged-service.ts'

const NAMED = {
  dns: ['linode'],
  secrets: ['aws-secrets-manager'],
  state: ['s3'],
  balancers: ['linode'],
  notify: [],
}

test('the drivers of a configuration are those that it uses, of each kind', async () => {
  const config = await parseConfig(AT_AWS + SITE, { folder: '/', file: 'newleaf.yaml' })
  expect(driversNamedIn(config)).toEqual(NAMED)
})

test.each(Object.entries(registries))('each driver of %s is a line that can be left out', (kind, registry) => {
  const text = readFileSync(`lib/${kind}/registry.ts`, 'utf8')
  const [first = ''] = Object.keys(registry)
  expect(withOnly(text, []).match(/import\(/g)).toBe(null)
  expect(withOnly(text, [first]).match(/import\(/g)).toHaveLength(1)
  expect(withOnly(text, [first])).toContain(first)
  expect(withOnly(text, Object.keys(registry))).toBe(text)
  expect(withOnly(text, undefined)).toBe(text)
})

test('a function holds the drivers that its configuration names, and the clients of no other vendor', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-drivers-'))
  try {
    const { outputs } = await bundle('renew', folder, '.mjs', NAMED)
    const modules = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))
    const drivers = modules.flatMap((path) => /^lib\/(\w+\/drivers\/[\w-]+)/.exec(path)?.[1] ?? [])
    const named = [
      'balancers/drivers/linode',
      'dns/drivers/linode',
      'secrets/drivers/aws-secrets-manager',
      'state/drivers/s3',
    ]
    expect([...new Set(drivers)].sort()).toEqual(named)
    const clients = modules.flatMap((path) => /@aws-sdk\/(client-[\w-]+)/.exec(path)?.[1] ?? [])
    expect([...new Set(clients)].sort()).toEqual(['client-s3', 'client-secrets-manager'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
