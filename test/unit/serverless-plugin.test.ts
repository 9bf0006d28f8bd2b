import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { placeOf } from '../../build/serverless-plugin.ts'

describe('the bundle of a function', () => {
  test('lies where the framework finds its handler', () => {
    expect(placeOf('handlers/renew.handler', 'aws')).toEqual({
      source: 'renew',
      folder: '.build/renew',
      extension: '.mjs',
      handler: '.build/renew/renew.handler',
    })
    expect(placeOf('handlers/scaleway.handle', 'scaleway')).toEqual({
      source: 'scaleway',
      folder: 'built/scaleway',
      extension: '.js',
      handler: 'built/scaleway/scaleway.handle',
    })
  })

  test('is no part of the repository', () => {
    const ignored = readFileSync('.gitignore', 'utf8').split('\n')
    for (const provider of ['aws', 'scaleway']) {
      expect(ignored).toContain(placeOf('handlers/renew.handler', provider).folder.replace('renew', ''))
    }
  })
})
