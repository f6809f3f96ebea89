/** envoy.extensions.transport_sockets.tcp_stats.v3.Config. */
import type { Reader } from '../../../api/config.ts'
import type { ExtensionCategory, ExtensionConfig, ParseContext } from '../../../api/extension.ts'

export interface TcpStatsConfig<K extends ExtensionCategory> {
  /** Between looks at open connections; undefined: only at their end. */
  readonly updatePeriodMs: number | undefined
  readonly inner: ExtensionConfig<K> | undefined
}

export function parseTcpStats<K extends ExtensionCategory>(
  reader: Reader,
  context: ParseContext,
  category: K,
): TcpStatsConfig<K> {
  return {
    updatePeriodMs: reader.optionalDurationMs('update_period'),
    inner: reader.message('transport_socket', (socket) => context.namedExtension(socket, category)),
  }
}
