import { jsonText } from '../lib/platform/json-text.ts'
import type { Call } from './call.ts'

/**
 * What a command has to say, on standard output: as text, with --json as one document that people can read too, or with
 * --json-lines in one line, so that a file to which each run adds has one line for each run.
 */
export function print(
  { io: { stdout }, json }: Pick<Call, 'io' | 'json'>,
  document: unknown,
  text: () => string,
): void {
  stdout.write(json === undefined ? text() : `${jsonText(document, json === 'line' ? 0 : 2)}\n`)
}
