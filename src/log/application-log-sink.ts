/** Where the application log goes: stderr, line by line, or the file of --log-path, buffered like an access log. */
import type { Timer } from '../api/event.ts'
import type { Counter, Gauge } from '../api/stats.ts'
import type { FileSinkDeps, FileSinkStats, OpenedSink } from './file-sink.ts'
import { EVERY_LINE, FileSink } from './file-sink.ts'

export function stderrSink(timer: (callback: () => void) => Timer): FileSink {
  const deps: FileSinkDeps = { timer, flushMinBytes: EVERY_LINE, flushIntervalMs: 0, stats: UNCOUNTED }
  const opened = FileSink.open('/dev/stderr', deps)
  if (!opened.ok) throw new Error(opened.error) // the standard descriptors are not opened, so this cannot fail
  return opened.sink
}

/** The error is what the process prints before it exits. */
export function openLogPath(path: string, deps: FileSinkDeps): OpenedSink {
  const opened = FileSink.open(path, deps)
  return opened.ok ? opened : { ok: false, error: `Failed to open log-file '${path}'. e.what(): ${opened.error}` }
}

const NO_COUNTER: Counter = { inc: () => {}, add: () => {}, value: 0 }
const NO_GAUGE: Gauge = { inc: () => {}, dec: () => {}, add: () => {}, sub: () => {}, set: () => {}, value: 0 }

/** stderr is not among the files that `filesystem.*` counts. */
const UNCOUNTED: FileSinkStats = {
  writeBuffered: NO_COUNTER,
  writeCompleted: NO_COUNTER,
  writeFailed: NO_COUNTER,
  flushedByTimer: NO_COUNTER,
  reopenFailed: NO_COUNTER,
  writeTotalBuffered: NO_GAUGE,
}
