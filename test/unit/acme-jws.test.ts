import { createHash, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AcmeClient } from '../../lib/acme/client.ts'
import { hmacSigner, type Jws, jws, keySigner } from '../../lib/acme/jws.ts'
import { createNoncePool } from '../../lib/acme/nonces.ts'
import type { AcmeAnswer, Transport } from '../../lib/acme/transport.ts'
import { systemClock } from '../../lib/platform/clock.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { generateKey } from '../../lib/x509/key.ts'

/** RFC 7515, appendix A: one payload, signed three times. */
const PAYLOAD = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
const A1 = {
  input: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${PAYLOAD}`,
  key: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
}
const A2 = {
  input: `eyJhbGciOiJSUzI1NiJ9.${PAYLOAD}`,
  key: {
    kty: 'RSA',
    n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    e: 'AQAB',
    d: 'Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ',
    p: '4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc',
    q: 'uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc',
    dp: 'BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0',
    dq: 'h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU',
    qi: 'IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U',
  },
  signature:
    'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
}
const A3 = {
  input: `eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}`,
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  },
  signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
}
/** The private half (RFC 7517, appendix A.2) of the key in the example of RFC 7638 §3.1, and its thumbprint there. */
const RFC_7638 = {
  key: {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    d: 'X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q',
    p: '83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs',
    q: '3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk',
    dp: 'G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0',
    dq: 's9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk',
    qi: 'GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU',
  },
  thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
}

const keyOf = (key: object) => createPrivateKey({ key: { ...key }, format: 'jwk' })
const pemOf = (key: object) => new Secret(keyOf(key).export({ type: 'pkcs8', format: 'pem' }).toString())
const decoded = (text: string | undefined) => JSON.parse(Buffer.from(text ?? '', 'base64url').toString())

describe('a JSON Web Signature', () => {
  test('by HMAC is that of RFC 7515, A.1', () => {
    expect(hmacSigner(new Secret(A1.key)).sign(A1.input).toString('base64url')).toBe(A1.signature)
  })

  test('by an RSA key is that of RFC 7515, A.2', () => {
    const signer = keySigner(keyOf(A2.key))
    expect([signer.algorithm, signer.sign(A2.input).toString('base64url')]).toEqual(['RS256', A2.signature])
  })

  test('by an ECDSA key has the form of RFC 7515, A.3, and holds for the key there', () => {
    const signer = keySigner(keyOf(A3.key))
    const key = { key: createPublicKey(keyOf(A3.key)), dsaEncoding: 'ieee-p1363' } as const
    for (const signature of [signer.sign(A3.input), Buffer.from(A3.signature, 'base64url')]) {
      expect(signature).toHaveLength(64)
      expect(verify('sha256', Buffer.from(A3.input), key, signature)).toBe(true)
    }
    expect(signer.algorithm).toBe('ES256')
  })

  test('signs the header and the payload as they are sent, and nothing is an empty payload', () => {
    const made = jws(
      { url: 'https://ca.test/order', nonce: 'fresh', kid: 'https://ca.test/account/1' },
      { a: 'ü' },
      {
        algorithm: 'HS256',
        sign: (input) => Buffer.from(`over ${input}`),
      },
    )
    expect(decoded(made.protected)).toEqual({
      alg: 'HS256',
      url: 'https://ca.test/order',
      nonce: 'fresh',
      kid: 'https://ca.test/account/1',
    })
    expect(decoded(made.payload)).toEqual({ a: 'ü' })
    expect(Buffer.from(made.signature, 'base64url').toString()).toBe(`over ${made.protected}.${made.payload}`)
    expect(jws({}, null, { algorithm: 'HS256', sign: () => Buffer.alloc(1) }).payload).toBe('')
    expect(jws({}, {}, { algorithm: 'HS256', sign: () => Buffer.alloc(1) }).payload).toBe('e30')
  })

  test('is not made with a key that authorities need not take', () => {
    for (const { privateKey } of [generateKeyPairSync('ed25519'), generateKeyPairSync('ec', { namedCurve: 'P-521' })]) {
      expect(() => keySigner(privateKey)).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }))
    }
  })
})

/** A CA that takes everything, and what it was sent. */
function generousCa() {
  const sent: Jws[] = []
  const answer: AcmeAnswer = { status: 200, headers: { 'replay-nonce': 'next' }, data: {}, receivedAt: new Date() }
  const transport: Transport = {
    authority: 'ca',
    directoryUrl: 'https://ca.test/directory',
    directory: async () => ({
      newNonce: 'https://ca.test/nonce',
      newAccount: 'https://ca.test/new-account',
      newOrder: 'https://ca.test/new-order',
      revokeCert: 'https://ca.test/revoke',
      meta: { externalAccountRequired: false },
    }),
    async send(_method, _url, body = '') {
      sent.push(JSON.parse(body))
      return answer
    },
    get: async () => answer,
  }
  const client = (privateKeyPem: Secret) =>
    new AcmeClient({ privateKeyPem, transport, nonces: createNoncePool(transport, systemClock) })
  return { sent, client }
}

describe('an account’s key', () => {
  test('is named in a key authorization by the thumbprint of RFC 7638 §3.1', async () => {
    const token = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA' // RFC 8555 §8.4
    const value = createHash('sha256').update(`${token}.${RFC_7638.thumbprint}`).digest('base64url')
    expect(await generousCa().client(pemOf(RFC_7638.key)).txtValue(token)).toBe(value)
  })

  test('stands in the request for an account, and in no other (RFC 8555 §6.2)', async () => {
    const { sent, client } = generousCa()
    const account = client(pemOf(A3.key))
    await account.register({ termsOfServiceAgreed: true }, undefined)
    await account.post('https://ca.test/new-order', {}, 'take an order', 'https://ca.test/account/1')
    const { d: _private, ...jwk } = A3.key
    expect(sent.map((each) => decoded(each.protected))).toEqual([
      { alg: 'ES256', url: 'https://ca.test/new-account', nonce: 'next', jwk },
      { alg: 'ES256', url: 'https://ca.test/new-order', nonce: 'next', kid: 'https://ca.test/account/1' },
    ])
    expect(decoded(sent[0]?.payload)).toEqual({ termsOfServiceAgreed: true })
  })

  test('is bound to an external account by a signature of its own over the key (RFC 8555 §7.3.4)', async () => {
    const { sent, client } = generousCa()
    await client(pemOf(A3.key)).register({}, { kid: 'external-1', hmac: new Secret(A1.key) })
    const { externalAccountBinding: binding } = decoded(sent[0]?.payload)
    const { d: _private, ...jwk } = A3.key
    expect(decoded(binding.protected)).toEqual({ alg: 'HS256', kid: 'external-1', url: 'https://ca.test/new-account' })
    expect(decoded(binding.payload)).toEqual(jwk)
    const mac = createHmac('sha256', Buffer.from(A1.key, 'base64url')).update(`${binding.protected}.${binding.payload}`)
    expect(binding.signature).toBe(mac.digest('base64url'))
  })

  test('signs each request so that its public half confirms it', async () => {
    const { sent, client } = generousCa()
    const pem = await generateKey('ecdsa-p256')
    await client(pem).post('https://ca.test/order/1', null, 'show the order', 'https://ca.test/account/1')
    const [{ protected: head, payload, signature } = { protected: '', payload: '', signature: '' }] = sent
    const key = { key: createPublicKey(pem.reveal()), dsaEncoding: 'ieee-p1363' } as const
    expect(payload).toBe('')
    expect(verify('sha256', Buffer.from(`${head}.`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })
})
