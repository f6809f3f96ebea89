/* Written by tools/gen-extensions.ts (npm run generate). */
import type { Extension } from '../api/extension.ts'
import { extension as accessLoggersFile } from '../extensions/access_loggers/file/extension.ts'
import { extension as accessLoggersFiltersCel } from '../extensions/access_loggers/filters/cel/extension.ts'
import { extension as accessLoggersFiltersProcessRatelimit } from '../extensions/access_loggers/filters/process_ratelimit/extension.ts'
import { extension as accessLoggersFluentd } from '../extensions/access_loggers/fluentd/extension.ts'
import { extension as accessLoggersOpenTelemetry } from '../extensions/access_loggers/open_telemetry/extension.ts'
import { extension as accessLoggersStats } from '../extensions/access_loggers/stats/extension.ts'
import { extensions as accessLoggersStream } from '../extensions/access_loggers/stream/extension.ts'
import { extension as clustersAggregate } from '../extensions/clusters/aggregate/extension.ts'
import { extension as clustersDns } from '../extensions/clusters/dns/extension.ts'
import { extension as clustersDynamicForwardProxy } from '../extensions/clusters/dynamic_forward_proxy/extension.ts'
import { extension as clustersOriginalDst } from '../extensions/clusters/original_dst/extension.ts'
import { extension as compressionBrotliCompressor } from '../extensions/compression/brotli/compressor/extension.ts'
import { extension as compressionBrotliDecompressor } from '../extensions/compression/brotli/decompressor/extension.ts'
import { extension as compressionGzipCompressor } from '../extensions/compression/gzip/compressor/extension.ts'
import { extension as compressionGzipDecompressor } from '../extensions/compression/gzip/decompressor/extension.ts'
import { extension as compressionZstdCompressor } from '../extensions/compression/zstd/compressor/extension.ts'
import { extension as compressionZstdDecompressor } from '../extensions/compression/zstd/decompressor/extension.ts'
import { extension as filtersHttpAdaptiveConcurrency } from '../extensions/filters/http/adaptive_concurrency/extension.ts'
import { extension as filtersHttpAdmissionControl } from '../extensions/filters/http/admission_control/extension.ts'
import { extension as filtersHttpApiKeyAuth } from '../extensions/filters/http/api_key_auth/extension.ts'
import { extension as filtersHttpBandwidthLimit } from '../extensions/filters/http/bandwidth_limit/extension.ts'
import { extension as filtersHttpBasicAuth } from '../extensions/filters/http/basic_auth/extension.ts'
import { extension as filtersHttpBodySizeLimit } from '../extensions/filters/http/body_size_limit/extension.ts'
import { extension as filtersHttpBuffer } from '../extensions/filters/http/buffer/extension.ts'
import { extension as filtersHttpCache } from '../extensions/filters/http/cache/extension.ts'
import { extension as filtersHttpCdnLoop } from '../extensions/filters/http/cdn_loop/extension.ts'
import { extension as filtersHttpComposite } from '../extensions/filters/http/composite/extension.ts'
import { extension as filtersHttpCompressor } from '../extensions/filters/http/compressor/extension.ts'
import { extension as filtersHttpCors } from '../extensions/filters/http/cors/extension.ts'
import { extension as filtersHttpCsrf } from '../extensions/filters/http/csrf/extension.ts'
import { extension as filtersHttpCustomResponse } from '../extensions/filters/http/custom_response/extension.ts'
import { extension as filtersHttpDecompressor } from '../extensions/filters/http/decompressor/extension.ts'
import { extension as filtersHttpDynamicForwardProxy } from '../extensions/filters/http/dynamic_forward_proxy/extension.ts'
import { extension as filtersHttpFault } from '../extensions/filters/http/fault/extension.ts'
import { extension as filtersHttpGrpcStats } from '../extensions/filters/http/grpc_stats/extension.ts'
import { extension as filtersHttpHeaderMutation } from '../extensions/filters/http/header_mutation/extension.ts'
import { extension as filtersHttpHeaderToMetadata } from '../extensions/filters/http/header_to_metadata/extension.ts'
import { extension as filtersHttpHealthCheck } from '../extensions/filters/http/health_check/extension.ts'
import { extension as filtersHttpIpTagging } from '../extensions/filters/http/ip_tagging/extension.ts'
import { extension as filtersHttpJsonToMetadata } from '../extensions/filters/http/json_to_metadata/extension.ts'
import { extension as filtersHttpLocalRatelimit } from '../extensions/filters/http/local_ratelimit/extension.ts'
import { extension as filtersHttpMatchDelegate } from '../extensions/filters/http/match_delegate/extension.ts'
import { extension as filtersHttpOnDemand } from '../extensions/filters/http/on_demand/extension.ts'
import { extension as filtersHttpOriginalSrc } from '../extensions/filters/http/original_src/extension.ts'
import { extension as filtersHttpRbac } from '../extensions/filters/http/rbac/extension.ts'
import { extension as filtersHttpRouter } from '../extensions/filters/http/router/extension.ts'
import { extension as filtersHttpSetFilterState } from '../extensions/filters/http/set_filter_state/extension.ts'
import { extension as filtersHttpSetMetadata } from '../extensions/filters/http/set_metadata/extension.ts'
import { extension as filtersHttpStatefulSession } from '../extensions/filters/http/stateful_session/extension.ts'
import { extension as filtersListenerHttpInspector } from '../extensions/filters/listener/http_inspector/extension.ts'
import { extension as filtersListenerLocalRatelimit } from '../extensions/filters/listener/local_ratelimit/extension.ts'
import { extension as filtersListenerOriginalDst } from '../extensions/filters/listener/original_dst/extension.ts'
import { extension as filtersListenerOriginalSrc } from '../extensions/filters/listener/original_src/extension.ts'
import { extension as filtersListenerProxyProtocol } from '../extensions/filters/listener/proxy_protocol/extension.ts'
import { extension as filtersListenerSetFilterState } from '../extensions/filters/listener/set_filter_state/extension.ts'
import { extension as filtersListenerTlsInspector } from '../extensions/filters/listener/tls_inspector/extension.ts'
import { extension as filtersNetworkConnectionLimit } from '../extensions/filters/network/connection_limit/extension.ts'
import { extension as filtersNetworkDirectResponse } from '../extensions/filters/network/direct_response/extension.ts'
import { extension as filtersNetworkEcho } from '../extensions/filters/network/echo/extension.ts'
import { extension as filtersNetworkHttpConnectionManager } from '../extensions/filters/network/http_connection_manager/extension.ts'
import { extension as filtersNetworkLocalRatelimit } from '../extensions/filters/network/local_ratelimit/extension.ts'
import { extension as filtersNetworkRbac } from '../extensions/filters/network/rbac/extension.ts'
import { extension as filtersNetworkSetFilterState } from '../extensions/filters/network/set_filter_state/extension.ts'
import { extension as filtersNetworkSniCluster } from '../extensions/filters/network/sni_cluster/extension.ts'
import { extension as filtersNetworkSniDynamicForwardProxy } from '../extensions/filters/network/sni_dynamic_forward_proxy/extension.ts'
import { extension as filtersNetworkTcpProxy } from '../extensions/filters/network/tcp_proxy/extension.ts'
import { extension as healthCheckersRedis } from '../extensions/health_checkers/redis/extension.ts'
import { extension as healthCheckersThrift } from '../extensions/health_checkers/thrift/extension.ts'
import { extension as healthCheckersUdp } from '../extensions/health_checkers/udp/extension.ts'
import { extension as httpCacheSimpleHttpCache } from '../extensions/http/cache/simple_http_cache/extension.ts'
import { extension as httpEarlyHeaderMutationHeaderMutation } from '../extensions/http/early_header_mutation/header_mutation/extension.ts'
import { extension as httpOriginalIpDetectionCustomHeader } from '../extensions/http/original_ip_detection/custom_header/extension.ts'
import { extension as httpOriginalIpDetectionXff } from '../extensions/http/original_ip_detection/xff/extension.ts'
import { extension as httpStatefulSessionCookie } from '../extensions/http/stateful_session/cookie/extension.ts'
import { extension as httpStatefulSessionEnvelope } from '../extensions/http/stateful_session/envelope/extension.ts'
import { extension as httpStatefulSessionHeader } from '../extensions/http/stateful_session/header/extension.ts'
import { extension as keyValueFileBased } from '../extensions/key_value/file_based/extension.ts'
import { extension as loadBalancingPoliciesClientSideWeightedRoundRobin } from '../extensions/load_balancing_policies/client_side_weighted_round_robin/extension.ts'
import { extension as loadBalancingPoliciesClusterProvided } from '../extensions/load_balancing_policies/cluster_provided/extension.ts'
import { extension as loadBalancingPoliciesLeastRequest } from '../extensions/load_balancing_policies/least_request/extension.ts'
import { extension as loadBalancingPoliciesLoadAwareLocality } from '../extensions/load_balancing_policies/load_aware_locality/extension.ts'
import { extension as loadBalancingPoliciesMaglev } from '../extensions/load_balancing_policies/maglev/extension.ts'
import { extension as loadBalancingPoliciesOverrideHost } from '../extensions/load_balancing_policies/override_host/extension.ts'
import { extension as loadBalancingPoliciesRandom } from '../extensions/load_balancing_policies/random/extension.ts'
import { extension as loadBalancingPoliciesRingHash } from '../extensions/load_balancing_policies/ring_hash/extension.ts'
import { extension as loadBalancingPoliciesRoundRobin } from '../extensions/load_balancing_policies/round_robin/extension.ts'
import { extension as loadBalancingPoliciesSubset } from '../extensions/load_balancing_policies/subset/extension.ts'
import { extension as loadBalancingPoliciesWrrLocality } from '../extensions/load_balancing_policies/wrr_locality/extension.ts'
import { extension as networkDnsResolverCares } from '../extensions/network/dns_resolver/cares/extension.ts'
import { extension as networkDnsResolverGetaddrinfo } from '../extensions/network/dns_resolver/getaddrinfo/extension.ts'
import { extension as resourceMonitorsCgroupMemory } from '../extensions/resource_monitors/cgroup_memory/extension.ts'
import { extension as resourceMonitorsCpuUtilization } from '../extensions/resource_monitors/cpu_utilization/extension.ts'
import { extension as resourceMonitorsDownstreamConnections } from '../extensions/resource_monitors/downstream_connections/extension.ts'
import { extension as resourceMonitorsFixedHeap } from '../extensions/resource_monitors/fixed_heap/extension.ts'
import { extension as resourceMonitorsInjectedResource } from '../extensions/resource_monitors/injected_resource/extension.ts'
import { extension as statSinksDogStatsd } from '../extensions/stat_sinks/dog_statsd/extension.ts'
import { extension as statSinksGraphiteStatsd } from '../extensions/stat_sinks/graphite_statsd/extension.ts'
import { extension as statSinksStatsd } from '../extensions/stat_sinks/statsd/extension.ts'
import { extension as tracersOpentelemetry } from '../extensions/tracers/opentelemetry/extension.ts'
import { extension as tracersOpentelemetryResourceDetectorsEnvironment } from '../extensions/tracers/opentelemetry/resource_detectors/environment/extension.ts'
import { extension as tracersOpentelemetryResourceDetectorsStaticConfig } from '../extensions/tracers/opentelemetry/resource_detectors/static_config/extension.ts'
import { extension as tracersOpentelemetrySamplersAlwaysOn } from '../extensions/tracers/opentelemetry/samplers/always_on/extension.ts'
import { extension as tracersOpentelemetrySamplersParentBased } from '../extensions/tracers/opentelemetry/samplers/parent_based/extension.ts'
import { extension as tracersOpentelemetrySamplersTraceIdRatioBased } from '../extensions/tracers/opentelemetry/samplers/trace_id_ratio_based/extension.ts'
import { extension as tracersZipkin } from '../extensions/tracers/zipkin/extension.ts'
import { extension as transportSocketsHttp11Proxy } from '../extensions/transport_sockets/http_11_proxy/extension.ts'
import { extension as transportSocketsProxyProtocol } from '../extensions/transport_sockets/proxy_protocol/extension.ts'
import { extensions as transportSocketsRawBuffer } from '../extensions/transport_sockets/raw_buffer/extension.ts'
import { extensions as transportSocketsTcpStats } from '../extensions/transport_sockets/tcp_stats/extension.ts'
import { extension as upstreamsHttp } from '../extensions/upstreams/http/extension.ts'

