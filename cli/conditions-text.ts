import { safeText } from '../lib/platform/log.ts'
import type { Condition, Health } from '../lib/types.ts'
import type { Paint } from './paint.ts'

const COLOUR = { critical: 'red', warning: 'yellow', info: 'dim' } as const satisfies Record<
  Condition['severity'],
  string
>

/** What keeps a certificate from being healthy, the worst first, and what to do about each. */
export const conditionsText = ({ conditions }: Health, paint: Paint): string =>
  conditions
    .map(({ code, severity, message, advice }) => {
      const line = `  ${paint(COLOUR[severity], code)}: ${safeText(message)}\n`
      return advice === undefined ? line : `${line}    ${paint('dim', `to do: ${advice}`)}\n`
    })
    .join('')
