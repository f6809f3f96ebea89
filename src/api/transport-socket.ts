import type { Connection } from './network.ts'

/*
 * What stands between a connection to a host and its user (Envoy's UpstreamTransportSocketFactory and TransportSocket).
 */

/** One for each configured socket and thread. */
export interface UpstreamTransportSockets {
  /** Requests of downstream connections whose keys differ never share a connection; '' where they do not matter. */
  poolKey(downstream: Connection): string
  /** Makes sockets for the requests of `downstream`; undefined: for health checks and whatever else is nobody's. */
  for(downstream: Connection | undefined): CreateTransportSocket
}

/** For one connection. */
export type CreateTransportSocket = () => TransportSocket

export interface TransportSocket {
  /**
   * Once, when the connection stands and nothing has been written. `done` says, now or later, that its user may begin, or
   * with a `failure` why it must not; never when the connection ends before.
   */
  start(connection: TransportConnection, done: (failure?: string) => void): void
}

export type TransportConnection = Pick<Connection, 'write' | 'info'>
