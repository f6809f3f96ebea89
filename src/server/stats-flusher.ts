/**
 * Brings the statistics of all threads together: at each flush interval histograms are merged and the server's own
 * gauges are refreshed, and whenever somebody looks, stats that workers have made meanwhile are learnt first.
 */
import type { Dispatcher, Timer } from '../api/event.ts'
import type { FromWorker } from '../api/worker.ts'
import type { HistogramDelta } from '../stats/histogram/delta.ts'
import type { StatDefinitions } from '../stats/definition.ts'
import type { MergedStats, WorkerHistogramDelta } from '../stats/merged-stats.ts'
import type { Order } from './workers/worker-handle.ts'

/** A worker that answers for its statistics. */
export interface StatsWorker {
  readonly index: number
  send(order: Order): Promise<FromWorker>
}

export interface StatsFlusherDeps {
  readonly dispatcher: Dispatcher
  readonly stats: MergedStats
  readonly workers: () => readonly StatsWorker[]
  /** 0: only when somebody looks (stats_flush_on_admin). */
  readonly intervalMs: number
  /** Before a flush: takes in what another process (a hot-restart parent) has counted. */
  mergeParentStats?(): Promise<void>
  /** Sets the gauges that are only true at a moment. */
  updateServerStats(): void
  /** At the end of a flush, when everything is merged. */
  onFlushed?(): void
  /** The timer found the flush before still under way. */
  onDropped(): void
}

export class StatsFlusher {
  readonly #deps: StatsFlusherDeps
  readonly #timer: Timer
  #flushing = false
  #running = false

  constructor(deps: StatsFlusherDeps) {
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => void this.flush())
  }

  start(): void {
    this.#running = true
    if (this.#deps.intervalMs > 0) this.#timer.enable(this.#deps.intervalMs)
  }

  stop(): void {
    this.#running = false
    this.#timer.disable()
  }

  /** Begins a new interval in every histogram. */
  async flush(): Promise<void> {
    if (this.#flushing) return this.#deps.onDropped()
    this.#flushing = true
    await this.#deps.mergeParentStats?.()
    const workers = this.#deps.workers()
    const answers = await Promise.all(workers.map((worker) => worker.send({ kind: 'stats.merge' })))
    this.#deps.stats.mergeHistograms(answers.flatMap((answer, at) => histogramDelta(workers[at]?.index, answer)))
    this.#deps.updateServerStats()
    this.#deps.onFlushed?.()
    this.#flushing = false
    if (this.#running) this.start()
  }

  /** Learns what workers have made since they last told. */
  async sync(): Promise<void> {
    await Promise.all(this.#deps.workers().map((worker) => worker.send({ kind: 'stats.sync' })))
  }

  /** From a worker, at any time. */
  define(worker: number, definitions: unknown): void {
    // What a worker's StatsStore.takeDefinitions returned, copied by the thread boundary.
    this.#deps.stats.addDefinitions(worker, definitions as StatDefinitions)
  }
}

function histogramDelta(worker: number | undefined, answer: FromWorker): WorkerHistogramDelta[] {
  if (worker === undefined || answer.kind !== 'stats.merged') return []
  // What a worker's StatsStore.takeHistogramDelta returned, copied by the thread boundary.
  return [{ worker, delta: answer.histograms as HistogramDelta }]
}
