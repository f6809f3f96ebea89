/* `--format github`: workflow commands that GitHub shows beside the changed lines. */
import type { ConfigError } from '../../api/config.ts'
import type { Findings } from './findings.ts'
import { byPlace } from './findings.ts'

export function githubReport(findings: Findings): string {
  return byPlace(findings)
    .map((finding) => `${command(finding)}\n`)
    .join('')
}

function command({ id, severity, message, hint, place }: ConfigError): string {
  const properties =
    place === undefined
      ? [`title=${id}`]
      : [
          `file=${property(place.file)}`,
          `line=${place.line}`,
          `col=${place.column}`,
          `endColumn=${place.column + place.length}`,
          `title=${id}`,
        ]
  return `::${severity} ${properties.join(',')}::${data(hint === undefined ? message : `${message}; ${hint}`)}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
