/* Findings → ConfigErrors: places looked up, ordered by place, each said once. */
import type { ConfigError, SourceMap } from '../../api/config.ts'
import { printPath } from '../decode/describe.ts'
import type { Finding } from '../decode/finding.ts'

export interface SortedErrors {
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

export function configErrors(findings: readonly Finding[], sourceMap: SourceMap | undefined): SortedErrors {
  if (findings.length === 0) return { errors: [], warnings: [] }
  const seen = new Set<string>()
  const all: ConfigError[] = []
  for (const finding of findings) {
    const error = configError(finding, sourceMap)
    const identity = `${error.id} ${error.path} ${error.message}`
    if (!seen.has(identity)) all.push(error)
    seen.add(identity)
  }
  all.sort(byPlace)
  return {
    errors: all.filter((error) => error.severity === 'error'),
    warnings: all.filter((error) => error.severity === 'warning'),
  }
}

function configError(finding: Finding, sourceMap: SourceMap | undefined): ConfigError {
  const { id, severity, message, expected, found, hint } = finding
  const place = sourceMap?.locate(finding.path, finding.of)
  const relatedPlace = finding.related === undefined ? undefined : sourceMap?.locate(finding.related.path, 'key')
  return {
    id,
    severity,
    message: onOneLine(message),
    path: printPath(finding.path),
    ...(place === undefined ? {} : { place }),
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(hint === undefined ? {} : { hint }),
    ...(finding.related === undefined || relatedPlace === undefined
      ? {}
      : { related: { label: finding.related.label, place: relatedPlace } }),
  }
}

/** What a configuration holds goes into messages, and may hold anything. */
function onOneLine(message: string): string {
  return message.replace(controls, (control) => JSON.stringify(control).slice(1, -1))
}

// eslint-disable-next-line no-control-regex -- those are what must not be there
const controls = /[\0-\x1f\x7f]/g

function byPlace(a: ConfigError, b: ConfigError): number {
  if (a.place === undefined || b.place === undefined) return 0
  if (a.place.file !== b.place.file) return 0
  return a.place.line - b.place.line || a.place.column - b.place.column
}
