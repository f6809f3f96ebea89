/** Builds the network filters of a connection. */
import type {
  NetworkFilterChainBuilder,
  NetworkFilterFactory,
  ReadFilter,
  ReadFilterCallbacks,
  WriteFilter,
} from '../api/network.ts'
import type { SocketConnection } from './connection.ts'

/**
 * Asks each factory for its filters and tells them of the connection. Without a read filter nobody would ever read the
 * connection: it is closed, and false returned.
 */
export function createFilterChain(connection: SocketConnection, factories: readonly NetworkFilterFactory[]): boolean {
  for (const factory of factories) {
    factory(new FilterBuilder(connection))
    // One that has no configuration yet.
    if (connection.state === 'closed') return false
  }
  if (connection.initializeReadFilters()) return true
  connection.close('no-flush')
  return false
}

/** One per factory: what it adds, it goes on behind. */
class FilterBuilder implements NetworkFilterChainBuilder, ReadFilterCallbacks {
  readonly connection: SocketConnection
  #filter: ReadFilter | undefined = undefined

  constructor(connection: SocketConnection) {
    this.connection = connection
  }

  get callbacks(): ReadFilterCallbacks {
    return this
  }

  addReadFilter(filter: ReadFilter): void {
    this.#filter = filter
    this.connection.addReadFilter(filter)
  }

  addWriteFilter(filter: WriteFilter): void {
    this.connection.addWriteFilter(filter)
  }

  continueReading(): void {
    if (this.#filter !== undefined) this.connection.continueReading(this.#filter)
  }
}
