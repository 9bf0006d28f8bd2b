import { describe, expect, test } from 'vitest'
import { changed, mistakesIn } from '../support/config-text.ts'

const OWN = 'expected a secret of yours: newleaf keeps its own keys and certificates under account/ and certificate/'

describe('a reference to what newleaf keeps for itself is no token', () => {
  test.each([
    'secret:certificate/shop#privateKeyPem',
    'secret:certificate/shop',
    'secret:account/letsencrypt#key',
    'secret:Account/letsencrypt',
    'secret:certificate',
  ])('%s', async (reference) => {
    const dns = { main: { use: 'linode', zones: ['example.com'], options: { token: reference } } }
    const hook = { use: 'webhook', options: { url: 'https://hook.example/', secret: reference } }
    const acme = {
      directory: 'https://ca.example/directory',
      agreeToTerms: true,
      eab: { kid: 'k', hmac: reference },
    }
    expect(await mistakesIn(changed({ dns }))).toEqual([expect.stringContaining(`options.token: ${OWN}`)])
    expect((await mistakesIn(changed({ notify: { hook } }))).join()).toContain('newleaf keeps its own keys')
    expect((await mistakesIn(changed({ 'acme.authorities.backup': acme }))).join()).toContain(OWN)
  })

  test.each(['secret:certificates#dns', 'secret:accounts/linode', 'secret:my/certificate/key', 'env:certificate'])(
    '%s is nobody’s but the user’s',
    async (reference) => {
      const dns = { main: { use: 'linode', zones: ['example.com'], options: { token: reference } } }
      expect(await mistakesIn(changed({ dns }))).toEqual([])
    },
  )
})
