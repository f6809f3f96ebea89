/** envoy.filters.listener.tls_inspector: filter chains by what a TLS client says first. */
import type { Extension } from '../../../../api/extension.ts'
import type { TlsInspectorConfig } from './config.ts'
import { parseTlsInspector } from './config.ts'
import { TlsInspectorFilter } from './tls-inspector-filter.ts'

export const extension: Extension<TlsInspectorConfig, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.tls_inspector',
  typeNames: ['envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseTlsInspector,
  create: (config, context) => {
    const scope = context.scope.scope('tls_inspector.')
    const stats = {
      tlsFound: scope.counter('tls_found'),
      tlsNotFound: scope.counter('tls_not_found'),
      sniFound: scope.counter('sni_found'),
      sniNotFound: scope.counter('sni_not_found'),
      alpnFound: scope.counter('alpn_found'),
      alpnNotFound: scope.counter('alpn_not_found'),
      clientHelloTooLarge: scope.counter('client_hello_too_large'),
      bytesProcessed: scope.histogram('bytes_processed', 'bytes'),
    }
    const shared = { config, stats }
    return () => new TlsInspectorFilter(shared)
  },
}
