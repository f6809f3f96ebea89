/*
 * From argv to the values of flags. Envoy's parser takes `--flag value` and, in one element, `--flag value` with the
 * space inside (control planes start proxies so); `--flag=value` it refuses and we take. What follows a flag is its value
 * even when it begins with a dash.
 */
import { nearest } from '../config/decode/suggest.ts'
import type { Flag, FlagName, NamedFlag } from './flags.ts'
import { FLAGS } from './flags.ts'
import { OptionError } from './option-error.ts'

/** Values in the order given; a switch that was given has the value ''. */
export type FlagValues = ReadonlyMap<FlagName, readonly string[]>

export interface SplitArguments {
  readonly values: FlagValues
  /** What is no flag, in order. */
  readonly positional: readonly string[]
}

export function splitArguments(argv: readonly string[]): SplitArguments {
  const values = new Map<FlagName, string[]>()
  const positional: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? ''
    if (argument === '--' || argument === '--ignore_rest') break
    if (!argument.startsWith('-') || argument === '-') {
      positional.push(argument)
      continue
    }
    const { flag, inline } = findFlag(argument)
    // They end the program where they stand; what follows may be anything.
    if (inline === undefined && (flag.name === 'help' || flag.name === 'version')) {
      return { values: new Map([[flag.name, ['']]]), positional: [] }
    }
    if (flag.kind === 'switch') {
      if (inline !== undefined) throw new OptionError(`error: ${written(flag)} takes no value, got '${inline}'`)
      addValue(values, flag, '')
      continue
    }
    const value = inline ?? argv[++i]
    if (value === undefined) throw new OptionError(`error: ${written(flag)}: missing a value for this argument`)
    addValue(values, flag, value)
  }
  return { values, positional }
}

/** As Envoy's messages name a flag: `-c (--config-path)`, `--mode`. */
export function written(flag: Flag): string {
  return flag.short === undefined ? `--${flag.name}` : `-${flag.short} (--${flag.name})`
}

function addValue(values: Map<FlagName, string[]>, flag: NamedFlag, value: string): void {
  const given = values.get(flag.name)
  if (given === undefined) values.set(flag.name, [value])
  else if (flag.repeated === true) given.push(value)
  else throw new OptionError(`error: ${written(flag)}: argument already set`)
}

interface Found {
  readonly flag: NamedFlag
  readonly inline: string | undefined
}

function findFlag(argument: string): Found {
  const cut = argument.search(/[ =]/)
  const word = cut < 0 ? argument : argument.slice(0, cut)
  const flag = FLAGS.find(({ name, short }) => word === `--${name}` || (short !== undefined && word === `-${short}`))
  if (flag === undefined) throw new OptionError(unknownFlag(word))
  return { flag, inline: cut < 0 ? undefined : argument.slice(cut + 1) }
}

/** Two lines; Envoy prints its whole usage here, in which the one wrong word is easily lost. */
function unknownFlag(word: string): string {
  const suggestion = nearestFlag(word.replace(/^-+/, ''))
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  return `error: ${word}: couldn't find match for argument${hint}\nAll flags: nuncio --help`
}

/** The nearest flag, or the first one that begins with the nearest word: `--confg` is --config-path. */
function nearestFlag(word: string): string | undefined {
  const whole = nearest(
    word,
    FLAGS.map(({ name }) => name),
  )
  if (whole !== undefined) return `--${whole}`
  const first = nearest(
    word,
    FLAGS.flatMap(({ name }) => beginnings(name)),
  )
  if (first === undefined) return undefined
  const owners = FLAGS.filter(({ name }) => beginnings(name).includes(first))
  // A short form marks the flags that people use most.
  const owner = owners.find(({ short }) => short !== undefined) ?? owners[0]
  return owner === undefined ? undefined : `--${owner.name}`
}

function beginnings(name: string): readonly string[] {
  const words = name.split('-')
  return words.slice(1).map((_, i) => words.slice(0, i + 1).join('-'))
}
