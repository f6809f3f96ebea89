/**
 * How many connections a listener takes: as the process, the overload manager and its own runtime key allow. What is
 * admitted counts in all of them until it is released.
 */
import type { LoadShedPoint, Overload } from '../api/overload.ts'
import type { Runtime } from '../api/runtime.ts'
import type { SocketConnection } from '../network/connection.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import type { ExactBalance } from './exact-balance.ts'
import { OPEN_CONNECTIONS } from './exact-balance.ts'
import type { ListenerConfig } from './listener-config.ts'
import type { ListenerStats } from './listener-stats.ts'

export interface ListenerLimitsDeps {
  readonly overload: Overload
  readonly runtime: Runtime
  readonly stats: ListenerStats
  /** Of all workers, see exact-balance.ts. */
  readonly connections: SharedCounters
  /** Where workers hand connections to each other; one that comes is counted there already. */
  readonly balance: ExactBalance | undefined
}

export class ListenerLimits {
  readonly #deps: ListenerLimitsDeps
  readonly #limitKey: string
  readonly #countsGlobally: boolean
  readonly #shedAccept: LoadShedPoint | undefined

  constructor({ name, ignoreGlobalConnLimit }: ListenerConfig, deps: ListenerLimitsDeps) {
    this.#deps = deps
    this.#limitKey = `envoy.resource_limits.listener.${name}.connection_limit`
    this.#countsGlobally = !ignoreGlobalConnLimit
    this.#shedAccept = deps.overload.loadShedPoint('tcp_listener_accept')
  }

  /** Of a connection that was accepted. False: it was too many and has been closed. */
  admit(connection: SocketConnection): boolean {
    const { overload, runtime, stats, connections, balance } = this.#deps
    if (!this.#takeGlobal(connection)) {
      balance?.release()
      return false
    }
    if (this.#shedAccept?.shouldShed() === true || overload.rejectsIncomingConnections()) {
      stats.cxOverloadReject.inc()
      return this.#refuse(connection, OVERLOADED)
    }
    if (connections.get(OPEN_CONNECTIONS) >= runtime.current.integer(this.#limitKey, Infinity)) {
      stats.cxOverflow.inc()
      return this.#refuse(connection, OVERFLOW)
    }
    connections.add(OPEN_CONNECTIONS, 1)
    return true
  }

  /** Of a connection that another listener had admitted: the limit of this one does not hold for it. */
  admitHandedOver(connection: SocketConnection): boolean {
    if (!this.#takeGlobal(connection)) return false
    this.#deps.balance?.take()
    this.#deps.connections.add(OPEN_CONNECTIONS, 1)
    return true
  }

  /** A connection that was admitted is over, or another listener's. */
  release(): void {
    this.#deps.connections.add(OPEN_CONNECTIONS, -1)
    this.#giveBack()
  }

  #takeGlobal(connection: SocketConnection): boolean {
    if (!this.#countsGlobally || this.#deps.overload.tryTakeConnection()) return true
    this.#deps.stats.globalCxOverflow.inc()
    connection.close('no-flush', GLOBAL_OVERFLOW)
    return false
  }

  #refuse(connection: SocketConnection, reason: string): false {
    connection.close('no-flush', reason)
    this.#giveBack()
    return false
  }

  #giveBack(): void {
    this.#deps.balance?.release()
    if (this.#countsGlobally) this.#deps.overload.giveBackConnection()
  }
}

const GLOBAL_OVERFLOW = 'global_connection_limit'
const OVERLOADED = 'overload_manager_rejects_connections'
const OVERFLOW = 'listener_connection_limit'
