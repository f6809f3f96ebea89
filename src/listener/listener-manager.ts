/**
 * The main thread's lists of listeners: warming, active, draining. It binds their sockets, hands them to the workers once
 * what they wait for is there, replaces them, and takes them back (Envoy's ListenerManagerImpl).
 */
import type { Message } from '../api/config.ts'
import type { Discoveries } from '../api/discovery.ts'
import type { Dispatcher } from '../api/event.ts'
import type { Logger } from '../api/log.ts'
import type { Scope } from '../api/stats.ts'
import type { InitManager } from '../base/init-manager.ts'
import type { SharedCounterAllocator } from '../stats/shared-counters.ts'
import type { DrainingConfig } from './draining-listeners.ts'
import { DrainingListeners } from './draining-listeners.ts'
import { duplicateAddress, takenAddress } from './duplicate-address.ts'
import { differsInFilterChainsOnly, vanishedChains } from './in-place-update.ts'
import { listenerCounters } from './exact-balance.ts'
import type { ListenerComponentFactory } from './listener-component-factory.ts'
import type { ListenerConfig } from './listener-config.ts'
import type { ListenerManagerStats } from './listener-manager-stats.ts'
import { createListenerManagerStats } from './listener-manager-stats.ts'
import { createListenerStats } from './listener-stats.ts'
import type { ListenerWorker, WorkerFactory } from './listener-worker.ts'
import { socketKey } from './socket-key.ts'
import type { ListenerOrigin } from './managed-listener.ts'
import { ManagedListener } from './managed-listener.ts'
import { ManagedSockets } from './managed-sockets.ts'

export interface ListenerManagerDeps {
  readonly componentFactory: ListenerComponentFactory
  readonly workerFactory: WorkerFactory
  readonly concurrency: number
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly logger: Logger
  /** What sockets say. */
  readonly connectionLogger: Logger
  readonly shared: SharedCounterAllocator
  readonly discoveries: Discoveries
  /** Of the server: its start waits for listeners that are added before it. */
  readonly initManager: InitManager
  readonly drainTimeMs: number
  /** Statistics below a prefix, once no worker has them any more. */
  forgetStats(prefix: string): void
}

/** `changed`: false when there was nothing to do. */
export type AddListenerResult =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly message: string }

export interface StopListenersOptions {
  readonly inboundOnly: boolean
}

export class ListenerManager {
  readonly #deps: ListenerManagerDeps
  readonly #workers: readonly ListenerWorker[]
  readonly #active = new Map<string, ManagedListener>()
  readonly #warming = new Map<string, ManagedListener>()
  readonly #draining: DrainingListeners
  readonly #stats: ListenerManagerStats
  readonly #sockets: ManagedSockets
  #stoppedDirections: 'none' | 'inbound' | 'all' = 'none'
  #nextTag = 1
  #started = false

