/**
 * A connection whose filter chain is not chosen yet: the filters of its listener look at it one after the other (Envoy's
 * ActiveTcpSocket). The runtime has no way to peek at a socket; so bytes are read, shown to the filters, and left where
 * the network filters find them.
 */
import type { Dispatcher, Timer } from '../api/event.ts'
import type {
  ListenerFilter,
  ListenerFilterBuffer,
  ListenerFilterCallbacks,
  ListenerFilterFactory,
} from '../api/listener-filter.ts'
import type { ConnectionCallbacks, ConnectionEvent, ConnectionInfo, FilterStatus, ReadFilter } from '../api/network.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { ByteQueue } from '../base/byte-queue.ts'
import type { RosterMember } from '../base/roster.ts'
import type { SocketConnection } from '../network/connection.ts'

/** A filter of a listener on one worker. */
export interface ActiveListenerFilter {
  /** Undefined: what it is made by has to come from elsewhere and has not. */
  readonly factory: ListenerFilterFactory | undefined
  /** Whether it is left out for this connection, as far as that is known when its turn comes. */
  readonly isDisabled: ((info: ConnectionInfo) => boolean) | undefined
}

/** closed: by a filter, or since it is of no use any more. */
export type SocketEnd = 'remote-close' | 'error' | 'closed'

/** Each socket ends in exactly one call of `onFiltered` or `onEnded`. */
export interface ActiveSocketOwner {
  /** How long filters may wait, all in all; 0 for ever. */
  readonly filtersTimeoutMs: number
  /** Whether filters that took too long are left behind, not the connection. */
  readonly continuesOnTimeout: boolean
  onTimeout(): void
  /** A filter is not there yet: the connection is closed. */
  onMissingFilter(): void
  onFiltered(socket: ActiveSocket): void
  onEnded(socket: ActiveSocket, how: SocketEnd): void
}

export class ActiveSocket
  implements ReadFilter, ConnectionCallbacks, ListenerFilterCallbacks, ListenerFilterBuffer, RosterMember
{
  rosterPlace = -1
  readonly connection: SocketConnection
  /** By its real destination, to the listener that is there. */
  readonly mayBeHandedOver: boolean
  readonly #filters: readonly ActiveListenerFilter[]
  readonly #owner: ActiveSocketOwner
  #next = 0
  #current: ListenerFilter | undefined = undefined
  /** While bytes are offered. */
  #queue: ByteQueue | undefined = undefined
  /** So many of them has the current filter seen. */
  #shown = 0
  #waiting = false
  #over = false
  #timer: Timer | undefined = undefined

  constructor(
    connection: SocketConnection,
    filters: readonly ActiveListenerFilter[],
    mayBeHandedOver: boolean,
    owner: ActiveSocketOwner,
  ) {
    this.connection = connection
    this.mayBeHandedOver = mayBeHandedOver
    this.#filters = filters
    this.#owner = owner
  }

  start(): void {
    // Envoy makes all filters at once, and those that are left out for this connection with them.
    if (this.#filters.some(({ factory }) => factory === undefined)) {
      this.#owner.onMissingFilter()
      return this.close()
    }
    this.#run()
  }

  // --------------------------------------------------------------------------------------------- what filters see

  get dispatcher(): Dispatcher {
    return this.connection.dispatcher
  }

  get info(): ConnectionInfo {
    return this.connection.info
  }

  get streamInfo(): StreamInfo {
    return this.connection.streamInfo
  }

  get fd(): number {
    return this.connection.fd
  }

  get bytes(): Uint8Array {
    const bytes = this.#queue === undefined ? NO_BYTES : this.#queue.coalesce()
    const most = this.#current === undefined ? 0 : this.#current.maxReadBytes
    return bytes.length > most ? bytes.subarray(0, most) : bytes
  }

  drain(count: number): void {
    this.#queue?.drain(count)
    this.#shown -= count
  }

  close(reason?: string): void {
    if (this.#over) return
    this.#leave()
    // A socket that is closed with bytes in it answers with a reset; Envoy's still has those that filters peeked at.
    this.connection.close(this.connection.unreadBytes > 0 ? 'abort-reset' : 'no-flush', reason)
    this.#owner.onEnded(this, 'closed')
  }

  continueFilterChain(success: boolean): void {
    if (this.#over) return
    if (success) this.#run()
    else this.close()
  }

  // ------------------------------------------------------------------------------------- what the connection calls

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue): FilterStatus {
    this.#queue = data
    if (this.#offer()) this.#run()
    this.#queue = undefined
    return 'stop'
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected' || this.#over) return
    this.#leave()
    this.#current?.onClose?.()
    this.#owner.onEnded(this, this.connection.closeReason === '' ? 'remote-close' : 'error')
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  // -------------------------------------------------------------------------------------------------------- running

  /** From the next filter on, until one waits. */
  #run(): void {
    while (this.#next < this.#filters.length) {
      const { factory, isDisabled } = this.#filters[this.#next++]!
      if (isDisabled?.(this.info) === true) continue
      if (factory === undefined) return this.close()
      const filter = factory()
      this.#current = filter
      this.#shown = 0
      const status = filter.onAccept(this)
      if (this.#over) return
      if (status === 'stop' && !this.#offer()) return this.#wait()
    }
    this.#pass()
  }

  /** Shows new bytes to the filter that waits for them; true when it has seen enough. */
  #offer(): boolean {
    const filter = this.#current
    const queue = this.#queue
    if (filter?.onData === undefined || queue === undefined) return false
    for (;;) {
      const there = Math.min(queue.length, filter.maxReadBytes)
      // Where the filter asks for more in between, it may be there.
      if (this.#over || there <= this.#shown) return false
      this.#shown = there
      if (filter.onData(this) === 'continue') return true
    }
  }

  #wait(): void {
    if (this.#over) return
    if (!this.#waiting) {
      this.#waiting = true
      this.connection.addReadFilter(this)
      this.connection.addCallbacks(this)
      const { filtersTimeoutMs } = this.#owner
      if (filtersTimeoutMs > 0) {
        this.#timer = this.dispatcher.timer(() => this.#onTimeout())
        this.#timer.enable(filtersTimeoutMs)
      }
    }
    // What came before, for another filter or for another listener.
    if (this.#queue === undefined) this.connection.initializeReadFilters()
  }

  #onTimeout(): void {
    this.#owner.onTimeout()
    if (this.#owner.continuesOnTimeout) this.#pass()
    else this.close()
  }

  #pass(): void {
    this.#leave()
    this.#owner.onFiltered(this)
  }

  #leave(): void {
    this.#over = true
    this.#timer?.disable()
    if (!this.#waiting) return
    this.connection.removeOnlyReadFilter(this)
    this.connection.removeCallbacks(this)
  }
}

const NO_BYTES = new Uint8Array(0)
