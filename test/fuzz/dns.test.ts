import { isIP } from 'node:net'
import fc from 'fast-check'
import { afterAll, describe, expect } from 'vitest'
import { nameServersOf } from '../../lib/dns/name-servers.ts'
import { type Lookup, lookupAt } from '../../lib/dns/resolver.ts'
import { createLocator } from '../../lib/dns/zone.ts'
import { createLog, jsonLines } from '../../lib/platform/log.ts'
import { accepted, fuzz, shown } from '../support/fuzz.ts'
import { virtualClock } from '../support/fuzz-authority.ts'
import { hostileDnsServer, recipe, sound } from '../support/hostile-dns.ts'

const server = await hostileDnsServer()
afterAll(server.close)

const AT_ONCE = 100

const log = createLog(
  jsonLines((line) => shown(line.trimEnd())),
  virtualClock(),
)
const NAME = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/

/** Each question that is asked of name servers, and what must be true of what was taken for an answer. */
const questions: ((domain: string, lookup: Lookup) => Promise<void>)[] = [
  async (domain, lookup) => {
    const found = await accepted(() => lookup.txt(domain))
    expect(found?.values.every((value) => typeof value === 'string') ?? true).toBe(true)
  },
  async (domain, lookup) => {
    const servers = await accepted(() => nameServersOf(domain, { recursive: lookup, lookupAt: () => lookup, log }))
    const addresses = servers?.map((each) => each.addresses) ?? [['127.0.0.1']]
    expect(addresses.every((each) => each.length > 0 && each.every(isIP))).toBe(true)
  },
  async (domain, lookup) => {
    const place = await accepted(() => createLocator({ recursive: lookup, authoritative: async () => lookup })(domain))
    if (place !== undefined) expect(place.name).toMatch(NAME)
  },
]

describe('F-31: answers of name servers', () => {
  fuzz(
    'are read or refused, whatever they hold, and the next question is answered as ever',
    fc.array(fc.tuple(recipe, fc.nat(questions.length - 1)), { minLength: AT_ONCE, maxLength: AT_ONCE }),
    async (given) => {
      server.recipes.clear()
      server.recipes.set('sound', sound)
      await Promise.all(
        given.map(async ([each, which], at) => {
          server.recipes.set(`c${at}`, each)
          const lookup = lookupAt([server.address], { timeout: 150, tries: 1 })
          await questions[which]?.(`c${at}.shop.test`, lookup)
          const next = await accepted(() => lookup.txt('sound.shop.test'))
          expect(next?.values ?? ['value']).toEqual(['value'])
        }),
      )
      const patient = lookupAt([server.address], { timeout: 2_000, tries: 2 })
      expect((await patient.txt('sound.shop.test')).values).toEqual(['value'])
    },
    { inputsPerCase: AT_ONCE },
  )
})
