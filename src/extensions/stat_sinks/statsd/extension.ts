/** envoy.stat_sinks.statsd: statistics by name, as statsd takes them. */
import type { Reader } from '../../../api/config.ts'
import type { Extension } from '../../../api/extension.ts'
import type { UdpSinkConfig } from '../common/udp-sink-config.ts'
import { readUdpSink } from '../common/udp-sink-config.ts'
import { UdpStatsdSink } from '../common/udp-statsd-sink.ts'

export const extension: Extension<UdpSinkConfig, 'envoy.stats_sinks'> = {
  category: 'envoy.stats_sinks',
  name: 'envoy.stat_sinks.statsd',
  typeNames: ['envoy.config.metrics.v3.StatsdSink'],
  status: 'partial',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse,
  create: (config) => new UdpStatsdSink(config, undefined),
}

function parse(reader: Reader): UdpSinkConfig {
  if (reader.oneof('statsd_specifier') === 'tcp_cluster_name') {
    reader.unsupported('tcp_cluster_name', 'statistics over TCP')
  }
  return readUdpSink(reader)
}
