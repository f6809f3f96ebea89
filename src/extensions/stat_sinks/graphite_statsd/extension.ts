/** envoy.stat_sinks.graphite_statsd: statistics with tags, as Graphite's statsd takes them. */
import type { Reader } from '../../../api/config.ts'
import type { Extension } from '../../../api/extension.ts'
import type { UdpSinkConfig } from '../common/udp-sink-config.ts'
import { readUdpSink } from '../common/udp-sink-config.ts'
import type { TagFormat } from '../common/udp-statsd-sink.ts'
import { UdpStatsdSink } from '../common/udp-statsd-sink.ts'

const FORMAT: TagFormat = { start: ';', assign: '=', separator: ';', position: 'after-name' }

export const extension: Extension<UdpSinkConfig, 'envoy.stats_sinks'> = {
  category: 'envoy.stats_sinks',
  name: 'envoy.stat_sinks.graphite_statsd',
  typeNames: ['envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: (reader: Reader) => ({
    ...readUdpSink(reader),
    maxBytesPerDatagram: reader.optionalNumber('max_bytes_per_datagram') ?? 0,
  }),
  create: (config) => new UdpStatsdSink(config, FORMAT),
}
