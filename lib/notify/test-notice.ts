import { type Failure, toFailure } from '../errors.ts'
import type { Dependencies } from '../ports.ts'

/** How a test came out, by notifier: undefined, or what went wrong. */
export type TestResults = Readonly<Record<string, Failure | undefined>>

/** Sends a test to each, side by side. */
export async function sendTests({
  environment,
  notifiers,
  clock,
}: Pick<Dependencies, 'environment' | 'notifiers' | 'clock'>): Promise<TestResults> {
  const sent = Object.entries(notifiers).map(async ([name, notifier]): Promise<[string, Failure | undefined]> => {
    const message = 'this is a test: nothing is wrong; problems will be reported here'
    try {
      await notifier.send({ event: 'test', environment, names: [], codes: [], message, since: clock.now() })
      return [name, undefined]
    } catch (error) {
      return [name, toFailure(error)]
    }
  })
  return Object.fromEntries(await Promise.all(sent))
}
