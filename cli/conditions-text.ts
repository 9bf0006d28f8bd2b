import { safeText } from '../lib/platform/log.ts'
import type { Condition, Health } from '../lib/types.ts'
import type { Screen } from './call.ts'
import type { Paint } from './paint.ts'
import { fitted } from './wrap.ts'

const COLOUR = { critical: 'red', warning: 'yellow', info: 'dim' } as const satisfies Record<
  Condition['severity'],
  string
>

/** What keeps a certificate from being healthy, the worst first, and what to do about each; at a terminal in lines that fit it. */
export const conditionsText = ({ conditions }: Health, paint: Paint, screen: Screen): string =>
  conditions
    .map(({ code, severity, message, advice }) => {
      const said = fitted(`${code}: ${safeText(message)}`, 4, screen).slice(code.length)
      const line = `  ${paint(COLOUR[severity], code)}${said}\n`
      return advice === undefined ? line : `${line}    ${paint('dim', fitted(`to do: ${advice}`, 11, screen))}\n`
    })
    .join('')
