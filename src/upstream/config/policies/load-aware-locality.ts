/** envoy.extensions.load_balancing_policies.load_aware_locality.v3.LoadAwareLocality. Errors are in Envoy's words. */
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import { readPolicyList } from './policy-list.ts'
import type { LbPolicy, LoadAwareLocalityPolicy, LocalityLoad } from './policy.ts'

const FIELD = 'endpoint_picking_policy'
const ROUND_ROBIN: LbPolicy = { kind: 'round_robin', localityWeighted: false, failTrafficOnPanic: false }

export function readLoadAwareLocality(reader: Reader, context: ParseContext): LoadAwareLocalityPolicy {
  return { kind: 'load_aware_locality', within: readWithin(reader, context), load: readLoad(reader) }
}

function readWithin(reader: Reader, context: ParseContext): LbPolicy {
  const policy = readPolicyList(reader, FIELD, context, () => 'No supported endpoint picking policy.')
  switch (policy.kind) {
    case 'cluster_provided':
      reader.error(
        FIELD,
        'NU162',
        'Unsupported endpoint picking policy for load_aware_locality: envoy.load_balancing_policies.cluster_provided. Child load balancer could not be instantiated per locality.',
      )
      return ROUND_ROBIN
    case 'load_aware_locality':
      reader.error(FIELD, 'NU162', 'load_aware_locality cannot be its own endpoint_picking_policy')
      return ROUND_ROBIN
    default:
      return policy
  }
}

function readLoad(reader: Reader): LocalityLoad {
  for (const field of ['enable_oob_load_report', 'oob_reporting_period', 'oob_reporting_config']) {
    reader.ignore(field, 'as Envoy 1.40 does: this policy only reads the reports in responses')
  }
  const updateMs = reader.durationMs('weight_update_period', 1000)
  const smoothingMs = reader.durationMs('smoothing_time_constant', 5000)
  return {
    updateMs,
    newestPart: 1 - Math.exp(-updateMs / smoothingMs),
    expirationMs: reader.durationMs('weight_expiration_period', 180_000),
    tolerance: reader.number('utilization_variance_threshold', 0.1),
    probed: reader.number('remote_probe_fraction', 0.03),
    metricNames: reader.strings('metric_names_for_computing_utilization'),
  }
}
