/** A connection to a Redis server on which commands are asked one after the other and answered in order. */
import type { ByteQueue } from '../../../api/bytes.ts'
import type { Dispatcher, Timer } from '../../../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../../api/network.ts'
import type { RespSink } from '../../../codec/redis/resp-decoder.ts'
import { RespDecoder } from '../../../codec/redis/resp-decoder.ts'
import type { RespValue } from '../../../codec/redis/resp-value.ts'
import type { SharedCounters } from '../../../stats/shared-counters.ts'
import type { UpstreamConnection } from '../../../upstream/pool/upstream-connection.ts'
import { HOST } from '../../../upstream/shared-layout.ts'
import type { RedisStats } from './redis-stats.ts'

export interface RedisClientDeps {
  readonly dispatcher: Dispatcher
  readonly connectTimeoutMs: number
  readonly stats: RedisStats
  /** Of the host. */
  readonly host: SharedCounters
  /** The connection is gone; whoever waited for an answer hears of that besides. */
  onClosed(): void
}

export interface RedisRequestCallbacks {
  onAnswer(value: RespValue): void
  /** The connection ended before. */
  onFailed(): void
}

interface Request {
  /** Undefined: nobody waits for the answer. */
  callbacks: RedisRequestCallbacks | undefined
  cancelled: boolean
  /** ms, as `preciseNow`. */
  readonly since: number
}

export class RedisClient implements ConnectionCallbacks, ReadFilter, RespSink {
  readonly #connection: UpstreamConnection
  readonly #deps: RedisClientDeps
  readonly #decoder = new RespDecoder(this)
  readonly #connectTimer: Timer
  /** In the order of the answers. */
  #requests: Request[] = []
  /** What is to be sent once there is a connection. */
  #unsent: Uint8Array[] = []
  #state: 'connecting' | 'open' | 'closed' = 'connecting'

  constructor(connection: UpstreamConnection, deps: RedisClientDeps) {
    this.#connection = connection
    this.#deps = deps
    this.#connectTimer = deps.dispatcher.timer(() => this.#onConnectTimeout())
    this.#connectTimer.enable(deps.connectTimeoutMs)
    deps.stats.connectionBegan(deps.host)
    connection.addCallbacks(this)
    connection.addReadFilter(this)
  }

  /** `callbacks` undefined: whatever the answer is, it says nothing. */
  request(command: Uint8Array, callbacks: RedisRequestCallbacks | undefined): void {
    const { dispatcher, stats, host } = this.#deps
    this.#requests.push({ callbacks, cancelled: false, since: dispatcher.preciseNow() })
    stats.requestBegan(host)
    if (this.#state === 'open') this.#connection.write(command)
    else this.#unsent.push(command)
  }

  /** Nobody is told of answers any more. */
  cancel(): void {
    for (const request of this.#requests) request.cancelled = request.callbacks !== undefined
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#end('local')
    this.#connection.close('no-flush')
  }

  // ---- connection

  onEvent(event: ConnectionEvent): void {
    if (this.#state === 'closed') return
    if (event !== 'connected') return this.#end(event === 'remote-close' ? 'remote' : 'local')
    this.#state = 'open'
    this.#connectTimer.disable()
    this.#connection.initializeReadFilters()
    for (const command of this.#unsent) this.#connection.write(command)
    this.#unsent = []
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  /** Of what came at once all is read, even when an answer in it ends the connection. */
  onData(data: ByteQueue): FilterStatus {
    for (let chunk = data.shift(); chunk !== undefined; chunk = data.shift()) {
      if (this.#decoder.dispatch(chunk) === undefined) continue
      const { stats, host } = this.#deps
      stats.count('upstream_cx_protocol_error')
      host.add(HOST.rqError, 1)
      this.close()
      break
    }
    return 'stop'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  onValue(value: RespValue): void {
    if (value.type === 'push') return
    const request = this.#requests.shift()
    if (request === undefined) return
    const { dispatcher, stats, host } = this.#deps
    stats.requestEnded(host)
    stats.answered((dispatcher.preciseNow() - request.since) * 1000)
    request.callbacks?.onAnswer(value)
  }

  #onConnectTimeout(): void {
    const { stats, host } = this.#deps
    stats.count('upstream_cx_connect_timeout')
    host.add(HOST.cxConnectFail, 1)
    this.close()
  }

  #end(by: 'local' | 'remote'): void {
    const { stats, host } = this.#deps
    const wasConnecting = this.#state === 'connecting'
    const requests = this.#requests
    this.#requests = []
    this.#state = 'closed'
    this.#connectTimer.disable()
    stats.connectionEnded(host, by, requests.length > 0)
    if (by === 'remote' && wasConnecting) {
      stats.count('upstream_cx_connect_fail')
      host.add(HOST.cxConnectFail, 1)
    }
    this.#deps.onClosed()
    for (const { callbacks, cancelled } of requests) {
      stats.requestEnded(host)
      if (cancelled) stats.count('upstream_rq_cancelled')
      else callbacks?.onFailed()
    }
  }
}
