/** The upstream connection of a session; it may outlive the session to send what is still queued. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../../../api/network.ts'
import type { ReadableConnection } from '../../../../api/upstream.ts'
import type { ProxyShared } from './proxy-shared.ts'
import type { DownstreamEnd, SessionUpstream, UpstreamOwner } from './session-upstream.ts'
import type { TimedSession } from './session-timers.ts'
import { IdleClock } from './session-timers.ts'

export class UpstreamSide implements SessionUpstream, ReadFilter, ConnectionCallbacks, TimedSession {
  readonly hasCloseReason = true
  readonly #connection: ReadableConnection
  readonly #shared: ProxyShared
  #owner: UpstreamOwner | undefined
  #flushing = false
  #flushClock: IdleClock | undefined = undefined

  constructor(connection: ReadableConnection, shared: ProxyShared, owner: UpstreamOwner) {
    this.#connection = connection
    this.#shared = shared
    this.#owner = owner
    connection.setHalfClose(true)
    connection.addCallbacks(this)
    connection.addReadFilter(this)
  }

  write(data: ByteQueue, end: boolean): void {
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) this.#connection.write(piece)
    if (end) this.#connection.endWrite()
  }

  readDisable(disable: boolean): void {
    this.#connection.readDisable(disable)
  }

  onDownstreamEnd(end: DownstreamEnd, reason: string, idleTimeoutMs: number): void {
    this.#owner = undefined
    if (end === 'closed') this.#flushAndClose(idleTimeoutMs)
    else this.#connection.close(end === 'reset' ? 'abort-reset' : 'no-flush', reason)
  }

  /** Sends what is queued, for as long as that goes on. */
  #flushAndClose(idleTimeoutMs: number): void {
    this.#connection.close('flush-write')
    if (this.#connection.state !== 'closing') return
    const { stats } = this.#shared
    this.#flushing = true
    stats.upstreamFlushTotal.inc()
    stats.upstreamFlushActive.inc()
    if (idleTimeoutMs > 0) this.#flushClock = new IdleClock(this, idleTimeoutMs)
  }

  // -------------------------------------------------------------------------------------- the connection's filter

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue, end: boolean): FilterStatus {
    if (this.#owner === undefined) data.clear()
    else this.#owner.onUpstreamData(data, end)
    return 'stop'
  }

  onEvent(event: ConnectionEvent): void {
    if (this.#flushing) {
      this.#flushing = false
      this.#flushClock?.stop()
      this.#shared.stats.upstreamFlushActive.dec()
    }
    const owner = this.#owner
    this.#owner = undefined
    const { closeReason } = this.#connection
    if (event === 'local-close') owner?.onUpstreamClosed(false, closeReason)
    else owner?.onUpstreamClosed(event === 'remote-close' && closeReason === 'ECONNRESET')
  }

  onAboveHighWatermark(): void {
    this.#owner?.onUpstreamBackedUp(true)
  }

  onBelowLowWatermark(): void {
    this.#owner?.onUpstreamBackedUp(false)
  }

  // ------------------------------------------------------------------------------------------------- while flushing

  get dispatcher(): ReadableConnection['dispatcher'] {
    return this.#connection.dispatcher
  }

  get queuedBytes(): number {
    return this.#connection.bufferedBytes
  }

  onIdle(): void {
    this.#shared.stats.idleTimeout.inc()
    this.#connection.close('no-flush')
  }
}
