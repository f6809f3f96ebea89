/** envoy.access_loggers.fluentd: records for a Fluentd server. */
import type { AccessLogger } from '../../../api/access-log.ts'
import type { Extension, FactoryContext } from '../../../api/extension.ts'
import { jsonToMessagePack } from '../../../base/json-to-message-pack.ts'
import type { FluentdConfig } from './config.ts'
import { parseFluentd } from './config.ts'
import { RecordStream } from './record-stream.ts'

export const extension: Extension<FluentdConfig, 'envoy.access_loggers'> = {
  category: 'envoy.access_loggers',
  name: 'envoy.access_loggers.fluentd',
  typeNames: ['envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseFluentd,
  create: createFluentdLogger,
}

function createFluentdLogger(config: FluentdConfig, context: FactoryContext): AccessLogger {
  const { dispatcher, clusters, random } = context
  const scope = context.scope.scope(`access_logs.fluentd.${config.statPrefix}.`)
  const stream = new RecordStream(config, {
    dispatcher,
    clusters,
    random,
    stats: {
      entriesLost: scope.counter('entries_lost'),
      entriesBuffered: scope.counter('entries_buffered'),
      eventsSent: scope.counter('events_sent'),
      reconnectAttempts: scope.counter('reconnect_attempts'),
      connectionsClosed: scope.counter('connections_closed'),
    },
  })
  return {
    log: (record) => stream.add(Math.floor(dispatcher.wallNow / 1000), jsonToMessagePack(config.record.format(record))),
  }
}
