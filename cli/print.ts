import type { Call } from './call.ts'

/**
 * What a command has to say, on standard output: as text, or with --json as one document. At a terminal it is set out for people;
 * anywhere else it is one line, so that a file which each run adds to has a line a run.
 */
export function print(
  { io: { stdout }, json }: Pick<Call, 'io' | 'json'>,
  document: unknown,
  text: () => string,
): void {
  stdout.write(json ? `${JSON.stringify(document, null, stdout.isTTY === true ? 2 : 0)}\n` : text())
}
