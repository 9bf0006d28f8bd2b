import { createHmac } from 'node:crypto'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { driver as slack } from '../../lib/notify/drivers/slack.ts'
import { driver as webhook } from '../../lib/notify/drivers/webhook.ts'
import type { DriverContext } from '../../lib/platform/driver.ts'
import { createHttp } from '../../lib/platform/http.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { contextOver, tools } from '../support/driver-context.ts'
import { type Inbox, openInbox } from '../support/https-inbox.ts'
import { notifierContract, problem, type Receiver, resolved } from '../support/notifier-contract.ts'
import { failureOf } from '../support/stores.ts'

const KEY = 'canary-token-webhook'
const PATH = '/services/canary-token-path'

/** Trusts the inbox where the driver is given a CA certificate, and refuses private addresses where it is not. */
function contextFor(inbox: Inbox): DriverContext {
  const trusting = createHttp({ ...tools, caCertificate: inbox.caCertificate, privateAddresses: 'allow' })
  const refusing = createHttp({ ...tools, privateAddresses: 'refuse' })
  onTestFinished(async () => {
    await Promise.all([trusting.close(), refusing.close(), inbox.close()])
  })
  return {
    ...contextOver(trusting, KEY).context,
    resolve: async ({ name }) => new Secret(name === 'URL' ? inbox.url + PATH : KEY),
    http: (caCertificate) => (caCertificate === undefined ? refusing : trusting),
  }
}

const opened = {
  webhook: async (inbox: Inbox, options: object = {}) =>
    webhook.open(
      v.parse(webhook.options, { url: `${inbox.url}/hook`, secret: 'env:KEY', caCertificate: 'ca.pem', ...options }),
      contextFor(inbox),
    ),
  slack: async (inbox: Inbox, options: object = {}) =>
    slack.open(v.parse(slack.options, { url: 'env:URL', caCertificate: 'ca.pem', ...options }), contextFor(inbox)),
}

for (const kind of ['webhook', 'slack'] as const) {
  notifierContract(kind, async (): Promise<Receiver> => {
    const inbox = await openInbox()
    return {
      notifier: await opened[kind](inbox),
      heard: async () => inbox.letters.map(({ body }) => JSON.stringify(JSON.parse(body)).replaceAll('\\"', '"')),
      refuse(status) {
        inbox.answer = { status, body: `${KEY} is what you sent` }
      },
    }
  })

  describe(`the notifier ${kind} over https`, () => {
    test('follows no redirect', async () => {
      const inbox = await openInbox()
      const notifier = await opened[kind](inbox)
      inbox.answer = { status: 307, headers: { location: `${inbox.url}/elsewhere` }, body: '' }
      expect(await failureOf(notifier.send(resolved))).toBe('ANSWER_INVALID')
      expect(inbox.letters.map(({ path }) => path)).not.toContain('/elsewhere')
    })

    test('connects to no private address unless it is given a CA certificate of its own', async () => {
      const inbox = await openInbox()
      const notifier = await opened[kind](inbox, { caCertificate: undefined })
      expect(await failureOf(notifier.send(resolved))).toBe('URL_REFUSED')
      expect(inbox.letters).toEqual([])
    })

    test('says that a server is gone, and not which URL it had', async () => {
      const inbox = await openInbox()
      const notifier = await opened[kind](inbox, kind === 'webhook' ? { url: 'env:URL' } : {})
      await inbox.close()
      expect(await failureOf(notifier.send(resolved))).toBe('UNREACHABLE')
    })
  })
}

describe('the notifier webhook', () => {
  test('posts the notice as it is, signed together with the time', async () => {
    const inbox = await openInbox()
    const notifier = await opened.webhook(inbox)
    await notifier.send(problem)
    const [letter] = inbox.letters
    expect(letter).toMatchObject({ method: 'POST', path: '/hook', headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(letter?.body ?? '')).toEqual(JSON.parse(JSON.stringify(problem)))
    const { time = '', signature } = /^t=(?<time>\d+),v1=(?<signature>[0-9a-f]{64})$/.exec(
      String(letter?.headers['newleaf-signature']),
    )?.groups ?? { time: '' }
    expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(60)
    expect(signature).toBe(createHmac('sha256', KEY).update(`${time}.${letter?.body}`).digest('hex'))
  })

  test('takes its URL from a secret, too', async () => {
    const inbox = await openInbox()
    const notifier = await opened.webhook(inbox, { url: 'env:URL' })
    await notifier.send(resolved)
    expect(inbox.letters[0]?.path === PATH).toBe(true)
  })

  test.each(['http://example.com', 'https://user@example.com', 'https://example.com/?token=x', 'example.com'])(
    'refuses %s as a URL in the configuration',
    (url) => {
      expect(v.is(webhook.options, { url, secret: 'env:KEY' })).toBe(false)
    },
  )
})

describe('the notifier slack', () => {
  const textFor = async (message: string) => {
    const inbox = await openInbox()
    await (await opened.slack(inbox)).send({ ...problem, message })
    return JSON.parse(inbox.letters[0]?.body ?? '')
  }

  test('mentions nobody, links nothing and marks nothing up, whatever an authority says', async () => {
    const { text, ...how } = await textFor('<!channel> <@U123> <https://evil.example|click> & &lt;!here&gt;')
    expect(text).toContain(
      '&lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|click&gt; &amp; &amp;lt;!here&amp;gt;',
    )
    expect(text).not.toMatch(/[<>]/)
    expect(how).toEqual({ mrkdwn: false, link_names: false, unfurl_links: false, unfurl_media: false })
  })

  test('begins with what, where and which', async () => {
    const { text } = await textFor('no')
    expect(text.split('\n')).toEqual([
      'newleaf prod: shop needs attention (ACME_CAA)',
      'no',
      '',
      'names: shop.example, *.shop.example',
      'step: validate',
      'since: 2026-11-22 06:00 UTC',
      'certificate: 0123456789abcdef (serial 4A1B)',
      'valid until: 2026-12-22 06:00 UTC',
      'next look: 2026-11-23 06:00 UTC',
      'to do: allow the authority in the CAA records of the name',
    ])
  })

  test('says which problems are resolved', async () => {
    const inbox = await openInbox()
    await (await opened.slack(inbox)).send(resolved)
    const { text } = JSON.parse(inbox.letters[0]?.body ?? '')
    expect(text.split('\n').slice(0, 4)).toEqual([
      'newleaf prod: shop: problems resolved',
      'the problems that were reported are resolved',
      '',
      'resolved: ACME_CAA, EXPIRES_SOON',
    ])
  })

  test('refuses a URL that stands in the configuration itself', () => {
    expect(v.is(slack.options, { url: 'https://hooks.slack.com/services/x' })).toBe(false)
  })
})
