import { safeText } from '../lib/platform/log.ts'
import { adviceFor } from '../lib/policy/advice.ts'
import type { Obstacle } from '../lib/types.ts'
import type { Paint } from './paint.ts'
import { wrapped } from './wrap.ts'

/** What would keep a renewal from succeeding: each once, where to look for it, what to do, and whom it concerns. */
export function obstaclesText(obstacles: readonly Obstacle[], paint: Paint): string {
  if (obstacles.length === 0) return ''
  const head = obstacles.length === 1 ? 'One thing keeps' : `${obstacles.length} things keep`
  return `\n${paint('bold', `${head} a renewal from succeeding:`)}\n${obstacles.map((each) => obstacleText(each, paint)).join('')}`
}

function obstacleText({ error, locations, reference, certificates }: Obstacle, paint: Paint): string {
  const at = locations.map((location, index) => (index === 0 && reference ? `${location} (${reference})` : location))
  const where = wrapped(`${error.code} at ${at.join(', ')}`, 4).slice(error.code.length)
  const advice = adviceFor(error.code)
  return [
    `  ${paint('red', error.code)}${where}`,
    `    ${wrapped(safeText(error.message), 4)}`,
    ...(advice === undefined ? [] : [`    ${paint('dim', wrapped(`to do: ${advice}`, 11))}`]),
    ...(certificates.length === 0 ? [] : [`    ${wrapped(`certificates: ${certificates.join(', ')}`, 18)}`]),
  ]
    .map((line) => `${line}\n`)
    .join('')
}