  constructor(deps: ListenerManagerDeps) {
    this.#deps = deps
    this.#stats = createListenerManagerStats(deps.scope.scope('listener_manager'))
    this.#sockets = new ManagedSockets({ ...deps, stats: this.#stats })
    this.#workers = Array.from({ length: deps.concurrency }, (_, index) => deps.workerFactory.createWorker(index))
    const { dispatcher, drainTimeMs } = deps
    this.#draining = new DrainingListeners({
      workers: this.#workers,
      dispatcher,
      stats: this.#stats,
      drainTimeMs,
      statsToForget: (listener) => this.#statsToForget(listener),
      onGone: (listener) => this.#onGone(listener),
    })
  }

  /** Active ones. */
  listeners(): readonly ManagedListener[] {
    return [...this.#active.values()]
  }

  warming(): readonly ManagedListener[] {
    return [...this.#warming.values()]
  }

  /** Those that do not accept yet: until the start is over, all. */
  unready(): readonly ManagedListener[] {
    return this.#started ? this.warming() : this.listeners()
  }

  draining(): readonly ManagedListener[] {
    return this.#draining.list()
  }

  /** Those and filter chains that an update took away. */
  drainingConfigs(): readonly DrainingConfig[] {
    return this.#draining.configs()
  }

  /** Binds the sockets of a listener of the bootstrap. `wallNow`: wall-clock ms. */
  addStaticListener(config: ListenerConfig, message: Message, wallNow: number): AddListenerResult {
    return this.addOrUpdateListener(config, message, { addedViaApi: false, version: '', lastUpdated: wallNow })
  }

  addOrUpdateListener(config: ListenerConfig, message: Message, origin: ListenerOrigin): AddListenerResult {
    const name = config.name === '' ? crypto.randomUUID() : config.name
    const active = this.#active.get(name)
    const warming = this.#warming.get(name)
    const text = JSON.stringify(message)
    const previous = warming ?? active
    if (previous !== undefined && (previous.text === text || !previous.addedViaApi)) return this.#ignoreLocked(name)
    if (this.#isDirectionStopped(config)) return this.#ignoreStopped(name, config)
    if (warming !== undefined && active?.text === text) {
      this.#dropWarming(warming)
      this.#stats.modified.inc()
      return { ok: true, changed: true }
    }
    const inPlace = this.#started && active !== undefined && differsInFilterChainsOnly(active.message, message)
    if (previous !== undefined && previous.config.reusePort !== config.reusePort) {
      return this.#refuse(`Listener ${name}: reuse port cannot be changed during an update`)
    }
    const made = inPlace
      ? this.#createInPlace(active, config, message, origin)
      : this.#create(name, config, message, origin, active ?? warming)
    if (!made.ok) return made
    if (warming !== undefined) this.#dropWarming(warming)
    if (previous === undefined) this.#stats.added.inc()
    else this.#stats.modified.inc()
    if (inPlace) this.#stats.inPlaceUpdated.inc()
    this.#take(made.listener)
    return { ok: true, changed: true }
  }

  /** False: there is none of this name that came by an update. */
  removeListener(name: string): boolean {
    const active = this.#active.get(name)
    const warming = this.#warming.get(name)
    if ((warming ?? active)?.addedViaApi !== true) return false
    if (warming !== undefined) this.#dropWarming(warming)
    if (active !== undefined) {
      this.#active.delete(name)
      if (this.#started) void this.#draining.drain(active)
      else this.#discard(active)
    }
    this.#stats.removed.inc()
    this.#showTotals()
    return true
  }

  /** Hands every listener to every worker and lets them accept. Resolves when all do. */
  async startWorkers(): Promise<void> {
    const started = 'all dependencies initialized. starting workers'
    this.#deps.logger.info(`${SOURCE}:1149`, started)
    this.#started = true
    const done: Promise<void>[] = []
    for (const listener of this.#active.values()) {
      if (this.#sockets.listen(listener)) done.push(...this.#giveToWorkers(listener))
      else this.#giveUp(listener)
    }
    this.#showTotals()
    for (const worker of this.#workers) done.push(worker.start())
    await Promise.all(done)
    this.#stats.workersStarted.set(1)
  }

  /** Stops accepting, for good; connections begin to drain. Resolves when every worker has stopped. */
  async stopListeners({ inboundOnly }: StopListenersOptions): Promise<void> {
    if (this.#stoppedDirections !== 'all') this.#stoppedDirections = inboundOnly ? 'inbound' : 'all'
    for (const warming of this.#warming.values())
      if (this.#isDirectionStopped(warming.config)) this.#dropWarming(warming)
    const done: Promise<void>[] = []
    for (const listener of this.#active.values()) {
      if (listener.stopped || !this.#isDirectionStopped(listener.config)) continue
      listener.stopped = true
      this.#stats.stopped.inc()
      for (const worker of this.#workers)
        done.push(worker.stopListener(listener.tag), worker.drainListener(listener.tag))
    }
    await Promise.all(done)
  }

  /** Takes `stopListeners` back: what was stopped is made anew and accepts; connections of before go on draining. */
  resumeListeners(): void {
    this.#stoppedDirections = 'none'
    for (const listener of this.listeners()) {
      if (!listener.stopped) continue
      const made = this.#create(listener.name, listener.config, listener.message, listener, undefined)
      if (made.ok) this.#take(made.listener)
    }
  }

  /** Connections begin to drain; new ones are still accepted. */
  async drainListeners({ inboundOnly }: StopListenersOptions): Promise<void> {
    const chosen = this.listeners().filter(({ config }) => !inboundOnly || config.trafficDirection === 'INBOUND')
    await Promise.all(chosen.flatMap(({ tag }) => this.#workers.map((worker) => worker.drainListener(tag))))
  }

  /** A worker's socket at the address that `socketKey` calls `key`, for the next epoch of a hot restart. */
  listenSocket(key: string, workerIndex: number): number | undefined {
    for (const { sockets, stopped } of this.#active.values()) {
      const found = stopped ? undefined : sockets.find(({ address }) => socketKey(address) === key)
      if (found !== undefined) return found.fds[workerIndex]
    }
    return undefined
  }

  /** For a start that failed: workers never got the sockets. */
  closeSockets(): void {
    if (this.#started) return
    for (const { sockets } of this.#active.values()) this.#sockets.close(sockets)
  }

  // ------------------------------------------------------------------------------------------------------ making

  #create(
    name: string,
    config: ListenerConfig,
    message: Message,
    origin: ListenerOrigin,
    previous: ManagedListener | undefined,
  ): MadeListener {
    const others = [...this.#active.values(), ...this.#warming.values()].filter((other) => other.name !== name)
    const taken = takenAddress(config, others)
    if (taken !== undefined) return this.#refuse(duplicateAddress(name, taken))
    const acquired = this.#deps.discoveries.acquire(config.discoveries)
    if (!acquired.ok) return acquired
    const bound = config.bindToPort ? this.#sockets.bind(name, config, previous) : { ok: true as const, sockets: [] }
    if (!bound.ok) {
      for (const use of acquired.uses) use.release()
      return bound
    }
    createListenerStats(this.#deps.scope.scope(`listener.${config.statPrefix}`))
    const { addedViaApi, version, lastUpdated } = origin
    const made = { addedViaApi, version, lastUpdated, sockets: bound.sockets, uses: acquired.uses }
    const parts = { name, config, message, ...made }
    const connections = this.#deps.shared.allocate(listenerCounters(this.#deps.concurrency))
    return { ok: true, listener: new ManagedListener({ ...parts, connections, tag: this.#nextTag++ }) }
  }

  #createInPlace(
    active: ManagedListener,
    config: ListenerConfig,
    message: Message,
    origin: ListenerOrigin,
  ): MadeListener {
    const acquired = this.#deps.discoveries.acquire(config.discoveries)
    if (!acquired.ok) return acquired
    const { name, tag, sockets, connections } = active
    // In Envoy, too, other chains do not change the version that the listener came with.
    const { version } = active
    const parts = { name, tag, sockets, connections, config, message, ...origin, version, uses: acquired.uses }
    return { ok: true, listener: new ManagedListener(parts, active) }
  }

  // ----------------------------------------------------------------------------------------------------- warming

  #take(listener: ManagedListener): void {
    if (!this.#started) {
      const replaced = this.#active.get(listener.name)
      if (replaced !== undefined) this.#discard(replaced)
      this.#active.set(listener.name, listener)
      this.#showTotals()
      this.#deps.initManager.add({
        name: `Listener-init-target ${listener.name}`,
        initialize: (ready) => listener.initManager.initialize(ready),
      })
      return
    }
    this.#warming.set(listener.name, listener)
    this.#showTotals()
    listener.initManager.initialize(() => {
      if (this.#warming.get(listener.name) === listener) this.#onWarmed(listener)
    })
  }

  #onWarmed(listener: ManagedListener): void {
    this.#warming.delete(listener.name)
    const previous = this.#active.get(listener.name)
    if (listener.inPlaceOf !== undefined) {
      this.#active.set(listener.name, listener)
      const before = listener.inPlaceOf
      void this.#draining.replaceChains(before, listener, vanishedChains(before.config, listener.config))
    } else if (!this.#sockets.listen(listener)) {
      listener.release()
      this.#deps.shared.free(listener.connections)
    } else {
      this.#active.set(listener.name, listener)
      // Per worker these come in order: nobody is without a listener in between.
      void Promise.all(this.#giveToWorkers(listener))
      if (previous !== undefined) void this.#draining.drain(previous)
    }
    this.#showTotals()
  }

  #giveToWorkers(listener: ManagedListener): Promise<void>[] {
    const { message, sockets, connections } = listener
    return this.#workers.map(async (worker, index) => {
      const fds = sockets.flatMap((socket) => socket.fds.filter((_, at) => at % this.#workers.length === index))
      await worker.addListener(listener.tag, { message, fds, connections })
      this.#stats.createSuccess.inc()
    })
  }

  /** As Envoy it counts as one that was removed, and drains though nobody is connected to it. */
  #giveUp(listener: ManagedListener): void {
    this.#active.delete(listener.name)
    this.#stats.removed.inc()
    void this.#draining.drain(listener)
  }

  #dropWarming(listener: ManagedListener): void {
    this.#warming.delete(listener.name)
    this.#showTotals()
    if (listener.inPlaceOf === undefined) this.#discard(listener)
    else listener.release()
  }

  /** Of a listener that no worker has got. */
  #discard(listener: ManagedListener): void {
    this.#sockets.close(listener.sockets)
    listener.release()
    this.#deps.shared.free(listener.connections)
  }

  /** '' while another listener, or another generation of this one, counts below the same prefix. */
  #statsToForget({ config }: ManagedListener): string {
    const prefixOf = (statPrefix: string): string => this.#deps.scope.scope(`listener.${statPrefix}`).prefix
    const own = prefixOf(config.statPrefix)
    const others = [...this.#active.values(), ...this.#warming.values(), ...this.#draining.list()]
    return others.some((other) => prefixOf(other.config.statPrefix).startsWith(own)) ? '' : own
  }

  #onGone(listener: ManagedListener): void {
    this.#deps.shared.free(listener.connections)
    const forget = this.#statsToForget(listener)
    if (forget !== '') this.#deps.forgetStats(forget)
  }

  // --------------------------------------------------------------------------------------------------- answering

  #isDirectionStopped({ trafficDirection }: ListenerConfig): boolean {
    if (this.#stoppedDirections === 'all') return true
    return this.#stoppedDirections === 'inbound' && trafficDirection === 'INBOUND'
  }

  #ignoreLocked(name: string): AddListenerResult {
    this.#deps.logger.debug(`${SOURCE}:669`, `duplicate/locked listener '${name}'. no add/update`)
    return { ok: true, changed: false }
  }

  #ignoreStopped(name: string, { trafficDirection }: ListenerConfig): AddListenerResult {
    const because = `because listeners in the traffic direction ${trafficDirection} are stopped`
    this.#deps.logger.debug(`${SOURCE}:642`, `listener ${name} can not be added ${because}`)
    return { ok: true, changed: false }
  }

  #refuse(message: string): { readonly ok: false; readonly message: string } {
    this.#deps.logger.warning(`${SOURCE}:1323`, message)
    return { ok: false, message }
  }

  #showTotals(): void {
    this.#stats.totalActive.set(this.#active.size)
    this.#stats.totalWarming.set(this.#warming.size)
  }
}

const SOURCE = 'source/common/listener_manager/listener_manager_impl.cc'

type MadeListener =
  | { readonly ok: true; readonly listener: ManagedListener }
  | { readonly ok: false; readonly message: string }
