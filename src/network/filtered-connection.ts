/**
 * Who stands on a connection: the network filters that its bytes pass (Envoy's FilterManagerImpl), and those who are told of
 * its events. Filters are no list of their own, as mostly there is one, and every step to it is a cache line.
 */
import type { ConnectionCallbacks, ReadFilter, WriteFilter } from '../api/network.ts'
import type { ByteQueue } from '../base/byte-queue.ts'
import { lentBytes } from '../base/lent-bytes.ts'
import { ConnectionCallbackList } from './connection-callbacks.ts'
import { DescribedConnection } from './described-connection.ts'

const NONE: readonly ReadFilter[] = []

export abstract class FilteredConnection extends DescribedConnection {
  protected readonly callbacks = new ConnectionCallbackList()
  #firstFilter: ReadFilter | undefined = undefined
  /** Replaced by a list that is just as long as it has to be. */
  #otherFilters: readonly ReadFilter[] = NONE
  /** So many read filters have heard of the connection. */
  #greeted = 0
  #writeFilters: WriteFilter[] | undefined = undefined

  /** Filters may be given bytes. */
  abstract readonly canDeliver: boolean

  addCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.add(callbacks)
  }

  removeCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.remove(callbacks)
  }

  protected get hasReadFilters(): boolean {
    return this.#firstFilter !== undefined
  }

  protected get hasWriteFilters(): boolean {
    return this.#writeFilters !== undefined
  }

  addReadFilter(filter: ReadFilter): void {
    if (this.#firstFilter === undefined) this.#firstFilter = filter
    else this.#otherFilters = [...this.#otherFilters, filter]
  }

  /** `filter` looked at the first bytes and left them; whoever is added next sees the connection from its beginning. */
  removeOnlyReadFilter(filter: ReadFilter): void {
    if (this.#firstFilter !== filter || this.#otherFilters.length > 0) throw new Error('not the only read filter')
    this.#firstFilter = undefined
    this.#greeted = 0
  }

  /** The last one added sees the bytes first. */
  addWriteFilter(filter: WriteFilter): void {
    this.#writeFilters = [filter, ...(this.#writeFilters ?? [])]
  }

  /** What it belongs to is about to go: filters end the connection when it suits them. */
  notifyDrain(drainTimeMs: number): void {
    for (const filter of this.#readFilters()) filter.onDrain?.(drainTimeMs)
  }

  /** False when no filter has a word on it. */
  protected shutDownFilters(): boolean {
    let heard = false
    for (const filter of this.#readFilters()) {
      if (filter.onShutdown === undefined) continue
      heard = true
      filter.onShutdown()
    }
    return heard
  }

  #readFilters(): readonly ReadFilter[] {
    return this.#firstFilter === undefined ? NONE : [this.#firstFilter, ...this.#otherFilters]
  }

  /** Offers `data` to all filters in order, until one stops. Each hears of the connection before its first data. */
  protected readThroughFilters(data: ByteQueue, end: boolean): void {
    this.#readFrom(0, data, end)
  }

  /** Goes on behind `filter`, which had stopped. */
  protected readBehind(filter: ReadFilter, data: ByteQueue, end: boolean): void {
    this.#readFrom(this.#readFilters().indexOf(filter) + 1, data, end)
  }

  /** True when all filters let it pass; otherwise the one that stopped has taken what it wants. */
  protected writeThroughFilters(data: ByteQueue, end: boolean): boolean {
    if (lentBytes.active) lentBytes.keep()
    for (const filter of this.#writeFilters ?? []) {
      if (filter.onWrite(data, end) === 'stop' || !this.canDeliver) return false
    }
    return true
  }

  #readFrom(index: number, data: ByteQueue, end: boolean): void {
    if (lentBytes.active && !this.#readFilters().every(({ keepsNoData }) => keepsNoData === true)) lentBytes.keep()
    for (let i = index; ; i++) {
      const filter = i === 0 ? this.#firstFilter : this.#otherFilters[i - 1]
      if (filter === undefined) return
      if (i >= this.#greeted) {
        this.#greeted = i + 1
        if (filter.onNewConnection() === 'stop' || !this.canDeliver) return
      }
      if (data.length === 0 && !end) continue
      if (filter.onData(data, end) === 'stop' || !this.canDeliver) return
    }
  }
}
