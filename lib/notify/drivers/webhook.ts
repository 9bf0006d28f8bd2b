import { createHmac } from 'node:crypto'
import * as v from 'valibot'
import { apiOptions, type Driver, httpsUrl, oneLine, secretReference } from '../../platform/driver.ts'
import { Secret } from '../../platform/secret.ts'
import type { Notifier } from '../../ports.ts'
import { post } from '../post.ts'

const options = v.strictObject({
  url: v.pipe(
    v.union(
      [v.pipe(secretReference, oneLine), httpsUrl],
      'expected an https URL, or a reference to one: secret:NAME#field or env:NAME',
    ),
    v.description('Where notices are posted to: an https URL, or a reference if the URL itself is a secret.'),
  ),
  secret: v.pipe(secretReference, v.description('What notices are signed with, known to the receiver too.')),
  caCertificate: apiOptions.caCertificate,
})

/** Notices as JSON, each with a time and an HMAC-SHA-256 over both, so that the receiver knows who wrote it, and when. */
export const driver = {
  options,
  async open({ url, secret, caCertificate }, { resolve, http, clock }) {
    const address = typeof url === 'string' ? new Secret(url) : await resolve(url)
    const key = await resolve(secret)
    return {
      async send(notice) {
        const body = JSON.stringify(notice)
        const time = Math.floor(clock.now().getTime() / 1_000)
        const signature = createHmac('sha256', key.reveal()).update(`${time}.${body}`).digest('hex')
        const headers = { 'newleaf-signature': `t=${time},v1=${signature}` }
        await post(http(caCertificate), { to: 'the webhook', url: address, headers, body })
      },
    }
  },
} satisfies Driver<Notifier, typeof options>
