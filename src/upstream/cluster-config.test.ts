import { describe, expect, test } from 'bun:test'
import type { Parsed } from '../api/config.ts'
import { createParseContext } from '../config/parse-context.ts'
import { parseMessage } from '../config/parse-message.ts'
import { parseRoot } from '../config/parse-root.ts'
import { extension as dnsCluster } from '../extensions/clusters/dns/extension.ts'
import { extension as clusterProvided } from '../extensions/load_balancing_policies/cluster_provided/extension.ts'
import { extension as loadAwareLocality } from '../extensions/load_balancing_policies/load_aware_locality/extension.ts'
import { extension as maglev } from '../extensions/load_balancing_policies/maglev/extension.ts'
import { extension as randomPolicy } from '../extensions/load_balancing_policies/random/extension.ts'
import { extension as roundRobin } from '../extensions/load_balancing_policies/round_robin/extension.ts'
import { extension as cares } from '../extensions/network/dns_resolver/cares/extension.ts'
import { extension as httpProtocolOptions } from '../extensions/upstreams/http/extension.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { parseCluster } from './cluster-config.ts'
import { NO_MANAGER_CONFIG } from './config/manager-config.ts'
import { freebindOptions } from '../network/socket-options.ts'

const TYPE = 'envoy.config.cluster.v3.Cluster'
const SOURCE = 'source_address: {address: 127.0.0.2, port_value: 0}'

const context = createParseContext(
  new ExtensionRegistry([
    dnsCluster,
    clusterProvided,
    loadAwareLocality,
    maglev,
    randomPolicy,
    roundRobin,
    cares,
    httpProtocolOptions,
  ]),
  {
    clusterNames: undefined,
    accessLogFiles: undefined as never,
  },
)

function parse(yaml: string): Parsed<ClusterConfig> {
  const message = parseMessage(TYPE, yaml)
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  return parseRoot(TYPE, message.value, {}, (reader) => parseCluster(reader, context))
}

function config(yaml: string): ClusterConfig {
  const parsed = parse(yaml)
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => `${error.path}: ${error.message}`).join('\n'))
  return parsed.value
}

function errors(yaml: string): string[] {
  const parsed = parse(yaml)
  return parsed.ok ? [] : parsed.errors.map((error) => `${error.path}: ${error.message}`)
}

