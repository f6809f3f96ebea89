/** envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin. */
import type { Reader } from '../../../api/config.ts'
import type { OrcaWeighting, RoundRobinPolicy } from './policy.ts'
import { readSlowStart } from './slow-start.ts'

const LEAST_UPDATE_MS = 100

export function readClientSideWeightedRoundRobin(reader: Reader): RoundRobinPolicy {
  return {
    kind: 'round_robin',
    localityWeighted: false,
    failTrafficOnPanic: false,
    slowStart: readSlowStart(reader),
    orca: readWeighting(reader),
  }
}

function readWeighting(reader: Reader): OrcaWeighting {
  refuseReportsOutOfBand(reader)
  return {
    blackoutMs: reader.durationMs('blackout_period', 10_000),
    expirationMs: reader.durationMs('weight_expiration_period', 180_000),
    updateMs: Math.max(LEAST_UPDATE_MS, reader.durationMs('weight_update_period', 1000)),
    errorPenalty: reader.number('error_utilization_penalty', 0),
    metricNames: reader.strings('metric_names_for_computing_utilization'),
  }
}

function refuseReportsOutOfBand(reader: Reader): void {
  if (reader.bool('enable_oob_load_report', false)) {
    return reader.unsupported('enable_oob_load_report', 'to ask hosts for their load by gRPC')
  }
  reader.ignore('oob_reporting_period', 'for reports out of band')
  reader.ignore('oob_reporting_config', 'for reports out of band')
}
