/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { AccessLogConfig } from '../../../../formatter/access-log/access-log-config.ts'
import { readAccessLogs } from '../../../../formatter/access-log/access-log-config.ts'
import type { AccessLogOptions } from './access-log-options.ts'
import { readAccessLogOptions } from './access-log-options.ts'
import type { BackOffConfig } from './back-off.ts'
import { readBackOff } from './back-off.ts'
import type { ClusterChoice } from './cluster-choice.ts'
import { readClusterChoice } from './cluster-choice.ts'

export interface TcpProxyConfig {
  readonly statPrefix: string
  readonly clusters: ClusterChoice
  /** 0: never. */
  readonly idleTimeoutMs: number
  readonly maxConnectAttempts: number
  /** Between attempts; undefined: at once. */
  readonly backOff: BackOffConfig | undefined
  /** 0: unlimited. */
  readonly maxDurationMs: number
  /** So much of the duration is added at most, by chance. */
  readonly maxDurationJitterPercent: number
  /** Connections of a draining listener close as they are used. */
  readonly checkDrainClose: boolean
  readonly accessLogs: readonly AccessLogConfig[]
  readonly accessLog: AccessLogOptions
}

type ConnectMode = 'IMMEDIATE' | 'ON_DOWNSTREAM_DATA' | 'ON_DOWNSTREAM_TLS_HANDSHAKE'

const HOUR_MS = 3_600_000

export function parseTcpProxy(reader: Reader, context: ParseContext): TcpProxyConfig {
  for (const field of ['downstream_idle_timeout', 'upstream_idle_timeout']) {
    reader.ignore(field, 'Envoy has it in the schema and does nothing with it')
  }
  reader.ignore('metadata_match', 'it selects among load balancer subsets, and a cluster with subsets is refused')
  reader.ignore('hash_policy', 'only RING_HASH and MAGLEV ask for a hash, and a cluster with those is refused')
  readConnectMode(reader)
  return {
    statPrefix: reader.string('stat_prefix'),
    clusters: readClusterChoice(reader),
    idleTimeoutMs: reader.durationMs('idle_timeout', HOUR_MS),
    maxConnectAttempts: reader.number('max_connect_attempts', 1),
    backOff: reader.message('backoff_options', (options) => readBackOff(options, reader)),
    maxDurationMs: reader.durationMs('max_downstream_connection_duration', 0),
    maxDurationJitterPercent:
      reader.message('max_downstream_connection_duration_jitter_percentage', (percent) => percent.number('value', 0)) ??
      0,
    checkDrainClose: reader.bool('check_drain_close', false),
    accessLogs: readAccessLogs(reader, 'access_log', context),
    accessLog: readAccessLogOptions(reader),
  }
}

function readConnectMode(reader: Reader): void {
  const mode = reader.enumeration<ConnectMode>('upstream_connect_mode', 'IMMEDIATE')
  if (mode === 'IMMEDIATE') return
  if (reader.has('max_early_data_bytes')) reader.unsupported('upstream_connect_mode', `upstream_connect_mode ${mode}`)
  else {
    const problem = 'max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE'
    reader.error('upstream_connect_mode', 'NU172', problem)
  }
}
