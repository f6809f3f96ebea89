/** envoy.filters.listener.http_inspector: filter chains by the version of HTTP. */
import type { Extension } from '../../../../api/extension.ts'
import { HttpInspectorFilter } from './http-inspector-filter.ts'

export const extension: Extension<undefined, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.http_inspector',
  typeNames: ['envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  // The message has no fields.
  parse: () => undefined,
  create: (_config, context) => {
    const scope = context.scope.scope('http_inspector.')
    const stats = {
      found: {
        'http/1.0': scope.counter('http10_found'),
        'http/1.1': scope.counter('http11_found'),
        h2c: scope.counter('http2_found'),
      },
      notFound: scope.counter('http_not_found'),
      readError: scope.counter('read_error'),
    }
    return () => new HttpInspectorFilter(stats)
  },
}
