/** What pools need of connections and codecs, so that tests can put something else in their place. */
import type { ClientCodec, ClientCodecSink } from '../../api/codec.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { Connection, ReadFilter, WriteFilter } from '../../api/network.ts'
import type { RosterMember } from '../../base/roster.ts'
import type { ConnectOptions } from '../../network/client-connection.ts'
import type { ConnectionStats } from '../../network/connection-stats.ts'

/** A connection to a host; `SocketConnection` in the program. */
export interface UpstreamConnection extends Connection, RosterMember {
  /** Why a connection attempt failed: `delayed connect error: Connection refused`. */
  transportFailureReason: string
  addReadFilter(filter: ReadFilter): void
  addWriteFilter(filter: WriteFilter): void
  /** Tells the read filters of the connection. */
  initializeReadFilters(): boolean
  setConnectionStats(stats: ConnectionStats): void
  /** Whether the peer's end closes it even while reading is disabled. */
  setDetectEarlyClose(enabled: boolean): void
}

export type Connect = (dispatcher: Dispatcher, options: ConnectOptions) => UpstreamConnection

/** `wholeUrls`: for a proxy, whatever the cluster says. */
export type CreateCodec = (sink: ClientCodecSink, wholeUrls: boolean) => ClientCodec
