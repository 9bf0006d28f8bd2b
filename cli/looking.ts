import { SECOND } from '../lib/platform/clock.ts'
import type { Call, Show } from './call.ts'
import { clip } from './live-row.ts'
import { systemTicker, type Ticker } from './live-view.ts'
import { warningsOnly } from './progress.ts'

/**
 * For commands that look and show nothing before all is seen: at a terminal a line on standard error says from the first second on
 * that it goes on, and for how long; nothing is left of it.
 */
export async function looking<T>(
  call: Call,
  what: string,
  work: (show: Show) => Promise<T>,
  ticker: Ticker = systemTicker,
): Promise<T> {
  const { io, json } = call
  const { stderr } = io
  const show = warningsOnly(call)
  if (json || stderr.isTTY !== true || io.env.TERM === 'dumb') return work(show)
  const began = ticker.now().getTime()
  let isDrawn = false
  const erase = () => {
    if (isDrawn) stderr.write('\r\x1b[K')
    isDrawn = false
  }
  const end = ticker.every(SECOND, () => {
    const seconds = Math.round((ticker.now().getTime() - began) / SECOND)
    stderr.write(`\r\x1b[K${clip(`${what} … ${seconds} s`, stderr.columns)}`)
    isDrawn = true
  })
  try {
    return await work({
      sink(record) {
        erase()
        show.sink(record)
      },
    })
  } finally {
    end()
    erase()
  }
}
