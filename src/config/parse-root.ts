/* Builds something from one checked message through a tracking reader: what is set and not read fails. */
import type { FieldPath, Message, Parsed, Reader, RegexLimits, SourceMap } from '../api/config.ts'
import type { Finding } from './decode/finding.ts'
import { TrackingReader } from './reader/tracking-reader.ts'
import { configErrors } from './report/config-errors.ts'
import { envoySchema } from './schema/envoy-schema.ts'

export interface ParseRootOptions {
  /** Where places come from; without it errors have paths only. */
  readonly sourceMap?: SourceMap
  /** Path of this message in what the source map knows, such as static_resources.clusters[3]. */
  readonly path?: FieldPath
  /** Unsupported fields become warnings (--allow-unsupported-fields). */
  readonly allowUnsupported?: boolean
  /** Of the runtime; without it those that hold when it says nothing. */
  readonly regexLimits?: RegexLimits
}

export function parseRoot<T>(
  typeName: string,
  message: Message,
  options: ParseRootOptions,
  parse: (reader: Reader) => T,
): Parsed<T> {
  const findings: Finding[] = []
  const readers: TrackingReader[] = []
  const value = parse(
    new TrackingReader(
      { schema: envoySchema, findings, readers, regexLimits: options.regexLimits },
      typeName,
      { above: undefined, segments: options.path ?? [] },
      message,
    ),
  )
  for (const reader of readers) reader.reportUnread()
  if (findings.length === 0) return { ok: true, value, warnings: [] }
  const judged = options.allowUnsupported === true ? findings.map(asWarningIfUnsupported) : findings
  const { errors, warnings } = configErrors(judged, options.sourceMap)
  return errors.length === 0 ? { ok: true, value, warnings } : { ok: false, errors, warnings }
}

function asWarningIfUnsupported(finding: Finding): Finding {
  return finding.id === 'NU120' ? { ...finding, severity: 'warning' } : finding
}
