// What the package's bin loads, on a Node that is new enough.
import { processIo } from './call.ts'
import { main } from './main.ts'

process.exitCode = await main(process.argv.slice(2), processIo())
