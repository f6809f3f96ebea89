/**
 * The main thread's list of listeners. It binds their sockets, hands them to the workers once these run, and takes them
 * back (Envoy's ListenerManagerImpl).
 */
import type { Logger } from '../api/log.ts'
import type { Message } from '../api/config.ts'
import type { Counter, Gauge, Scope } from '../api/stats.ts'
import type { Address } from '../api/network.ts'
import type { ListenerComponentFactory, ListenSockets } from './listener-component-factory.ts'
import { duplicateAddress, isSameListenAddress } from './duplicate-address.ts'
import type { ListenerConfig } from './listener-config.ts'
import { createListenerStats } from './listener-stats.ts'

/** A worker as the listener manager sees it. Promises resolve once the worker has done it. */
export interface ListenerWorker {
  addListener(tag: number, message: Message, fd: number): Promise<void>
  stopListener(tag: number): Promise<void>
  drainListener(tag: number): Promise<void>
  start(): Promise<void>
}

export interface WorkerFactory {
  /** Begins a worker at once; messages to it wait until its loop runs. */
  createWorker(index: number): ListenerWorker
}

export interface ListenerManagerDeps {
  readonly componentFactory: ListenerComponentFactory
  readonly workerFactory: WorkerFactory
  readonly concurrency: number
  readonly scope: Scope
  readonly logger: Logger
}

/** What /listeners and /config_dump show. */
export interface ListenerStatus {
  readonly name: string
  readonly address: Address
  readonly config: ListenerConfig
  readonly message: Message
  /** Wall-clock ms. */
  readonly lastUpdated: number
}

export type AddListenerResult = { readonly ok: true } | { readonly ok: false; readonly message: string }

interface ManagedListener extends ListenerStatus {
  readonly tag: number
  readonly sockets: ListenSockets
  stopped: boolean
}

export interface StopListenersOptions {
  readonly inboundOnly: boolean
}

export class ListenerManager {
  readonly #deps: ListenerManagerDeps
  readonly #workers: readonly ListenerWorker[]
  readonly #active = new Map<string, ManagedListener>()
  readonly #stats: ListenerManagerStats
  #nextTag = 1
  #started = false

  constructor(deps: ListenerManagerDeps) {
    this.#deps = deps
    this.#stats = createListenerManagerStats(deps.scope.scope('listener_manager'))
    this.#workers = Array.from({ length: deps.concurrency }, (_, index) => deps.workerFactory.createWorker(index))
  }

