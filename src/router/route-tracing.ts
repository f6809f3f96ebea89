/** `decorator` and `tracing` of a route: what its spans are called, which requests have some, and what they tell. */
import type { Reader } from '../api/config.ts'
import type { RouteTracing, TraceSampling } from '../api/route.ts'
import type { FractionalPercent } from '../api/runtime.ts'
import { toWireText } from '../base/wire-text.ts'
import { readFractionalPercent } from '../config/fractional-percent.ts'
import { readCustomTags } from '../http/tracing/custom-tags.ts'
import { readOperation } from '../http/tracing/operation-format.ts'

const ALL: FractionalPercent = { numerator: 100, denominator: 100 }

export function readRouteTracing(reader: Reader): RouteTracing | undefined {
  const tracing = reader.message('tracing', readTracing)
  const decorator = reader.message('decorator', (message) => ({
    operation: toWireText(message.string('operation')),
    propagates: message.bool('propagate', true),
  }))
  if (tracing === undefined && decorator === undefined) return undefined
  return {
    sampling: undefined,
    ...tracing,
    operation: decorator?.operation,
    propagates: decorator?.propagates ?? false,
  }
}

function readTracing(
  reader: Reader,
): Required<Pick<RouteTracing, 'sampling' | 'customTags' | 'operationFormat' | 'upstreamOperationFormat'>> {
  return {
    sampling: readSampling(reader),
    customTags: readCustomTags(reader),
    operationFormat: readOperation(reader, 'operation'),
    upstreamOperationFormat: readOperation(reader, 'upstream_operation'),
  }
}

function readSampling(reader: Reader): TraceSampling {
  return {
    client: reader.message('client_sampling', readFractionalPercent) ?? ALL,
    random: reader.message('random_sampling', readFractionalPercent) ?? ALL,
    overall: reader.message('overall_sampling', readFractionalPercent) ?? ALL,
  }
}
