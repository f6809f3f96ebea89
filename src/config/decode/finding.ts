/* What the pipeline's passes report: a ConfigError that does not know its place yet. */
import type { FieldPath } from '../../api/config.ts'

export interface Finding {
  readonly id: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly path: FieldPath
  /** Which part of `key: value` the finding points at. */
  readonly of: 'key' | 'value'
  readonly expected?: string | undefined
  readonly found?: string | undefined
  readonly hint?: string | undefined
  /** A second field to point at. */
  readonly related?: { readonly label: string; readonly path: FieldPath } | undefined
}
