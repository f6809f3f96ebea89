/** What stands between the connections of one pool and their users, and where they lead. */
import type { Connection } from '../../api/network.ts'
import type { CreateTransportSocket, HttpProxy } from '../../api/transport-socket.ts'
import type { EndpointHost } from '../endpoint-host.ts'

export interface PoolSockets {
  /** undefined: nothing does. */
  readonly create: CreateTransportSocket | undefined
  /** In place of the host. */
  readonly proxy: HttpProxy | undefined
}

/** `downstream`: whose requests they are for; undefined where that does not matter. */
export function socketsOf({ transport }: EndpointHost, downstream: Connection | undefined): PoolSockets {
  if (transport === undefined) return PLAIN_SOCKETS
  return { create: transport.for(downstream), proxy: transport.proxyFor?.(downstream) }
}

export const PLAIN_SOCKETS: PoolSockets = { create: undefined, proxy: undefined }
