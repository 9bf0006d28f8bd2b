import * as v from 'valibot'
import { driver } from '../../lib/balancers/drivers/haproxy/driver.ts'
import { forAnyListener } from '../../lib/balancers/open.ts'
import { createLog, type LogRecord } from '../../lib/platform/log.ts'
import { answering, contextOver } from './driver-context.ts'

/** Where the binds of the tests answer. */
export const ADDRESSES = ['127.0.0.1', '127.0.0.2'] as const

/** The driver at a socket; nothing of it needs HTTP. */
export async function openDriver(
  given: v.InferInput<typeof driver.options>,
  log: LogRecord[],
  timeLeft = () => 60_000,
) {
  const { context } = contextOver(
    answering(() => ({ status: 500 })),
    'canary-token-haproxy',
  )
  const own = { ...context, timeLeft, log: createLog((record) => log.push(record), context.clock) }
  return forAnyListener(driver.listener, await driver.open(v.parse(driver.options, given), own))
}

export const listenerAt = (certificate: string, port: number) =>
  v.parse(driver.listener, { certificate, addresses: [...ADDRESSES], port })
