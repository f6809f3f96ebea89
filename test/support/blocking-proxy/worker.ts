import { extensions } from '../../../src/cli/extensions.gen.ts'
import { runWorker } from '../../../src/server/workers/worker-main.ts'
import { withBlockingFilter } from './blocking-filter.ts'

runWorker({ extensions: withBlockingFilter(extensions) })
