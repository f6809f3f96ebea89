/** envoy.extensions.filters.http.router.v3.Router, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface RouterConfig {
  readonly suppressEnvoyHeaders: boolean
}

export function parseRouter(reader: Reader): RouterConfig {
  reader.ignore('start_child_span', 'there is no tracer whose span could have a child')
  // On (the default) its counters exist for each cluster; off they do not.
  if (!reader.bool('dynamic_stats', true)) reader.unsupported('dynamic_stats', 'switching the per-status counters off')
  return { suppressEnvoyHeaders: reader.bool('suppress_envoy_headers', false) }
}
