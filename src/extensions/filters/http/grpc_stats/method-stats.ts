/** The counters of one method of one cluster, under `cluster.<name>.grpc.<service>.<method>.` */
import type { Counter, Histogram, Scope } from '../../../../api/stats.ts'
import type { ClusterInfo } from '../../../../api/upstream.ts'

export class MethodStats {
  readonly #scope: Scope
  readonly #counters = new Map<string, Counter>()
  #time: Histogram | undefined = undefined

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** A status as it came: any text. */
  response(grpcStatus: string): void {
    this.#counter(grpcStatus).inc()
    this.outcome(grpcStatus === '0')
  }

  outcome(isSuccess: boolean): void {
    this.#counter(isSuccess ? 'success' : 'failure').inc()
    this.#counter('total').inc()
  }

  messages(direction: 'request' | 'response', count: number): void {
    this.#counter(`${direction}_message_count`).add(count)
  }

  upstreamTime(ms: number): void {
    this.#time ??= this.#scope.histogram('upstream_rq_time', 'ms')
    this.#time.record(ms)
  }

  /** They appear when they are first counted, as in Envoy. */
  #counter(name: string): Counter {
    const known = this.#counters.get(name)
    if (known !== undefined) return known
    const made = this.#scope.counter(name)
    this.#counters.set(name, made)
    return made
  }
}

export class MethodStatsTable {
  readonly #clusters = new WeakMap<ClusterInfo, Map<string, MethodStats>>()

  /** `method` as `service.method`, '' for all that have no counters of their own. */
  get(cluster: ClusterInfo, method: string): MethodStats {
    const methods = this.#clusters.get(cluster) ?? new Map<string, MethodStats>()
    this.#clusters.set(cluster, methods)
    const known = methods.get(method)
    if (known !== undefined) return known
    const scope = cluster.scope.scope('grpc.')
    const made = new MethodStats(method === '' ? scope : scope.scope(`${method}.`))
    methods.set(method, made)
    return made
  }
}
