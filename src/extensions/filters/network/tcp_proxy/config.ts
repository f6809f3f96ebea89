/** envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { AccessLogConfig } from '../../../../formatter/access-log/access-log-config.ts'
import { readAccessLogs } from '../../../../formatter/access-log/access-log-config.ts'
import type { AccessLogOptions } from './access-log-options.ts'
import { readAccessLogOptions } from './access-log-options.ts'
import type { BackOffConfig } from '../../../../config/back-off.ts'
import { readBackOff } from '../../../../config/back-off.ts'
import type { ClusterChoice } from './cluster-choice.ts'
import { readClusterChoice } from './cluster-choice.ts'
import type { ConnectMode } from './connect-mode.ts'
import { readConnectMode } from './connect-mode.ts'
import type { ConnectionHash } from './hash-policy.ts'
import { readConnectionHash } from './hash-policy.ts'
import type { ProxyTlvs } from './proxy-protocol-tlvs.ts'
import { readProxyTlvs } from './proxy-protocol-tlvs.ts'
import type { TunnelingConfig } from './tunneling/config.ts'
import { readTunneling } from './tunneling/config.ts'

export interface TcpProxyConfig {
  readonly statPrefix: string
  readonly clusters: ClusterChoice
  /** For balancers that hash; undefined: by chance. */
  readonly hash: ConnectionHash | undefined
  readonly connectMode: ConnectMode
  /** undefined: bytes go to hosts as they are. */
  readonly tunneling: TunnelingConfig | undefined
  readonly proxyTlvs: ProxyTlvs | undefined
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

const HOUR_MS = 3_600_000

export function parseTcpProxy(reader: Reader, context: ParseContext): TcpProxyConfig {
  for (const field of ['downstream_idle_timeout', 'upstream_idle_timeout']) {
    reader.ignore(field, 'Envoy has it in the schema and does nothing with it')
  }
  readOnDemand(reader)
  return {
    statPrefix: reader.string('stat_prefix'),
    clusters: readClusterChoice(reader),
    hash: readConnectionHash(reader),
    connectMode: readConnectMode(reader),
    tunneling: reader.message('tunneling_config', readTunneling),
    proxyTlvs: readProxyTlvs(reader, context),
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

/** `odcds_config` is left unread, and so refused. */
function readOnDemand(reader: Reader): void {
  reader.message('on_demand', (onDemand) => {
    for (const field of ['resources_locator', 'timeout']) {
      onDemand.ignore(field, 'it says how to ask for a cluster, and without odcds_config nobody asks')
    }
  })
}
