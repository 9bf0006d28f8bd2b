import { PassThrough, Readable } from 'node:stream'
import { main } from '../../cli/main.ts'

export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Whether standard output is a terminal, 100 columns wide. */
  readonly tty?: boolean
  /** What is piped in. */
  readonly stdin?: string | Uint8Array
  /** What is typed at a terminal. */
  readonly typed?: string
}

/** Runs a command line in this process and catches what it prints. */
export async function newleaf(
  args: readonly string[],
  { env = {}, tty = false, stdin = '', typed }: TerminalOptions = {},
): Promise<Printed> {
  const printed = { stdout: '', stderr: '' }
  const screen = (name: keyof typeof printed) => ({
    write(text: string) {
      printed[name] += text
    },
    isTTY: tty,
    columns: 100,
  })
  const code = await main(args, {
    stdin: typed === undefined ? Readable.from([Buffer.from(stdin)]) : keyboard(typed),
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    env,
    interrupted: () => undefined,
  })
  return { code, ...printed }
}

function keyboard(typed: string) {
  const keys = Object.assign(new PassThrough(), { isTTY: true })
  keys.write(typed)
  return keys
}
