/** `decorator` and `tracing` of a route: what they mean where spans go nowhere is which requests count as traced. */
import type { Reader } from '../api/config.ts'
import type { RouteTracing, TraceSampling } from '../api/route.ts'
import type { FractionalPercent } from '../api/runtime.ts'
import { readFractionalPercent } from '../config/fractional-percent.ts'

const ALL: FractionalPercent = { numerator: 100, denominator: 100 }

export function readRouteTracing(reader: Reader): RouteTracing | undefined {
  const sampling = reader.message('tracing', readSampling)
  const decorator = reader.message('decorator', (message) => ({
    operation: message.string('operation'),
    propagates: message.bool('propagate', true),
  }))
  if (sampling === undefined && decorator === undefined) return undefined
  return { operation: decorator?.operation, propagates: decorator?.propagates ?? false, sampling }
}

function readSampling(reader: Reader): TraceSampling {
  for (const field of ['custom_tags', 'operation', 'upstream_operation']) {
    reader.ignore(field, 'concerns spans; there is no tracer')
  }
  return {
    client: reader.message('client_sampling', readFractionalPercent) ?? ALL,
    random: reader.message('random_sampling', readFractionalPercent) ?? ALL,
    overall: reader.message('overall_sampling', readFractionalPercent) ?? ALL,
  }
}
