/** LeastRequestLbConfig of a cluster and envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest. */
import type { Reader } from '../../../api/config.ts'
import type { LeastRequestPolicy, LocalityPolicy } from './policy.ts'
import { readRuntimeDouble, readSlowStart } from './slow-start.ts'

const DEFAULT_CHOICE_COUNT = 2

export function readLeastRequest(cluster: Reader, field: string, locality: LocalityPolicy): LeastRequestPolicy {
  return (
    cluster.message(field, (reader) => ({ ...readLeastRequestFields(reader), ...locality, fullScan: false })) ?? {
      kind: 'least_request',
      choiceCount: DEFAULT_CHOICE_COUNT,
      activeRequestBias: { value: 1, runtimeKey: '' },
      fullScan: false,
      ...locality,
    }
  )
}

/** Those of both forms. */
export function readLeastRequestFields(reader: Reader): Omit<LeastRequestPolicy, 'fullScan' | keyof LocalityPolicy> {
  return {
    kind: 'least_request',
    choiceCount: reader.number('choice_count', DEFAULT_CHOICE_COUNT),
    activeRequestBias: readRuntimeDouble(reader, 'active_request_bias', 1),
    slowStart: readSlowStart(reader),
  }
}
