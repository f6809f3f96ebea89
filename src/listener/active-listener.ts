/**
 * One generation of a listener on one worker: accepts, has the filter chain of each connection chosen, builds its network
 * filters, and knows the connections until they end (Envoy's ActiveTcpListener).
 */
import type { AccessLogger } from '../api/access-log.ts'
import type { Dispatcher } from '../api/event.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { Address, Connection } from '../api/network.ts'
import type { Overload } from '../api/overload.ts'
import { NO_OVERLOAD } from '../base/no-overload.ts'
import { Roster } from '../base/roster.ts'
import { createAccessLoggers } from '../formatter/access-log/access-log-config.ts'
import { streamlessContext } from '../formatter/streamless-context.ts'
import type { Acceptor } from '../network/acceptor.ts'
import { Adopter, startAccepting } from '../network/acceptor.ts'
import type { SocketConnection } from '../network/connection.ts'
import { createFilterChain } from '../network/filter-chain.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import { boundAddressOf } from '../network/listen-socket.ts'
import { ActiveConnection } from './active-connection.ts'
import type { ActiveFilterChain } from './active-filter-chain.ts'
import { ActiveFilterChains } from './active-filter-chains.ts'
import type { ActiveListenerFilter, ActiveSocketOwner, SocketEnd } from './active-socket.ts'
import { ActiveSocket } from './active-socket.ts'
import { ExactBalance } from './exact-balance.ts'
import type { ListenerConfig } from './listener-config.ts'
import { createListenerFilters } from './listener-filter-config.ts'
import { ListenerLimits } from './listener-limits.ts'
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
  /** The listener of this worker that serves the address. */
  listenerAt(address: Address): ActiveListener | undefined
  onConnectionOpened?(): void
  onConnectionClosed(): void
}

/** What a generation takes over from the main thread. */
export interface ListenerSockets {
  /** Bound, one for each address. */
  readonly fds: readonly number[]
  /** See exact-balance.ts. */
  readonly connections: SharedCounters
}

