/** envoy.stat_sinks.dog_statsd: statistics with tags, as DogStatsD takes them. */
import type { Extension } from '../../../api/extension.ts'
import type { UdpSinkConfig } from '../common/udp-sink-config.ts'
import { readUdpSink } from '../common/udp-sink-config.ts'
import type { TagFormat } from '../common/udp-statsd-sink.ts'
import { UdpStatsdSink } from '../common/udp-statsd-sink.ts'

const FORMAT: TagFormat = { start: '|#', assign: ':', separator: ',', position: 'after-value' }

export const extension: Extension<UdpSinkConfig, 'envoy.stats_sinks'> = {
  category: 'envoy.stats_sinks',
  name: 'envoy.stat_sinks.dog_statsd',
  typeNames: ['envoy.config.metrics.v3.DogStatsdSink'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: (reader) => ({
    ...readUdpSink(reader),
    maxBytesPerDatagram: reader.optionalNumber('max_bytes_per_datagram') ?? 0,
  }),
  create: (config) => new UdpStatsdSink(config, FORMAT),
}
