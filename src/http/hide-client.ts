/** Of `add_proxy_protocol_connection_state`. */
import type { Connection } from '../api/network.ts'
import { NO_PROXY_PROTOCOL_OPTIONS, PROXY_PROTOCOL_OPTIONS } from '../codec/proxy_protocol/proxy-protocol-options.ts'

/** Keeps a client from hosts that would be told of it by the PROXY protocol, unless it has told of itself. */
export function hideClient({ streamInfo: { filterState } }: Connection): void {
  if (filterState.get(PROXY_PROTOCOL_OPTIONS) !== undefined) return
  filterState.set(PROXY_PROTOCOL_OPTIONS, NO_PROXY_PROTOCOL_OPTIONS)
}
