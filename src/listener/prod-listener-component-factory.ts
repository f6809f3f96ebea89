import { fstatSync } from 'node:fs'
import type { Address } from '../api/network.ts'
import type { ListenSocket, ListenSocketOptions } from '../network/listen-socket.ts'
import { bindListenSocket, closeListenSocket, duplicateListenSocket, listenOnSocket } from '../network/listen-socket.ts'
import type {
  BindFailure,
  ListenerComponentFactory,
  ListenFailure,
  ListenSockets,
  ListenTarget,
} from './listener-component-factory.ts'
import { socketKey } from './socket-key.ts'

/**
 * A listening socket of the epoch before (hot restart) by its key and worker; undefined where that has none, a failure
 * where it does not answer.
 */
export type InheritSocket = (key: string, workerIndex: number) => number | BindFailure | undefined

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
    const options = { ...config.socketOptions, reusePort, listenerName: config.name }
    const first = this.#inheritOrBind(config.address, options, 0)
    if (!first.ok) return first
    const { address } = first
    const fds = [first.fd]
    while (fds.length < count) {
      // The first socket's address, because only that one has the port in place of 0.
      let next = reusePort ? this.#inheritOrBind(address, options, fds.length) : duplicateListenSocket(first.fd)
      // What the epoch before has without SO_REUSEPORT is the only socket of its address: the workers share it.
      if (!next.ok && first.inherited && 'errno' in next) next = duplicateListenSocket(first.fd)
      if (!next.ok) return failed(fds, next)
      fds.push(next.fd)
    }
    const failure = first.inherited && address.kind === 'ip' ? this.#inheritSurplus(address, fds, reusePort) : undefined
    return failure === undefined ? { ok: true, fds, address } : failed(fds, failure)
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

  listen(sockets: ListenSockets, config: ListenTarget): ListenFailure | undefined {
    const { reusePort, socketOptions, name, tcpBacklogSize } = config
    for (const fd of sockets.fds) {
      const options = { ...socketOptions, reusePort, listenerName: name }
      const failure = listenOnSocket(fd, sockets.address, tcpBacklogSize ?? SYSTEM_MAXIMUM_BACKLOG, options)
      if (failure === undefined) continue
      this.closeListenSockets(sockets)
      return failure
    }
    return undefined
  }

  #inheritOrBind(address: Address, options: ListenSocketOptions, workerIndex: number): MadeSocket | BindFailure {
    const inherited = this.#inheritSocket(socketKey(address), workerIndex)
    if (inherited === undefined) return { ...bindListenSocket(address, options), inherited: false }
    return typeof inherited === 'number' ? { ok: true, fd: inherited, address, inherited: true } : inherited
  }

  /**
   * Clients wait in every socket of the epoch before, so all of them are taken over: also where that had more workers, or
   * had one for each worker (SO_REUSEPORT) and this one has one for all.
   */
  #inheritSurplus(address: Address, fds: number[], reusePort: boolean): BindFailure | undefined {
    const known = new Set(fds.map(socketOf))
    for (let worker = reusePort ? fds.length : 1; ; worker++) {
      const fd = this.#inheritSocket(socketKey(address), worker)
      if (typeof fd !== 'number') return fd
      const socket = socketOf(fd)
      if (known.has(socket)) closeListenSocket(fd)
      else fds.push(fd)
      known.add(socket)
    }
  }

  closeListenSockets(sockets: ListenSockets): void {
    for (const fd of sockets.fds) closeListenSocket(fd)
  }
}

const SYSTEM_MAXIMUM_BACKLOG = -1

/** `inherited`: from the epoch before. */
type MadeSocket = ListenSocket & { readonly inherited: boolean }

/** The same for all descriptors of a socket. */
function socketOf(fd: number): number {
  return fstatSync(fd).ino
}

function failed(fds: readonly number[], failure: BindFailure): BindFailure {
  for (const fd of fds) closeListenSocket(fd)
  return failure
}
