/**
 * The listeners of one worker: which sockets it accepts on and which connections live on each. Driven by the messages
 * of the listener manager; `tag` names a generation of a listener.
 */
import type { Dispatcher, Timer } from '../api/event.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { Address } from '../api/network.ts'
import { closeListenSocket } from '../network/listen-socket.ts'
import type { ListenerSockets } from './active-listener.ts'
import { ActiveListener } from './active-listener.ts'
import { ListenerAddresses } from './listener-addresses.ts'
import type { ListenerConfig } from './listener-config.ts'

export interface ConnectionHandlerDeps {
  readonly dispatcher: Dispatcher
  /** `worker_<i>`, or `main_thread` for the admin listener. */
  readonly workerName: string
  /** What filters get, but for what belongs to their listener. */
  readonly context: FactoryContext
  readonly workerIndex: number
  /** Gives a connection's descriptor to another worker. */
  handOver(tag: number, worker: number, fd: number): void
  /** Each connection, at its beginning and at its end. */
  readonly onConnectionOpened?: () => void
  readonly onConnectionClosed?: () => void
  readonly drainTimeS: number
  readonly drainStrategy: 'gradual' | 'immediate'
}

export class ConnectionHandler {
  readonly #deps: ConnectionHandlerDeps
  readonly #listeners = new Map<number, ActiveListener>()
  readonly #graceTimer: Timer
  #addresses: ListenerAddresses<ActiveListener> | undefined = undefined
  #started = false
  readonly #onQuiet: (() => void)[] = []
  #ending = false

  constructor(deps: ConnectionHandlerDeps) {
    this.#deps = deps
    deps.context.overload.onStopAccepting(() => {
      for (const listener of this.#listeners.values()) listener.pauseOrResume()
    })
    this.#graceTimer = deps.dispatcher.timer(() => this.#endGrace())
  }

  /** Connections that are open now. */
  get numConnections(): number {
    let sum = 0
    for (const listener of this.#listeners.values()) sum += listener.numConnections
    return sum
  }

  /** Listeners known so far begin to accept, and later ones at once. */
  start(): void {
    this.#started = true
    for (const listener of this.#listeners.values()) listener.startAccepting()
  }

  /** Takes over bound sockets. */
  addListener(tag: number, config: ListenerConfig, sockets: ListenerSockets): void {
    const handOver = (worker: number, fd: number): void => this.#deps.handOver(tag, worker, fd)
    const listener = new ActiveListener(config, sockets, {
      ...this.#deps,
      handOver,
      listenerAt: (address) => this.#listenerAt(address),
      onConnectionClosed: () => {
        this.#deps.onConnectionClosed?.()
        this.#settle()
      },
    })
    this.#listeners.set(tag, listener)
    this.#addresses = undefined
    if (this.#started) listener.startAccepting()
  }

  /** A connection that another worker accepted. */
  adoptConnection(tag: number, fd: number): void {
    const listener = this.#listeners.get(tag)
    if (listener === undefined || this.#ending) closeListenSocket(fd)
    else listener.adopt(fd)
  }

  /** See `ActiveListener.updateFilterChains`. */
  updateFilterChains(tag: number, config: ListenerConfig, group: number): void {
    this.#listeners.get(tag)?.updateFilterChains(config, group)
  }

  removeFilterChains(tag: number, group: number): void {
    this.#listeners.get(tag)?.removeFilterChains(group)
  }

  /** The sockets are closed, connections live on. */
  stopListener(tag: number): void {
    this.#listeners.get(tag)?.stopAccepting()
    this.#addresses = undefined
  }

  /** Connections end one after the other, see `DrainState`. */
  drainListener(tag: number): void {
    this.#listeners.get(tag)?.drain()
  }

  /** What is left of the generation is closed. */
  removeListener(tag: number): void {
    const listener = this.#listeners.get(tag)
    this.#listeners.delete(tag)
    this.#addresses = undefined
    listener?.destroy()
  }

  /**
   * The end of the worker: nothing is accepted any more, idle connections close, the others have `graceMs` to finish.
   * `done` is called once, when the last connection is gone. Calling again may only shorten the grace.
   */
  shutDown(graceMs: number, done: () => void): void {
    this.#onQuiet.push(done)
    this.#ending = true
    for (const listener of this.#listeners.values()) listener.stopAccepting()
    this.#addresses = undefined
    if (graceMs > 0) {
      for (const listener of this.#listeners.values()) listener.shutDown()
      this.#graceTimer.enable(graceMs)
      this.#settle()
    } else {
      this.#endGrace()
    }
  }

  /** Of those that accept, the one that came last. */
  #listenerAt(address: Address): ActiveListener | undefined {
    this.#addresses ??= new ListenerAddresses([...this.#listeners.values()].filter(({ accepts }) => accepts))
    return this.#addresses.find(address)
  }

  #endGrace(): void {
    for (const listener of this.#listeners.values()) listener.destroy()
    this.#settle()
  }

  #settle(): void {
    if (!this.#ending || this.numConnections > 0) return
    this.#graceTimer.disable()
    // The filters of the last connection have yet to hear of its end, and to log it.
    for (const done of this.#onQuiet.splice(0)) this.#deps.dispatcher.deferredDelete({ destroy: done })
  }
}
