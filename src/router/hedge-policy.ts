/** envoy.config.route.v3.HedgePolicy: whether a slow attempt is hedged by another one. */
import type { Reader } from '../api/config.ts'

export function readHedgePolicy(reader: Reader): boolean | undefined {
  return reader.message('hedge_policy', (policy) => {
    // Envoy takes both fields and has not built what they ask for.
    policy.ignore('initial_requests', 'Envoy itself starts with one request, whatever is set')
    policy.ignore('additional_request_chance', 'Envoy itself starts with one request, whatever is set')
    return policy.bool('hedge_on_per_try_timeout', false)
  })
}
