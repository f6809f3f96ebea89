/** envoy.config.cluster.v3.OutlierDetection. Plain data: workers get it as it is. */
import type { Reader } from '../../api/config.ts'

/** Every value but the switches may be changed by the runtime, under `outlier_detection.` and the name of the field. */
export interface OutlierDetectionConfig {
  readonly intervalMs: number
  readonly baseEjectionTimeMs: number
  readonly maxEjectionTimeMs: number
  readonly maxEjectionTimeJitterMs: number
  readonly maxEjectionPercent: number
  readonly alwaysEjectOneHost: boolean
  /** Failures to connect are not taken for responses. */
  readonly splitLocalOrigin: boolean
  readonly unejectOnHealthCheck: boolean
  /** Hosts that call themselves degraded are, for as long as they would be ejected. */
  readonly detectsDegraded: boolean
  readonly thresholds: OutlierThresholds
  readonly enforcing: Readonly<Record<EjectionKind, number>>
}

export interface OutlierThresholds {
  readonly consecutive5xx: number
  readonly consecutiveGatewayFailure: number
  readonly consecutiveLocalOriginFailure: number
  readonly successRateMinimumHosts: number
  readonly successRateRequestVolume: number
  /** Thousandths of a standard deviation. */
  readonly successRateStdevFactor: number
  readonly failurePercentageThreshold: number
  readonly failurePercentageMinimumHosts: number
  readonly failurePercentageRequestVolume: number
}

export type ConsecutiveKind = 'consecutive_5xx' | 'consecutive_gateway_failure' | 'consecutive_local_origin_failure'

/** As the stats and the `enforcing_` fields name them. */
export type EjectionKind =
  | ConsecutiveKind
  | 'success_rate'
  | 'local_origin_success_rate'
  | 'failure_percentage'
  | 'failure_percentage_local_origin'

const DEFAULT_BASE_EJECTION_TIME_MS = 30_000
const DEFAULT_MAX_EJECTION_TIME_MS = 300_000

/** Undefined: the cluster has no outlier detection. */
export function readOutlierDetection(cluster: Reader): OutlierDetectionConfig | undefined {
  return cluster.message('outlier_detection', (reader) => {
    const baseEjectionTimeMs = reader.durationMs('base_ejection_time', DEFAULT_BASE_EJECTION_TIME_MS)
    const longest = Math.max(DEFAULT_MAX_EJECTION_TIME_MS, baseEjectionTimeMs)
    const maxEjectionTimeMs = reader.durationMs('max_ejection_time', longest)
    if (maxEjectionTimeMs < baseEjectionTimeMs) {
      const message = "outlier detector's max_ejection_time cannot be smaller than base_ejection_time"
      reader.error('max_ejection_time', 'NU163', message)
    }
    reader.ignore('monitors', "Envoy's public build has none and looks at nothing here")
    return {
      intervalMs: reader.durationMs('interval', 10_000),
      baseEjectionTimeMs,
      maxEjectionTimeMs,
      maxEjectionTimeJitterMs: reader.durationMs('max_ejection_time_jitter', 0),
      maxEjectionPercent: reader.number('max_ejection_percent', 10),
      alwaysEjectOneHost: reader.bool('always_eject_one_host', false),
      splitLocalOrigin: reader.bool('split_external_local_origin_errors', false),
      unejectOnHealthCheck: reader.bool('successful_active_health_check_uneject_host', true),
      detectsDegraded: reader.bool('detect_degraded_hosts', false),
      thresholds: readThresholds(reader),
      enforcing: readEnforcing(reader),
    }
  })
}

function readThresholds(reader: Reader): OutlierThresholds {
  return {
    consecutive5xx: reader.number('consecutive_5xx', 5),
    consecutiveGatewayFailure: reader.number('consecutive_gateway_failure', 5),
    consecutiveLocalOriginFailure: reader.number('consecutive_local_origin_failure', 5),
    successRateMinimumHosts: reader.number('success_rate_minimum_hosts', 5),
    successRateRequestVolume: reader.number('success_rate_request_volume', 100),
    successRateStdevFactor: reader.number('success_rate_stdev_factor', 1900),
    failurePercentageThreshold: reader.number('failure_percentage_threshold', 85),
    failurePercentageMinimumHosts: reader.number('failure_percentage_minimum_hosts', 5),
    failurePercentageRequestVolume: reader.number('failure_percentage_request_volume', 50),
  }
}

function readEnforcing(reader: Reader): OutlierDetectionConfig['enforcing'] {
  return {
    consecutive_5xx: reader.number('enforcing_consecutive_5xx', 100),
    consecutive_gateway_failure: reader.number('enforcing_consecutive_gateway_failure', 0),
    consecutive_local_origin_failure: reader.number('enforcing_consecutive_local_origin_failure', 100),
    success_rate: reader.number('enforcing_success_rate', 100),
    local_origin_success_rate: reader.number('enforcing_local_origin_success_rate', 100),
    failure_percentage: reader.number('enforcing_failure_percentage', 0),
    failure_percentage_local_origin: reader.number('enforcing_failure_percentage_local_origin', 0),
  }
}
