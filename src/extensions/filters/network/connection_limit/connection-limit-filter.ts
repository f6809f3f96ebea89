/** Ends a connection when there are too many, over all workers. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Timer } from '../../../../api/event.ts'
import type {
  ConnectionCallbacks,
  ConnectionEvent,
  FilterStatus,
  ReadFilter,
  Connection,
} from '../../../../api/network.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter, Gauge } from '../../../../api/stats.ts'
import type { ConnectionLimitConfig } from './config.ts'

export interface ConnectionLimitShared {
  readonly config: ConnectionLimitConfig
  readonly runtime: Runtime
  /** The first number: connections that are open. */
  readonly count: Int32Array
  readonly limitedConnections: Counter
  readonly activeConnections: Gauge
}

const REASON = 'over_connection_limit'

export class ConnectionLimitFilter implements ReadFilter, ConnectionCallbacks {
  readonly #shared: ConnectionLimitShared
  readonly #connection: Connection
  #rejected = false
  #counted = false
  #delay: Timer | undefined = undefined

  constructor(shared: ConnectionLimitShared, connection: Connection) {
    this.#shared = shared
    this.#connection = connection
  }

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    const { config, runtime, count, activeConnections, limitedConnections } = this.#shared
    if (!config.enabled(runtime)) return 'continue'
    activeConnections.inc()
    this.#counted = true
    this.#connection.addCallbacks(this)
    if (Atomics.add(count, 0, 1) < config.maxConnections) return 'continue'
    limitedConnections.inc()
    this.#rejected = true
    if (config.delayMs > 0) {
      // Who comes again and again is slowed down.
      this.#delay = this.#connection.dispatcher.timer(() => this.#connection.close('no-flush', REASON))
      this.#delay.enable(config.delayMs)
    } else this.#connection.close('no-flush', REASON)
    return 'stop'
  }

  onData(data: ByteQueue): FilterStatus {
    if (!this.#rejected) return 'continue'
    // As Envoy counts: all that waits, with everything that comes.
    this.#connection.countStreamBytes(data.length, 0)
    return 'stop'
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected' || !this.#counted) return
    this.#counted = false
    this.#delay?.disable()
    Atomics.sub(this.#shared.count, 0, 1)
    this.#shared.activeConnections.dec()
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
