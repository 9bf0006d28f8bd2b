import { parentPort, workerData } from 'node:worker_threads'
import { soak } from './years.ts'

parentPort?.postMessage(await soak(workerData))
