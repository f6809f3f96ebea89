import type { Scope } from '../api/stats.ts'
import type { FileSinkStats } from './file-sink.ts'

/** `filesystem.*` of a thread; `root` is the root scope. */
export function fileSinkStats(root: Scope): FileSinkStats {
  const scope = root.scope('filesystem.')
  return {
    writeBuffered: scope.counter('write_buffered'),
    writeCompleted: scope.counter('write_completed'),
    writeFailed: scope.counter('write_failed'),
    flushedByTimer: scope.counter('flushed_by_timer'),
    reopenFailed: scope.counter('reopen_failed'),
    writeTotalBuffered: scope.gauge('write_total_buffered'),
  }
}
