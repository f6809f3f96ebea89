/** envoy.type.matcher.v3.RegexMatcher and RegexMatchAndSubstitute, parsed. */
import type { Reader, RegexLimits } from '../../api/config.ts'
import { toWireText } from '../../base/wire-text.ts'
import type { LinearRegex } from './regex.ts'
import { compileRegex } from './regex.ts'

export interface RegexRewrite {
  readonly regex: LinearRegex
  /** Wire text. */
  readonly substitution: string
}

/** undefined after an error was reported. */
export function readRegex(reader: Reader): LinearRegex | undefined {
  return readLimited(reader, reader.regexLimits)
}

export function readRegexOfAnySize(reader: Reader): LinearRegex | undefined {
  return readLimited(reader, reader.regexLimits && ANY_SIZE)
}

const ANY_SIZE: RegexLimits = { errorLevel: Number.POSITIVE_INFINITY, warnLevel: Number.POSITIVE_INFINITY }

function readLimited(reader: Reader, limits: RegexLimits | undefined): LinearRegex | undefined {
  // The only engine there is.
  const limit = reader.message('google_re2', readOwnLimit)
  const source = reader.string('regex')
  const compiled = compileRegex(source)
  if (!compiled.ok) {
    const lookaround = compiled.message.startsWith('invalid perl operator')
    const hint = 'RE2 has no look-around; match more and refuse with a second route or header matcher'
    reader.error('regex', 'NU121', compiled.message, lookaround ? hint : undefined)
    return undefined
  }
  if (limits !== undefined && compiled.sizeBound > Math.min(limit ?? limits.errorLevel, limits.warnLevel)) {
    checkSize(reader, source, compiled.programSize(), limit, limits)
  }
  return compiled.regex
}

/** The message of the generic matcher has none. */
function readOwnLimit(engine: Reader): number | undefined {
  return engine.type.startsWith('envoy.') ? engine.optionalNumber('max_program_size') : undefined
}

const MORE = 'Increase configured max program size if necessary.'
/** RE2 says so of what does not fit into its memory. */
const TOO_LARGE = 'pattern too large - compile failed'

/** A limit of the pattern's own goes before those of the runtime. */
function checkSize(
  reader: Reader,
  source: string,
  size: number | undefined,
  limit: number | undefined,
  { errorLevel, warnLevel }: RegexLimits,
): void {
  if (size === undefined) {
    reader.error('regex', 'NU121', TOO_LARGE)
    return
  }
  const exceeds = (most: number) => `regex '${source}' RE2 program size of ${size} > max program size of ${most}`
  if (limit !== undefined) {
    if (size > limit) reader.error('regex', 'NU121', `${exceeds(limit)}. ${MORE}`)
    return
  }
  const hint = 'the runtime key re2.max_program_size.error_level allows more'
  if (size > errorLevel) {
    reader.error('regex', 'NU121', `${exceeds(errorLevel)} set for the error level threshold. ${MORE}`, hint)
  } else if (size > warnLevel) {
    reader.warn('regex', 'NU121', `${exceeds(warnLevel)} set for the warn level threshold. ${MORE}`)
  }
}

export function readRegexRewrite(reader: Reader): RegexRewrite | undefined {
  const substitution = toWireText(reader.string('substitution'))
  const regex = reader.message('pattern', readRegex)
  if (regex === undefined) return undefined
  return { regex, substitution }
}
