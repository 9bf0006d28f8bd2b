/** `npm run week`: prints a week of trouble, hour by hour: what newleaf said of each certificate, and what was so. */
import { HOURS } from './troubles.ts'
import { type Entry, week } from './week.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)
const text = ({ id, by, said, so, differs }: Entry) =>
  `  ${id.padEnd(10)} ${by.padEnd(6)}  said: ${said}\n${' '.repeat(21)}so:   ${so}${differs === undefined ? '' : `\n${' '.repeat(21)}✗ ${differs}`}`

const entries = await week()
for (let hour = 0; hour < HOURS; hour++) {
  const own = entries.filter((entry) => entry.hour === hour)
  const quiet = own.filter(({ said, so }) => said === 'healthy' && so === 'valid').length
  print(
    `day ${Math.floor(hour / 24) + 1}, ${String(hour % 24).padStart(2, '0')}:00   ${quiet} of ${own.length} healthy and valid`,
  )
  for (const entry of own) if (entry.said !== 'healthy' || entry.so !== 'valid') print(text(entry))
}
const failed = entries.filter(({ differs }) => differs !== undefined).length
print(`${entries.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
