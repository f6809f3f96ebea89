/** Where a worker thread starts: hands the server's worker what only the command line knows, the list of extensions. */
import { runWorker } from '../server/workers/worker-main.ts'
import { extensions } from './extensions.gen.ts'

runWorker({ extensions })
