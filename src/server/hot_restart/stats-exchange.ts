/** Statistics on their way from one epoch to the next. */
import type { MergedStats } from '../../stats/merged-stats.ts'
import type { ParentStats } from './message.ts'

/** Counts the epochs, so what the parents had of it stays. */
const GENERATION = 'server.hot_restart_generation'

/** What was counted since the export before, and the gauges as they are. */
export function exportStats(stats: MergedStats, memoryAllocated: number, numConnections: number): ParentStats {
  const counterDeltas = new Map<string, number>()
  for (const counter of stats.counters()) {
    if (!counter.used) continue
    const delta = counter.latch()
    if (delta > 0) counterDeltas.set(counter.name, delta)
  }
  const gauges = new Map<string, number>()
  // The protocol's numbers have no sign; a sum over threads may be below zero for a moment.
  for (const gauge of stats.gauges()) if (gauge.used) gauges.set(gauge.name, Math.max(0, Math.round(gauge.value)))
  return { memoryAllocated, numConnections, counterDeltas, gauges }
}

export function importStats(stats: MergedStats, { counterDeltas, gauges }: ParentStats): void {
  for (const [name, delta] of counterDeltas) stats.importCounter(name, delta)
  for (const [name, value] of gauges) stats.importGauge(name, value)
}

/** The parent is gone. */
export function withdrawStats(stats: MergedStats): void {
  stats.withdrawImportedGauges([GENERATION])
}
