/**
 * `drop_overloads` of an assignment: which part of the requests is answered at once, as the control plane knows that the hosts
 * have too much to do already.
 */
import type { Reader } from '../../api/config.ts'
import { readFractionalPercent } from '../../config/fractional-percent.ts'

/** 0–1; 0: there is none. `policy`: envoy.config.endpoint.v3.ClusterLoadAssignment.Policy. */
export function readDropOverload(policy: Reader): number {
  const ratios = policy.messages('drop_overloads', (overload) => {
    overload.ignore('category', 'there is one, which nothing is told by')
    return overload.message('drop_percentage', readFractionalPercent) ?? { numerator: 0, denominator: 100 }
  })
  const [first, ...others] = ratios
  if (first === undefined) return 0
  if (others.length > 0) {
    const message = `Cluster drop_overloads config has ${ratios.length} categories. Envoy only support one.`
    policy.error('drop_overloads', 'NU168', message)
  }
  const { numerator, denominator } = first
  const ratio = numerator / denominator
  if (ratio > 1) {
    const given = `drop_ratio=${ratio}(Numerator ${numerator} / Denominator ${denominator})`
    const message = `Cluster drop_overloads config is invalid. ${given}. The valid range is 0~1.`
    policy.error('drop_overloads', 'NU168', message)
  }
  return Math.min(1, ratio)
}
