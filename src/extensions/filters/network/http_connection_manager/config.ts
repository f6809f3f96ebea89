/** envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import { createAccessLoggers, readAccessLogs } from '../../../../formatter/access-log/access-log-config.ts'
import type { ConnectionManagerConfig } from '../../../../http/connection-manager-config.ts'
import { readAccessLogOptions } from './access-log-options.ts'
import { readEarlyRequest } from './early-request.ts'
import { readHttpFilters } from './http-filters.ts'
import { readLocalReplyConfig } from './local-reply.ts'
import { readProtocolOptions } from './protocol-options.ts'
import { readRoutes } from './routes.ts'
import { readHeaderSettings } from './header-settings.ts'
import { readTracing } from './tracing.ts'
import { readTimeouts } from './timeouts.ts'
import { readUpgrades } from './upgrades.ts'

export function parseHttpConnectionManager(reader: Reader, context: ParseContext): ConnectionManagerConfig {
  const codecType = readCodecType(reader)
  const protocol = readProtocolOptions(reader, codecType)
  const routes = readRoutes(reader, context)
  const accessLogs = readAccessLogs(reader, 'access_log', context)
  return {
    statPrefix: reader.string('stat_prefix'),
    codecType,
    codec: protocol.codec,
    filters: readHttpFilters(reader, 'http_filters', 'http', context),
    upgrades: readUpgrades(reader, context),
    localReply: reader.message('local_reply_config', (config) => readLocalReplyConfig(config, context)),
    ...readEarlyRequest(reader, context),
    createRoutes: routes,
    createAccessLogs: (factory) => createAccessLoggers(accessLogs, factory),
    settings: {
      ...readTimeouts(reader),
      ...protocol.settings,
      ...readHeaderSettings(reader),
      tracing: reader.message('tracing', (tracing) => readTracing(tracing, context)),
      accessLog: readAccessLogOptions(reader),
      recordsRouteResolution: reader.bool('record_route_resolution_stats', false),
    },
  }
}

function readCodecType(reader: Reader): 'AUTO' | 'HTTP1' {
  const type = reader.enumeration<'AUTO' | 'HTTP1' | 'HTTP2' | 'HTTP3'>('codec_type', 'AUTO')
  if (type === 'AUTO' || type === 'HTTP1') return type
  reader.unsupported('codec_type', `codec_type ${type}`)
  return 'AUTO'
}
