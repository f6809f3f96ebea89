/* A tracking reader on its own, for tests and for callers that collect findings over several roots. */
import type { ConfigError, Message, Reader } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import { configErrors } from '../report/config-errors.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import { TrackingReader } from './tracking-reader.ts'

export interface TrackedReader {
  readonly reader: Reader
  /** Call once after reading: every finding, unread fields included. */
  end(): readonly ConfigError[]
}

export function trackingReader(typeName: string, message: Message): TrackedReader {
  const findings: Finding[] = []
  const readers: TrackingReader[] = []
  const reader = new TrackingReader(
    { schema: envoySchema, findings, readers },
    typeName,
    { above: undefined, segments: [] },
    message,
  )
  return {
    reader,
    end(): readonly ConfigError[] {
      for (const each of readers) each.reportUnread()
      const { errors, warnings } = configErrors(findings, undefined)
      return [...errors, ...warnings]
    },
  }
}
