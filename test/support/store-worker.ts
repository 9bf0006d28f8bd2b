/**
 * A process of its own that works on the stores in a folder: `node store-worker.ts <work> <folder> <name> <times>`. It
 * prints a line when it is ready, starts with the first line it reads, so that several start at once, and prints a dot for
 * each time that is done.
 */
import { once } from 'node:events'
import { isFailure } from '../../lib/errors.ts'
import { Secret } from '../../lib/platform/secret.ts'
import { openSecrets, openState } from './stores.ts'

const [work = '', folder = '', name = '', times = '0'] = process.argv.slice(2)
const marks = Array.from({ length: Number(times) }, (_, index) => `canary-token-${name}-${index}`)

/** Adds marks of its own to a list that others write to as well. */
async function count(): Promise<void> {
  const state = await openState(folder)
  for (const mark of marks) {
    for (;;) {
      const stored = await state.read('certificate/shop')
      const list = (stored?.document ?? []) as string[]
      if (list.includes(mark)) break
      try {
        await state.write('certificate/shop', [...list, mark], stored?.tag)
        break
      } catch (error) {
        if (!isFailure(error, 'STATE_CONFLICT')) throw error
      }
    }
    process.stdout.write('.')
  }
}

/** Puts and removes the same markers as others do. */
async function mark(): Promise<void> {
  const state = await openState(folder)
  for (const each of marks) {
    const key = `wake/2026-11-22T06:00:00.000Z/shop-${each.length}`
    await state.write(key, {}, undefined).catch((error: unknown) => {
      if (!isFailure(error, 'STATE_CONFLICT')) throw error
    })
    await state.list('wake/')
    await state.remove(key)
  }
}

/** Renews a secret that others renew as well, and reads every stage between. */
async function renew(): Promise<void> {
  const secrets = await openSecrets(folder)
  for (const each of marks) {
    const current = await secrets.read('certificate/shop', 'current')
    const version = await secrets.stage('certificate/shop', new Secret(each))
    await secrets.read('certificate/shop', 'pending')
    try {
      await secrets.activate('certificate/shop', version, current?.version)
    } catch (error) {
      if (!isFailure(error, 'SECRET_CONFLICT')) throw error
    }
    await secrets.read('certificate/shop', 'previous')
    process.stdout.write('.')
  }
}

/** Reads what others must not be able to hide. */
async function read(): Promise<void> {
  const outcome = async (work: Promise<unknown>) =>
    work.then(
      (found) => (found === undefined ? 'absent' : 'found'),
      (error: unknown) => (isFailure(error) ? error.code : String(error)),
    )
  const state = await outcome(openState(folder).then((store) => store.read('certificate/shop')))
  const secrets = await outcome(openSecrets(folder).then((store) => store.read('certificate/shop', 'current')))
  process.stdout.write(JSON.stringify({ state, secrets }))
}

/** Writes more than it may. */
async function fill(): Promise<void> {
  const state = await openState(folder)
  const stored = await state.read('certificate/shop')
  try {
    await state.write('certificate/shop', 'x'.repeat(200_000), stored?.tag)
  } catch (error) {
    if (!isFailure(error)) throw error
    process.stdout.write(JSON.stringify({ code: error.code, errno: error.fields.errno }))
  }
}

process.stdout.write('ready\n')
await once(process.stdin, 'data')
const works: Record<string, () => Promise<void>> = { count, mark, renew, read, fill }
await works[work]?.()
process.stdin.destroy()
