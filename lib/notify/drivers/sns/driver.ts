import * as v from 'valibot'
import { createBreaker } from '../../../platform/breaker.ts'
import type { Driver } from '../../../platform/driver.ts'
import type { Notifier } from '../../../ports.ts'
import { awsOptions, openAws } from '../../../vendors/aws/client.ts'
import { quickly } from '../../timeout.ts'
import { textOf, titleOf } from '../../words.ts'

const ARN = /^arn:[a-z-]+:sns:(?<region>[a-z0-9-]+):\d{12}:[\w-]{1,256}$/

const options = v.strictObject({
  topicArn: v.pipe(
    v.string(),
    v.regex(ARN, 'expected the ARN of a standard topic: arn:aws:sns:REGION:ACCOUNT:NAME'),
    v.description('The ARN of a standard topic. Its region counts, unless `region` says otherwise.'),
  ),
  ...awsOptions,
})

/** The longest subject that SNS takes (API reference, Publish). */
const SUBJECT = 100

/** To a topic: JSON for programs, and text where a person reads it. */
export const driver = {
  options,
  async open({ topicArn, region = ARN.exec(topicArn)?.groups?.region, ...api }, context) {
    const breaker = createBreaker(context.clock)
    return {
      async send(notice) {
        const { publish } = await import('./publish.ts')
        const aws = await openAws({ region, ...api }, { ...quickly(context), breaker })
        const title = titleOf(notice)
        await publish(aws, topicArn, {
          Subject: title.slice(0, SUBJECT),
          MessageStructure: 'json',
          Message: JSON.stringify({ default: JSON.stringify(notice), email: textOf(notice), sms: title }),
        })
      },
    }
  },
} satisfies Driver<Notifier, typeof options>
