/** Counts what the system knows of a connection, now and then and at its end; bytes pass as they do inside. */
import type { Timer } from '../../../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent } from '../../../api/network.ts'
import type { TransportConnection, TransportSocket } from '../../../api/transport-socket.ts'
import { TcpInfoSource } from '../../../network/tcp-info.ts'
import type { TcpStats } from './tcp-stats.ts'
import { nothingCounted } from './tcp-stats.ts'

export class TcpStatsSocket implements TransportSocket, ConnectionCallbacks {
  readonly #stats: TcpStats
  readonly #updatePeriodMs: number | undefined
  readonly #inner: TransportSocket | undefined
  readonly #counted = nothingCounted()
  #source: TcpInfoSource | undefined = undefined
  #timer: Timer | undefined = undefined

  constructor(stats: TcpStats, updatePeriodMs: number | undefined, inner: TransportSocket | undefined) {
    this.#stats = stats
    this.#updatePeriodMs = updatePeriodMs
    this.#inner = inner
  }

  start(connection: TransportConnection, done: (failure?: string) => void): void {
    this.#source = TcpInfoSource.of(connection.fd ?? -1)
    if (this.#source !== undefined) {
      connection.addCallbacks(this)
      this.#startTimer(connection)
    }
    if (this.#inner === undefined) done()
    else this.#inner.start(connection, done)
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected') return
    this.#timer?.disable()
    this.#record()
    this.#stats.forget(this.#counted)
    this.#source?.close()
    this.#source = undefined
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  #startTimer({ dispatcher }: TransportConnection): void {
    const period = this.#updatePeriodMs
    if (period === undefined) return
    this.#timer = dispatcher.timer(() => {
      this.#record()
      this.#timer?.enable(period)
    })
    this.#timer.enable(period)
  }

  #record(): void {
    const info = this.#source?.read()
    if (info !== undefined) this.#stats.record(info, this.#counted)
  }
}
