/** What is told of this process with every report of spans. */
import type { FactoryContext } from '../../../api/extension.ts'
import type { ResourceAttributes } from '../../../api/tracing.ts'
import type { ResourceConfig } from './config.ts'

export function createResource(config: ResourceConfig, context: FactoryContext): ResourceAttributes {
  const { serviceName, namesSdk, detectors } = config
  // Later ones know better.
  return Object.assign(
    {},
    serviceName === undefined ? {} : { 'service.name': serviceName },
    namesSdk ? sdkAttributes(context) : {},
    ...detectors.map(({ extension, config: own }) => extension.create(own, context)),
  )
}

/** Those of Envoy, which backends know. */
function sdkAttributes({ localInfo }: FactoryContext): ResourceAttributes {
  return {
    'telemetry.sdk.language': 'cpp',
    'telemetry.sdk.name': 'envoy',
    'telemetry.sdk.version': localInfo.buildVersion,
  }
}
