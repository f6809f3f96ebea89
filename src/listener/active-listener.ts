/**
 * One generation of a listener on one worker: accepts, chooses the filter chain of each connection, builds its network
 * filters, and knows the connections until they end (Envoy's ActiveTcpListener).
 */
import type { AccessLogger } from '../api/access-log.ts'
import type { LoadShedPoint, Overload } from '../api/overload.ts'
import type { Dispatcher } from '../api/event.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { ConnectionCallbacks, ConnectionEvent } from '../api/network.ts'
import { NO_OVERLOAD } from '../base/no-overload.ts'
import { createAccessLoggers } from '../formatter/access-log/access-log-config.ts'
import type { Acceptor } from '../network/acceptor.ts'
import { Adopter, startAccepting } from '../network/acceptor.ts'
import type { SocketConnection } from '../network/connection.ts'
import { createFilterChain } from '../network/filter-chain.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import type { ActiveFilterChain, FilterChainDeps } from './active-filter-chain.ts'
import { createActiveFilterChain } from './active-filter-chain.ts'
import { ExactBalance, OPEN_CONNECTIONS } from './exact-balance.ts'
import { findFilterChain } from './filter-chain-match.ts'
import type { FilterChainMatcher } from './filter-chain-matcher.ts'
import { chainByMatcher } from './filter-chain-matcher.ts'
import type { ListenerConfig } from './listener-config.ts'
import type { ListenerStats, PerWorkerListenerStats } from './listener-stats.ts'
import { createListenerStats, createPerWorkerStats } from './listener-stats.ts'

export interface ActiveListenerDeps {
  readonly dispatcher: Dispatcher
  readonly workerName: string
  readonly context: FactoryContext
  readonly drainTimeS: number
  readonly drainStrategy: 'gradual' | 'immediate'
  readonly workerIndex: number
  /** Gives a connection's descriptor to another worker, for the same listener. */
  handOver(worker: number, fd: number): void
  onConnectionClosed(): void
}

/** What a generation takes over from the main thread. */
export interface ListenerSockets {
  /** Bound, one for each address. */
  readonly fds: readonly number[]
  /** See exact-balance.ts. */
  readonly connections: SharedCounters
}

export class ActiveListener {
  readonly #config: ListenerConfig
  readonly #deps: ActiveListenerDeps
  readonly #sockets: ListenerSockets
  readonly #chainDeps: FilterChainDeps
  #chains: readonly ActiveFilterChain[]
  #matcher: FilterChainMatcher | undefined
  #defaultChain: ActiveFilterChain | undefined
  /** Chains that an update took away, and whose connections may still be there. */
  readonly #goneChains = new Map<number, ReadonlySet<ActiveFilterChain>>()
  readonly #balance: ExactBalance | undefined
  #adopter: Adopter | undefined = undefined
  readonly #limitKey: string
  readonly #overload: Overload
  readonly #shedAccept: LoadShedPoint | undefined
  readonly #stats: ListenerStats
  readonly #ownStats: PerWorkerListenerStats
  readonly #accessLoggers: readonly AccessLogger[]
  readonly #connections = new Set<ActiveConnection>()
  #acceptors: readonly Acceptor[] = []
  #stopped = false
  #shuttingDown = false

  constructor(config: ListenerConfig, sockets: ListenerSockets, deps: ActiveListenerDeps) {
    this.#config = config
    this.#deps = deps
    this.#sockets = sockets
    const scope = deps.context.scope.scope(`listener.${config.statPrefix}`)
    this.#stats = createListenerStats(scope)
    this.#ownStats = createPerWorkerStats(scope, deps.workerName)
    const overload = config.bypassOverloadManager ? NO_OVERLOAD : deps.context.overload
    this.#overload = overload
    this.#shedAccept = overload.loadShedPoint('tcp_listener_accept')
    const context: FactoryContext = {
      ...deps.context,
      listenerScope: scope,
      listenerDirection: config.trafficDirection,
      overload,
      shared: deps.context.shared.within(config.name),
    }
    this.#balance = config.exactBalance ? new ExactBalance(sockets.connections, deps.workerIndex) : undefined
    this.#limitKey = `envoy.resource_limits.listener.${config.name}.connection_limit`
    this.#chainDeps = {
      listener: {
        name: config.name,
        metadata: config.metadata,
        direction: config.trafficDirection,
        localInfo: deps.context.localInfo,
      },
      context,
      drainTimeS: deps.drainTimeS,
      drainStrategy: deps.drainStrategy,
      drainType: config.drainType,
    }
    this.#chains = config.filterChains.map((chain) => createActiveFilterChain(chain, this.#chainDeps))
    this.#matcher = this.#bound(config)
    this.#accessLoggers = createAccessLoggers(config.accessLogs, context)
    this.#defaultChain =
      config.defaultFilterChain && createActiveFilterChain(config.defaultFilterChain, this.#chainDeps)
  }