describe('cluster configuration', () => {
  test("what is not said is Envoy's default", () => {
    const cluster = config('name: a')
    expect(cluster).toMatchObject({
      discovery: 'STATIC',
      observabilityName: 'a',
      connectTimeoutMs: 5000,
      perConnectionBufferLimitBytes: 1024 * 1024,
      lbPolicy: { kind: 'round_robin', localityWeighted: false, failTrafficOnPanic: false },
      loadAssignment: { localities: [], overprovisioningFactor: 140 },
      commonLb: { healthyPanicPercent: 50, overridableStatuses: ['UNKNOWN', 'HEALTHY', 'DEGRADED'] },
      dns: { lookupFamily: 'AUTO', refreshMs: 5000, respectTtl: false, failureRefresh: undefined },
      http: { idleTimeoutMs: 3_600_000, maxConnectionDurationMs: 0, maxRequestsPerConnection: 0 },
      circuitBreakers: {
        default: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
        maxConnectionsPerHost: undefined,
      },
      waitForWarmOnInit: true,
    })
  })

  test('endpoints carry locality, priority, weight, health and canary', () => {
    const { localities } = config(`
name: a
load_assignment:
  cluster_name: a
  endpoints:
  - locality: {region: r, zone: z}
    priority: 0
    lb_endpoints:
    - endpoint: {hostname: h, address: {socket_address: {address: 127.0.0.1, port_value: 80}}}
      load_balancing_weight: 3
      health_status: DEGRADED
      metadata: {filter_metadata: {envoy.lb: {canary: true}}}
    - endpoint: {address: {pipe: {path: /tmp/x}}}
`).loadAssignment
    expect(localities[0]).toMatchObject({ locality: { region: 'r', zone: 'z', subZone: '' }, priority: 0 })
    expect(localities[0]?.endpoints[0]).toMatchObject({
      address: { text: '127.0.0.1:80' },
      hostname: 'h',
      weight: 3,
      healthStatus: 'DEGRADED',
      canary: true,
    })
    expect(localities[0]?.endpoints[1]).toMatchObject({ address: { text: '/tmp/x' }, weight: 1, canary: false })
  })

  test('a name in a STATIC cluster is refused in the words of Envoy', () => {
    const endpoint = '{endpoint: {address: {socket_address: {address: foo.bar, port_value: 80}}}}'
    const assignment = `{cluster_name: a, endpoints: [{lb_endpoints: [${endpoint}]}]}`
    const text =
      "malformed IP address: foo.bar. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'"
    expect(errors(`{name: a, load_assignment: ${assignment}}`)).toEqual([
      `load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address: ${text}`,
    ])
    expect(errors(`{name: a, type: STRICT_DNS, load_assignment: ${assignment}}`)).toEqual([])
  })

  test('LOGICAL_DNS takes exactly one endpoint', () => {
    const text = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint'
    expect(errors('{name: a, type: LOGICAL_DNS}').join('\n')).toContain(text)
  })

  test('circuit breakers: the first entry of a priority counts', () => {
    const { circuitBreakers } = config(`
name: a
circuit_breakers:
  thresholds:
  - {max_connections: 1, retry_budget: {}}
  - {max_connections: 2}
  - {priority: HIGH, max_retries: 9, track_remaining: true}
  per_host_thresholds: [{max_connections: 7}]
`)
    expect(circuitBreakers.default.maxConnections).toBe(1)
    expect(circuitBreakers.default.retryBudget).toEqual({ budgetPercent: 20, minRetryConcurrency: 3 })
    expect(circuitBreakers.high).toMatchObject({ maxRetries: 9, trackRemaining: true })
    expect(circuitBreakers.maxConnectionsPerHost).toBe(7)
  })

  test('typed protocol options replace the older fields', () => {
    const { http } = config(`
name: a
common_http_protocol_options: {idle_timeout: 9s}
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    common_http_protocol_options: {max_requests_per_connection: 4, max_connection_duration: 2s}
    explicit_http_config: {http_protocol_options: {enable_trailers: true, header_key_format: {proper_case_words: {}}}}
`)
    expect(http).toMatchObject({
      idleTimeoutMs: 3_600_000,
      maxRequestsPerConnection: 4,
      maxConnectionDurationMs: 2000,
      http1: { enableTrailers: true, headerKeyFormat: 'proper-case' },
    })
  })

  test('what the bootstrap binds to holds where the cluster has none of its own', () => {
    const address = (text: string) => ({ kind: 'ip', family: 4, ip: text, port: 0, text: `${text}:0` }) as const
    const option = { level: 1, name: 9, value: 1, state: 'STATE_PREBIND', family: undefined } as const
    const bind = { sourceAddresses: [address('127.0.0.9')], freebind: true, options: [option] }
    const socketOf = (yaml: string) => {
      const message = parseMessage(TYPE, yaml)
      if (!message.ok) throw new Error(JSON.stringify(message.errors))
      const manager = { ...NO_MANAGER_CONFIG, bind }
      const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseCluster(reader, context, manager))
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
      const { sourceAddresses, options } = parsed.value.socket
      return { from: sourceAddresses.map(({ text }) => text), options: options.map(({ name }) => name) }
    }
    const freebind = freebindOptions(true).map(({ name }) => name)
    expect(socketOf('name: a')).toEqual({ from: ['127.0.0.9:0'], options: [...freebind, 9] })
    const own = (more: string) => socketOf(`{name: a, upstream_bind_config: {${more}}}`)
    expect(own('freebind: false')).toEqual({ from: [], options: [9] })
    expect(own(`${SOURCE}, socket_options: [{level: 1, name: 2, int_value: 1}]`)).toEqual({
      from: ['127.0.0.2:0'],
      options: [...freebind, 2],
    })
  })

  test('options of the second source address are for connections of its family', () => {
    const second = (options: string) => {
      const extra = `extra_source_addresses: [{address: {address: "::1", port_value: 0}${options}}]`
      const own = 'socket_options: [{level: 1, name: 2, int_value: 1}]'
      const { socket } = config(`{name: a, upstream_bind_config: {${SOURCE}, ${own}, ${extra}}}`)
      return socket.options.map(({ name, family }) => [name, family])
    }
    expect(second('')).toEqual([[2, undefined]])
    expect(second(', socket_options: {}')).toEqual([[2, 4]])
    const options = '{level: 1, name: 3, int_value: 1}, {level: 1, name: 4, int_value: 1, ip_version: IPV4}'
    expect(
      second(`, socket_options: {socket_options: [${options.replace('IPV4', 'SOCKET_IP_VERSION_IPV4')}]}`),
    ).toEqual([
      [2, 4],
      [3, 6],
    ])
  })

  test('requests wait in order, and in no other', () => {
    const policy = (type: string) =>
      errors(`{name: a, queuing_policies: {pending_rq_policy: {name: b, typed_config: {"@type": "${type}"}}}}`)
    expect(policy('type.googleapis.com/envoy.extensions.queue_policy.fifo.v3.FifoQueuePolicyConfig')).toEqual([])
    expect(
      policy('type.googleapis.com/envoy.extensions.upstreams.http.http.v3.HttpConnectionPoolProto').join(),
    ).toContain("implementation for 'b'")
  })

  test('what is not built is refused by name', () => {
    const refused = [
      ['type: EDS', 'type'],
      ['http2_protocol_options: {}', 'http2_protocol_options'],
      ['lrs_server: {self: {}}', 'lrs_server'],
    ]
    for (const [field, path] of refused) expect(errors(`{name: a, ${field}}`).join('\n')).toStartWith(`${path}`)
  })

  test('http2 in the typed options is refused by name', () => {
    const found = errors(`
name: a
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http2_protocol_options: {}}
`)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('http2_protocol_options')
  })

  test('a policy by extension', () => {
    const policy = (type: string) => `
name: a
load_balancing_policy:
  policies:
  - typed_extension_config: {name: x, typed_config: {"@type": "type.googleapis.com/${type}"}}
  - typed_extension_config: {name: other, typed_config: {"@type": "type.googleapis.com/${type}"}}
`
    expect(config(policy('envoy.extensions.load_balancing_policies.random.v3.Random')).lbPolicy.kind).toBe('random')
    expect(errors(policy('envoy.extensions.load_balancing_policies.pick_first.v3.PickFirst'))).toHaveLength(1)
  })

  test('what a policy hashes counts instead of what the protocol options say', () => {
    const options = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http_protocol_options: {}}
    hash_policy: [{header: {header_name: b}}]`
    const policy = (field: string) => `
name: a
load_balancing_policy:
  policies:
  - typed_extension_config:
      name: x
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.maglev.v3.Maglev
        consistent_hashing_lb_config: {${field}}${options}`
    const own = 'hash_policy: [{header: {header_name: a}}]'
    expect(config(policy(own)).http.policies?.['hash_policy']).toMatchObject([{ header: { header_name: 'a' } }])
    expect(config(policy('')).http.policies?.['hash_policy']).toMatchObject([{ header: { header_name: 'b' } }])
    const bad = 'hash_policy: [{header: {header_name: a, regex_rewrite: {pattern: {regex: "("}, substitution: b}}}]'
    expect(errors(policy(bad))).toHaveLength(1)
  })

  test('DNS settings', () => {
    const { dns } = config(`
name: a
type: STRICT_DNS
dns_refresh_rate: 2s
dns_jitter: 0.5s
respect_dns_ttl: true
dns_lookup_family: V4_ONLY
dns_failure_refresh_rate: {base_interval: 1s}
typed_dns_resolver_config:
  name: envoy.network.dns_resolver.cares
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
    resolvers: [{socket_address: {address: 127.0.0.1, port_value: 5353}}]
    query_tries: 2
    edns0_max_payload_size: 4096
    reinit_channel_on_timeout: true
    max_udp_channel_duration: 60s
    rotate_nameservers: true
    use_resolvers_as_fallback: true
    filter_unroutable_families: true
`)
    expect(dns).toEqual({
      lookupFamily: 'V4_ONLY',
      refreshMs: 2000,
      jitterMs: 500,
      respectTtl: true,
      minRefreshMs: 0,
      failureRefresh: { baseMs: 1000, maxMs: 10_000 },
      resolver: {
        servers: ['127.0.0.1:5353'],
        useSearchDomains: true,
        timeoutMs: 5000,
        tries: 2,
        cacheMaxTtlS: 0,
        overTcp: false,
        ednsSize: 4096,
        serversAreFallback: true,
        rotatesServers: true,
        routableOnly: true,
        reinitialisesOnTimeout: true,
        reinitialisesEachMs: 60_000,
        nothingIsFailure: false,
      },
    })
    const none = 'typed_dns_resolver_config: {name: x, typed_config: {}}'
    expect(config(`{name: a, type: STRICT_DNS, ${none}}`).dns.resolver).toBeUndefined()
    expect(
      errors('{name: a, type: STRICT_DNS, dns_failure_refresh_rate: {base_interval: 2s, max_interval: 1s}}').join(),
    ).toContain('dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval')
  })

  test('lookups by TCP: beside dns_resolvers, in the options, for the whole bootstrap', () => {
    const servers = '[{socket_address: {address: 127.0.0.1, port_value: 5353}}]'
    const overTcp = (more: string) =>
      config(`{name: a, type: STRICT_DNS, use_tcp_for_dns_lookups: true, ${more}}`).dns.resolver?.overTcp
    expect(overTcp(`dns_resolvers: ${servers}`)).toBe(true)
    expect(overTcp(`dns_resolution_config: {resolvers: ${servers}}`)).toBe(false)
    const options = 'dns_resolver_options: {use_tcp_for_dns_lookups: true}'
    expect(overTcp(`dns_resolution_config: {resolvers: ${servers}, ${options}}`)).toBe(true)
    expect(overTcp('connect_timeout: 1s')).toBeUndefined()
  })

  test('clusters without names do not mind what is said of lookups, nor endpoints what nothing uses', () => {
    const dns = 'dns_failure_refresh_rate: {base_interval: 2s, max_interval: 1s}, use_tcp_for_dns_lookups: true'
    expect(errors(`{name: a, ${dns}, dns_resolvers: [{pipe: {path: /x}}]}`)).toEqual([])
    const address = 'socket_address: {address: 127.0.0.1, port_value: 80, protocol: UDP, resolver_name: envoy.ip}'
    const endpoint = `{endpoint: {observability_name: o, address: {${address}}}}`
    const assignment = `{cluster_name: a, named_endpoints: {b: {}}, endpoints: [{lb_endpoints: [${endpoint}]}]}`
    expect(errors(`{name: a, load_assignment: ${assignment}}`)).toEqual([])
    expect(errors(`{name: a, load_assignment: ${assignment.replace('envoy.ip', 'x')}}`).join()).toContain(
      'Unknown address resolver: x',
    )
  })
})

test('localities by load: what it is when nothing is said', () => {
  const type = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
  const policies = (name: string, more = '') =>
    `{policies: [{typed_extension_config: {name: x, typed_config: {"@type": ${type}.${name}${more}}}}]}`
  const within = policies('random.v3.Random')
  const all = policies('load_aware_locality.v3.LoadAwareLocality', `, endpoint_picking_policy: ${within}`)
  expect(config(`{name: a, load_balancing_policy: ${all}}`).lbPolicy).toMatchObject({
    kind: 'load_aware_locality',
    within: { kind: 'random' },
    load: {
      updateMs: 1000,
      newestPart: 1 - Math.exp(-0.2),
      expirationMs: 180_000,
      tolerance: 0.1,
      probed: 0.03,
      metricNames: [],
    },
  })
})

describe('what Envoy refuses, in its words', () => {
  const address = (more: string) =>
    `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80${more}}}}}`
  const endpoints = (endpoint: string) =>
    `load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [${endpoint}]}]}`
  const policy = (type: string, more = '') =>
    '{policies: [{typed_extension_config: {name: x, typed_config: {"@type": ' +
    `type.googleapis.com/envoy.extensions.load_balancing_policies.${type}${more}}}}]}`
  const RANDOM = `load_balancing_policy: ${policy('random.v3.Random')}`
  const byLoad = (within: string) =>
    policy('load_aware_locality.v3.LoadAwareLocality', `, endpoint_picking_policy: ${within}`)
  const cases: readonly (readonly [string, string])[] = [
    ['lb_policy: LOAD_BALANCING_POLICY_CONFIG', 'cluster: field load_balancing_policy need to be set'],
    ['load_balancing_policy: {}', "didn't find a registered load balancer factory implementation for cluster: 'a'"],
    ['lb_policy: CLUSTER_PROVIDED', "cluster provided LB specified but cluster 'a' did not provide one"],
    ['circuit_breakers: {per_host_thresholds: [{max_requests: 1}]}', 'Unsupported field in per_host_thresholds'],
    [
      `type: STRICT_DNS, ${endpoints(address(', resolver_name: x'))}`,
      'STRICT_DNS clusters must NOT have a custom resolver name set',
    ],
    [endpoints('{}'), 'Address must be set'],
    [
      'max_requests_per_connection: 3, common_http_protocol_options: {max_requests_per_connection: 2}',
      'Only one of max_requests_per_connection',
    ],
    [
      'typed_extension_protocol_options: {nope: {"@type": type.googleapis.com/google.protobuf.Struct, value: {}}}',
      "for name: 'nope'",
    ],
    ['type: EDS', 'cannot create an EDS cluster without an EDS config'],
    [
      'lb_policy: RING_HASH, ring_hash_lb_config: {minimum_ring_size: 9, maximum_ring_size: 8}',
      'ring hash: minimum_ring_size (9) > maximum_ring_size (8)',
    ],
    [
      'common_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}',
      "Cannot use hostname for consistent hashing loadbalancing for cluster of type: 'envoy.cluster.static'",
    ],
    ['lb_policy: MAGLEV, maglev_lb_config: {table_size: 15}', 'The table size of maglev must be prime number'],
    [
      'lb_subset_config: {subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET}]}',
      'fallback_keys_subset cannot be empty',
    ],
    [
      'lb_subset_config: {subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [b]}]}',
      'fallback_keys_subset must be a subset of selector keys',
    ],
    [
      'lb_subset_config: {subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [a]}]}',
      'fallback_keys_subset cannot be equal to keys',
    ],
    [
      `${RANDOM}, common_lb_config: {locality_weighted_lb_config: {}}`,
      'cluster: load_balancing_policy cannot be combined with partial fields',
    ],
    [`${RANDOM}, lb_subset_config: {}`, 'cluster: load_balancing_policy cannot be combined with lb_subset_config'],
    [`load_balancing_policy: ${byLoad('{}')}`, 'No supported endpoint picking policy.'],
    [
      `load_balancing_policy: ${byLoad(byLoad(policy('random.v3.Random')))}`,
      'load_aware_locality cannot be its own endpoint_picking_policy',
    ],
    [
      `load_balancing_policy: ${byLoad(policy('cluster_provided.v3.ClusterProvided'))}`,
      'Unsupported endpoint picking policy for load_aware_locality: envoy.load_balancing_policies.cluster_provided.',
    ],
    [
      'upstream_bind_config: {extra_source_addresses: [{address: {address: "::1", port_value: 0}}]}',
      "Cluster a's upstream binding config has extra/additional source addresses but no source_address",
    ],
    [
      `upstream_bind_config: {${SOURCE}, extra_source_addresses: [{address: {address: 127.0.0.3, port_value: 0}}]}`,
      'has two same IP version source addresses',
    ],
    [
      `upstream_bind_config: {${SOURCE}, extra_source_addresses: [${'{address: {address: "::1", port_value: 0}},'.repeat(2)}]}`,
      'has more than one extra/additional source addresses',
    ],
    [
      'type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, load_assignment: {cluster_name: a}',
      'ORIGINAL_DST clusters must have no load assignment configured',
    ],
    ['type: ORIGINAL_DST', 'LB policy ROUND_ROBIN is not valid for Cluster type ORIGINAL_DST'],
    [
      'type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {http_header_name: x}',
      'invalid config http_header_name=x and use_http_header is false',
    ],
    [
      'type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, lb_subset_config: {subset_selectors: [{keys: [a]}]}',
      'LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config',
    ],
    [
      `type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, ${RANDOM}`,
      "cluster provided LB not specified but cluster 'a' provided one",
    ],
  ]
  for (const [fields, words] of cases) {
    test(words, () => {
      const found = errors(`{name: a, ${fields}}`)
      expect(found).toHaveLength(1)
      expect(found[0]).toContain(words)
    })
  }
})
