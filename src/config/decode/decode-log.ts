/* The path of the field being decoded and the findings so far. One per decode. */
import type { FieldPath, PathSegment, UnknownFields } from '../../api/config.ts'
import type { Finding } from './finding.ts'

export interface FindingDetails {
  readonly expected?: string | undefined
  readonly found?: string | undefined
  readonly hint?: string | undefined
  readonly of?: 'key' | 'value'
  readonly severity?: 'error' | 'warning'
  readonly related?: Finding['related']
}

export class DecodeLog {
  readonly findings: Finding[] = []
  readonly unknownFields: UnknownFields
  unknownCount = 0
  readonly #path: PathSegment[] = []

  constructor(unknownFields: UnknownFields) {
    this.unknownFields = unknownFields
  }

  push(segment: PathSegment): void {
    this.#path.push(segment)
  }

  pop(): void {
    this.#path.pop()
  }

  path(): FieldPath {
    return this.#path.slice()
  }

  /** How many maps and lists the current value is in. */
  depth(): number {
    let depth = 0
    for (const segment of this.#path) if (typeof segment !== 'object' || !('any' in segment)) depth++
    return depth
  }

  /** Reports at the current path. */
  report(id: string, message: string, details: FindingDetails = {}): void {
    const { of = 'value', severity = 'error', ...rest } = details
    // Envoy's own texts quote what they found.
    const whole = id === 'NU102' && rest.found !== undefined ? `${message}, got ${rest.found}` : message
    this.findings.push({ id, severity, message: whole, path: this.path(), of, ...rest })
  }

  /** An unknown name: an error or a counted warning, as the flags say. Reported at the current path. */
  unknown(id: string, message: string, details: FindingDetails): void {
    this.unknownCount++
    if (this.unknownFields === 'ignore') return
    this.report(id, message, { ...details, severity: this.unknownFields === 'error' ? 'error' : 'warning' })
  }
}
