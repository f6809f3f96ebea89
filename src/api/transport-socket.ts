import type { Address, Connection } from './network.ts'
import type { Host } from './upstream.ts'

/*
 * What stands between a connection to a host and its user (Envoy's UpstreamTransportSocketFactory and TransportSocket).
 */

/** One for each configured socket and thread. */
export interface UpstreamTransportSockets {
  /** Requests of downstream connections whose keys differ never share a connection; '' where they do not matter. */
  poolKey(downstream: Connection): string
  /** Makes sockets for the requests of `downstream`; undefined: for health checks and whatever else is nobody's. */
  for(downstream: Connection | undefined): CreateTransportSocket
  /** Those for one host, whose metadata may have a word on them; absent: all hosts have the same. */
  forHost?(host: TransportHost): UpstreamTransportSockets
  /** Where to connect to instead of the host; undefined (or absent): to the host. */
  proxyAddress?(downstream: Connection | undefined): Address | undefined
}

export type TransportHost = Pick<Host, 'address' | 'metadata'>

/** The same for a filter chain of a listener. */
export interface DownstreamTransportSockets {
  readonly create: CreateTransportSocket
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

export type TransportConnection = Pick<Connection, 'write' | 'info' | 'streamInfo' | 'addCallbacks' | 'dispatcher'> & {
  /** Of the socket, for what the system tells of it; -1 (or absent): there is none. */
  readonly fd?: number
}
