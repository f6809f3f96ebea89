/**
 * How a cluster speaks HTTP to its hosts: envoy.extensions.upstreams.http.v3.HttpProtocolOptions and the older fields of
 * the cluster that say the same. HTTP/1.1 only, for now.
 */
import type { Message, Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { HeaderKeyFormat } from '../../codec/headers/header-key-format.ts'
import { didYouMean } from '../../config/decode/suggest.ts'
import { readHeaderKeyFormat } from '../../http/header-key-format.ts'
import { clusterPolicyFields, readClusterPolicies } from '../../router/cluster-policies/cluster-policies.ts'
import { REDIS_FILTER, REDIS_PROTOCOL_OPTIONS } from './redis-auth.ts'

export interface UpstreamHttpSettings {
  /** 0: never. */
  readonly idleTimeoutMs: number
  /** Of plain connections that nobody has asked for yet; 0: never. */
  readonly tcpIdleTimeoutMs: number
  /** 0: unlimited. */
  readonly maxConnectionDurationMs: number
  /** 0: unlimited. */
  readonly maxStreamDurationMs: number
  /** 0: unlimited. */
  readonly maxRequestsPerConnection: number
  readonly maxResponseHeadersCount: number
  readonly maxResponseHeadersKb: number
  readonly http1: UpstreamHttp1Settings
  /** Proved here, parsed again on the threads that serve: HttpProtocolOptions with what `readClusterPolicies` reads. */
  readonly policies?: Message | undefined
}

export interface UpstreamHttp1Settings {
  readonly enableTrailers: boolean
  readonly sendFullyQualifiedUrl: boolean
  readonly allowChunkedLength: boolean
  /** Undefined: lower case. */
  readonly headerKeyFormat: HeaderKeyFormat | undefined
}

interface CommonSettings {
  readonly idleTimeoutMs?: number | undefined
  readonly maxConnectionDurationMs: number
  readonly maxStreamDurationMs: number
  readonly maxRequestsPerConnection?: number | undefined
  readonly maxHeadersCount?: number | undefined
  readonly maxResponseHeadersKb?: number | undefined
}

export const HTTP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const TCP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions'
/** Names under which Envoy looks for options, and what their type is. */
const PROTOCOL_OPTIONS: ReadonlyMap<string, string> = new Map([
  [HTTP_PROTOCOL_OPTIONS, HTTP_PROTOCOL_OPTIONS],
  ['envoy.upstreams.http.http_protocol_options', HTTP_PROTOCOL_OPTIONS],
  [TCP_PROTOCOL_OPTIONS, TCP_PROTOCOL_OPTIONS],
  ['envoy.upstreams.tcp.tcp_protocol_options', TCP_PROTOCOL_OPTIONS],
  [REDIS_FILTER, REDIS_PROTOCOL_OPTIONS],
  ['envoy.filters.network.thrift_proxy', 'envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions'],
])
const FILTER_NAME = /^envoy\.filters\.(?:http|network)\.\w+$/
const HOUR_MS = 3_600_000
const TEN_MINUTES_MS = 600_000
const DEFAULT_HEADERS_COUNT = 100
const DEFAULT_HEADERS_KB = 80

const NO_COMMON: CommonSettings = { maxConnectionDurationMs: 0, maxStreamDurationMs: 0 }
const PLAIN_HTTP1: UpstreamHttp1Settings = {
  enableTrailers: false,
  sendFullyQualifiedUrl: false,
  allowChunkedLength: false,
  headerKeyFormat: undefined,
}

export function readHttpSettings(cluster: Reader, context: ParseContext): UpstreamHttpSettings {
  const common = cluster.message('common_http_protocol_options', readCommon) ?? NO_COMMON
  const clusterMaxRequests = cluster.optionalNumber('max_requests_per_connection')
  if (clusterMaxRequests !== undefined && common.maxRequestsPerConnection !== undefined) {
    const message = 'Only one of max_requests_per_connection from Cluster or HttpProtocolOptions can be specified'
    cluster.error('max_requests_per_connection', 'NU167', message)
  }
  let settings = settingsOf(
    common,
    cluster.message('http_protocol_options', readHttp1) ?? PLAIN_HTTP1,
    clusterMaxRequests,
  )
  cluster.ignore('upstream_http_protocol_options', ONLY_WITH_TLS)
  let tcpIdleTimeoutMs = TEN_MINUTES_MS
  // The typed options replace the older fields as a whole.
  cluster.map('typed_extension_protocol_options', (options, key) => {
    const misfit = optionsMisfit(key, options)
    if (misfit !== undefined) {
      options.keep()
      options.error(undefined, 'NU169', misfit, didYouMean(key, PROTOCOL_OPTIONS.keys()))
    } else if (options.type === HTTP_PROTOCOL_OPTIONS) settings = readHttpProtocolOptions(options, context)
    else if (options.type === TCP_PROTOCOL_OPTIONS) {
      tcpIdleTimeoutMs = options.durationMs('idle_timeout', TEN_MINUTES_MS)
    } else if (key === REDIS_FILTER && options.type === REDIS_PROTOCOL_OPTIONS) {
      // Whoever speaks Redis reads them.
      options.keep()
    } else {
      options.keep()
      cluster.unsupported('typed_extension_protocol_options', `${key} (${options.type})`)
    }
  })
  return { ...settings, tcpIdleTimeoutMs }
}

/** Why these are no options of `key`. Without a field they may be of any type. */
function optionsMisfit(key: string, options: Reader): string | undefined {
  const wanted = PROTOCOL_OPTIONS.get(key)
  if (wanted !== undefined) {
    const isEmpty = Object.keys(options.json).every((field) => field === '@type')
    return options.type === wanted || (isEmpty && wanted !== HTTP_PROTOCOL_OPTIONS)
      ? undefined
      : `Unable to unpack as ${wanted}: it is ${options.type}`
  }
  if (FILTER_NAME.test(key)) return `filter ${key} does not support protocol options`
  return `Didn't find a registered network or http filter or protocol options implementation for name: '${key}'`
}

export function readHttpProtocolOptions(options: Reader, context: ParseContext): UpstreamHttpSettings {
  options.ignore('upstream_http_protocol_options', ONLY_WITH_TLS)
  const common = options.message('common_http_protocol_options', readCommon) ?? NO_COMMON
  const http1 = options.message('explicit_http_config', (explicit) => {
    return explicit.message('http_protocol_options', readHttp1)
  })
  // Every client speaks HTTP/1 so far, so this is the part that can apply.
  const asDownstream = options.message('use_downstream_protocol_config', (config) => {
    config.ignore('http2_protocol_options', 'no client speaks HTTP/2')
    return config.message('http_protocol_options', readHttp1)
  })
  refuseHeaderValidation(options)
  readClusterPolicies(options, context)
  const settings = settingsOf(common, http1 ?? asDownstream ?? PLAIN_HTTP1, undefined)
  const policies = clusterPolicyFields(options.json)
  return policies === undefined ? settings : { ...settings, policies }
}

function refuseHeaderValidation(options: Reader): void {
  options.message('header_validation_config', (validation) => {
    const name = validation.string('name')
    validation.keep()
    const message = `This Envoy binary does not support header validator extensions: '${name}'`
    validation.error(undefined, 'NU172', message, "Envoy's own public build refuses it as well")
  })
}

const ONLY_WITH_TLS = 'names for the TLS handshake; TLS to upstreams is refused'

function settingsOf(
  common: CommonSettings,
  http1: UpstreamHttp1Settings,
  clusterMaxRequests: number | undefined,
): UpstreamHttpSettings {
  return {
    idleTimeoutMs: common.idleTimeoutMs ?? HOUR_MS,
    tcpIdleTimeoutMs: TEN_MINUTES_MS,
    maxConnectionDurationMs: common.maxConnectionDurationMs,
    maxStreamDurationMs: common.maxStreamDurationMs,
    maxRequestsPerConnection: common.maxRequestsPerConnection ?? clusterMaxRequests ?? 0,
    maxResponseHeadersCount: common.maxHeadersCount ?? DEFAULT_HEADERS_COUNT,
    maxResponseHeadersKb: common.maxResponseHeadersKb ?? DEFAULT_HEADERS_KB,
    http1,
  }
}

function readCommon(reader: Reader): CommonSettings {
  reader.ignore('headers_with_underscores_action', 'concerns requests of clients, not responses')
  reader.ignore('max_connection_duration_jitter', 'concerns connections of clients')
  return {
    idleTimeoutMs: reader.optionalDurationMs('idle_timeout'),
    maxConnectionDurationMs: reader.durationMs('max_connection_duration', 0),
    maxStreamDurationMs: reader.durationMs('max_stream_duration', 0),
    maxRequestsPerConnection: reader.optionalNumber('max_requests_per_connection'),
    maxHeadersCount: reader.optionalNumber('max_headers_count'),
    maxResponseHeadersKb: reader.optionalNumber('max_response_headers_kb'),
  }
}

/** Fields of Http1ProtocolOptions that say how requests are received; a cluster receives responses. */
const SERVER_SIDE = [
  'allow_absolute_url',
  'accept_http_10',
  'default_host_for_http_10',
  'override_stream_error_on_invalid_http_message',
  'allow_custom_methods',
  'ignore_http_11_upgrade',
]

function readHttp1(reader: Reader): UpstreamHttp1Settings {
  for (const field of SERVER_SIDE) reader.ignore(field, 'concerns requests of clients')
  reader.ignore('use_balsa_parser', 'there is one parser')
  return {
    enableTrailers: reader.bool('enable_trailers', false),
    sendFullyQualifiedUrl: reader.bool('send_fully_qualified_url', false),
    allowChunkedLength: reader.bool('allow_chunked_length', false),
    headerKeyFormat: reader.message('header_key_format', readHeaderKeyFormat),
  }
}
