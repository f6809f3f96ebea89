/** Counts gRPC requests by method (Envoy docs: configuration/http/http_filters/grpc_stats_filter). */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import type { ClusterView } from '../../../../api/upstream.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { GrpcStatsConfig } from './config.ts'
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
  #request: MessageCounter | undefined = undefined
  #response: MessageCounter | undefined = undefined
  #stateEmitted = false

  constructor(shared: GrpcStatsShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): 'continue' {
    if (!isGrpc(headers)) return 'continue'
    this.#request = new MessageCounter()
    const { clusters, methods } = this.#shared
    const cluster = clusters.get(this.callbacks.route?.entry?.clusterName ?? '')
    const method = this.#methodOf(headers.path)
    if (cluster !== undefined && method !== undefined) this.#stats = methods.get(cluster.info, method)
    return 'continue'
  }

  override decodeData(data: ByteQueue): 'continue' {
    this.#count('request', this.#request, data)
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): 'continue' {
    const isResponse = end ? headers.has('grpc-status') : headers.status === 200 && isGrpc(headers)
    if (isResponse) this.#response = new MessageCounter()
    this.#onStatus(headers)
    if (end) this.#recordTime()
    return 'continue'
  }

  override encodeData(data: ByteQueue): 'continue' {
    this.#count('response', this.#response, data)
    return 'continue'
  }

  override encodeTrailers(trailers: Trailers): 'continue' {
    this.#onStatus(trailers)
    this.#recordTime()
    return 'continue'
  }

  serializeAsString(): string {
    return `${this.#request?.count ?? 0},${this.#response?.count ?? 0}`
  }

  /** 64-bit numbers are texts in the JSON of protobuf, zeros are left out. */
  serializeAsJson(): unknown {
    const { count: request = 0 } = this.#request ?? {}
    const { count: response = 0 } = this.#response ?? {}
    return {
      ...(request === 0 ? {} : { requestMessageCount: String(request) }),
      ...(response === 0 ? {} : { responseMessageCount: String(response) }),
    }
  }

  /** `service.method`, '' for one that is not counted by name, undefined for a path that is no method. */
  #methodOf(path: string): string | undefined {
    const query = path.indexOf('?')
    const parts = (query < 0 ? path : path.slice(0, query)).split('/')
    const [root, service = '', method = ''] = parts
    if (parts.length !== 3 || root !== '') return undefined
    const { methods, replacesDots } = this.#shared.config
    // Names of a list stay as they are listed.
    if (methods !== 'all') return methods.has(`${service}/${method}`) ? `${service}.${method}` : ''
    return `${replacesDots ? service.replaceAll('.', '_') : service}.${method}`
  }

  #count(direction: 'request' | 'response', counter: MessageCounter | undefined, data: ByteQueue): void {
    const count = counter?.inspect(data) ?? 0
    if (count === 0) return
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

  /** As in Envoy, only of responses that end with trailers or their headers. */
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
