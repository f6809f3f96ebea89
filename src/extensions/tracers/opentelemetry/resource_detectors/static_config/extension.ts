/** envoy.tracers.opentelemetry.resource_detectors.static_config: attributes that the configuration tells. */
import type { Extension } from '../../../../../api/extension.ts'
import type { ResourceAttributes } from '../../../../../api/tracing.ts'
import { toWireText } from '../../../../../base/wire-text.ts'

export const extension: Extension<ResourceAttributes, 'envoy.tracers.opentelemetry.resource_detectors'> = {
  category: 'envoy.tracers.opentelemetry.resource_detectors',
  name: 'envoy.tracers.opentelemetry.resource_detectors.static_config',
  typeNames: ['envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader) =>
    Object.fromEntries(
      Object.entries(reader.stringMap('attributes'))
        .filter(([name, value]) => name !== '' && value !== '')
        .map(([name, value]) => [toWireText(name), toWireText(value)]),
    ),
  create: (attributes) => attributes,
}
