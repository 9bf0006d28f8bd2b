import { afterAll, describe, expect, test } from 'vitest'
import { registry } from '../../lib/dns/registry.ts'
import { dnsContract, PROMISES } from '../support/dns-contract.ts'
import { dnsPeers, evidenceOf } from '../support/dns-peers.ts'
import { sandboxed } from '../support/dns-sandbox.ts'
import type { DnsPeer } from '../support/dns-vendors.ts'

/** Each driver over its own peer, and over the sandbox where there is one. */
const sites: [driver: string, over: string, peer: DnsPeer][] = [...dnsPeers].flatMap(([name, peer]) => {
  const sandbox = sandboxed[name]
  const own: [string, string, DnsPeer] = [name, 'its peer', peer]
  return sandbox === undefined ? [own] : [own, [name, 'the sandbox', sandbox]]
})

describe.each(sites)('a DNS provider: %s over %s', (name, _over, peer) => dnsContract(name, peer))

test('each driver has a peer, and each peer stands for a driver', () => {
  expect([...dnsPeers.keys()].sort()).toEqual(Object.keys(registry).sort())
})

test.each([...dnsPeers])('%s stands on evidence, and what it cannot do is a promise', (_name, peer) => {
  expect(evidenceOf(peer)).not.toBe('')
  expect(Object.keys(peer.cannot ?? {}).filter((title) => !Object.hasOwn(PROMISES, title))).toEqual([])
})

afterAll(() => {
  const rows = [...dnsPeers].map(([name, peer]) => `  ${name.padEnd(14)}${evidenceOf(peer)}\n`)
  const not = [...dnsPeers].flatMap(([name, { cannot = {} }]) =>
    Object.entries(cannot).map(([title, reason]) => `  ${name}: not "${title}": ${reason}\n`),
  )
  process.stdout.write(`\nwhat each DNS driver stands on:\n${rows.join('')}\nwhat is not promised:\n${not.join('')}`)
})
