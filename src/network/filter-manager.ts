/** The network filters of one connection (Envoy's FilterManagerImpl). */
import type { ReadFilter, WriteFilter } from '../api/network.ts'
import type { ByteQueue } from '../base/byte-queue.ts'
import { lentBytes } from '../base/lent-bytes.ts'

/** Of the connection: whether it still delivers. */
export interface FilterManagerConnection {
  readonly canDeliver: boolean
}

export class FilterManager {
  readonly #connection: FilterManagerConnection
  /** Replaced by one that is just as long as it has to be: there are many connections, with one filter each. */
  #readFilters: readonly ReadFilter[] = NONE
  /** So many of them have heard of the connection. */
  #greeted = 0
  #writeFilters: WriteFilter[] | undefined = undefined

  constructor(connection: FilterManagerConnection) {
    this.#connection = connection
  }

  get hasReadFilters(): boolean {
    return this.#readFilters.length > 0
  }

  get hasWriteFilters(): boolean {
    return this.#writeFilters !== undefined
  }

  addReadFilter(filter: ReadFilter): void {
    this.#readFilters = [...this.#readFilters, filter]
  }

  /** Of a filter that has seen the connection alone: those that come after it begin anew. */
  removeOnlyReadFilter(filter: ReadFilter): void {
    if (this.#readFilters.length !== 1 || this.#readFilters[0] !== filter) throw new Error('not the only read filter')
    this.#readFilters = NONE
    this.#greeted = 0
  }

  /** The last one added sees the bytes first. */
  addWriteFilter(filter: WriteFilter): void {
    this.#writeFilters = [filter, ...(this.#writeFilters ?? [])]
  }

  /** Offers `data` to all filters in order, until one stops. Each hears of the connection before its first data. */
  read(data: ByteQueue, end: boolean): void {
    this.#readFrom(0, data, end)
  }

  /** Goes on behind `filter`, which had stopped. */
  continueReading(filter: ReadFilter, data: ByteQueue, end: boolean): void {
    this.#readFrom(this.#readFilters.indexOf(filter) + 1, data, end)
  }

  /** True when all filters let it pass; otherwise the one that stopped has taken what it wants. */
  write(data: ByteQueue, end: boolean): boolean {
    if (lentBytes.active) lentBytes.keep()
    for (const filter of this.#writeFilters ?? []) {
      if (filter.onWrite(data, end) === 'stop' || !this.#connection.canDeliver) return false
    }
    return true
  }

  drain(drainTimeMs: number): void {
    for (const filter of this.#readFilters) filter.onDrain?.(drainTimeMs)
  }

  /** False when no filter has a word on it. */
  shutDown(): boolean {
    let heard = false
    for (const filter of this.#readFilters) {
      if (filter.onShutdown === undefined) continue
      heard = true
      filter.onShutdown()
    }
    return heard
  }

  #readFrom(index: number, data: ByteQueue, end: boolean): void {
    if (lentBytes.active && !this.#readFilters.every(({ keepsNoData }) => keepsNoData === true)) lentBytes.keep()
    for (let i = index; i < this.#readFilters.length; i++) {
      const filter = this.#readFilters[i]!
      if (i >= this.#greeted) {
        this.#greeted = i + 1
        if (filter.onNewConnection() === 'stop' || !this.#connection.canDeliver) return
      }
      if (data.length === 0 && !end) continue
      if (filter.onData(data, end) === 'stop' || !this.#connection.canDeliver) return
    }
  }
}

const NONE: readonly ReadFilter[] = []
