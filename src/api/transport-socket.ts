import type { Address, Connection, ReadFilter, WriteFilter } from './network.ts'
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
  /** Who is connected to instead of the host; undefined (or absent): the host is. */
  proxyFor?(downstream: Connection | undefined): HttpProxy | undefined
}

export interface HttpProxy {
  readonly address: Address
  /** HTTP/1 requests name the whole URL. */
  readonly takesWholeUrls: boolean
}

export type TransportHost = Pick<Host, 'address' | 'hostname'> & {
  readonly metadata?: Host['metadata']
  readonly localityMetadata?: Readonly<Record<string, unknown>> | undefined
}

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

export type TransportConnection = Pick<
  Connection,
  'write' | 'close' | 'info' | 'streamInfo' | 'addCallbacks' | 'dispatcher'
> & {
  /* Filters see what comes and goes before the connection's user. */
  addReadFilter(filter: ReadFilter): void
  addWriteFilter(filter: WriteFilter): void
  /** Of the socket, for what the system tells of it; -1 (or absent): there is none. */
  readonly fd?: number
}
