/* What the readers of one root share: findings, and which readers to look through at the end. */
import type { RegexLimits } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import type { Schema } from '../schema/schema.ts'
import type { TrackingReader } from './tracking-reader.ts'

export interface ReaderRoot {
  readonly schema: Schema
  readonly findings: Finding[]
  readonly readers: TrackingReader[]
  readonly regexLimits?: RegexLimits | undefined
}
