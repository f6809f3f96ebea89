/** The sockets of listeners on the main thread: bound, shared with the generation before, listening, closed. */
import type { Logger } from '../api/log.ts'
import type { ListenerComponentFactory, ListenFailure, ListenSockets } from './listener-component-factory.ts'
import type { ListenerConfig } from './listener-config.ts'
import type { ListenerManagerStats } from './listener-manager-stats.ts'
import type { ManagedListener } from './managed-listener.ts'

export interface ManagedSocketsDeps {
  readonly componentFactory: ListenerComponentFactory
  readonly concurrency: number
  readonly logger: Logger
  /** What sockets say. */
  readonly connectionLogger: Logger
  readonly stats: ListenerManagerStats
}

export type BoundSockets =
  | { readonly ok: true; readonly sockets: readonly ListenSockets[] }
  | { readonly ok: false; readonly message: string }

export class ManagedSockets {
  readonly #deps: ManagedSocketsDeps

  constructor(deps: ManagedSocketsDeps) {
    this.#deps = deps
  }

  /** Bound, not yet listening; what `previous` has of them is used once more. */
  bind(name: string, config: ListenerConfig, previous: ManagedListener | undefined): BoundSockets {
    const { componentFactory, concurrency, logger } = this.#deps
    const sockets: ListenSockets[] = []
    for (const [index, listen] of config.addresses.entries()) {
      const shared = previous?.stopped === false ? sharedSockets(previous, index, config) : undefined
      const made =
        shared === undefined
          ? componentFactory.createListenSockets({ ...config, ...listen }, concurrency)
          : componentFactory.cloneListenSockets(shared)
      if (made.ok) {
        sockets.push(made)
        continue
      }
      this.close(sockets)
      this.#deps.stats.createFailure.inc()
      this.#warnOfOption(made)
      logger.error(`${SOURCE}:1405`, `listener '${name}' failed to bind or apply socket options: ${made.message}`)
      return { ok: false, message: made.message }
    }
    return { ok: true, sockets }
  }

  /** False: its sockets cannot listen and are closed; the other listeners serve (Envoy: doFinalPreWorkerListenerInit). */
  listen(listener: ManagedListener): boolean {
    for (const [index, sockets] of listener.sockets.entries()) {
      const listen = listener.config.addresses[index]
      const failure = this.#deps.componentFactory.listen(sockets, { ...listener.config, ...listen })
      if (failure === undefined) continue
      this.#warnOfOption(failure)
      const failed = `final pre-worker listener init for listener '${listener.name}' failed: ${failure.message}`
      this.#deps.logger.error(`${SOURCE}:873`, failed)
      this.#deps.stats.createFailure.inc()
      this.close(listener.sockets.filter((other) => other !== sockets))
      return false
    }
    return true
  }

  close(sockets: readonly ListenSockets[]): void {
    for (const each of sockets) this.#deps.componentFactory.closeListenSockets(each)
  }

  #warnOfOption({ optionFailure }: ListenFailure): void {
    if (optionFailure === undefined) return
    this.#deps.connectionLogger.warning('source/common/network/socket_option_impl.cc:41', optionFailure)
  }
}

const SOURCE = 'source/common/listener_manager/listener_manager_impl.cc'

/** The sockets of `previous` that serve the `index`-th address as well, if there are any. */
function sharedSockets(previous: ManagedListener, index: number, config: ListenerConfig): ListenSockets | undefined {
  const before = previous.config.addresses[index]
  const now = config.addresses[index]
  if (before === undefined || now === undefined) return undefined
  if (before.address.text !== now.address.text || !Bun.deepEquals(before.socketOptions, now.socketOptions))
    return undefined
  return previous.sockets[index]
}