  listeners(): readonly ListenerStatus[] {
    return [...this.#active.values()]
  }

  /** Binds the sockets of a listener of the bootstrap. `wallNow`: wall-clock ms. */
  addStaticListener(config: ListenerConfig, message: Message, wallNow: number): AddListenerResult {
    const name = config.name === '' ? crypto.randomUUID() : config.name
    if (this.#active.has(name)) {
      const ignored = `duplicate/locked listener '${name}'. no add/update`
      this.#deps.logger.debug('source/common/listener_manager/listener_manager_impl.cc:483', ignored)
      return { ok: true }
    }
    const taken = [...this.#active.values()].some((other) => isSameListenAddress(other.config.address, config.address))
    if (taken) return this.#refuse(duplicateAddress(name, config.address.text))
    const sockets = this.#deps.componentFactory.createListenSockets(config, this.#deps.concurrency)
    if (!sockets.ok) {
      this.#stats.createFailure.inc()
      const failed = `listener '${name}' failed to bind or apply socket options: ${sockets.message}`
      this.#deps.logger.error('source/common/listener_manager/listener_manager_impl.cc:1405', failed)
      return { ok: false, message: sockets.message }
    }
    createListenerStats(this.#deps.scope.scope(`listener.${config.statPrefix}`))
    const listener: ManagedListener = {
      name,
      address: sockets.address,
      config,
      message,
      lastUpdated: wallNow,
      tag: this.#nextTag++,
      sockets,
      stopped: false,
    }
    this.#active.set(name, listener)
    this.#stats.added.inc()
    this.#stats.totalActive.set(this.#active.size)
    return { ok: true }
  }

  /** Hands every listener to every worker and lets them accept. Resolves when all do. */
  async startWorkers(): Promise<void> {
    const started = 'all dependencies initialized. starting workers'
    this.#deps.logger.info('source/common/listener_manager/listener_manager_impl.cc:1149', started)
    this.#started = true
    const done: Promise<void>[] = []
    for (const listener of this.#active.values()) {
      if (this.#listen(listener)) done.push(...this.#giveToWorkers(listener))
    }
    for (const worker of this.#workers) done.push(worker.start())
    await Promise.all(done)
    this.#stats.workersStarted.set(1)
  }

  /** Stops accepting, for good; connections begin to drain. Resolves when every worker has stopped. */
  async stopListeners({ inboundOnly }: StopListenersOptions): Promise<void> {
    const done: Promise<void>[] = []
    for (const listener of this.#active.values()) {
      if (listener.stopped || !concerns(listener, inboundOnly)) continue
      listener.stopped = true
      this.#stats.stopped.inc()
      for (const worker of this.#workers)
        done.push(worker.stopListener(listener.tag), worker.drainListener(listener.tag))
    }
    await Promise.all(done)
  }

  /** Connections begin to drain; new ones are still accepted. */
  async drainListeners({ inboundOnly }: StopListenersOptions): Promise<void> {
    const listeners = [...this.#active.values()].filter((listener) => concerns(listener, inboundOnly))
    await Promise.all(listeners.flatMap(({ tag }) => this.#workers.map((worker) => worker.drainListener(tag))))
  }

  /** For a start that failed: workers never got the sockets. */
  closeSockets(): void {
    if (this.#started) return
    for (const { sockets } of this.#active.values()) this.#deps.componentFactory.closeListenSockets(sockets)
  }

  /** A listener whose sockets cannot listen is given up; the others serve (Envoy: onListenerWarmed with an error). */
  #listen(listener: ManagedListener): boolean {
    const failure = this.#deps.componentFactory.listen(listener.sockets, listener.config)
    if (failure === undefined) return true
    this.#deps.logger.error('source/common/listener_manager/listener_manager_impl.cc:1060', failure)
    this.#stats.createFailure.inc()
    this.#active.delete(listener.name)
    this.#stats.totalActive.set(this.#active.size)
    return false
  }

  #giveToWorkers(listener: ManagedListener): Promise<void>[] {
    return this.#workers.map(async (worker, index) => {
      await worker.addListener(listener.tag, listener.message, listener.sockets.fds[index] ?? -1)
      this.#stats.createSuccess.inc()
    })
  }

  #refuse(message: string): AddListenerResult {
    this.#deps.logger.warning('source/common/listener_manager/listener_manager_impl.cc:1323', message)
    return { ok: false, message }
  }
}

function concerns(listener: ManagedListener, inboundOnly: boolean): boolean {
  return !inboundOnly || listener.config.trafficDirection === 'INBOUND'
}

interface ListenerManagerStats {
  readonly added: Counter
  readonly createSuccess: Counter
  readonly createFailure: Counter
  readonly stopped: Counter
  readonly totalActive: Gauge
  readonly workersStarted: Gauge
}

function createListenerManagerStats(scope: Scope): ListenerManagerStats {
  for (const name of ['listener_in_place_updated', 'listener_modified', 'listener_removed']) scope.counter(name)
  for (const name of ['total_filter_chains_draining', 'total_listeners_draining', 'total_listeners_warming']) {
    scope.gauge(name, 'never')
  }
  scope.gauge('workers_pinned', 'never')
  return {
    added: scope.counter('listener_added'),
    createSuccess: scope.counter('listener_create_success'),
    createFailure: scope.counter('listener_create_failure'),
    stopped: scope.counter('listener_stopped'),
    totalActive: scope.gauge('total_listeners_active', 'never'),
    workersStarted: scope.gauge('workers_started', 'never'),
  }
}
