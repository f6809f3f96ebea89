/** Counts gRPC requests by method (Envoy docs: configuration/http/http_filters/grpc_stats_filter). */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import type { ClusterView } from '../../../../api/upstream.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { GrpcStatsConfig } from './config.ts'
import { isConnectStream, isConnectUnary, isSuccess } from './connect-protocol.ts'
import { MessageCounter } from './message-counter.ts'
import type { MethodStats, MethodStatsTable } from './method-stats.ts'

export interface GrpcStatsShared {
  readonly config: GrpcStatsConfig
  readonly clusters: ClusterView
  readonly methods: MethodStatsTable
}

const STATE_NAME = 'envoy.filters.http.grpc_stats'

export class GrpcStatsFilter extends PassThroughFilter implements FilterStateObject {
  readonly #shared: GrpcStatsShared
  /** Undefined where nothing is counted. */
  #stats: MethodStats | undefined = undefined
  #isConnectUnary = false
  #isConnectStream = false
  /** Those of bodies that consist of frames. */
  #request: MessageCounter | undefined = undefined
  #response: MessageCounter | undefined = undefined
  /** What filter state tells. */
  readonly #told = { request: 0, response: 0 }
  #stateEmitted = false

  constructor(shared: GrpcStatsShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): 'continue' {
    this.#isConnectUnary = isConnectUnary(headers)
    this.#isConnectStream = isConnectStream(headers)
    const isFramed = this.#isConnectStream || isGrpc(headers)
    if (!isFramed && !this.#isConnectUnary) return 'continue'
    if (isFramed) this.#request = new MessageCounter()
    const { clusters, methods } = this.#shared
    const cluster = clusters.get(this.callbacks.route?.entry?.clusterName ?? '')
    const method = this.#methodOf(headers.path)
    if (cluster !== undefined && method !== undefined) this.#stats = methods.get(cluster.info, method)
    return 'continue'
  }

  override decodeData(data: ByteQueue, end: boolean): 'continue' {
    this.#count('request', this.#request, data, end)
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): 'continue' {
    const isResponse = end ? headers.has('grpc-status') : headers.status === 200 && isGrpc(headers)
    if (isResponse || this.#isConnectStream) this.#response = new MessageCounter(true)
    if (this.#isConnectUnary) this.#stats?.outcome(headers.status === 200)
    else if (!isConnectStream(headers)) this.#onStatus(headers)
    if (end) this.#recordTime()
    return 'continue'
  }

  override encodeData(data: ByteQueue, end: boolean): 'continue' {
    this.#count('response', this.#response, data, end)
    if (!end || !(this.#isConnectUnary || this.#isConnectStream)) return 'continue'
    if (this.#isConnectStream) this.#stats?.outcome(isSuccess(this.#response?.end()))
    this.#recordTime()
    return 'continue'
  }

  /** The Connect protocol has none. */
  override encodeTrailers(trailers: Trailers): 'continue' {
    if (this.#isConnectStream || (this.#isConnectUnary && this.#response === undefined)) return 'continue'
    this.#onStatus(trailers)
    this.#recordTime()
    return 'continue'
  }

  serializeAsString(): string {
    return `${this.#told.request},${this.#told.response}`
  }

  serializeAsJson(): unknown {
    return this.#toldAs('requestMessageCount', 'responseMessageCount')
  }

  serializeAsValue(): unknown {
    return this.#toldAs('request_message_count', 'response_message_count')
  }

  /** 64-bit numbers are texts in the JSON of protobuf, zeros are left out. */
  #toldAs(requestName: string, responseName: string): unknown {
    const { request, response } = this.#told
    return {
      ...(request === 0 ? {} : { [requestName]: String(request) }),
      ...(response === 0 ? {} : { [responseName]: String(response) }),
    }
  }

  /** `service.method`, '' for one that is not counted by name, undefined for a path that is no method. Slashes may be doubled. */
  #methodOf(path: string): string | undefined {
    const query = path.indexOf('?')
    const parts = (query < 0 ? path : path.slice(0, query)).split('/').filter((part) => part !== '')
    const [service = '', method = ''] = parts
    if (parts.length !== 2) return undefined
    const { methods, replacesDots } = this.#shared.config
    // Names of a list stay as they are listed.
    if (methods !== 'all') return methods.has(`${service}/${method}`) ? `${service}.${method}` : ''
    return `${replacesDots ? service.replaceAll('.', '_') : service}.${method}`
  }

  /** Without frames there is one message, the whole body; a unary call does not tell filter state of frames, as in Envoy. */
  #count(direction: 'request' | 'response', counter: MessageCounter | undefined, data: ByteQueue, end: boolean): void {
    const isWhole = counter === undefined && this.#isConnectUnary && end
    const count = isWhole ? 1 : (counter?.inspect(data) ?? 0)
    if (count === 0) return
    if (isWhole || !this.#isConnectUnary) this.#told[direction] += count
    if (this.#shared.config.emitsFilterState && !this.#stateEmitted) {
      this.#stateEmitted = true
      this.callbacks.streamInfo.filterState.set(STATE_NAME, this)
    }
    this.#stats?.messages(direction, count)
  }

  #onStatus(fields: HeaderMap): void {
    const status = fields.get('grpc-status')
    if (status !== undefined) this.#stats?.response(status)
  }

  /** As in Envoy, only of responses that end with trailers or their headers, and of those of the Connect protocol. */
  #recordTime(): void {
    if (this.#stats === undefined || !this.#shared.config.countsUpstreamTime) return
    const sent = this.callbacks.streamInfo.upstream?.lastTxByte
    const received = this.callbacks.streamInfo.upstream?.lastRxByte
    if (sent !== undefined && received !== undefined) this.#stats.upstreamTime(received - sent)
  }
}

function isGrpc(headers: HeaderMap): boolean {
  const type = headers.get('content-type')
  return type !== undefined && (type === 'application/grpc' || type.startsWith('application/grpc+'))
}
