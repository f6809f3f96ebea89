/** Which functions an expression may call. Envoy turns some of the language off, as it costs more than its text shows. */
import type { CelFunc } from '@bufbuild/cel'
import type { CelLibrary } from './cel-library.ts'

/** envoy.config.core.v3.CelExpressionConfig. */
export interface CelOptions {
  /** `string(x)`. */
  readonly stringConversion: boolean
  /** `a + b` of texts. */
  readonly stringConcat: boolean
  /** `replace`, `split`, `lowerAscii` and their like. */
  readonly stringFunctions: boolean
}

export const DEFAULT_CEL_OPTIONS: CelOptions = { stringConversion: false, stringConcat: false, stringFunctions: false }

const ALWAYS: readonly string[] = (
  '_?_:_ _&&_ _||_ !_ @not_strictly_false __not_strictly_false__ _==_ _!=_ _<_ _<=_ _>_ _>=_ _+_ _-_ _*_ _/_ _%_ -_ ' +
  '_[_] @in size contains startsWith endsWith matches type int uint double bytes bool dyn duration timestamp ' +
  'getFullYear getMonth getDayOfYear getDayOfMonth getDate getDayOfWeek getHours getMinutes getSeconds ' +
  'getMilliseconds re.capture re.extract'
).split(' ')

const STRING_FUNCTIONS: readonly string[] =
  'charAt indexOf join lastIndexOf lowerAscii upperAscii replace reverse split substring trim format strings.quote'.split(
    ' ',
  )

export function knownFunctions(options: CelOptions): ReadonlySet<string> {
  const names = new Set(ALWAYS)
  if (options.stringConversion) names.add('string')
  if (options.stringFunctions) for (const name of STRING_FUNCTIONS) names.add(name)
  return names
}

/** What is added to the library's own and put in place of some of it. */
export function extraFunctions({ cel, strings }: CelLibrary, options: CelOptions): CelFunc[] {
  const { STRING, BOOL, DYN, DOUBLE } = cel.CelScalar
  const list = cel.listType(DYN)
  const refused = (): never => {
    throw new Error('no matching overload')
  }
  const funcs: CelFunc[] = [
    cel.celFunc('_+_', [list, list], list, refused),
    cel.celFunc('startsWith', [STRING, STRING], BOOL, (text, start) => text.startsWith(start)),
    cel.celFunc('endsWith', [STRING, STRING], BOOL, (text, end) => text.endsWith(end)),
    cel.celFunc('contains', [STRING, STRING], BOOL, (text, part) => text.includes(part)),
    cel.celFunc('matches', [STRING, STRING], BOOL, (text, pattern) => re2(pattern).matcher(text).find()),
    cel.celFunc('re.capture', [STRING, STRING], STRING, capture),
    cel.celFunc('re.extract', [STRING, STRING, STRING], STRING, extract),
  ]
  funcs.push(cel.celFunc('double', [STRING], DOUBLE, doubleOf))
  if (!options.stringConcat) funcs.push(cel.celFunc('_+_', [STRING, STRING], STRING, refused))
  if (options.stringFunctions) {
    const reverse = cel.celMethod('reverse', STRING, [], STRING, function () {
      return Array.from(this).reverse().join('')
    })
    funcs.push(...strings, reverse)
  }
  return funcs
}

function doubleOf(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || (Number.isNaN(value) && !/^[+-]?nan$/i.test(text))) throw new Error(`${text} is no number`)
  return value
}

export function re2(pattern: string): import('re2js').RE2JS {
  return (require('re2js') as typeof import('re2js')).RE2JS.compile(pattern)
}

/** The first group of a pattern that matches the whole text. */
function capture(text: string, pattern: string): string {
  const matcher = re2(pattern).matcher(text)
  if (!matcher.matches() || matcher.groupCount() < 1) throw new Error(`${pattern} does not capture`)
  return matcher.group(1) ?? ''
}

/** `rewrite` with `\1` for the groups of the first match. */
function extract(text: string, pattern: string, rewrite: string): string {
  const matcher = re2(pattern).matcher(text)
  if (!matcher.find()) throw new Error(`${pattern} does not match`)
  return rewrite.replace(/\\([0-9\\])/g, (_, what: string) =>
    what === '\\' ? '\\' : (matcher.group(Number(what)) ?? ''),
  )
}
