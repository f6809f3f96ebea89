/** envoy.access_loggers.stats: records become counters, gauges and histograms with tags. */
import type { Extension } from '../../../api/extension.ts'
import type { StatsLogConfig } from './config.ts'
import { parseStatsLog } from './config.ts'
import { StatsLogger } from './stats-logger.ts'

export const extension: Extension<StatsLogConfig, 'envoy.access_loggers'> = {
  category: 'envoy.access_loggers',
  name: 'envoy.access_loggers.stats',
  typeNames: ['envoy.extensions.access_loggers.stats.v3.Config'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: parseStatsLog,
  create: (config, context) => new StatsLogger(config, context),
}
