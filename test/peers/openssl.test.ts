import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Certificate } from '../../lib/types.ts'
import { createCsr } from '../../lib/x509/csr.ts'
import { generateKey } from '../../lib/x509/key.ts'
import { describePeers } from '../support/describe-peers.ts'
import { createIssuingWorld, specFor } from '../support/issuing-world.ts'
import { openssl } from '../support/openssl.ts'
import { startSite, ZONE } from '../support/pebble-site.ts'

const KEYS = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072'] as const

describePeers('openssl reads what newleaf writes', ['openssl'], ({ openssl: program }) => {
  test.each(KEYS)(
    'a CSR with a key of %s: its signature holds, its names are in order, its subject is empty',
    async (key) => {
      const csr = await createCsr(['shop.example', '*.shop.example'], await generateKey(key))
      const { code, said } = await openssl(program, ['req', '-verify', '-noout', '-text'], csr)
      expect({ code, said }).toMatchObject({ code: 0, said: expect.stringMatching(/verify OK/) })
      expect(said).toContain('DNS:shop.example, DNS:*.shop.example')
      expect(said).toMatch(/Subject: *\n/)
    },
  )

  test.each(KEYS)('a private key of %s', async (key) => {
    const pem = (await generateKey(key)).reveal()
    expect((await openssl(program, ['pkey', '-check', '-noout'], pem)).code).toBe(0)
  })
})

describePeers('openssl proves what Pebble gave to newleaf', ['openssl', 'pebble'], (programs) => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'newleaf-openssl-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function issued(keyAlgorithm: 'ecdsa' | 'rsa', key: (typeof KEYS)[number]) {
    const site = await startSite({ program: programs.pebble, keyAlgorithm })
    const world = await createIssuingWorld(site.whereabouts)
    try {
      await world.run([specFor('proved', [ZONE, `*.${ZONE}`], { key })])
      return { certificate: await world.current('proved'), root: await site.pebble.root() }
    } finally {
      await world.close()
      await site.close()
    }
  }

  async function verified(certificate: Certificate, root: string, name: string) {
    const [rootFile, chainFile] = [join(folder, 'root.pem'), join(folder, 'chain.pem')]
    await writeFile(rootFile, root)
    await writeFile(chainFile, certificate.chainPem)
    const purpose = ['-purpose', 'sslserver', '-x509_strict', '-verify_hostname', name]
    return openssl(programs.openssl, ['verify', '-CAfile', rootFile, '-untrusted', chainFile, ...purpose, chainFile])
  }

  test.each([
    ['ecdsa', 'ecdsa-p256'],
    ['ecdsa', 'rsa-2048'],
    ['rsa', 'ecdsa-p384'],
    ['rsa', 'rsa-3072'],
  ] as const)('an authority of %s and a key of %s: the chain holds, and the key fits', async (authority, key) => {
    const { certificate, root } = await issued(authority, key)
    for (const name of [ZONE, `www.${ZONE}`]) expect(await verified(certificate, root, name)).toMatchObject({ code: 0 })
    expect((await verified(certificate, root, 'other.test')).code).not.toBe(0)
    const ofCertificate = await openssl(programs.openssl, ['x509', '-noout', '-pubkey'], certificate.chainPem)
    const ofKey = await openssl(programs.openssl, ['pkey', '-pubout'], certificate.privateKeyPem.reveal())
    expect(ofKey.code).toBe(0)
    expect(ofKey.said).toBe(ofCertificate.said)
  })
})
