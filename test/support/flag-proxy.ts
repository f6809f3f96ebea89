/* The proxy of flag-cases.ts. */
import { writeFileSync } from 'node:fs'
import { httpListener, routeTo, staticCluster } from './configs.ts'
import { fileSource, NODE, writeResources } from './dynamic-files.ts'
import { fileLog, textFormat } from './file-log.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions'
const FILTERS = `${EXTENSIONS}.filters.http`
const all = { percentage: { numerator: 100 } }
const always = { default_value: { numerator: 100 } }

const HTTP_LINE = '%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%'
const TCP_LINE = '%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG% %RESPONSE_CODE% %CONNECTION_TERMINATION_DETAILS%'

const log = (file: string, line: string) => fileLog(`${file}.log`, textFormat(line))

const filter = (name: string, type: string, fields: object = {}) => ({
  name,
  typed_config: { '@type': `${FILTERS}.${type}`, ...fields },
})

const FAULT = `${FILTERS}.fault.v3.HTTPFault`
const faulty = (prefix: string, fields: object) => ({
  ...routeTo('app', prefix),
  typed_per_filter_config: { fault: { '@type': FAULT, ...fields } },
})
const DELAY = { delay: { fixed_delay: '0.02s', ...all } }
const ABORT = { abort: { http_status: 418, ...all } }

const dnsCache = (dnsPort: number) => ({
  dns_cache_config: {
    name: 'names',
    dns_lookup_family: 'V4_ONLY',
    typed_dns_resolver_config: {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type': `${EXTENSIONS}.network.dns_resolver.cares.v3.CaresDnsResolverConfig`,
        resolvers: [{ socket_address: { address: '127.0.0.1', port_value: dnsPort } }],
        dns_resolver_options: { no_default_search_domain: true },
      },
    },
  },
})

const ROUTES = [
  routeTo('empty', '/empty'),
  routeTo('dead', '/dead'),
  routeTo('full', '/full'),
  routeTo('nope', '/nope'),
  routeTo('app', '/again', { retry_policy: { retry_on: '5xx' } }),
  routeTo('app', '/slow', { timeout: '0.1s' }),
  routeTo('brief', '/brief'),
  faulty('/late/abort', { ...DELAY, ...ABORT }),
  faulty('/late', DELAY),
  faulty('/abort', ABORT),
  {
    ...routeTo('app', '/limited'),
    typed_per_filter_config: {
      limit: {
        '@type': `${FILTERS}.local_ratelimit.v3.LocalRateLimit`,
        stat_prefix: 'limit',
        token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '600s' },
        filter_enabled: always,
        filter_enforced: always,
      },
    },
  },
  routeTo('named', '/named'),
  routeTo('drop', '/drop'),
  routeTo('unconditional', '/unconditional'),
  routeTo('app', '/fine'),
]

const front = (dnsPort: number) =>
  httpListener('front', {
    extra: {
      delayed_close_timeout: '0.1s',
      stream_idle_timeout: '0.4s',
      internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
      access_log: [log('front', HTTP_LINE)],
      route_config: {
        name: 'local',
        validate_clusters: false,
        virtual_hosts: [{ name: 'all', domains: ['*'], routes: ROUTES }],
      },
      http_filters: [
        filter('fault', 'fault.v3.HTTPFault'),
        filter('limit', 'local_ratelimit.v3.LocalRateLimit', { stat_prefix: 'limit' }),
        filter('health', 'health_check.v3.HealthCheck', {
          pass_through_mode: false,
          headers: [{ name: ':path', string_match: { exact: '/health' } }],
        }),
        {
          name: 'dfp',
          typed_config: { '@type': `${FILTERS}.dynamic_forward_proxy.v3.FilterConfig`, ...dnsCache(dnsPort) },
        },
        filter('router', 'router.v3.Router', { strict_check_headers: ['x-envoy-max-retries'] }),
      ],
    },
  })

/** Its first filter has no configuration yet. */
const late = () =>
  httpListener('late', {
    statPrefix: 'late',
    extra: {
      access_log: [log('late', HTTP_LINE)],
      http_filters: [
        {
          name: 'missing',
          config_discovery: { config_source: fileSource('missing.json'), type_urls: [`${FILTERS}.buffer.v3.Buffer`] },
        },
        filter('router', 'router.v3.Router'),
      ],
    },
  })

