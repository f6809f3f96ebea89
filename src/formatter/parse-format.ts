/** Takes a format string apart into literals and commands (Envoy docs: observability/access_log/usage). */
import type { Command } from './operator.ts'

export type FormatPart = { readonly literal: string } | { readonly command: Command }
export type ParsedFormat =
  | { readonly ok: true; readonly parts: readonly FormatPart[] }
  | { readonly ok: false; readonly message: string }

/**
 * `%NAME%`, `%NAME(parameter)%`, `%NAME:length%`, `%NAME(parameter):length%`. The parameter ends at the first `)` that
 * the rest can follow, so it may hold percent signs and parentheses, but no newline.
 */
const COMMAND = /%([A-Z0-9_]+)(\((.*?)\))?(?::([0-9]+))?%/y

/** The length is a size_t. */
const LONGEST = 18_446_744_073_709_551_615n

export function parseFormat(format: string): ParsedFormat {
  const parts: FormatPart[] = []
  let literal = ''
  let at = 0
  while (at < format.length) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      literal += format.slice(at)
      break
    }
    literal += format.slice(at, percent)
    if (format[percent + 1] === '%') {
      literal += '%'
      at = percent + 2
      continue
    }
    const match = matchCommand(format, percent)
    if (match === undefined) {
      return {
        ok: false,
        message: `Incorrect configuration: ${format}. Couldn't find valid command at position ${bytesBefore(format, percent)}`,
      }
    }
    if (literal !== '') parts.push({ literal })
    literal = ''
    parts.push({ command: match.command })
    at = match.end
  }
  if (literal !== '') parts.push({ literal })
  return { ok: true, parts }
}

function matchCommand(format: string, at: number): { command: Command; end: number } | undefined {
  const pattern = new RegExp(COMMAND)
  pattern.lastIndex = at
  const match = pattern.exec(format)
  if (match === null || (match[4] !== undefined && BigInt(match[4]) > LONGEST)) return undefined
  return {
    command: {
      name: match[1]!,
      parameter: match[2] === undefined ? undefined : match[3]!,
      maxLength: match[4] === undefined ? undefined : Number(match[4]),
    },
    end: at + match[0].length,
  }
}

function bytesBefore(text: string, end: number): number {
  return Buffer.byteLength(text.slice(0, end))
}
