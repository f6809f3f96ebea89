/** The connections that users of a cluster have for themselves, by host, on one thread. */
import type { Host } from '../../api/upstream.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

export class TcpConnections {
  readonly #byHost = new Map<Host, Set<UpstreamConnection>>()

  add(host: Host, connection: UpstreamConnection): void {
    const all = this.#byHost.get(host)
    if (all === undefined) this.#byHost.set(host, new Set([connection]))
    else all.add(connection)
  }

  remove(host: Host, connection: UpstreamConnection): void {
    const all = this.#byHost.get(host)
    if (all?.delete(connection) === true && all.size === 0) this.#byHost.delete(host)
  }

  closeAll(host: Host): void {
    // Each takes itself out.
    for (const connection of Array.from(this.#byHost.get(host) ?? [])) connection.close('no-flush')
  }
}
