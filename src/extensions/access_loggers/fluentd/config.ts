/** envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig, parsed. */
import type { Formatter } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import type { BackOffConfig } from '../../../config/back-off.ts'
import { readBackOff } from '../../../config/back-off.ts'
import { readFormatterExtensions } from '../../../formatter/formatter-extensions.ts'
import { readJsonFormat } from '../../../formatter/substitution-format.ts'

export interface FluentdConfig {
  readonly cluster: string
  readonly tag: string
  readonly statPrefix: string
  readonly flushIntervalMs: number
  readonly bufferBytes: number
  /** JSON, an object. */
  readonly record: Formatter
  /** Infinity: it is tried for ever. */
  readonly maxConnectAttempts: number
  readonly backOff: BackOffConfig
}

const DEFAULT_BACK_OFF: BackOffConfig = { baseMs: 500, maxMs: 5000 }

export function parseFluentd(reader: Reader, { clusterNames }: ParseContext): FluentdConfig {
  const cluster = reader.string('cluster')
  if (clusterNames?.has(cluster) === false) reader.error('cluster', 'NU201', `cluster '${cluster}' was not found`)
  const retries = reader.message('retry_options', (options) => ({
    maxConnectAttempts: options.number('max_connect_attempts', Infinity),
    backOff: options.message('backoff_options', (backOff) => readBackOff(backOff, options, DEFAULT_BACK_OFF.baseMs)),
  }))
  return {
    cluster,
    tag: reader.string('tag'),
    statPrefix: reader.string('stat_prefix'),
    flushIntervalMs: Math.max(1, reader.durationMs('buffer_flush_interval', 1000)),
    bufferBytes: reader.number('buffer_size_bytes', 16_384),
    record: readJsonFormat(reader, 'record', readFormatterExtensions(reader), false),
    maxConnectAttempts: retries?.maxConnectAttempts ?? Infinity,
    backOff: retries?.backOff ?? DEFAULT_BACK_OFF,
  }
}
