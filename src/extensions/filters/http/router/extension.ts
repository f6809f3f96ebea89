/** envoy.filters.http.router: the terminal filter of every chain. */
import type { Extension } from '../../../../api/extension.ts'
import { StreamRecord } from '../../../../network/stream-info.ts'
import { HostChoice } from '../../../../router/host-choice.ts'
import { ShadowWriter } from '../../../../router/mirror/shadow-writer.ts'
import { RequestTimers } from '../../../../router/request-timers.ts'
import { RouterFilter } from '../../../../router/router-filter.ts'
import type { RouterShared } from '../../../../router/router-shared.ts'
import { createRouterStats } from '../../../../router/router-stats.ts'
import { createUpstreamFilters } from '../../../../router/upstream-filters/upstream-filter-config.ts'
import { createUpstreamLogs } from '../../../../router/upstream-log/upstream-log-config.ts'
import type { RouterConfig } from './config.ts'
import { parseRouter } from './config.ts'

export const extension: Extension<RouterConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.router',
  typeNames: ['envoy.extensions.filters.http.router.v3.Router'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  terminal: true,
  parse: parseRouter,
  create: (config, context) => {
    const shared: RouterShared = {
      clusters: context.clusters,
      runtime: context.runtime,
      random: context.random,
      stats: createRouterStats(context.httpScope),
      shedForward: context.overload.loadShedPoint('http_downstream_filter_check'),
      timers: context.dispatcher.local(RequestTimers),
      choice: new HostChoice(),
      get mirrors() {
        return shadows
      },
      upstreamFilters: config.upstreamFilterConfigs && createUpstreamFilters(config.upstreamFilterConfigs, context),
      upstreamLogs: createUpstreamLogs(config.upstreamLog, context),
      ...config,
    }
    const shadows = new ShadowWriter(shared, {
      createStats: () => createRouterStats(context.scope.scope('http.async-client.')),
      newStreamInfo: ({ connection, connectionId }) =>
        new StreamRecord(
          context.dispatcher.now,
          context.dispatcher.wallNow,
          connection,
          connectionId,
          undefined,
          undefined,
        ),
      localAddress: context.localInfo.localAddress,
    })
    return (chain) => chain.addDecoderFilter(new RouterFilter(shared))
  },
}
