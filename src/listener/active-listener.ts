/**
 * One generation of a listener on one worker: accepts, chooses the filter chain of each connection, builds its network
 * filters, and knows the connections until they end (Envoy's ActiveTcpListener).
 */
import type { Dispatcher } from '../api/event.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { ConnectionCallbacks, ConnectionEvent, NetworkFilterFactory } from '../api/network.ts'
import type { AccessLogger } from '../api/access-log.ts'
import type { FilterChainDescription, ListenerDescription } from '../api/stream-info.ts'
import { createAccessLoggers } from '../formatter/access-log/access-log-config.ts'
import type { Acceptor } from '../network/acceptor.ts'
import { startAccepting } from '../network/acceptor.ts'
import type { SocketConnection } from '../network/connection.ts'
import { createFilterChain } from '../network/filter-chain.ts'
import { DrainState } from './drain-state.ts'
import type { Matchable } from './filter-chain-match.ts'
import { findFilterChain } from './filter-chain-match.ts'
import type { FilterChainConfig, ListenerConfig } from './listener-config.ts'
import type { ListenerStats, PerWorkerListenerStats } from './listener-stats.ts'
import { createListenerStats, createPerWorkerStats } from './listener-stats.ts'

export interface ActiveListenerDeps {
  readonly dispatcher: Dispatcher
  readonly workerName: string
  readonly context: FactoryContext
  readonly drainTimeS: number
  readonly drainStrategy: 'gradual' | 'immediate'
  onConnectionClosed(): void
}

interface BuiltChain extends Matchable {
  readonly description: FilterChainDescription
  readonly factories: readonly NetworkFilterFactory[]
}

export class ActiveListener {
  readonly #config: ListenerConfig
  readonly #deps: ActiveListenerDeps
  readonly #fd: number
  readonly #chains: readonly BuiltChain[]
  readonly #defaultChain: BuiltChain | undefined
  readonly #drain: DrainState
  readonly #stats: ListenerStats
  readonly #ownStats: PerWorkerListenerStats
  readonly #accessLoggers: readonly AccessLogger[]
  readonly #connections = new Set<ActiveConnection>()
  #acceptor: Acceptor | undefined = undefined
  #stopped = false
  #shuttingDown = false

  constructor(config: ListenerConfig, fd: number, deps: ActiveListenerDeps) {
    this.#config = config
    this.#deps = deps
    this.#fd = fd
    const scope = deps.context.scope.scope(`listener.${config.statPrefix}`)
    this.#stats = createListenerStats(scope)
    this.#ownStats = createPerWorkerStats(scope, deps.workerName)
    this.#drain = new DrainState(
      {
        dispatcher: deps.dispatcher,
        health: deps.context.health,
        random: () => deps.context.random.float(),
        drainTimeS: deps.drainTimeS,
        strategy: deps.drainStrategy,
      },
      config.drainType,
    )
    const context: FactoryContext = {
      ...deps.context,
      listenerScope: scope,
      listenerDirection: config.trafficDirection,
      drain: this.#drain,
    }
    const listener = { name: config.name, metadata: config.metadata }
    this.#chains = config.filterChains.map((chain) => buildChain(chain, listener, context))
    this.#accessLoggers = createAccessLoggers(config.accessLogs, context)
    this.#defaultChain = config.defaultFilterChain && buildChain(config.defaultFilterChain, listener, context)
  }

  get numConnections(): number {
    return this.#connections.size
  }

  startAccepting(): void {
    if (this.#stopped || this.#acceptor !== undefined) return
    this.#acceptor = startAccepting(this.#fd, this.#config.tcpBacklogSize ?? SYSTEM_MAXIMUM_BACKLOG, {
      dispatcher: this.#deps.dispatcher,
      onAccept: (connection) => this.#accept(connection),
    })
  }

  /** Closes the socket; connections live on. */
  stopAccepting(): void {
    this.#stopped = true
    this.#acceptor?.stop()
    this.#acceptor = undefined
  }

  drain(): void {
    this.#drain.start()
  }

  /** Idle connections close now, the others when they are done. */
  shutDown(): void {
    this.#shuttingDown = true
    for (const active of this.#connections) active.connection.notifyShutdown()
  }

  destroy(): void {
    this.stopAccepting()
    for (const active of this.#connections) active.connection.close('no-flush', LOCAL_END)
  }

  /** By an ActiveConnection, once. */
  forget(active: ActiveConnection): void {
    if (!this.#connections.delete(active)) return
    this.#stats.cxActive.dec()
    this.#stats.cxDestroy.inc()
    this.#stats.cxLengthMs.record(this.#deps.dispatcher.now - active.startedAt)
    this.#ownStats.cxActive.dec()
    this.#log(active.connection)
    this.#deps.onConnectionClosed()
  }

  #log(connection: SocketConnection): void {
    if (this.#accessLoggers.length === 0) return
    const { streamInfo } = connection
    streamInfo.endTime = this.#deps.dispatcher.now
    const record = {
      request: undefined,
      response: undefined,
      responseTrailers: undefined,
      streamInfo,
      localReplyBody: '',
      logType: 'NotSet',
    } as const
    for (const logger of this.#accessLoggers) logger.log(record)
  }

  #accept(connection: SocketConnection): void {
    const chain = findFilterChain(this.#chains, connection.info) ?? this.#defaultChain
    if (chain === undefined) {
      this.#stats.noFilterChainMatch.inc()
      connection.streamInfo.setFlag('NR')
      connection.streamInfo.responseCodeDetails = 'filter_chain_not_found'
      connection.close('no-flush', 'filter_chain_not_found')
      return this.#log(connection)
    }
    connection.setBufferLimit(this.#config.perConnectionBufferLimitBytes)
    connection.streamInfo.filterChain = chain.description
    this.#stats.cxTotal.inc()
    this.#stats.cxActive.inc()
    this.#ownStats.cxTotal.inc()
    this.#ownStats.cxActive.inc()
    const active = new ActiveConnection(connection, this, this.#deps.dispatcher.now)
    this.#connections.add(active)
    connection.addCallbacks(active)
    createFilterChain(connection, chain.factories)
    if (this.#shuttingDown) connection.notifyShutdown()
  }
}

const SYSTEM_MAXIMUM_BACKLOG = -1
const LOCAL_END = 'purging_socket_that_have_not_progressed_to_connections'

/** Takes the connection out of its listener's list at its end. */
class ActiveConnection implements ConnectionCallbacks {
  readonly connection: SocketConnection
  /** Monotonic ms. */
  readonly startedAt: number
  readonly #listener: ActiveListener

  constructor(connection: SocketConnection, listener: ActiveListener, startedAt: number) {
    this.connection = connection
    this.startedAt = startedAt
    this.#listener = listener
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') this.#listener.forget(this)
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}

function buildChain(chain: FilterChainConfig, listener: ListenerDescription, context: FactoryContext): BuiltChain {
  return {
    description: { name: chain.name, metadata: chain.metadata, listener },
    match: chain.match,
    factories: chain.filters.map(({ extension, config }) => extension.create(config, context)),
  }
}
