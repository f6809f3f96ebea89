/** Makes what a listener needs from the outside world. The real one makes sockets; tests and `--mode validate` do not. */
import type { Address } from '../api/network.ts'
import type { ListenerConfig } from './listener-config.ts'

/** What of a listener its sockets depend on. */
export type ListenTarget = Pick<ListenerConfig, 'name' | 'address' | 'reusePort' | 'socketOptions' | 'tcpBacklogSize'>

export interface ListenSockets {
  readonly ok: true
  /**
   * One descriptor for each worker, bound and not yet listening. Where the epoch before (hot restart) had more workers,
   * theirs follow.
   */
  readonly fds: readonly number[]
  /** With the port that the system chose where the configuration says 0. */
  readonly address: Address
}

export interface BindFailure {
  readonly ok: false
  /** `cannot bind '127.0.0.1:80': Permission denied` */
  readonly message: string
  /** Where an option of the socket was refused: which one, and why. */
  readonly optionFailure?: string
}

export type ListenFailure = Omit<BindFailure, 'ok'>

export interface ListenerComponentFactory {
  /** At `config.address`. */
  createListenSockets(config: ListenTarget, count: number): ListenSockets | BindFailure
  /** The same sockets once more, for a generation that takes over from one that still has them. */
  cloneListenSockets(sockets: ListenSockets): ListenSockets | BindFailure
  /** Connections queue from now on. After a failure the sockets are closed. */
  listen(sockets: ListenSockets, config: ListenTarget): ListenFailure | undefined
  closeListenSockets(sockets: ListenSockets): void
}
