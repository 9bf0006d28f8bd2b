import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Timed {
  /** From its start to its end, as whoever started it sees it. */
  readonly seconds: number
  readonly stdout: string
}

/** Runs a program and measures it from outside. What does not end by itself is ended, and that is an error, as a failure is. */
export async function timed(
  program: string,
  args: readonly string[],
  { env, longest }: { readonly env: NodeJS.ProcessEnv; readonly longest: number },
): Promise<Timed> {
  const started = performance.now()
  const child = spawn(program, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longest,
    killSignal: 'SIGKILL',
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (...end) => resolve(end))
  })
  const seconds = (performance.now() - started) / 1_000
  const [stdout, stderr] = await said
  if (code === 0) return { seconds, stdout }
  const last = `${stdout}\n${stderr}`.trim().slice(-1_000)
  throw new Error(
    signal === null
      ? `${program} ended with ${code}:\n${last}`
      : `${program} had not ended after ${longest / 1_000} s, and was ended with ${signal}:\n${last}`,
  )
}
