/** What keeps the record of an attempt; undefined where nobody wants one. */
import type { RequestHeaders } from '../../api/headers.ts'
import type { FilterCallbacks } from '../../api/http.ts'
import type { AttemptSpan } from '../../api/tracing.ts'
import type { ClusterTracking } from '../../api/upstream.ts'
import { AttemptLog } from './attempt-log.ts'
import { AttemptTracker } from './attempt-tracker.ts'
import type { UpstreamLogs } from './upstream-log-config.ts'

export function createAttemptLog(
  logs: UpstreamLogs | undefined,
  tracking: ClusterTracking | undefined,
  stream: Pick<FilterCallbacks, 'dispatcher' | 'streamInfo'>,
  headers: RequestHeaders,
  perTryMs: number,
  span: AttemptSpan | undefined,
): AttemptLog | undefined {
  if (logs === undefined && tracking === undefined && span === undefined) return undefined
  const tracker = tracking && new AttemptTracker(tracking, perTryMs)
  return new AttemptLog(logs, stream, headers, tracker, span)
}