/** Asks upstreams by itself. */
const cached = () =>
  httpListener('cached', {
    statPrefix: 'cached',
    extra: {
      access_log: [log('cached', HTTP_LINE)],
      route_config: { name: 'local', virtual_hosts: [{ name: 'all', domains: ['*'], routes: [routeTo('app')] }] },
      http_filters: [
        filter('cache', 'cache.v3.CacheConfig', {
          typed_config: { '@type': `${EXTENSIONS}.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig` },
        }),
        filter('router', 'router.v3.Router'),
      ],
    },
  })

function tcpListener(cluster: string, name: string, more: object = {}, inFront: readonly object[] = []): object {
  const typed_config = {
    '@type': `${EXTENSIONS}.filters.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: name,
    cluster,
    ...more,
  }
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    access_log: [log(name, TCP_LINE)],
    filter_chains: [{ filters: [...inFront, { name: 'envoy.filters.network.tcp_proxy', typed_config }] }],
  }
}

const NO_CONNECTION = {
  name: 'envoy.filters.network.local_ratelimit',
  typed_config: {
    '@type': `${EXTENSIONS}.filters.network.local_ratelimit.v3.LocalRateLimit`,
    stat_prefix: 'tcp-limited',
    token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '600s' },
  },
}

function dropping(name: string, port: number, numerator: number): object {
  const cluster = staticCluster(name, [port]) as { load_assignment: object }
  const policy = { drop_overloads: [{ category: 'load', drop_percentage: { numerator, denominator: 'MILLION' } }] }
  return { ...cluster, load_assignment: { ...cluster.load_assignment, policy } }
}

/** `port`: of an upstream that does what `x-do` says (test/differential/support/scripted-backend.ts). */
export function flagResources(port: number, dnsPort: number): object {
  return {
    listeners: [
      front(dnsPort),
      late(),
      cached(),
      { ...httpListener('shed', { statPrefix: 'shed' }), access_log: [log('shed', TCP_LINE)] },
      ...['app', 'empty', 'nope', 'full'].map((cluster) => tcpListener(cluster, `tcp-${cluster}`)),
      tcpListener('dead', 'tcp-dead', { max_connect_attempts: 2 }),
      tcpListener('app', 'tcp-brief', { max_downstream_connection_duration: '0.1s' }),
      tcpListener('app', 'tcp-reset'),
      tcpListener('app', 'tcp-limited', {}, [NO_CONNECTION]),
    ],
    clusters: [
      staticCluster('app', [port]),
      staticCluster('brief', [port], {
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': `${EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions`,
            common_http_protocol_options: { max_stream_duration: '0.1s' },
            explicit_http_config: { http_protocol_options: {} },
          },
        },
      }),
      staticCluster('dead', [1]),
      staticCluster('empty', []),
      staticCluster('full', [port], {
        circuit_breakers: { thresholds: [{ max_connections: 0, max_pending_requests: 0, max_requests: 0 }] },
      }),
      dropping('drop', port, 999_999),
      dropping('unconditional', port, 1_000_000),
      {
        name: 'named',
        lb_policy: 'CLUSTER_PROVIDED',
        cluster_type: {
          name: 'envoy.clusters.dynamic_forward_proxy',
          typed_config: {
            '@type': `${EXTENSIONS}.clusters.dynamic_forward_proxy.v3.ClusterConfig`,
            ...dnsCache(dnsPort),
          },
        },
      },
    ],
  }
}

const PRESSURE = `${EXTENSIONS}.resource_monitors.injected_resource.v3.InjectedResourceConfig`
const MONITOR = 'envoy.resource_monitors.injected_resource'

/** The rest of the bootstrap: what the file `pressure` says overloads the proxy. */
export const FLAG_BOOTSTRAP = {
  node: NODE,
  overload_manager: {
    refresh_interval: '0.05s',
    resource_monitors: [{ name: MONITOR, typed_config: { '@type': PRESSURE, filename: '{folder}/pressure' } }],
    actions: [
      {
        name: 'envoy.overload_actions.stop_accepting_requests',
        triggers: [{ name: MONITOR, threshold: { value: 0.5 } }],
      },
    ],
    loadshed_points: ['http1_server_abort_dispatch', 'tcp_proxy_upstream_connect'].map((name) => ({
      name: `envoy.load_shed_points.${name}`,
      triggers: [{ name: MONITOR, threshold: { value: 0.9 } }],
    })),
  },
}

export function prepareFlags(folder: string): void {
  writeFileSync(`${folder}/pressure`, '0')
  writeResources(folder, 'missing.json', 'filter', [])
}
