/** envoy.config.route.v3.RouteAction, parsed: everything but the choice of the cluster. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { RateLimitPolicy } from '../api/rate-limit.ts'
import type {
  ConnectConfig,
  CorsPolicy,
  HashPolicy,
  InternalRedirectPolicy,
  MirrorPolicy,
  RetryPolicy,
} from '../api/route.ts'
import type { ClusterChoice } from './cluster-choice.ts'
import { readClusterChoice } from './cluster-choice.ts'
import type { ClusterSpecifiers } from './cluster-specifier.ts'
import { readCorsPolicy } from './cors-policy.ts'
import { readIdleExtension } from '../config/idle-extension.ts'
import { readHashPolicy } from './hash-policy.ts'
import { readHedgePolicy } from './hedge-policy.ts'
import { readInternalRedirectPolicy } from './internal-redirect/redirect-policy.ts'
import type { MetadataMatch } from './metadata-match.ts'
import { readMetadataMatch } from './metadata-match.ts'
import { readMirrorPolicies } from './mirror/mirror-policy.ts'
import type { PathMatch } from './path-match.ts'
import { readRateLimitPolicy } from './rate-limit/rate-limit-policy.ts'
import { readOwnRetryPolicy } from './retry-policy.ts'
import { readConnectConfig } from './tunnel/connect-config.ts'
import type { HostRewrite, PathRewrite } from './rewrite.ts'
import { readHostRewrite, readPathRewrite } from './rewrite.ts'

/** How far grpc-timeout is followed. ms; `maxMs` 0: any time. */
export interface GrpcTimeout {
  readonly maxMs: number
  readonly offsetMs: number
}

export interface RouteActionConfig {
  readonly clusters: ClusterChoice
  readonly clusterNotFoundStatus: number
  readonly timeoutMs: number
  readonly idleTimeoutMs: number | undefined
  readonly maxStreamDurationMs: number | undefined
  readonly grpcTimeoutHeader: GrpcTimeout | undefined
  readonly usesStreamDuration: boolean
  readonly maxGrpcTimeout: GrpcTimeout | undefined
  readonly priority: 'default' | 'high'
  readonly pathRewrite: PathRewrite | undefined
  readonly hostRewrite: HostRewrite | undefined
  readonly autoHostRewrite: boolean
  readonly appendXForwardedHost: boolean
  readonly retryPolicy: RetryPolicy | undefined
  readonly rateLimits: RateLimitPolicy
  readonly includeVirtualHostRateLimits: boolean
  readonly cors: CorsPolicy | undefined
  readonly metadataMatch: MetadataMatch | undefined
  readonly hashPolicy: HashPolicy | undefined
  /** undefined: those of the virtual host. */
  readonly mirrorPolicies: readonly MirrorPolicy[] | undefined
  readonly internalRedirectPolicy: InternalRedirectPolicy | undefined
  readonly connectConfig: ConnectConfig | undefined
  readonly upgrades: ReadonlyMap<string, boolean>
  /** undefined: as the virtual host says. */
  readonly hedgesOnPerTryTimeout: boolean | undefined
}

const DEFAULT_TIMEOUT_MS = 15_000
const NOT_FOUND_STATUS = { SERVICE_UNAVAILABLE: 503, NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 } as const

