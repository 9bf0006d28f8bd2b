import * as v from 'valibot'
import { createBreaker } from '../../../platform/breaker.ts'
import type { Driver } from '../../../platform/driver.ts'
import type { Notifier } from '../../../ports.ts'
import type { Notice } from '../../../types.ts'
import { awsOptions, openAws } from '../../../vendors/aws/client.ts'
import { quickly } from '../../timeout.ts'

const options = v.strictObject({
  bus: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(?:arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/,
        'expected the name or the ARN of a bus',
      ),
      v.description('The name or the ARN of the event bus.'),
    ),
    'default',
  ),
  source: v.optional(
    v.pipe(
      v.string(),
      // AWS keeps this start for itself (API reference, PutEventsRequestEntry).
      v.regex(/^(?!aws\.)[\w./-]{1,256}$/, 'expected letters, digits and . _ / -, and not aws. in front'),
      v.description('The source that the events carry; rules match it.'),
    ),
    'newleaf',
  ),
  ...awsOptions,
})

const detailType = {
  problem: 'Certificate Problem',
  resolved: 'Certificate Problem Resolved',
  test: 'Test',
} as const satisfies Record<Notice['event'], string>

/** Events on a bus; a notice is the detail. */
export const driver = {
  options,
  async open({ bus, source, ...api }, context) {
    const breaker = createBreaker(context.clock)
    return {
      async send(notice) {
        const { putEvent } = await import('./put-event.ts')
        const aws = await openAws(api, { ...quickly(context), breaker })
        const event = { Source: source, DetailType: detailType[notice.event], Detail: JSON.stringify(notice) }
        await putEvent(aws, bus, event)
      },
    }
  },
} satisfies Driver<Notifier, typeof options>
