/** Counters that a connection keeps for its owner. */
import type { Counter, Gauge } from '../api/stats.ts'

export interface ConnectionStats {
  readonly rxTotal: Counter
  readonly rxBuffered: Gauge
  readonly txTotal: Counter
  readonly txBuffered: Gauge
  readonly delayedCloseTimeouts?: Counter
}

/** One connection's part in them: the gauges are shared by many, each moves them by its own difference. */
export class ConnectionAccount {
  readonly #stats: ConnectionStats
  #unread = 0
  #rxBuffered = 0
  #txBuffered = 0

  constructor(stats: ConnectionStats) {
    this.#stats = stats
  }

  /** What is queued now stays in the gauge until more comes, even if filters take it at once. */
  received(bytes: number): void {
    this.#stats.rxTotal.add(bytes)
    this.#unread += bytes
    this.#showRx(this.#unread)
  }

  /** `left` bytes are still queued. */
  sent(bytes: number, left: number): void {
    this.#stats.txTotal.add(bytes)
    if (left === this.#txBuffered) return
    moveGauge(this.#stats.txBuffered, this.#txBuffered, left)
    this.#txBuffered = left
  }

  /** Filters have left so many bytes. */
  unread(left: number): void {
    this.#unread = left
  }

  #showRx(bytes: number): void {
    if (bytes === this.#rxBuffered) return
    moveGauge(this.#stats.rxBuffered, this.#rxBuffered, bytes)
    this.#rxBuffered = bytes
  }

  delayedCloseTimedOut(): void {
    this.#stats.delayedCloseTimeouts?.inc()
  }

  close(): void {
    this.#showRx(0)
    this.sent(0, 0)
  }
}

function moveGauge(gauge: Gauge, before: number, now: number): void {
  if (now > before) gauge.add(now - before)
  else gauge.sub(before - now)
}
