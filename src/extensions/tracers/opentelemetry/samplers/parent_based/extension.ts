/** envoy.tracers.opentelemetry.samplers.parent_based: as the span before decided; another sampler decides where there is none. */
import type { Extension, ExtensionConfig } from '../../../../../api/extension.ts'
import type { TraceSampler } from '../../../../../api/tracing.ts'

const CATEGORY = 'envoy.tracers.opentelemetry.samplers'
type Wrapped = ExtensionConfig<typeof CATEGORY> | undefined

export const extension: Extension<Wrapped, typeof CATEGORY> = {
  category: CATEGORY,
  name: 'envoy.tracers.opentelemetry.samplers.parent_based',
  typeNames: ['envoy.extensions.tracers.opentelemetry.samplers.v3.ParentBasedSamplerConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader, context) => {
    const wrapped = reader.message('wrapped_sampler', (entry) => context.namedExtension(entry, CATEGORY))
    if (wrapped === undefined && !reader.has('wrapped_sampler')) {
      reader.error('wrapped_sampler', 'NU124', "Didn't find a registered implementation for '' with type URL: ''")
    }
    return wrapped
  },
  create: (wrapped, context): TraceSampler => {
    // A configuration without one was refused.
    const inner = wrapped!.extension.create(wrapped!.config, context)
    return { sample: (request) => request.parent ?? inner.sample(request) }
  },
}
