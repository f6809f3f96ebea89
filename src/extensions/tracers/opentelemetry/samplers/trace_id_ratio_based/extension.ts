/** envoy.tracers.opentelemetry.samplers.trace_id_ratio_based: a part of all traces, the same for everybody who sees them. */
import type { Extension } from '../../../../../api/extension.ts'
import type { FractionalPercent } from '../../../../../api/runtime.ts'
import type { TraceSampler } from '../../../../../api/tracing.ts'
import { readFractionalPercent } from '../../../../../config/fractional-percent.ts'

const NONE: FractionalPercent = { numerator: 0, denominator: 100 }

export const extension: Extension<FractionalPercent, 'envoy.tracers.opentelemetry.samplers'> = {
  category: 'envoy.tracers.opentelemetry.samplers',
  name: 'envoy.tracers.opentelemetry.samplers.trace_id_ratio_based',
  typeNames: ['envoy.extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader) => reader.message('sampling_percentage', readFractionalPercent) ?? NONE,
  create: ({ numerator, denominator }): TraceSampler => ({
    sample: ({ traceId, parent }) => ({
      sampled: numberOf(traceId) % BigInt(denominator) < BigInt(numerator),
      traceState: parent?.traceState ?? '',
    }),
  }),
}

/** The first half of the id as a number, its least significant byte first. */
function numberOf(traceId: string): bigint {
  return Buffer.from(traceId, 'hex').readBigUInt64LE(0)
}
