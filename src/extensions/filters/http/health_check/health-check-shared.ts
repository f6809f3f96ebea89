/** What all streams of one health check filter share on a thread, and the verdict. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { ClusterView } from '../../../../api/upstream.ts'
import { statesOf } from '../../common/shared-name.ts'
import { CachedHealth } from './cached-health.ts'
import type { HealthCheckConfig } from './config.ts'

export interface Verdict {
  readonly status: number
  readonly details: string
  readonly degraded: boolean
}

export class HealthCheckShared {
  readonly config: HealthCheckConfig
  readonly cache: CachedHealth | undefined
  /** node.cluster, by which a checker knows whom it asks. */
  readonly clusterName: string
  readonly requestTotal: Counter
  readonly #server: { readonly failed: boolean }
  readonly #clusters: ClusterView
  readonly #failed: Counter
  readonly #ok: Counter
  readonly #cachedResponse: Counter
  readonly #clusterNotFound: Counter
  readonly #clusterEmpty: Counter
  readonly #clusterUnhealthy: Counter
  readonly #degraded: Counter

  constructor(config: HealthCheckConfig, context: FactoryContext) {
    const scope = context.httpScope.scope('health_check.')
    this.config = config
    const states = statesOf(context.shared, config.sharedName)
    this.cache = config.cacheTimeMs > 0 ? new CachedHealth(context.dispatcher, config.cacheTimeMs, states) : undefined
    this.clusterName = context.localInfo.clusterName
    this.#server = context.health
    this.#clusters = context.clusters
    this.requestTotal = scope.counter('request_total')
    this.#failed = scope.counter('failed')
    this.#ok = scope.counter('ok')
    this.#cachedResponse = scope.counter('cached_response')
    this.#clusterNotFound = scope.counter('failed_cluster_not_found')
    this.#clusterEmpty = scope.counter('failed_cluster_empty')
    this.#clusterUnhealthy = scope.counter('failed_cluster_unhealthy')
    this.#degraded = scope.counter('degraded')
  }

  /** /healthcheck/fail was asked for. */
  get serverFailed(): boolean {
    return this.#server.failed
  }

  isHealthCheck(headers: RequestHeaders): boolean {
    const matchers = this.config.headers
    for (let i = 0; i < matchers.length; i++) if (!matchers[i]!(headers)) return false
    return true
  }

  /** The answer to a health check is known without asking the upstream. */
  get answersItself(): boolean {
    return !this.config.passThrough || this.serverFailed || this.cache?.current !== undefined
  }

  judge(): Verdict {
    const verdict = this.#verdict()
    ;(verdict.status < 300 ? this.#ok : this.#failed).inc()
    if (verdict.degraded) this.#degraded.inc()
    return verdict
  }

  #verdict(): Verdict {
    if (this.serverFailed) return failure('health_check_failed')
    const cached = this.cache?.current
    if (cached !== undefined) {
      this.#cachedResponse.inc()
      return { ...cached, details: 'health_check_cached' }
    }
    if (this.config.clusterMinHealthyPercentages.length > 0) return this.#clusterVerdict()
    return { status: 200, details: 'health_check_ok', degraded: false }
  }

  #clusterVerdict(): Verdict {
    for (const [name, percentage] of this.config.clusterMinHealthyPercentages) {
      const membership = this.#clusters.get(name)?.membership
      if (membership === undefined) {
        this.#clusterNotFound.inc()
        return failure('health_check_failed_no_cluster_found')
      }
      if (membership.total === 0) {
        if (percentage === 0) continue
        this.#clusterEmpty.inc()
        return failure('health_check_failed_cluster_empty')
      }
      if (100 * membership.healthy < membership.total * percentage) {
        this.#clusterUnhealthy.inc()
        return failure('health_check_failed_cluster_unhealthy')
      }
    }
    return { status: 200, details: 'health_check_ok_cluster_healthy', degraded: false }
  }
}

function failure(details: string): Verdict {
  return { status: 503, details, degraded: false }
}
