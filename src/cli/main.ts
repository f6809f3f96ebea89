/**
 * Where the process begins. Worker threads start first, and load while this thread loads the program; therefore nothing
 * heavy may be imported here.
 */
import { EarlyThreads } from '../server/workers/early-threads.ts'
import { guessWorkers } from './guess-workers.ts'
import { readIfThere, usableThreads } from './machine.ts'
import { workerEntry } from './worker-entry.ts'

const workers = guessWorkers(
  process.argv.slice(2),
  usableThreads({ hardwareThreads: navigator.hardwareConcurrency, readFile: readIfThere }),
)
const threads = new EarlyThreads(workerEntry(Bun.pathToFileURL(Bun.main).href), workers)
const program = require('./program.ts') as typeof import('./program.ts')
void program.main(threads).then((code) => process.exit(code))