export function readRouteAction(
  reader: Reader,
  match: PathMatch,
  context: ParseContext,
  specifiers: ClusterSpecifiers,
): RouteActionConfig {
  // Only HTTP/3 upstreams take early data.
  readIdleExtension(reader, 'early_data_policy', ['envoy.extensions.early_data.v3.DefaultEarlyDataPolicy'])
  reader.ignore('flush_timeout', 'HTTP/1 responses have no flow control of their own to wait for')
  const notFound = reader.enumeration<keyof typeof NOT_FOUND_STATUS>(
    'cluster_not_found_response_code',
    'SERVICE_UNAVAILABLE',
  )
  return {
    clusters: readClusterChoice(reader, context, specifiers),
    clusterNotFoundStatus: NOT_FOUND_STATUS[notFound],
    timeoutMs: readTimeoutMs(reader),
    idleTimeoutMs: reader.optionalDurationMs('idle_timeout'),
    ...readDurations(reader),
    priority: reader.enumeration<'DEFAULT' | 'HIGH'>('priority', 'DEFAULT') === 'HIGH' ? 'high' : 'default',
    pathRewrite: readPathRewrite(reader, match),
    hostRewrite: readHostRewrite(reader),
    autoHostRewrite:
      reader.oneof('host_rewrite_specifier') === 'auto_host_rewrite' && reader.bool('auto_host_rewrite', false),
    appendXForwardedHost: reader.bool('append_x_forwarded_host', false),
    retryPolicy: readOwnRetryPolicy(reader),
    rateLimits: readRateLimitPolicy(reader),
    includeVirtualHostRateLimits: reader.bool('include_vh_rate_limits', false),
    cors: reader.message('cors', readCorsPolicy),
    metadataMatch: readMetadataMatch(reader),
    hashPolicy: readHashPolicy(reader),
    mirrorPolicies: readMirrorPolicies(reader, context),
    internalRedirectPolicy: readInternalRedirectPolicy(reader),
    ...readUpgrades(reader),
    hedgesOnPerTryTimeout: readHedgePolicy(reader),
  }
}

type Durations = Pick<
  RouteActionConfig,
  'maxStreamDurationMs' | 'grpcTimeoutHeader' | 'usesStreamDuration' | 'maxGrpcTimeout'
>

function readDurations(reader: Reader): Durations {
  const duration = reader.message('max_stream_duration', (message) => ({
    maxStreamDurationMs: message.optionalDurationMs('max_stream_duration'),
    grpcTimeoutHeader: grpcTimeout(
      message.optionalDurationMs('grpc_timeout_header_max'),
      message.durationMs('grpc_timeout_header_offset', 0),
    ),
  }))
  return {
    maxStreamDurationMs: duration?.maxStreamDurationMs,
    grpcTimeoutHeader: duration?.grpcTimeoutHeader,
    usesStreamDuration: duration !== undefined,
    maxGrpcTimeout: grpcTimeout(
      reader.optionalDurationMs('max_grpc_timeout'),
      reader.durationMs('grpc_timeout_offset', 0),
    ),
  }
}

/** Without a maximum the header is not followed at all. */
function grpcTimeout(maxMs: number | undefined, offsetMs: number): GrpcTimeout | undefined {
  return maxMs === undefined ? undefined : { maxMs, offsetMs }
}

function readUpgrades(reader: Reader): Pick<RouteActionConfig, 'upgrades' | 'connectConfig'> {
  const upgrades = new Map<string, boolean>()
  let connectConfig: ConnectConfig | undefined = undefined
  reader.messages('upgrade_configs', (upgrade) => {
    const name = upgrade.string('upgrade_type')
    const type = name.toLowerCase()
    if (upgrades.has(type)) upgrade.error('upgrade_type', 'NU173', `Duplicate upgrade ${name}`)
    upgrades.set(type, upgrade.bool('enabled', true))
    const connect = upgrade.message('connect_config', readConnectConfig)
    if (connect === undefined) return
    if (type !== 'connect' && type !== 'connect-udp') {
      upgrade.error('connect_config', 'NU158', `Non-CONNECT upgrade type ${name} has ConnectConfig`)
    }
    if (type === 'connect') connectConfig = connect
    else upgrade.unsupported('connect_config', `connect_config of ${name}`)
  })
  return { upgrades, connectConfig }
}

/** A route with max_stream_duration has no timeout, whatever it says (Envoy: usingNewTimeouts). */
function readTimeoutMs(reader: Reader): number {
  const ms = Math.floor(reader.durationMs('timeout', DEFAULT_TIMEOUT_MS))
  return reader.has('max_stream_duration') ? 0 : ms
}
