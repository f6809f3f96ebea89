/**
 * Answers health checks for the service behind the proxy, or lets them through and remembers the answer
 * (Envoy docs: configuration/http/http_filters/health_check_filter).
 */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { DataStatus, HeadersStatus, TrailersStatus } from '../../../../api/http.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { HealthCheckShared } from './health-check-shared.ts'

export class HealthCheckFilter extends PassThroughFilter {
  readonly #shared: HealthCheckShared
  #isHealthCheck = false
  /** This filter answers once the request is complete. */
  #answers = false

  constructor(shared: HealthCheckShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    const shared = this.#shared
    if (!shared.isHealthCheck(headers)) return 'continue'
    this.#isHealthCheck = true
    this.callbacks.streamInfo.healthCheck = true
    this.callbacks.trace?.span.setSampled(false)
    this.#answers = shared.answersItself
    if (!this.#answers) return 'continue'
    shared.requestTotal.inc()
    if (end) this.#answer()
    return 'stop-iteration'
  }

  override decodeData(_data: ByteQueue, end: boolean): DataStatus {
    if (!this.#answers) return 'continue'
    if (end) this.#answer()
    return 'stop-no-buffer'
  }

  override decodeTrailers(): TrailersStatus {
    if (!this.#answers) return 'continue'
    this.#answer()
    return 'stop'
  }

  encodeHeaders(headers: ResponseHeaders): HeadersStatus {
    const { cache, clusterName, serverFailed } = this.#shared
    if (this.#isHealthCheck) {
      cache?.set({ status: headers.status, degraded: headers.has('x-envoy-degraded') })
      headers.set('x-envoy-upstream-healthchecked-cluster', clusterName)
    }
    if (serverFailed) headers.set('x-envoy-immediate-health-check-fail', 'true')
    return 'continue'
  }

  #answer(): void {
    const { status, details, degraded } = this.#shared.judge()
    const healthy = status >= 200 && status < 300
    this.callbacks.sendLocalReply({
      status,
      body: '',
      details,
      ...(healthy ? {} : { flag: 'LH' as const }),
      modifyHeaders: (headers) => {
        if (degraded) headers.set('x-envoy-degraded', '')
      },
    })
  }
}
