/**
 * What is known about one attempt, as a stream of its own: what it shares with the stream that it is made for it asks that
 * stream. Received is what came from the upstream, sent what went there.
 */
import type { BytesMeter, Protocol } from '../../api/codec.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { ConnectionInfo, SslConnectionInfo } from '../../api/network.ts'
import type { Route } from '../../api/route.ts'
import type {
  ClusterDescription,
  FilterChainDescription,
  FilterState,
  ResponseFlag,
  StreamInfo,
  UpstreamInfo,
} from '../../api/stream-info.ts'
import type { Span } from '../../api/tracing.ts'

export class AttemptInfo implements StreamInfo {
  readonly startTimeWall: number
  readonly startTime: number
  protocol: Protocol | undefined = undefined
  responseCode = 0
  responseCodeDetails: string | undefined = undefined
  connectionTerminationDetails: string | undefined = undefined
  flags: readonly ResponseFlag[] = []
  bytesReceived = 0
  bytesSent = 0
  downstreamMeter: BytesMeter | undefined = undefined
  route: Route | undefined
  routeName: string
  virtualClusterName = ''
  virtualHostName = ''
  upstreamCluster: ClusterDescription | undefined
  upstream: UpstreamInfo | undefined = undefined
  attemptCount = 0
  requestHeaders: RequestHeaders | undefined
  lastDownstreamRxByte: number | undefined = undefined
  firstDownstreamTxByte: number | undefined = undefined
  lastDownstreamTxByte: number | undefined = undefined
  endTime: number | undefined = undefined
  requestId: string | undefined = undefined
  readonly #downstream: StreamInfo
  #dynamicMetadata: Map<string, Readonly<Record<string, unknown>>> | undefined = undefined

  constructor(downstream: StreamInfo, startTime: number, startTimeWall: number, headers: RequestHeaders) {
    this.#downstream = downstream
    this.startTime = startTime
    this.startTimeWall = startTimeWall
    this.requestHeaders = headers
    this.route = downstream.route
    this.routeName = downstream.routeName
    this.upstreamCluster = downstream.upstreamCluster
  }

  get connection(): ConnectionInfo {
    return this.#downstream.connection
  }

  get connectionId(): number {
    return this.#downstream.connectionId
  }

  get ssl(): SslConnectionInfo | undefined {
    return this.#downstream.ssl
  }

  get filterChain(): FilterChainDescription | undefined {
    return this.#downstream.filterChain
  }

  get now(): number | undefined {
    return this.#downstream.now
  }

  get connectionStartTime(): number | undefined {
    return this.#downstream.connectionStartTime
  }

  setFlag(flag: ResponseFlag): void {
    if (!this.flags.includes(flag)) this.flags = [...this.flags, flag]
  }

  hasFlag(flag: ResponseFlag): boolean {
    return this.flags.includes(flag)
  }

  get dynamicMetadata(): ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined {
    return this.#dynamicMetadata
  }

  setDynamicMetadata(filter: string, values: Readonly<Record<string, unknown>>): void {
    const all = (this.#dynamicMetadata ??= new Map())
    all.set(filter, { ...all.get(filter), ...values })
  }

  get span(): Span | undefined {
    return this.#downstream.span
  }

  /** What filters left belongs to the stream that the attempt is made for. */
  get filterState(): FilterState {
    return NO_FILTER_STATE
  }
}

const NO_FILTER_STATE: FilterState = { get: () => undefined, set: () => undefined }
