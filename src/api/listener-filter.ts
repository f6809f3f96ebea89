import type { Dispatcher } from './event.ts'
import type { ConnectionInfo, FilterStatus } from './network.ts'
import type { StreamInfo } from './stream-info.ts'

/*
 * Filters of a listener see a connection before its filter chain is chosen, one after the other. All of it happens on the
 * worker that accepted the connection.
 */

/** One for each connection; made when its turn comes. */
export interface ListenerFilter {
  /**
   * So many bytes it wants to look at, at most; 0 when it never waits for any. It may grow in `onData`; a filter that has
   * seen all that it asked for says 'continue' or closes.
   */
  readonly maxReadBytes: number
  /**
   * Once, first. 'stop': it waits for bytes (`onData`), or for something else and calls `continueFilterChain` later; or it
   * has closed the connection.
   */
  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus
  /** New bytes came, while it waits. 'stop': it waits for more, or has closed the connection. */
  onData?(buffer: ListenerFilterBuffer): FilterStatus
  /** The peer went away while it waited; nothing is called afterwards. */
  onClose?(): void
}

/** Bytes that the peer has sent. What is not drained goes to the next filters and then to the network filters. */
export interface ListenerFilterBuffer {
  /** The first `maxReadBytes` of what is there, in one piece; valid until `onData` returns or drains. At least one byte. */
  readonly bytes: Uint8Array
  /** Takes away the first `count` of them: nobody else will see those. */
  drain(count: number): void
}

export interface ListenerFilterCallbacks {
  readonly dispatcher: Dispatcher
  /** What the filter chain is chosen by. */
  readonly info: ConnectionInfo
  /** Of the connection, also once it has a filter chain. */
  readonly streamInfo: StreamInfo
  /** For questions to the operating system, never for closing. */
  readonly fd: number
  /** Closes the connection, which then never gets a filter chain. */
  close(reason?: string): void
  /** For a filter that waits for something else than bytes. False: the connection is closed. */
  continueFilterChain(success: boolean): void
}

export type ListenerFilterFactory = () => ListenerFilter
