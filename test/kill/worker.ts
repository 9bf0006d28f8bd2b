/** Goes through one part after another in a thread of its own. */
import { parentPort } from 'node:worker_threads'
import { goThrough, type Part } from './parts.ts'

parentPort?.on('message', async (part: Part) => {
  parentPort?.postMessage(await goThrough(part))
})
