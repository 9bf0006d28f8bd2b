import * as v from 'valibot'
import { apiOptions, type Driver, oneLine, secretReference } from '../../platform/driver.ts'
import type { Notifier } from '../../ports.ts'
import { post } from '../post.ts'
import { textOf, titleOf } from '../words.ts'

const options = v.strictObject({
  url: v.pipe(
    secretReference,
    oneLine,
    v.description('The URL of an incoming webhook. It is a reference, for who knows the URL can write to the channel.'),
  ),
  caCertificate: apiOptions.caCertificate,
})

/** Slack's three characters (https://docs.slack.dev/messaging/formatting-message-text): without them there is no mention and no link. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Messages to one channel. Mattermost and Rocket.Chat read the same. */
export const driver = {
  options,
  async open({ url, caCertificate }, { resolve, http }) {
    const address = await resolve(url)
    return {
      async send(notice) {
        const text = escaped(`${titleOf(notice)}\n${textOf(notice)}`)
        const body = JSON.stringify({
          text,
          mrkdwn: false,
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
        })
        await post(http(caCertificate), { to: 'Slack', url: address, body })
      },
    }
  },
} satisfies Driver<Notifier, typeof options>
