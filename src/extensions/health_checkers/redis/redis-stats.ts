/** What checks of Redis servers count: they count as traffic of the cluster and of its hosts. */
import type { Counter, Gauge, Histogram, Scope } from '../../../api/stats.ts'
import { SharedCounters } from '../../../stats/shared-counters.ts'
import type { HostDescription } from '../../../upstream/host-snapshot.ts'
import { HOST } from '../../../upstream/shared-layout.ts'

const COUNTERS = [
  'upstream_cx_total',
  'upstream_cx_connect_fail',
  'upstream_cx_connect_timeout',
  'upstream_cx_protocol_error',
  'upstream_cx_destroy',
  'upstream_cx_destroy_local',
  'upstream_cx_destroy_remote',
  'upstream_cx_destroy_with_active_rq',
  'upstream_cx_destroy_local_with_active_rq',
  'upstream_cx_destroy_remote_with_active_rq',
  'upstream_rq_total',
  'upstream_rq_cancelled',
  'health_check.redis.exists_failure',
] as const

const GAUGES = ['upstream_cx_active', 'upstream_rq_active'] as const

type Name = (typeof COUNTERS)[number]

export class RedisStats {
  readonly #counters: ReadonlyMap<Name, Counter>
  readonly #gauges: Readonly<Record<(typeof GAUGES)[number], Gauge>>
  readonly #scope: Scope
  #time: Histogram | undefined = undefined

  /** `scope`: `cluster.<name>.` */
  constructor(scope: Scope) {
    this.#counters = new Map(COUNTERS.map((name) => [name, scope.counter(name)]))
    this.#gauges = {
      upstream_cx_active: scope.gauge('upstream_cx_active'),
      upstream_rq_active: scope.gauge('upstream_rq_active'),
    }
    this.#scope = scope
  }

  count(name: Name): void {
    this.#counters.get(name)!.inc()
  }

  connectionBegan(host: SharedCounters): void {
    this.count('upstream_cx_total')
    this.#gauges.upstream_cx_active.inc()
    host.add(HOST.cxTotal, 1)
    host.add(HOST.cxActive, 1)
  }

  connectionEnded(host: SharedCounters, by: 'local' | 'remote', isAsked: boolean): void {
    this.count('upstream_cx_destroy')
    this.count(`upstream_cx_destroy_${by}`)
    if (isAsked) {
      this.count('upstream_cx_destroy_with_active_rq')
      this.count(`upstream_cx_destroy_${by}_with_active_rq`)
    }
    this.#gauges.upstream_cx_active.dec()
    host.add(HOST.cxActive, -1)
  }

  requestBegan(host: SharedCounters): void {
    this.#time ??= this.#scope.scope('upstream_commands').histogram('upstream_rq_time', 'us')
    this.count('upstream_rq_total')
    this.#gauges.upstream_rq_active.inc()
    host.add(HOST.rqTotal, 1)
    host.add(HOST.rqActive, 1)
  }

  requestEnded(host: SharedCounters): void {
    this.#gauges.upstream_rq_active.dec()
    host.add(HOST.rqActive, -1)
  }

  answered(us: number): void {
    this.#time?.record(us)
  }
}

export function countersOf({ counters }: HostDescription): SharedCounters {
  return new SharedCounters(counters)
}
