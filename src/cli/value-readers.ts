/** Values of flags by type. */
import type { FlagName, NumberName, StringName, SwitchName } from './flags.ts'
import { OptionError } from './option-error.ts'
import type { FlagValues } from './split-arguments.ts'

export interface ValueReaders {
  given(name: FlagName): boolean
  on(name: SwitchName): boolean
  text(name: StringName, fallback?: string): string
  list(name: StringName): readonly string[]
  number(name: NumberName, fallback: number): number
}

const MAX_U32 = 2 ** 32 - 1

export function valueReaders(values: FlagValues): ValueReaders {
  return {
    given: (name) => values.has(name),
    on: (name) => values.has(name),
    text: (name, fallback = '') => values.get(name)?.[0] ?? fallback,
    list: (name) => values.get(name) ?? [],
    number(name, fallback) {
      const text = values.get(name)?.[0]?.trimStart()
      if (text === undefined || text === '') return fallback
      const value = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN
      if (!(value <= MAX_U32))
        throw new OptionError(`error: --${name} wants a whole number from 0 to ${MAX_U32}, got '${text}'`)
      return value
    },
  }
}

/** One of the words, or an error in Envoy's words: `unknown mode 'foo'`. */
export function oneOf<T extends string>(value: string, words: readonly T[], what: string): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new OptionError(`error: unknown ${what} '${value}' (${words.join(', ')})`)
  return found
}

/** `5`, `5s`, `500ms`, `0`: milliseconds. */
export function parseGraceMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|ms)?$/.exec(text)
  if (match === null) throw new OptionError(`error: --sigterm-grace wants a time such as 5s, 500ms or 0, got '${text}'`)
  return Number(match[1]) * (match[2] === 'ms' ? 1 : 1000)
}
