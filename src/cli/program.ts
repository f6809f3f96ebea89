/** The program: reads the command line and becomes what it asks for. */
import { existsSync, writeSync } from 'node:fs'
import type { CommandLine } from '../api/options.ts'
import { explainFinding } from '../config/report/explain.ts'
import { runServer, validateServer } from '../server/main-common.ts'
import { explainHttpRequest } from '../server/explain-request.ts'
import { runRouteCheck } from '../server/route-check.ts'
import { HOT_RESTART_VERSION } from '../server/hot_restart/shared-memory.ts'
import type { EarlyThreads } from '../server/workers/early-threads.ts'
import { NUNCIO_VERSION, VERSION_TEXT } from '../server/version.ts'
import { withoutDisabled } from './disabled-extensions.ts'
import { extensions } from './extensions.gen.ts'
import { findConfig, noConfigHint } from './find-config.ts'
import type { Machine } from './machine.ts'
import { readIfThere } from './machine.ts'
import { parseCommandLine } from './parse-command-line.ts'
import { supervise } from './supervise.ts'
import { guardDogEntry, workerEntry } from './worker-entry.ts'

const STDOUT = 1
const STDERR = 2

const machine: Machine = { hardwareThreads: navigator.hardwareConcurrency, readFile: readIfThere }
const commandLine = parseCommandLine(process.argv.slice(2), {
  machine,
  version: VERSION_TEXT,
  nuncioVersion: NUNCIO_VERSION,
  hotRestartVersion: HOT_RESTART_VERSION,
  findConfig: () => findConfig(existsSync),
})

/** The exit code. `threads`: begun for the workers. */
export async function main(threads: EarlyThreads): Promise<number> {
  return perform(commandLine, threads)
}

async function perform(command: CommandLine, threads: EarlyThreads): Promise<number> {
  switch (command.kind) {
    case 'exit':
      print(STDOUT, command.stdout)
      print(STDERR, command.stderr)
      return command.code
    case 'explain': {
      const text = explainFinding(command.id)
      print(text === undefined ? STDERR : STDOUT, text ?? `error: there is no finding ${command.id}\n`)
      return text === undefined ? 1 : 0
    }
    case 'route-check': {
      const report = runRouteCheck(command, extensions)
      print(STDOUT, report.lines.map((line) => `${line}\n`).join(''))
      print(STDERR, report.errors.map((line) => `${line}\n`).join(''))
      return report.ok ? 0 : 1
    }
    case 'explain-request': {
      const report = explainHttpRequest(command, extensions)
      print(STDOUT, report.lines.map((line) => `${line}\n`).join(''))
      return report.ok ? 0 : 1
    }
    case 'supervise':
      return supervise(command, ownProgram(), (line) => print(STDERR, line))
    case 'run':
      return run(command, threads)
  }
}

async function run(
  { options, notices }: Extract<CommandLine, { kind: 'run' }>,
  threads: EarlyThreads,
): Promise<number> {
  const remaining = withoutDisabled(extensions, options.disabledExtensions)
  const allNotices = [...notices, ...remaining.notices]
  const mainUrl = Bun.pathToFileURL(Bun.main).href
  const deps = {
    extensions: remaining.extensions,
    workerEntry: workerEntry(mainUrl),
    threads,
    guardDogEntry: guardDogEntry(mainUrl),
  }
  const code =
    options.mode === 'validate' ? validateServer(options, allNotices, deps) : await runServer(options, allNotices, deps)
  if (code !== 0 && options.configPath === '' && options.configYaml === '')
    print(STDERR, noConfigHint(findConfig(existsSync)))
  return code
}

/** How this process was started, without its flags; inside of an executable there is no script. */
function ownProgram(): readonly string[] {
  const script = Bun.main.includes('$bunfs') ? [] : [...process.execArgv, Bun.main]
  return [process.execPath, ...script]
}

function print(fd: number, text: string): void {
  if (text !== '') writeSync(fd, text)
}
