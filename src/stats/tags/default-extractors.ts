import { ANY, MORE, pathExtractor as path, SOME, VALUE, VALUES } from './path-extractor.ts'
import {
  dynamoPartition,
  listenerAddress,
  proxyProtocolVersion,
  responseCode,
  responseCodeClass,
  workerId,
} from './special-extractors.ts'
import type { TagExtractor } from './tag-extractor.ts'

const WORD_OR_DASH = /^[\w-]+$/
const WORD_DASH_OR_DOT = /^[\w.-]+$/
const ROUTE_CONFIG_NAME = /^[\w./-]+$/
const TLS_OWNER = ['listener', 'cluster'] as const
const RBAC_OUTCOME = ['allowed', 'shadow_allowed', 'denied', 'shadow_denied'] as const

/**
 * The tags that Envoy takes from stat names unless told otherwise (docs: configuration/observability/statistics). The
 * order is that of the labels in the Prometheus output, save that those for any first token come first.
 */
export const DEFAULT_EXTRACTORS: readonly TagExtractor[] = [
  responseCode,
  responseCodeClass,
  dynamoPartition,
  path('envoy.dynamo_operation', ['http', ANY, 'dynamodb', 'operation', VALUE, SOME]),
  path('envoy.dynamo_operation', ['http', ANY, 'dynamodb', 'table', ANY, 'capacity', VALUE, SOME]),
  path('envoy.mongo_callsite', ['mongo', ANY, 'collection', ANY, 'callsite', VALUE, 'query', MORE]),
  path('envoy.dynamo_table', ['http', ANY, 'dynamodb', ['table', 'error'], VALUE, MORE]),
  path('envoy.mongo_collection', ['mongo', ANY, 'collection', VALUE, SOME, 'query', ANY]),
  path('envoy.mongo_cmd', ['mongo', ANY, 'cmd', VALUE, MORE]),
  path('envoy.grpc_bridge_method', ['cluster', ANY, 'grpc', ANY, VALUE, MORE]),
  path('envoy.http_user_agent', ['http', ANY, 'user_agent', VALUE, MORE]),
  path('envoy.virtual_cluster', ['vhost', ANY, 'vcluster', VALUE, MORE]),
  path('envoy.fault_downstream_cluster', ['http', ANY, 'fault', VALUE, MORE]),
  path('envoy.ssl_cipher', ['listener', SOME, 'ssl', 'ciphers', VALUE], { form: WORD_OR_DASH }),
  path('cipher_suite', ['cluster', ANY, 'ssl', 'ciphers', VALUE], { form: WORD_OR_DASH }),
  path('envoy.ssl_curve', [TLS_OWNER, SOME, 'ssl', 'curves', VALUE], { form: WORD_OR_DASH }),
  path('envoy.ssl_sigalg', [TLS_OWNER, SOME, 'ssl', 'sigalgs', VALUE], { form: WORD_OR_DASH }),
  path('envoy.ssl_version', [TLS_OWNER, SOME, 'ssl', 'versions', VALUES], { form: WORD_DASH_OR_DOT }),
  path('envoy.grpc_bridge_service', ['cluster', ANY, 'grpc', VALUE, MORE]),
  path('envoy.tcp_prefix', ['tcp', VALUE, MORE]),
  path('envoy.udp_prefix', ['udp', VALUE, MORE]),
  path('envoy.clientssl_prefix', ['auth', 'clientssl', VALUE, MORE]),
  path('envoy.ratelimit_prefix', ['ratelimit', VALUE, MORE]),
  path('envoy.cluster_name', ['cluster', VALUE, MORE]),
  path('envoy.health_check_name', ['cluster', ANY, 'health_check', 'name', VALUE, MORE], { dropBefore: 1 }),
  path('envoy.rds_route_config', ['http', ANY, 'rds', VALUES, ANY], { form: ROUTE_CONFIG_NAME }),
  path('envoy.scoped_rds_config', ['http', ANY, 'scoped_rds', VALUES, ANY], { form: ROUTE_CONFIG_NAME }),
  path('envoy.http_conn_manager_prefix', ['listener', SOME, 'http', VALUE, MORE]),
  path('envoy.ext_authz_prefix', ['cluster', ANY, 'ext_authz', VALUE, MORE]),
  path('envoy.ext_authz_prefix', ['http', ANY, 'ext_authz', VALUE, MORE]),
  path('envoy.rbac_policy_name', ['http', ANY, 'rbac', 'policy', VALUE, RBAC_OUTCOME]),
  path('envoy.rbac_policy_name', ['http', ANY, 'rbac', ANY, 'policy', VALUE, RBAC_OUTCOME]),
  path('envoy.rbac_http_prefix', ['http', ANY, 'rbac', VALUE, MORE], { except: 'policy' }),
  path('envoy.http_conn_manager_prefix', ['http', VALUE, MORE]),
  listenerAddress,
  path('envoy.virtual_host', ['vhost', VALUE, MORE]),
  path('envoy.mongo_prefix', ['mongo', VALUE, MORE]),
  path('envoy.route', ['vhost', ANY, 'route', VALUE, MORE]),
  workerId,
  path('envoy.local_http_ratelimit_prefix', [VALUE, 'http_local_rate_limit', MORE]),
  path('envoy.local_network_ratelimit_prefix', ['local_rate_limit', VALUE, MORE]),
  path('envoy.local_listener_ratelimit_prefix', ['listener_local_ratelimit', VALUE, MORE]),
  path('envoy.dns_filter_prefix', ['dns_filter', VALUE, MORE]),
  path('envoy.connection_limit_prefix', ['connection_limit', VALUE, MORE]),
  path('envoy.rbac_prefix', [VALUE, 'rbac', MORE]),
  path('envoy.thrift_prefix', ['thrift', VALUE, MORE]),
  path('envoy.redis_prefix', ['redis', VALUE, MORE]),
  path('envoy.proxy_protocol_prefix', ['proxy_proto', VALUE, MORE], { except: 'versions' }),
  proxyProtocolVersion,
  path('envoy.google_grpc_client_prefix', ['grpc', VALUE, MORE]),
  path('envoy.tls_certificate', [TLS_OWNER, SOME, 'ssl', 'certificate', VALUE, MORE]),
  path('envoy.xds_resource_name', ['sds', VALUE, MORE]),
]
