/** envoy.filters.http.stateful_session: clients stay with one upstream host. */
import type { Extension } from '../../../../api/extension.ts'
import type { StatefulSessionConfig } from './config.ts'
import { parseStatefulSession, parseStatefulSessionPerRoute } from './config.ts'
import { SessionShared } from './session-shared.ts'
import { StatefulSessionFilter } from './stateful-session-filter.ts'

export const extension: Extension<StatefulSessionConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.stateful_session',
  typeNames: ['envoy.extensions.filters.http.stateful_session.v3.StatefulSession'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute',
    parse: parseStatefulSessionPerRoute,
  },
  parse: parseStatefulSession,
  create: (config, context) => {
    const shared = new SessionShared(config, context)
    return (chain) => chain.addFilter(new StatefulSessionFilter(shared))
  },
}
