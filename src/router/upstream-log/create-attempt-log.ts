/** What keeps the record of an attempt; undefined where nobody wants one. */
import type { RequestHeaders } from '../../api/headers.ts'
import type { FilterCallbacks } from '../../api/http.ts'
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
): AttemptLog | undefined {
  if (tracking !== undefined) return new AttemptLog(logs, stream, headers, new AttemptTracker(tracking, perTryMs))
  return logs && new AttemptLog(logs, stream, headers)
}
