import type { Address } from '../api/network.ts'
import type { ListenSocket, ListenSocketOptions } from '../network/listen-socket.ts'
import { bindListenSocket, closeListenSocket, duplicateListenSocket, listenOnSocket } from '../network/listen-socket.ts'
import type {
  BindFailure,
  ListenerComponentFactory,
  ListenSockets,
  ListenTarget,
} from './listener-component-factory.ts'
import { socketKey } from './socket-key.ts'

/** A listening socket of the epoch before (hot restart) by its key and worker; undefined where that has none. */
export type InheritSocket = (key: string, workerIndex: number) => number | undefined

/**
 * Real sockets. With SO_REUSEPORT every worker gets one of its own and the kernel spreads connections; without it (and
 * for pipes) all workers share one socket through duplicates of its descriptor.
 */
export class ProdListenerComponentFactory implements ListenerComponentFactory {
  readonly #inheritSocket: InheritSocket

  constructor(inheritSocket: InheritSocket = () => undefined) {
    this.#inheritSocket = inheritSocket
  }

  createListenSockets(config: ListenTarget, count: number): ListenSockets | BindFailure {
    const reusePort = config.reusePort && config.address.kind === 'ip'
    const options = { ...config.socketOptions, reusePort }
    const first = this.#bind(config.address, options, 0)
    if (!first.ok) return first
    const fds = [first.fd]
    while (fds.length < count) {
      // The first socket's address, because only that one has the port in place of 0.
      const next = reusePort ? this.#bind(first.address, options, fds.length) : duplicateListenSocket(first.fd)
      if (!next.ok) {
        for (const fd of fds) closeListenSocket(fd)
        return next
      }
      fds.push(next.fd)
    }
    if (reusePort) this.#inheritSurplus(first.address, fds)
    return { ok: true, fds, address: first.address }
  }

  cloneListenSockets({ fds, address }: ListenSockets): ListenSockets | BindFailure {
    const copies: number[] = []
    for (const fd of fds) {
      const copy = duplicateListenSocket(fd)
      if (!copy.ok) {
        for (const made of copies) closeListenSocket(made)
        return copy
      }
      copies.push(copy.fd)
    }
    return { ok: true, fds: copies, address }
  }

  listen(sockets: ListenSockets, config: ListenTarget): string | undefined {
    const { reusePort, socketOptions, name, tcpBacklogSize } = config
    for (const fd of sockets.fds) {
      const options = { ...socketOptions, reusePort, listenerName: name }
      const failure = listenOnSocket(fd, sockets.address, tcpBacklogSize ?? SYSTEM_MAXIMUM_BACKLOG, options)
      if (failure === undefined) continue
      this.closeListenSockets(sockets)
      return failure.message
    }
    return undefined
  }

  #bind(address: Address, options: ListenSocketOptions, workerIndex: number): ListenSocket {
    const fd = this.#inheritSocket(socketKey(address), workerIndex)
    return fd === undefined ? bindListenSocket(address, options) : { ok: true, fd, address }
  }

  /** Where the epoch before had more workers: clients wait in their sockets, too. */
  #inheritSurplus(address: Address, fds: number[]): void {
    for (;;) {
      const fd = this.#inheritSocket(socketKey(address), fds.length)
      if (fd === undefined) return
      fds.push(fd)
    }
  }

  closeListenSockets(sockets: ListenSockets): void {
    for (const fd of sockets.fds) closeListenSocket(fd)
  }
}

const SYSTEM_MAXIMUM_BACKLOG = -1