  get numConnections(): number {
    return this.#connections.size
  }

  startAccepting(): void {
    if (this.#stopped || this.#acceptors.length > 0) return
    const backlog = this.#config.tcpBacklogSize ?? SYSTEM_MAXIMUM_BACKLOG
    const { dispatcher } = this.#deps
    const pausable = this.#overload.mayStopAccepting
    const onAccept = (connection: SocketConnection): void => this.#accept(connection)
    const balance = this.#balance
    const elsewhere = balance === undefined ? {} : { elsewhere: () => this.#chooseWorker(balance) }
    const deps = { dispatcher, onAccept, pausable, ...elsewhere }
    this.#acceptors = this.#sockets.fds.map((fd) => startAccepting(fd, backlog, deps))
    this.pauseOrResume()
  }

  /** Closes the sockets; connections live on. */
  stopAccepting(): void {
    this.#stopped = true
    for (const acceptor of this.#acceptors) acceptor.stop()
    this.#acceptors = []
  }

  /** Every connection begins to drain, and those that still come. */
  drain(): void {
    this.#drainChains(new Set(this.#chainList()))
  }

  /** Other chains from now on. Those that stay as they were keep their connections, the others' drain. */
  updateFilterChains(config: ListenerConfig, group: number): void {
    const { filterChains, defaultFilterChain } = config
    const before = new Map(this.#chainList().map((chain) => [chain.text, chain]))
    const take = (chain: ListenerConfig['filterChains'][number]): ActiveFilterChain => {
      const kept = before.get(chain.text)
      before.delete(chain.text)
      return kept ?? createActiveFilterChain(chain, this.#chainDeps)
    }
    this.#chains = filterChains.map(take)
    this.#matcher = this.#bound(config)
    this.#defaultChain = defaultFilterChain && take(defaultFilterChain)
    const gone = new Set(before.values())
    this.#goneChains.set(group, gone)
    this.#drainChains(gone)
  }

  /** The drain time of chains that an update took away is over. */
  removeFilterChains(group: number): void {
    const gone = this.#goneChains.get(group)
    this.#goneChains.delete(group)
    if (gone === undefined) return
    for (const active of this.#connections) {
      if (gone.has(active.chain)) active.connection.close('no-flush', CHAIN_REMOVED)
    }
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
    this.#sockets.connections.add(OPEN_CONNECTIONS, -1)
    this.#balance?.release()
    if (!this.#config.ignoreGlobalConnLimit) this.#overload.giveBackConnection()
    this.#stats.cxActive.dec()
    this.#stats.cxDestroy.inc()
    this.#stats.cxLengthMs.record(this.#deps.dispatcher.now - active.startedAt)
    this.#ownStats.cxActive.dec()
    // The filters of the connection hear of its end after this, and may have something to add.
    if (this.#accessLoggers.length > 0) {
      this.#deps.dispatcher.deferredDelete({ destroy: () => this.#log(active.connection) })
    }
    this.#deps.onConnectionClosed()
  }

  #chainList(): readonly ActiveFilterChain[] {
    return this.#defaultChain === undefined ? this.#chains : [...this.#chains, this.#defaultChain]
  }

  #drainChains(chains: ReadonlySet<ActiveFilterChain>): void {
    const begun = new Set([...chains].filter(({ drain }) => drain.start()))
    if (begun.size === 0) return
    const drainTimeMs = this.#deps.drainTimeS * 1000
    for (const active of this.#connections) {
      if (begun.has(active.chain)) active.connection.notifyDrain(drainTimeMs)
    }
  }

  #bound({ filterChainMatcher }: ListenerConfig): FilterChainMatcher | undefined {
    const { runtime, scope } = this.#chainDeps.context
    filterChainMatcher?.bind({ runtime, scope })
    return filterChainMatcher
  }

  #chainOf(connection: SocketConnection): ActiveFilterChain | undefined {
    if (this.#matcher === undefined) return findFilterChain(this.#chains, connection.info) ?? this.#defaultChain
    return chainByMatcher(this.#matcher, this.#chains, this.#defaultChain, connection.streamInfo)
  }

  #log(connection: SocketConnection): void {
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

  /** As the overload manager says. */
  pauseOrResume(): void {
    const { stopAcceptingConnections } = this.#overload
    for (const acceptor of this.#acceptors) {
      if (stopAcceptingConnections) acceptor.pause()
      else acceptor.resume()
    }
  }

  /** Takes a connection over that another worker accepted. */
  adopt(fd: number): void {
    this.#adopter ??= new Adopter({
      dispatcher: this.#deps.dispatcher,
      onAccept: (connection) => this.#accept(connection),
      onFailed: () => this.#balance?.release(),
    })
    this.#adopter.adopt(fd)
  }

  #chooseWorker(balance: ExactBalance): ((fd: number) => void) | undefined {
    const worker = balance.choose()
    if (worker === this.#deps.workerIndex) return undefined
    return (fd) => this.#deps.handOver(worker, fd)
  }

  #accept(connection: SocketConnection): void {
    if (!this.#config.ignoreGlobalConnLimit && !this.#overload.tryTakeConnection()) {
      this.#stats.globalCxOverflow.inc()
      this.#balance?.release()
      return connection.close('no-flush', GLOBAL_OVERFLOW)
    }
    if (this.#admit(connection)) return
    this.#balance?.release()
    if (!this.#config.ignoreGlobalConnLimit) this.#overload.giveBackConnection()
  }

  /** False when the connection is not one of the listener's and has been closed. */
  #admit(connection: SocketConnection): boolean {
    if (this.#shedAccept?.shouldShed() === true || this.#overload.rejectsIncomingConnections()) {
      this.#stats.cxOverloadReject.inc()
      connection.close('no-flush', OVERLOADED)
      return false
    }
    const open = this.#sockets.connections
    if (open.get(OPEN_CONNECTIONS) >= this.#deps.context.runtime.current.integer(this.#limitKey, Infinity)) {
      this.#stats.cxOverflow.inc()
      connection.close('no-flush', OVERFLOW)
      return false
    }
    // Nothing waits before its chain is chosen (there are no listener filters), but Envoy's gauge has been in use then.
    this.#stats.preCxActive.set(0)
    const chain = this.#chainOf(connection)
    if (chain === undefined) {
      this.#stats.noFilterChainMatch.inc()
      connection.streamInfo.setFlag('NR')
      connection.streamInfo.responseCodeDetails = 'filter_chain_not_found'
      connection.close('no-flush', 'filter_chain_not_found')
      this.#log(connection)
      return false
    }
    connection.setBufferLimit(this.#config.perConnectionBufferLimitBytes)
    connection.filterChain = chain.description
    open.add(OPEN_CONNECTIONS, 1)
    this.#stats.cxTotal.inc()
    this.#stats.cxActive.inc()
    this.#ownStats.cxTotal.inc()
    this.#ownStats.cxActive.inc()
    const active = new ActiveConnection(connection, chain, this, this.#deps.dispatcher.now)
    this.#connections.add(active)
    connection.addCallbacks(active)
    createFilterChain(connection, chain.factories)
    if (this.#shuttingDown) connection.notifyShutdown()
    return true
  }
}

const SYSTEM_MAXIMUM_BACKLOG = -1
const LOCAL_END = 'purging_socket_that_have_not_progressed_to_connections'
const CHAIN_REMOVED = 'filter_chain_is_being_removed'
const GLOBAL_OVERFLOW = 'global_connection_limit'
const OVERLOADED = 'overload_manager_rejects_connections'
const OVERFLOW = 'listener_connection_limit'

/** Takes the connection out of its listener's list at its end. */
class ActiveConnection implements ConnectionCallbacks {
  readonly connection: SocketConnection
  readonly chain: ActiveFilterChain
  /** Monotonic ms. */
  readonly startedAt: number
  readonly #listener: ActiveListener

  constructor(connection: SocketConnection, chain: ActiveFilterChain, listener: ActiveListener, startedAt: number) {
    this.connection = connection
    this.chain = chain
    this.startedAt = startedAt
    this.#listener = listener
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') this.#listener.forget(this)
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
