import type { Timer } from '../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent } from '../api/network.ts'
import type { RosterMember } from '../base/roster.ts'
import type { SocketConnection } from '../network/connection.ts'
import type { ActiveFilterChain } from './active-filter-chain.ts'

export interface ActiveConnectionOwner {
  /** Once. */
  forget(active: ActiveConnection): void
}

/** Takes the connection out of its listener's list at its end. */
export class ActiveConnection implements ConnectionCallbacks, RosterMember {
  rosterPlace = -1
  readonly connection: SocketConnection
  readonly chain: ActiveFilterChain
  /** Monotonic ms. */
  readonly startedAt: number
  readonly #owner: ActiveConnectionOwner
  /** ms in which what waits for the client may be more than it should; 0: any time. */
  readonly #highWatermarkTimeoutMs: number
  #watermarkTimer: Timer | undefined = undefined

  constructor(
    connection: SocketConnection,
    chain: ActiveFilterChain,
    owner: ActiveConnectionOwner,
    startedAt: number,
    highWatermarkTimeoutMs: number,
  ) {
    this.#highWatermarkTimeoutMs = highWatermarkTimeoutMs
    this.connection = connection
    this.chain = chain
    this.startedAt = startedAt
    this.#owner = owner
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected') return
    this.#watermarkTimer?.disable()
    this.#owner.forget(this)
  }

  onAboveHighWatermark(): void {
    if (this.#highWatermarkTimeoutMs === 0) return
    const { connection } = this
    this.#watermarkTimer ??= connection.dispatcher.timer(() =>
      connection.close('no-flush', 'buffer_high_watermark_timeout_reached'),
    )
    this.#watermarkTimer.enable(this.#highWatermarkTimeoutMs)
  }

  onBelowLowWatermark(): void {
    this.#watermarkTimer?.disable()
  }
}
