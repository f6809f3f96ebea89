/** Accepts the admin's connections on the main thread and knows them until they end. */
import type { Dispatcher } from '../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent, NetworkFilterFactory } from '../api/network.ts'
import type { Acceptor } from '../network/acceptor.ts'
import { startAccepting } from '../network/acceptor.ts'
import type { SocketConnection } from '../network/connection.ts'
import { createFilterChain } from '../network/filter-chain.ts'
import type { AdminListenerStats } from './admin-listener-stats.ts'

export interface AdminListenerDeps {
  readonly dispatcher: Dispatcher
  readonly stats: AdminListenerStats
  readonly filters: readonly NetworkFilterFactory[]
}

const BUFFER_LIMIT_BYTES = 1 << 20
const SYSTEM_MAXIMUM_BACKLOG = -1

export class AdminListener {
  readonly #deps: AdminListenerDeps
  readonly #connections = new Set<SocketConnection>()
  readonly #acceptor: Acceptor

  /** `fd` is bound; it listens from now on. */
  constructor(fd: number, deps: AdminListenerDeps) {
    this.#deps = deps
    this.#acceptor = startAccepting(fd, SYSTEM_MAXIMUM_BACKLOG, {
      dispatcher: deps.dispatcher,
      onAccept: (connection) => this.#accept(connection),
      onAccepted: (count) => deps.stats.acceptedPerEvent.record(count),
    })
  }

  /** Stops accepting; connections with a request in flight end with its reply, others now. */
  shutDown(): void {
    this.#acceptor.stop()
    for (const connection of this.#connections) connection.notifyShutdown()
  }

  destroy(): void {
    this.#acceptor.stop()
    for (const connection of this.#connections) connection.close('flush-write', 'admin_shutdown')
  }

  #accept(connection: SocketConnection): void {
    const { stats, dispatcher } = this.#deps
    const startedAt = dispatcher.now
    stats.preCxActive.set(0)
    stats.cxTotal.inc()
    stats.cxActive.inc()
    stats.threadCxTotal.inc()
    stats.threadCxActive.inc()
    this.#connections.add(connection)
    connection.setBufferLimit(BUFFER_LIMIT_BYTES)
    connection.addCallbacks(
      onClose(() => {
        if (!this.#connections.delete(connection)) return
        stats.cxActive.dec()
        stats.cxDestroy.inc()
        stats.cxLengthMs.record(dispatcher.now - startedAt)
        stats.threadCxActive.dec()
      }),
    )
    createFilterChain(connection, this.#deps.filters)
  }
}

function onClose(act: () => void): ConnectionCallbacks {
  return {
    onEvent(event: ConnectionEvent): void {
      if (event !== 'connected') act()
    },
    onAboveHighWatermark(): void {},
    onBelowLowWatermark(): void {},
  }
}
