/** Takes a format string apart into literals and commands (Envoy docs: observability/access_log/usage). */
import type { Command } from './operator.ts'

export type FormatPart = { readonly literal: string } | { readonly command: Command }
export type ParsedFormat =
  | { readonly ok: true; readonly parts: readonly FormatPart[] }
  | { readonly ok: false; readonly message: string }

/** `%NAME%`, `%NAME(parameter)%`, `%NAME(parameter):length%`; the parameter may hold percent signs but no `)%`-like end. */
const COMMAND = /^%([A-Z][A-Z0-9_]*)(\((.*?)\))?(?::([0-9]+))?%/s

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
        message: `Incorrect configuration: ${format}. Couldn't find valid command at position ${percent}`,
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
  const match = COMMAND.exec(format.slice(at))
  if (match === null) return undefined
  return {
    command: {
      name: match[1]!,
      parameter: match[2] === undefined ? undefined : match[3]!,
      maxLength: match[4] === undefined ? undefined : Number(match[4]),
    },
    end: at + match[0].length,
  }
}
