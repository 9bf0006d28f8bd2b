import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Hands a task to a measuring program, in a process of its own, and resolves to what it measured. */
export async function inProcess<Task extends object, Measured>(
  program: string,
  task: Task,
  env: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  const child = fork(program, { env: { ...process.env, ...env } })
  child.send(task)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the measuring process ended with ${code} before it had measured`)
  })
  const [measured] = (await Promise.race([once(child, 'message'), ended])) as [Measured]
  ended.catch(() => undefined) // its end is expected now
  return measured
}
