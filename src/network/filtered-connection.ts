/** Who stands on a connection: the filters that its bytes pass, and those who are told of its events. */
import type { ConnectionCallbacks, ReadFilter, WriteFilter } from '../api/network.ts'
import { ConnectionCallbackList } from './connection-callbacks.ts'
import { DescribedConnection } from './described-connection.ts'
import { FilterManager } from './filter-manager.ts'

export abstract class FilteredConnection extends DescribedConnection {
  protected readonly filters = new FilterManager(this)
  protected readonly callbacks = new ConnectionCallbackList()

  /** Filters may be given bytes. */
  abstract readonly canDeliver: boolean

  addCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.add(callbacks)
  }

  removeCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.remove(callbacks)
  }

  addReadFilter(filter: ReadFilter): void {
    this.filters.addReadFilter(filter)
  }

  /** `filter` looked at the first bytes and left them; whoever is added next sees the connection from its beginning. */
  removeOnlyReadFilter(filter: ReadFilter): void {
    this.filters.removeOnlyReadFilter(filter)
  }

  addWriteFilter(filter: WriteFilter): void {
    this.filters.addWriteFilter(filter)
  }

  /** What it belongs to is about to go: filters end the connection when it suits them. */
  notifyDrain(drainTimeMs: number): void {
    this.filters.drain(drainTimeMs)
  }
}
