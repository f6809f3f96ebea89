/** envoy.tracers.opentelemetry.resource_detectors.environment: attributes of the variable OTEL_RESOURCE_ATTRIBUTES. */
import type { Extension } from '../../../../../api/extension.ts'
import type { ResourceAttributes } from '../../../../../api/tracing.ts'
import { toWireText } from '../../../../../base/wire-text.ts'

const VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES'

export const extension: Extension<ResourceAttributes, 'envoy.tracers.opentelemetry.resource_detectors'> = {
  category: 'envoy.tracers.opentelemetry.resource_detectors',
  name: 'envoy.tracers.opentelemetry.resource_detectors.environment',
  typeNames: ['envoy.extensions.tracers.opentelemetry.resource_detectors.v3.EnvironmentResourceDetectorConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: () => attributesIn(process.env[VARIABLE] ?? ''),
  create: (attributes) => attributes,
}

/** `name=value`, with commas between them; what is none is left out. */
function attributesIn(text: string): ResourceAttributes {
  const pairs = text.split(',').flatMap((pair) => {
    const [, name, value] = /^([^=]+)=([^=]+)$/.exec(pair) ?? []
    return name === undefined || value === undefined ? [] : [[toWireText(name), toWireText(value)] as const]
  })
  return Object.fromEntries(pairs)
}
