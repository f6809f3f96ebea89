/**
 * What `enable_dispatcher_stats` adds to a turn of the loop. The clock is read and the end of a turn is called either
 * way, so this is all of it.
 *
 *   sh tools/bun bench/micro/dispatcher-stats.bench.ts
 */
import { DispatcherStats } from '../../src/event/dispatcher-stats.ts'
import { EARLY_LOG_SETTINGS } from '../../src/log/thread-log.ts'
import { Thread } from '../../src/server/thread.ts'

const SLICES = 20
const TURNS = 500_000

const { stats } = new Thread('worker_0', EARLY_LOG_SETTINGS, { flushIntervalMs: 10_000, flushMinBytes: 65_536 })
const measured = new DispatcherStats(stats.root, 'listener_manager.worker_0.')

/** Of this thread: a busy machine does less harm. */
function cpuNs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) * 1000
}

const slices: number[] = []
for (let slice = 0; slice < SLICES; slice++) {
  const start = cpuNs()
  for (let i = 0; i < TURNS; i++) {
    measured.turn(0.03 + (i % 97) / 300)
    measured.polled((i % 7) / 50)
  }
  slices.push((cpuNs() - start) / TURNS)
}
slices.sort((a, b) => a - b)
console.log(`${slices[0]!.toFixed(0)} ${slices[SLICES / 2]!.toFixed(0)} ns a turn (minimum, median of slices)`)
process.exit(0)
