/** argv → what to do. Never throws: a wrong command line is an exit with a text. */
import type { CommandLine } from '../api/options.ts'
import { didYouMean } from '../config/decode/suggest.ts'
import type { Machine } from './machine.ts'
import { OptionError } from './option-error.ts'
import { parseRouteCheck } from './parse-route-check.ts'
import { parseSupervise } from './parse-supervise.ts'
import { readOptions } from './read-options.ts'
import { splitArguments } from './split-arguments.ts'
import { usage } from './usage.ts'
import { valueReaders } from './value-readers.ts'

export interface CommandLineDeps {
  readonly machine: Machine
  /** `<commit>/1.40.0/Clean/RELEASE/…` */
  readonly version: string
  /** Of this program. */
  readonly nuncioVersion: string
  /** `11.104` */
  readonly hotRestartVersion: string
  /** The configuration that `nuncio validate` takes when none is named. */
  findConfig(): string | undefined
}

export function parseCommandLine(argv: readonly string[], deps: CommandLineDeps): CommandLine {
  try {
    return parse(argv, deps)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    return { kind: 'exit', code: 1, stdout: '', stderr: `${error.message}\n` }
  }
}

function parse(argv: readonly string[], deps: CommandLineDeps): CommandLine {
  // Its flags are another tool's.
  if (argv[0] === 'route-check') return parseRouteCheck(argv.slice(1))
  if (argv[0] === 'supervise') return parseSupervise(argv.slice(1), (flags) => parse(flags, deps))
  const { values, positional } = splitArguments(argv)
  const flags = valueReaders(values)
  if (flags.on('help')) return exit({ stdout: usage() })
  if (flags.on('version')) return exit({ stdout: `\nnuncio ${deps.nuncioVersion}  version: ${deps.version}\n\n` })
  // Envoy prints this on standard error, without a line end.
  if (flags.on('hot-restart-version'))
    return exit({ stderr: flags.on('disable-hot-restart') ? 'disabled' : deps.hotRestartVersion })

  const [verb, ...rest] = positional
  if (verb === 'explain') {
    const id = rest[0]
    if (id === undefined || rest.length > 1) throw new OptionError('error: nuncio explain wants one id, such as NU101')
    return { kind: 'explain', id }
  }
  const { options, notices } = readOptions(flags, deps.machine)
  if (verb === undefined) return { kind: 'run', options, notices }
  if (verb !== 'validate') throw new OptionError(unknownVerb(verb))
  if (rest.length > 1 || (rest.length === 1 && options.configPath !== ''))
    throw new OptionError('error: nuncio validate wants one configuration')
  const named = rest[0] ?? options.configPath
  const configPath = named === '' && options.configYaml === '' ? (deps.findConfig() ?? '') : named
  return { kind: 'run', options: { ...options, configPath, mode: 'validate', strict: true }, notices }
}

function exit(output: { readonly stdout?: string; readonly stderr?: string }): CommandLine {
  return { kind: 'exit', code: 0, stdout: output.stdout ?? '', stderr: output.stderr ?? '' }
}

const VERBS = ['validate', 'explain', 'route-check', 'supervise']

function unknownVerb(word: string): string {
  const verb = didYouMean(word, VERBS)
  const verbs = verb === undefined ? ` (verbs: ${VERBS.join(', ')})` : `; ${verb}`
  const hint = /[./]/.test(word) ? `; did you mean -c ${word}?` : verbs
  return `error: ${word}: couldn't find match for argument${hint}\nAll flags: nuncio --help`
}
