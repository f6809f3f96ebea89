/** envoy.config.route.v3.HedgePolicy: only what asks for no hedging is taken. */
import type { Reader } from '../api/config.ts'

export function readHedgePolicy(reader: Reader): void {
  if (reader.number('initial_requests', 1) !== 1) reader.unsupported('initial_requests', 'hedging')
  if (reader.bool('hedge_on_per_try_timeout', false)) reader.unsupported('hedge_on_per_try_timeout', 'hedging')
}
