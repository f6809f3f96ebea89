/**
 * A connection's part in counters that it shares with many: the gauges move by its own difference. Part of the connection
 * rather than an object beside it, which would be one more cache line at each end of a request.
 */
import type { Gauge } from '../api/stats.ts'
import type { ConnectionStats } from './connection-stats.ts'
import { FilteredConnection } from './filtered-connection.ts'

export abstract class AccountedConnection extends FilteredConnection {
  #stats: ConnectionStats | undefined = undefined
  #unread = 0
  #rxBuffered = 0
  #txBuffered = 0

  setConnectionStats(stats: ConnectionStats): void {
    this.#stats = stats
    this.#unread = this.#rxBuffered = this.#txBuffered = 0
  }

  /** What is queued now stays in the gauge until more comes, even if filters take it at once. */
  protected countReceived(bytes: number): void {
    const stats = this.#stats
    if (stats === undefined) return
    stats.rxTotal.add(bytes)
    this.#unread += bytes
    this.#showRx(stats, this.#unread)
  }

  /** `left` bytes are still queued. */
  protected countSent(bytes: number, left: number): void {
    const stats = this.#stats
    if (stats === undefined) return
    stats.txTotal.add(bytes)
    if (left === this.#txBuffered) return
    moveGauge(stats.txBuffered, this.#txBuffered, left)
    this.#txBuffered = left
  }

  /** Filters have left so many bytes. */
  protected noteUnread(left: number): void {
    this.#unread = left
  }

  protected countDelayedCloseTimeout(): void {
    this.#stats?.delayedCloseTimeouts?.inc()
  }

  protected closeAccount(): void {
    if (this.#stats === undefined) return
    this.#showRx(this.#stats, 0)
    this.countSent(0, 0)
  }

  #showRx(stats: ConnectionStats, bytes: number): void {
    if (bytes === this.#rxBuffered) return
    moveGauge(stats.rxBuffered, this.#rxBuffered, bytes)
    this.#rxBuffered = bytes
  }
}

function moveGauge(gauge: Gauge, before: number, now: number): void {
  if (now > before) gauge.add(now - before)
  else gauge.sub(before - now)
}
