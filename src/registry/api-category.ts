/*
 * Which extensions Envoy's API has in a category, told by the package of their configuration. It lets an error tell
 * apart what Nuncio does not have yet from what stands in the wrong place.
 */
import type { ExtensionCategory } from '../api/extension.ts'

const PACKAGES: Readonly<Record<ExtensionCategory, readonly string[]>> = {
  'envoy.filters.listener': ['envoy.extensions.filters.listener.', 'envoy.extensions.filters.udp.'],
  'envoy.filters.network': ['envoy.extensions.filters.network.'],
  'envoy.filters.http': ['envoy.extensions.filters.http.', 'envoy.extensions.common.matching.v3.ExtensionWithMatcher'],
  'envoy.access_loggers': ['envoy.extensions.access_loggers.'],
  'envoy.access_loggers.extension_filters': ['envoy.extensions.access_loggers.filters.'],
  'envoy.transport_sockets.downstream': ['envoy.extensions.transport_sockets.'],
  'envoy.transport_sockets.upstream': ['envoy.extensions.transport_sockets.'],
  'envoy.clusters': ['envoy.extensions.clusters.', 'envoy.config.cluster.redis.'],
  'envoy.upstream_options': ['envoy.extensions.upstreams.'],
  'envoy.load_balancing_policies': ['envoy.extensions.load_balancing_policies.'],
  'envoy.health_checkers': ['envoy.extensions.health_checkers.'],
  'envoy.request_id': ['envoy.extensions.request_id.'],
  'envoy.http.original_ip_detection': ['envoy.extensions.http.original_ip_detection.'],
  'envoy.http.early_header_mutation': ['envoy.extensions.http.early_header_mutation.'],
  'envoy.http.stateful_session': ['envoy.extensions.http.stateful_session.'],
  'envoy.http.cache': ['envoy.extensions.http.cache.'],
  'envoy.stats_sinks': ['envoy.config.metrics.v3.', 'envoy.extensions.stat_sinks.'],
  'envoy.tracers': ['envoy.config.trace.v3.', 'envoy.extensions.tracers.'],
  'envoy.tracers.opentelemetry.samplers': ['envoy.extensions.tracers.opentelemetry.samplers.'],
  'envoy.tracers.opentelemetry.resource_detectors': ['envoy.extensions.tracers.opentelemetry.resource_detectors.'],
  'envoy.resource_monitors': ['envoy.extensions.resource_monitors.'],
  'envoy.network.dns_resolver': ['envoy.extensions.network.dns_resolver.'],
  'envoy.common.key_value': ['envoy.extensions.key_value.'],
  'envoy.compression.compressor': librariesOf('compressor'),
  'envoy.compression.decompressor': librariesOf('decompressor'),
}

function librariesOf(kind: string): readonly string[] {
  return ['gzip', 'brotli', 'zstd', 'qatzip', 'qatzstd'].map((name) => `envoy.extensions.compression.${name}.${kind}.`)
}

/** Transport sockets share their packages; those that serve one side only say so in their names, or stand here. */
const ONE_SIDE: Readonly<Partial<Record<ExtensionCategory, RegExp>>> = {
  'envoy.transport_sockets.downstream': /Upstream\w*$/,
  'envoy.transport_sockets.upstream': /Downstream\w*$|\.StartTlsConfig$/,
}

/** Whether Envoy may have an extension of this type in the category. */
export function isApiTypeOf(category: ExtensionCategory, typeName: string): boolean {
  if (ONE_SIDE[category]?.test(typeName) === true) return false
  return PACKAGES[category].some((prefix) => typeName.startsWith(prefix))
}
