/** envoy.tracers.opentelemetry.samplers.always_on: every trace is recorded. */
import type { Extension } from '../../../../../api/extension.ts'
import type { TraceSampler } from '../../../../../api/tracing.ts'

export const extension: Extension<undefined, 'envoy.tracers.opentelemetry.samplers'> = {
  category: 'envoy.tracers.opentelemetry.samplers',
  name: 'envoy.tracers.opentelemetry.samplers.always_on',
  typeNames: ['envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: () => undefined,
  create: (): TraceSampler => ({
    sample: ({ parent }) => ({ sampled: true, traceState: parent?.traceState ?? '' }),
  }),
}
