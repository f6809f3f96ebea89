import { bindListenSocket, closeListenSocket, duplicateListenSocket, listenOnSocket } from '../network/listen-socket.ts'
import type { BindFailure, ListenerComponentFactory, ListenSockets } from './listener-component-factory.ts'
import type { ListenerConfig } from './listener-config.ts'

/**
 * Real sockets. With SO_REUSEPORT every worker gets one of its own and the kernel spreads connections; without it (and
 * for pipes) all workers share one socket through duplicates of its descriptor.
 */
export class ProdListenerComponentFactory implements ListenerComponentFactory {
  createListenSockets(config: ListenerConfig, count: number): ListenSockets | BindFailure {
    const reusePort = config.reusePort && config.address.kind === 'ip'
    const options = { ...config.socketOptions, reusePort }
    const first = bindListenSocket(config.address, options)
    if (!first.ok) return first
    const fds = [first.fd]
    while (fds.length < count) {
      // The first socket's address, because only that one has the port in place of 0.
      const next = reusePort ? bindListenSocket(first.address, options) : duplicateListenSocket(first.fd)
      if (!next.ok) {
        for (const fd of fds) closeListenSocket(fd)
        return next
      }
      fds.push(next.fd)
    }
    return { ok: true, fds, address: first.address }
  }

  listen(sockets: ListenSockets, config: ListenerConfig): string | undefined {
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

  closeListenSockets(sockets: ListenSockets): void {
    for (const fd of sockets.fds) closeListenSocket(fd)
  }
}

const SYSTEM_MAXIMUM_BACKLOG = -1
