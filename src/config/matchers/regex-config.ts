/** envoy.type.matcher.v3.RegexMatcher and RegexMatchAndSubstitute, parsed. */
import type { Reader } from '../../api/config.ts'
import type { LinearRegex } from './regex.ts'
import { compileRegex } from './regex.ts'

export interface RegexRewrite {
  readonly regex: LinearRegex
  readonly substitution: string
}

/** undefined after an error was reported. */
export function readRegex(reader: Reader): LinearRegex | undefined {
  // The only engine there is; its options were withdrawn by Envoy and change nothing.
  if (reader.has('google_re2')) reader.message('google_re2', (engine) => engine.keep())
  const compiled = compileRegex(reader.string('regex'))
  if (compiled.ok) return compiled.regex
  const lookaround = compiled.message.startsWith('invalid perl operator')
  reader.error(
    'regex',
    'NU121',
    compiled.message,
    lookaround ? 'RE2 has no look-around; match more and refuse with a second route or header matcher' : undefined,
  )
  return undefined
}

export function readRegexRewrite(reader: Reader): RegexRewrite | undefined {
  const substitution = reader.string('substitution')
  const regex = reader.message('pattern', readRegex)
  if (regex === undefined) return undefined
  return { regex, substitution }
}
