/**
 * A connection of its own to a Fluentd server: records gather and go out as one event in Fluentd's forward mode. It is made
 * when there is something to send, and again after it has ended.
 */
import type { ByteQueue } from '../../../api/bytes.ts'
import type { Dispatcher, Random, Timer } from '../../../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../../api/network.ts'
import type { Counter } from '../../../api/stats.ts'
import type { ClusterView, LoadBalancerContext, ReadableConnection, TcpPoolCallbacks } from '../../../api/upstream.ts'
import { MessagePackWriter } from '../../../base/message-pack.ts'
import { toWireText } from '../../../base/wire-text.ts'
import { BackOff } from '../../../config/back-off.ts'
import type { FluentdConfig } from './config.ts'

export interface RecordStreamDeps {
  readonly dispatcher: Pick<Dispatcher, 'timer'>
  readonly clusters: Pick<ClusterView, 'get'>
  readonly random: Random
  readonly stats: RecordStreamStats
}

export interface RecordStreamStats {
  readonly entriesLost: Counter
  readonly entriesBuffered: Counter
  readonly eventsSent: Counter
  readonly reconnectAttempts: Counter
  readonly connectionsClosed: Counter
}

export type RecordStreamSettings = Pick<
  FluentdConfig,
  'cluster' | 'tag' | 'flushIntervalMs' | 'bufferBytes' | 'maxConnectAttempts' | 'backOff'
>

interface Entry {
  readonly seconds: number
  readonly record: Uint8Array
}

const TIME_BYTES = 8

export class RecordStream implements TcpPoolCallbacks, ConnectionCallbacks, ReadFilter {
  readonly #settings: RecordStreamSettings
  readonly #deps: RecordStreamDeps
  readonly #backOff: BackOff
  /** Runs while something waits. */
  readonly #flushTimer: Timer
  readonly #retryTimer: Timer
  #entries: Entry[] = []
  #bytes = 0
  #connection: ReadableConnection | undefined = undefined
  #connecting = false
  #attempts = 0
  #gaveUp = false

  constructor(settings: RecordStreamSettings, deps: RecordStreamDeps) {
    this.#settings = settings
    this.#deps = deps
    this.#backOff = new BackOff(settings.backOff, deps.random)
    this.#flushTimer = deps.dispatcher.timer(() => this.#flush())
    this.#retryTimer = deps.dispatcher.timer(() => {
      deps.stats.reconnectAttempts.inc()
      this.#connect()
    })
  }

  /** `record` is an encoded map, `seconds` the time since 1970. */
  add(seconds: number, record: Uint8Array): void {
    const { stats } = this.#deps
    // A server that is away costs records, not memory.
    if (this.#gaveUp || this.#bytes >= this.#settings.bufferBytes) return stats.entriesLost.inc()
    if (this.#entries.push({ seconds, record }) === 1) this.#flushTimer.enable(this.#settings.flushIntervalMs)
    this.#bytes += TIME_BYTES + record.length
    stats.entriesBuffered.inc()
    if (this.#bytes >= this.#settings.bufferBytes) this.#flush()
  }

  #flush(): void {
    if (this.#entries.length === 0) return
    if (this.#connection !== undefined) return this.#send(this.#connection)
    this.#flushTimer.enable(this.#settings.flushIntervalMs)
    if (!this.#connecting) this.#connect()
  }

  #send(connection: ReadableConnection): void {
    this.#flushTimer.disable()
    const event = new MessagePackWriter().array(2).text(toWireText(this.#settings.tag)).array(this.#entries.length)
    for (const { seconds, record } of this.#entries) event.array(2).integer(BigInt(seconds)).raw(record)
    connection.write(event.finish())
    this.#deps.stats.eventsSent.inc()
    this.#forget()
  }

  #connect(): void {
    this.#attempts++
    const cluster = this.#deps.clusters.get(this.#settings.cluster)
    const pick = cluster?.chooseHost(ANY_HOST)
    if (pick?.kind === 'later') pick.cancel()
    if (cluster === undefined || pick?.kind !== 'host') return this.#tryAgain()
    this.#connecting = true
    cluster.tcpPool(pick.host, 'default', ANY_HOST).newConnection(this, 'close')
  }

  #tryAgain(): void {
    if (this.#attempts < this.#settings.maxConnectAttempts) return this.#retryTimer.enable(this.#backOff.nextMs())
    const { cluster } = this.#settings
    this.#deps.clusters.get(cluster)?.info.scope.counter('upstream_cx_connect_attempts_exceeded').inc()
    this.#gaveUp = true
    this.#flushTimer.disable()
    this.#forget()
  }

  #forget(): void {
    this.#entries = []
    this.#bytes = 0
  }

  // ------------------------------------------------------------------------------------------------- the connection

  onPoolReady(connection: ReadableConnection): void {
    this.#connecting = false
    this.#connection = connection
    connection.addCallbacks(this)
    connection.addReadFilter(this)
    this.#backOff.reset()
    this.#retryTimer.disable()
    this.#flush()
  }

  onPoolFailure(): void {
    this.#onEnd()
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  /** The server has nothing to say in this mode. */
  onData(data: ByteQueue): FilterStatus {
    data.clear()
    return 'stop'
  }

  onEvent(_event: ConnectionEvent): void {
    this.#connection = undefined
    this.#onEnd()
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  #onEnd(): void {
    this.#connecting = false
    this.#deps.stats.connectionsClosed.inc()
    this.#tryAgain()
  }
}

const ANY_HOST: LoadBalancerContext = {
  downstreamConnection: undefined,
  requestHeaders: undefined,
  streamInfo: undefined,
  hash: undefined,
  metadataMatch: undefined,
  shouldSelectAnotherHost: () => false,
  hostSelectionRetryCount: 0,
}