export const extensions: readonly Extension[] = [
  accessLoggersFile,
  accessLoggersFiltersCel,
  accessLoggersFiltersProcessRatelimit,
  accessLoggersFluentd,
  accessLoggersOpenTelemetry,
  accessLoggersStats,
  ...accessLoggersStream,
  clustersAggregate,
  clustersDns,
  clustersDynamicForwardProxy,
  clustersOriginalDst,
  compressionBrotliCompressor,
  compressionBrotliDecompressor,
  compressionGzipCompressor,
  compressionGzipDecompressor,
  compressionZstdCompressor,
  compressionZstdDecompressor,
  filtersHttpAdaptiveConcurrency,
  filtersHttpAdmissionControl,
  filtersHttpApiKeyAuth,
  filtersHttpBandwidthLimit,
  filtersHttpBasicAuth,
  filtersHttpBodySizeLimit,
  filtersHttpBuffer,
  filtersHttpCache,
  filtersHttpCdnLoop,
  filtersHttpComposite,
  filtersHttpCompressor,
  filtersHttpCors,
  filtersHttpCsrf,
  filtersHttpCustomResponse,
  filtersHttpDecompressor,
  filtersHttpDynamicForwardProxy,
  filtersHttpFault,
  filtersHttpGrpcStats,
  filtersHttpHeaderMutation,
  filtersHttpHeaderToMetadata,
  filtersHttpHealthCheck,
  filtersHttpIpTagging,
  filtersHttpJsonToMetadata,
  filtersHttpLocalRatelimit,
  filtersHttpMatchDelegate,
  filtersHttpOnDemand,
  filtersHttpOriginalSrc,
  filtersHttpRbac,
  filtersHttpRouter,
  filtersHttpSetFilterState,
  filtersHttpSetMetadata,
  filtersHttpStatefulSession,
  filtersListenerHttpInspector,
  filtersListenerLocalRatelimit,
  filtersListenerOriginalDst,
  filtersListenerOriginalSrc,
  filtersListenerProxyProtocol,
  filtersListenerSetFilterState,
  filtersListenerTlsInspector,
  filtersNetworkConnectionLimit,
  filtersNetworkDirectResponse,
  filtersNetworkEcho,
  filtersNetworkHttpConnectionManager,
  filtersNetworkLocalRatelimit,
  filtersNetworkRbac,
  filtersNetworkSetFilterState,
  filtersNetworkSniCluster,
  filtersNetworkSniDynamicForwardProxy,
  filtersNetworkTcpProxy,
  healthCheckersRedis,
  healthCheckersThrift,
  healthCheckersUdp,
  httpCacheSimpleHttpCache,
  httpEarlyHeaderMutationHeaderMutation,
  httpOriginalIpDetectionCustomHeader,
  httpOriginalIpDetectionXff,
  httpStatefulSessionCookie,
  httpStatefulSessionEnvelope,
  httpStatefulSessionHeader,
  keyValueFileBased,
  loadBalancingPoliciesClientSideWeightedRoundRobin,
  loadBalancingPoliciesClusterProvided,
  loadBalancingPoliciesLeastRequest,
  loadBalancingPoliciesLoadAwareLocality,
  loadBalancingPoliciesMaglev,
  loadBalancingPoliciesOverrideHost,
  loadBalancingPoliciesRandom,
  loadBalancingPoliciesRingHash,
  loadBalancingPoliciesRoundRobin,
  loadBalancingPoliciesSubset,
  loadBalancingPoliciesWrrLocality,
  networkDnsResolverCares,
  networkDnsResolverGetaddrinfo,
  resourceMonitorsCgroupMemory,
  resourceMonitorsCpuUtilization,
  resourceMonitorsDownstreamConnections,
  resourceMonitorsFixedHeap,
  resourceMonitorsInjectedResource,
  statSinksDogStatsd,
  statSinksGraphiteStatsd,
  statSinksStatsd,
  tracersOpentelemetry,
  tracersOpentelemetryResourceDetectorsEnvironment,
  tracersOpentelemetryResourceDetectorsStaticConfig,
  tracersOpentelemetrySamplersAlwaysOn,
  tracersOpentelemetrySamplersParentBased,
  tracersOpentelemetrySamplersTraceIdRatioBased,
  tracersZipkin,
  transportSocketsHttp11Proxy,
  transportSocketsProxyProtocol,
  ...transportSocketsRawBuffer,
  ...transportSocketsTcpStats,
  upstreamsHttp,
]
