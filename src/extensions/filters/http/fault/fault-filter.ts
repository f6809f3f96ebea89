/**
 * Delays requests, answers them with errors and slows responses down, for tests of how clients bear it
 * (Envoy docs: configuration/http/http_filters/fault_filter).
 */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Timer } from '../../../../api/event.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'
import { StreamRateLimiter } from '../common/stream-rate-limiter.ts'
import { TokenBucket } from '../common/token-bucket.ts'
import type { AbortStatus, FaultConfig } from './config.ts'
import { abortStatusOf, delayMsOf, percentageOf, rateLimitOf } from './fault-headers.ts'
import type { FaultShared } from './fault-shared.ts'

const METADATA_NAME = 'envoy.filters.http.fault'
const FILL_INTERVAL_MS = 50
const BYTES_PER_KIB = 1024

export class FaultFilter implements DecoderFilter, EncoderFilter {
  readonly #shared: FaultShared
  #decoder!: DecoderCallbacks
  #encoder!: EncoderCallbacks
  /** The route's own, or the filter's. */
  #config: FaultConfig
  #downstreamCluster: string | undefined = undefined
  #delay: Timer | undefined = undefined
  #limiter: StreamRateLimiter | undefined = undefined
  #active = false

  constructor(shared: FaultShared) {
    this.#shared = shared
    this.#config = shared.config
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoder = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoder = callbacks
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const route = this.#decoder.perRouteConfig as FaultConfig | undefined
    if (route !== undefined) this.#config = route
    if (!this.#concerns(headers)) return 'continue'
    this.#downstreamCluster = headers.get('x-envoy-downstream-service-cluster')
    this.#limitResponse(headers)
    if (this.#startDelay(headers)) return 'stop-iteration'
    const status = this.#abortStatus(headers)
    if (status === undefined || !this.#activate()) return 'continue'
    this.#abort(status)
    return 'stop-iteration'
  }

  decodeData(): DataStatus {
    return this.#delay === undefined ? 'continue' : 'stop-and-watermark'
  }

  decodeTrailers(): TrailersStatus {
    return this.#delay === undefined ? 'continue' : 'stop'
  }

  encodeHeaders(): HeadersStatus {
    return 'continue'
  }

  encodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#limiter === undefined) return 'continue'
    this.#limiter.take(data, end)
    return 'stop-no-buffer'
  }

  encodeTrailers(): TrailersStatus {
    return this.#limiter?.onTrailers() === true ? 'stop' : 'continue'
  }

  onDestroy(): void {
    this.#delay?.disable()
    this.#delay = undefined
    this.#limiter?.destroy()
    this.#deactivate()
  }

  #concerns(headers: RequestHeaders): boolean {
    const { upstreamCluster, downstreamNodes, headers: matchers } = this.#config
    if (upstreamCluster !== '' && this.#decoder.route?.entry?.clusterName !== upstreamCluster) return false
    if (downstreamNodes.size > 0) {
      const node = headers.get('x-envoy-downstream-service-node')
      if (node === undefined || !downstreamNodes.has(node)) return false
    }
    for (let i = 0; i < matchers.length; i++) if (!matchers[i]!(headers)) return false
    return true
  }

  // ------------------------------------------------------------------------------------------------------- faults

  #startDelay(headers: RequestHeaders): boolean {
    const { delay, keys } = this.#config
    if (delay === undefined) return false
    const key = this.#key('delay.fixed_delay_percent') ?? keys.delayPercent
    if (!this.#shared.isChosen(key, percentageOf('delay', delay, headers))) return false
    const configured = delay.value === 'by-header' ? delayMsOf(headers) : delay.value
    if (configured === undefined) return false
    const ms = this.#integer('delay.fixed_duration_ms', this.#runtimeInteger(keys.delayDuration, configured))
    if (ms <= 0 || !this.#activate()) return false
    this.#delay = this.#decoder.dispatcher.timer(() => this.#afterDelay(headers))
    this.#delay.enable(ms)
    this.#shared.delaysInjected.inc()
    this.#countForCluster('delays_injected')
    this.#decoder.streamInfo.setFlag('DI')
    this.#leaveMetadata()
    return true
  }

  /** A delay may be followed by an abort. */
  #afterDelay(headers: RequestHeaders): void {
    this.#delay = undefined
    const status = this.#abortStatus(headers)
    if (status !== undefined) return this.#abort(status)
    // Only a response that is yet to be slowed down is a fault still.
    if (this.#config.responseRateLimit === undefined) this.#deactivate()
    this.#decoder.continueDecoding()
  }

  #abortStatus(headers: RequestHeaders): AbortStatus | undefined {
    const { abort, keys } = this.#config
    if (abort === undefined) return undefined
    const key = this.#key('abort.abort_percent') ?? keys.abortPercent
    if (!this.#shared.isChosen(key, percentageOf('abort', abort, headers))) return undefined
    const configured = abort.value === 'by-header' ? abortStatusOf(headers) : abort.value
    if (configured === undefined) return undefined
    const { kind, status } = configured
    const isHttp = kind === 'http'
    const general = this.#runtimeInteger(isHttp ? keys.abortHttpStatus : keys.abortGrpcStatus, status)
    // What the runtime says of the client's cluster replaces the configured value, not the general one.
    const name = this.#key(isHttp ? 'abort.http_status' : 'abort.grpc_status')
    return { kind, status: name === undefined ? general : this.#runtimeInteger(name, status) }
  }

  #abort(status: AbortStatus): void {
    this.#shared.abortsInjected.inc()
    this.#countForCluster('aborts_injected')
    this.#leaveMetadata()
    const reply = { body: this.#config.abortBody, details: 'fault_filter_abort', flag: 'FI' } as const
    if (status.kind === 'http') this.#decoder.sendLocalReply({ ...reply, status: status.status })
    else this.#decoder.sendLocalReply({ ...reply, status: 200, grpcStatus: status.status })
  }

  #limitResponse(headers: RequestHeaders): void {
    const { responseRateLimit: limit, keys } = this.#config
    if (limit === undefined) return
    if (!this.#shared.isChosen(keys.responseRateLimitPercent, percentageOf('rate-limit', limit, headers))) return
    const kibPerSecond = limit.value === 'by-header' ? rateLimitOf(headers) : limit.value
    if (kibPerSecond === undefined || !this.#activate()) return
    this.#shared.rateLimitsInjected.inc()
    const bytesPerSecond = kibPerSecond * BYTES_PER_KIB
    const first = Math.floor((bytesPerSecond * FILL_INTERVAL_MS) / 1000)
    const encoder = this.#encoder
    const { dispatcher } = encoder
    this.#limiter = new StreamRateLimiter({
      dispatcher,
      bucket: new TokenBucket(dispatcher, bytesPerSecond, bytesPerSecond, first),
      intervalMs: FILL_INTERVAL_MS,
      bufferLimit: encoder.encoderBufferLimit,
      write: (data, end) => encoder.injectEncodedData(data, end),
      continueWithTrailers: () => encoder.continueEncoding(),
      pause: () => encoder.onEncoderFilterAboveHighWatermark(),
      resume: () => encoder.onEncoderFilterBelowLowWatermark(),
    })
  }

  /** A stream is one active fault at most, whatever is done to it. */
  #activate(): boolean {
    if (this.#active) return true
    const max = this.#runtimeInteger(this.#config.keys.maxActiveFaults, this.#config.maxActiveFaults)
    if (!this.#shared.activate(max)) {
      this.#shared.overflow.inc()
      return false
    }
    this.#active = true
    return true
  }

  #deactivate(): void {
    if (!this.#active) return
    this.#active = false
    this.#shared.deactivate()
  }

  #leaveMetadata(): void {
    this.#decoder.streamInfo.setDynamicMetadata(METADATA_NAME, this.#config.filterMetadata)
  }

  // ------------------------------------------------------------------------------- the client's cluster and runtime

  /** The runtime key for the cluster that the client says it belongs to. */
  #key(name: string): string | undefined {
    return this.#downstreamCluster === undefined ? undefined : `fault.http.${this.#downstreamCluster}.${name}`
  }

  #integer(name: string, fallback: number): number {
    const key = this.#key(name)
    return key === undefined ? fallback : this.#runtimeInteger(key, fallback)
  }

  #runtimeInteger(key: string, fallback: number): number {
    return this.#shared.runtime.current.integer(key, fallback)
  }

  #countForCluster(name: 'delays_injected' | 'aborts_injected'): void {
    const cluster = this.#downstreamCluster ?? ''
    // Either of the two says no; what the filter says holds for routes with a configuration of their own.
    const counts = this.#config.countsDownstreamClusters && this.#shared.config.countsDownstreamClusters
    if (cluster !== '' && counts) this.#shared.countFor(cluster, name)
  }
}
