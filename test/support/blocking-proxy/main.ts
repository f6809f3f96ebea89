/* The program with one extension more, and a main thread that SIGUSR2 blocks for three seconds. */
import { existsSync, readFileSync } from 'node:fs'
import { extensions } from '../../../src/cli/extensions.gen.ts'
import { parseCommandLine } from '../../../src/cli/parse-command-line.ts'
import { runServer } from '../../../src/server/main-common.ts'
import { block, withBlockingFilter } from './blocking-filter.ts'

const deps = {
  machine: {
    hardwareThreads: 2,
    readFile: (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  },
  version: 'test',
  nuncioVersion: 'test',
  hotRestartVersion: 'test',
  findConfig: () => undefined,
}
const command = parseCommandLine(process.argv.slice(2), deps)
if (command.kind !== 'run') throw new Error(`not a run: ${JSON.stringify(command)}`)
process.on('SIGUSR2', () => block(3000))
const code = await runServer(command.options, command.notices, {
  extensions: withBlockingFilter(extensions),
  workerEntry: new URL('./worker.ts', import.meta.url),
  guardDogEntry: new URL('../../../src/cli/guard-dog.ts', import.meta.url),
})
process.exit(code)