export class ActiveListener implements ActiveSocketOwner {
  readonly #config: ListenerConfig
  readonly #deps: ActiveListenerDeps
  readonly #sockets: ListenerSockets
  readonly #chains: ActiveFilterChains
  readonly #balance: ExactBalance | undefined
  #adopter: Adopter | undefined = undefined
  readonly #overload: Overload
  readonly #limits: ListenerLimits
  readonly #stats: ListenerStats
  readonly #ownStats: PerWorkerListenerStats
  readonly #accessLoggers: readonly AccessLogger[]
  /** Undefined: there are none. */
  readonly #filters: readonly ActiveListenerFilter[] | undefined
  readonly #connections = new Roster<ActiveConnection>()
  /** Their filters are not done with them. */
  readonly #pending = new Roster<ActiveSocket>()
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
    const context: FactoryContext = {
      ...deps.context,
      listenerScope: scope,
      listenerDirection: config.trafficDirection,
      overload,
      shared: deps.context.shared.within(config.name),
    }
    this.#balance = config.exactBalance ? new ExactBalance(sockets.connections, deps.workerIndex) : undefined
    this.#limits = new ListenerLimits(config, {
      overload,
      runtime: deps.context.runtime,
      stats: this.#stats,
      connections: sockets.connections,
      balance: this.#balance,
    })
    this.#filters = createListenerFilters(config.listenerFilters, context)
    this.#chains = new ActiveFilterChains(config, {
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
    })
    this.#accessLoggers = createAccessLoggers(config.accessLogs, context)
  }

  get numConnections(): number {
    return this.#connections.size + this.#pending.size
  }

  /** False: what comes to its addresses is not its any more. */
  get accepts(): boolean {
    return !this.#stopped
  }

  /** Where it listens, or would; with the real ports. While it accepts. */
  get addresses(): readonly Address[] {
    const { addresses, bindToPort } = this.#config
    return addresses.map(({ address }, index) => {
      const fd = bindToPort ? this.#sockets.fds[index] : undefined
      return fd === undefined ? address : boundAddressOf(fd, address)
    })
  }

  get filtersTimeoutMs(): number {
    return this.#config.listenerFiltersTimeoutMs
  }

  get continuesOnTimeout(): boolean {
    return this.#config.continueOnListenerFiltersTimeout
  }

  startAccepting(): void {
    if (this.#stopped || this.#acceptors.length > 0) return
    const backlog = this.#config.tcpBacklogSize ?? SYSTEM_MAXIMUM_BACKLOG
    const { dispatcher } = this.#deps
    const onAccept = (connection: SocketConnection): void => this.#accept(connection)
    const balance = this.#balance
    const elsewhere = balance === undefined ? {} : { elsewhere: () => this.#chooseWorker(balance) }
    const onAccepted = (count: number): void => this.#stats.acceptedPerEvent.record(count)
    const deps = { dispatcher, onAccept, onAccepted, ...elsewhere }
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
    this.#drainConnections(this.#chains.drain())
  }

  /** Other chains from now on. Those that stay as they were keep their connections, the others' drain. */
  updateFilterChains(config: ListenerConfig, group: number): void {
    this.#drainConnections(this.#chains.update(config, group))
  }

  /** The drain time of chains that an update took away is over. */
  removeFilterChains(group: number): void {
    const gone = this.#chains.remove(group)
    if (gone.size === 0) return
    for (const active of this.#connections) {
      if (gone.has(active.chain)) active.connection.close('no-flush', CHAIN_REMOVED)
    }
  }

  /** Idle connections close now, the others when they are done. */
  shutDown(): void {
    this.#shuttingDown = true
    for (const socket of this.#pending) socket.close(LOCAL_END)
    for (const active of this.#connections) active.connection.notifyShutdown()
  }

  destroy(): void {
    this.stopAccepting()
    for (const socket of this.#pending) socket.close(LOCAL_END)
    for (const active of this.#connections) active.connection.close('no-flush', LOCAL_END)
  }

  /** By an ActiveConnection, once. */
  forget(active: ActiveConnection): void {
    if (!this.#connections.delete(active)) return
    this.#limits.release()
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

  /** Of chains that have begun to drain. */
  #drainConnections(chains: ReadonlySet<ActiveFilterChain>): void {
    if (chains.size === 0) return
    const drainTimeMs = this.#deps.drainTimeS * 1000
    for (const active of this.#connections) {
      if (chains.has(active.chain)) active.connection.notifyDrain(drainTimeMs)
    }
  }

  #log(connection: SocketConnection): void {
    if (this.#accessLoggers.length === 0) return
    const { streamInfo } = connection
    streamInfo.endTime = this.#deps.dispatcher.now
    noteEnd(connection)
    const record = streamlessContext(streamInfo)
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
    })
    this.#adopter.adopt(fd)
  }

  #chooseWorker(balance: ExactBalance): ((fd: number) => void) | undefined {
    const worker = balance.choose()
    if (worker === this.#deps.workerIndex) return undefined
    return (fd) => this.#deps.handOver(worker, fd)
  }

  #accept(connection: SocketConnection): void {
    if (this.#limits.admit(connection)) this.#begin(connection, this.#config.useOriginalDst)
  }

  #begin(connection: SocketConnection, mayBeHandedOver: boolean): void {
    if (this.#filters === undefined) {
      // Nothing waits before its chain is chosen, but Envoy's gauge has been in use then.
      this.#stats.preCxActive.set(0)
      return this.#connect(connection)
    }
    this.#stats.preCxActive.inc()
    // Holds for what filters leave unread, too.
    connection.setBufferLimit(this.#config.perConnectionBufferLimitBytes)
    const socket = new ActiveSocket(connection, this.#filters, mayBeHandedOver, this)
    this.#pending.add(socket)
    socket.start()
  }

  // ------------------------------------------------------------------------------------- what listener filters end in

  onTimeout(): void {
    this.#stats.preCxTimeout.inc()
  }

  onMissingFilter(): void {
    this.#stats.extensionConfigMissing.inc()
  }

  onFiltered(socket: ActiveSocket): void {
    this.#pending.delete(socket)
    this.#stats.preCxActive.dec()
    const { connection, mayBeHandedOver } = socket
    const isElsewhere = mayBeHandedOver && connection.info.directLocalAddress !== undefined
    const other = isElsewhere ? this.#deps.listenerAt(connection.info.localAddress) : undefined
    if (other === undefined) return this.#connect(connection)
    this.#limits.release()
    connection.forgetStreamInfo()
    other.take(connection)
  }

  onEnded(socket: ActiveSocket, how: SocketEnd): void {
    this.#pending.delete(socket)
    this.#stats.preCxActive.dec()
    if (how === 'remote-close') this.#stats.listenerFilterRemoteClose.inc()
    else if (how === 'error') this.#stats.listenerFilterError.inc()
    this.#log(socket.connection)
    this.#limits.release()
    this.#deps.onConnectionClosed()
  }

  /**
   * A connection that another listener of this worker accepted, and whose destination is here. It stays on the worker, and
   * this listener's limits do not hold for it.
   */
  take(connection: SocketConnection): void {
    if (this.#limits.admitHandedOver(connection)) this.#begin(connection, false)
  }

  // ------------------------------------------------------------------------------------------------------ serving

  #connect(connection: SocketConnection): void {
    const chain = this.#chains.chainOf(connection)
    if (chain === undefined) return this.#refuseChain(connection)
    connection.setBufferLimit(this.#config.perConnectionBufferLimitBytes)
    connection.filterChain = chain.description
    this.#stats.cxTotal.inc()
    this.#stats.cxActive.inc()
    this.#ownStats.cxTotal.inc()
    this.#ownStats.cxActive.inc()
    const { highWatermarkTimeoutMs } = this.#config
    const active = new ActiveConnection(connection, chain, this, this.#deps.dispatcher.now, highWatermarkTimeoutMs)
    this.#connections.add(active)
    this.#deps.onConnectionOpened?.()
    connection.addCallbacks(active)
    if (chain.transport === undefined) return this.#serve(active)
    chain.transport.create().start(connection, (failure) => {
      if (failure === undefined) this.#serve(active)
      else connection.close('no-flush', failure)
    })
  }

  #serve({ connection, chain }: ActiveConnection): void {
    createFilterChain(connection, chain.factories)
    if (this.#shuttingDown) connection.notifyShutdown()
  }

  #refuseChain(connection: SocketConnection): void {
    this.#stats.noFilterChainMatch.inc()
    connection.streamInfo.setFlag('NR')
    connection.streamInfo.responseCodeDetails = 'filter_chain_not_found'
    connection.close(connection.unreadBytes > 0 ? 'abort-reset' : 'no-flush', 'filter_chain_not_found')
    this.#log(connection)
    this.#limits.release()
  }
}

/** Why it ended, unless whoever had it has noted that. */
function noteEnd({ streamInfo, closeReason, filterChain }: Connection): void {
  if (closeReason === 'ECONNRESET') streamInfo.downstreamDetectedCloseType ??= 'RemoteReset'
  else if (filterChain !== undefined && closeReason !== '' && !ERROR_NAME.test(closeReason)) {
    streamInfo.downstreamLocalCloseReason ??= closeReason
  }
}

/** Of the system; all other reasons are our own. */
const ERROR_NAME = /^E[A-Z0-9]+$/
const SYSTEM_MAXIMUM_BACKLOG = -1
const LOCAL_END = 'purging_socket_that_have_not_progressed_to_connections'
const CHAIN_REMOVED = 'filter_chain_is_being_removed'
