/** envoy.extensions.filters.http.health_check.v3.HealthCheck, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { HeaderPredicate } from '../../../../config/matchers/header-matcher.ts'
import { readHeaderMatcher } from '../../../../config/matchers/header-matcher.ts'
import type { SharedName } from '../../common/shared-name.ts'
import { sharedNameOf } from '../../common/shared-name.ts'

export interface HealthCheckConfig {
  /** Of the last answer in shared memory. */
  readonly sharedName: SharedName
  /** Health checks go to the upstream, unless the answer is known without it. */
  readonly passThrough: boolean
  /** ms that an upstream's answer is good for; 0: not kept. */
  readonly cacheTimeMs: number
  /** What makes a request a health check: all of them. */
  readonly headers: readonly HeaderPredicate[]
  /** Sorted by name of the cluster; the first that fails decides. Whole percents: Envoy cuts fractions off. */
  readonly clusterMinHealthyPercentages: readonly (readonly [cluster: string, percentage: number])[]
}

export function parseHealthCheck(reader: Reader): HealthCheckConfig {
  const passThrough = reader.bool('pass_through_mode', false)
  const cacheTimeMs = reader.durationMs('cache_time', 0)
  if (!passThrough && cacheTimeMs > 0) {
    reader.error('cache_time', 'NU174', 'cache_time_ms must not be set when path_through_mode is disabled')
  }
  const percentages = reader.map('cluster_min_healthy_percentages', (percent) => Math.floor(percent.number('value', 0)))
  return {
    passThrough,
    cacheTimeMs,
    headers: reader.messages('headers', readHeaderMatcher),
    sharedName: sharedNameOf(reader),
    clusterMinHealthyPercentages: [...percentages].toSorted(([one], [other]) => (one < other ? -1 : 1)),
  }
}
