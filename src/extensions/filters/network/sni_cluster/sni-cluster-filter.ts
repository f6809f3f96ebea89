/** Leaves the server name that the client asked for where the TCP proxy looks for its cluster. */
import type { Connection, FilterStatus, ReadFilter } from '../../../../api/network.ts'

const CLUSTER_KEY = 'envoy.tcp_proxy.cluster'

export class SniClusterFilter implements ReadFilter {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    const { info, streamInfo } = this.#connection
    const { requestedServerName } = info
    if (requestedServerName !== '') {
      streamInfo.filterState.set(CLUSTER_KEY, { serializeAsString: () => requestedServerName })
    }
    return 'continue'
  }

  onData(): FilterStatus {
    return 'continue'
  }
}
