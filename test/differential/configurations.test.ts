/*
 * Small configurations with one thing in them that is odd: what is said of each, and that Envoy takes or refuses the same
 * ones. Found by changing configurations at random beside the real Envoy.
 */
import { describe, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extensions } from '../../src/cli/extensions.gen.ts'
import { parseCommandLine } from '../../src/cli/parse-command-line.ts'
import { ExtensionRegistry } from '../../src/registry/extension-registry.ts'
import { loadConfiguration } from '../../src/server/load-configuration.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { envoyPath } from './support/differential.ts'

const TYPE = 'type.googleapis.com/'

interface Pieces {
  readonly bootstrap?: object
  readonly listener?: object
  readonly manager?: object
  readonly cluster?: object
  readonly action?: object
}

const http = ({ bootstrap, listener, manager, cluster, action }: Pieces): string =>
  JSON.stringify({
    static_resources: {
      listeners: [{ ...httpListener('l', { routes: [routeTo('c', '/', action)], extra: manager ?? {} }), ...listener }],
      clusters: [{ name: 'c', connect_timeout: '1s', ...cluster }],
    },
    ...bootstrap,
  })

const endpoint = (lbEndpoint: object): object => ({ cluster_name: 'c', endpoints: [{ lb_endpoints: [lbEndpoint] }] })
const at = (socketAddress: object): object => ({ endpoint: { address: { socket_address: socketAddress } } })
const named = (typeName: string): object => ({ name: 'x', typed_config: { '@type': TYPE + typeName } })
const udp = (port: number): object => ({
  address: { socket_address: { address: '127.0.0.1', port_value: port, protocol: 'UDP' } },
})
const RESOLVING = "Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'"

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const TCP_OPTIONS = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions'

function optioned(name: string, type: string): string {
  const fields =
    type === HTTP_OPTIONS ? { explicit_http_config: { http_protocol_options: {} } } : { idle_timeout: '5s' }
  return http({ cluster: { typed_extension_protocol_options: { [name]: { '@type': TYPE + type, ...fields } } } })
}

/** What is odd, the file, and what is said of it; undefined: it is taken. */
type Row = readonly [string, string, string?]

const json: readonly Row[] = [
  ['the longest duration', http({ action: { timeout: '9223372035s' } })],
  ['a longer one', http({ action: { timeout: '9223372036s' } }), 'Duration out-of-range: timeout is 9223372036s'],
  ['a longer one of a cluster', http({ cluster: { connect_timeout: '9223372037s' } }), 'Duration out-of-range'],
  ['a negative one that changes nothing', http({ manager: { stream_flush_timeout: '-1s' } }), 'Expected positive'],
  ['too many nanoseconds', http({ action: { timeout: { nanos: 1e9 } } }), 'Duration out-of-range'],
  ['a duration of parts', http({ action: { timeout: { seconds: 5, nanos: 1 } } })],
  ['an old enum value before there is a runtime', '{"hds_config": {}}', 'Bootstrap.hds_config is not supported'],
  ...['STRICT_DNS', 'LOGICAL_DNS'].flatMap((type): Row[] => [
    [`${type} of nothing`, http({ cluster: { type, load_assignment: endpoint({}) } })],
    [
      `${type} of an endpoint without address`,
      http({ cluster: { type, load_assignment: endpoint({ endpoint: {} }) } }),
    ],
    [`${type} of a name elsewhere`, http({ cluster: { type, load_assignment: endpoint({ endpoint_name: 'x' }) } })],
    [
      `${type} with a port's name`,
      http({ cluster: { type, load_assignment: endpoint(at({ address: 'a', named_port: 'http' })) } }),
    ],
    [
      `${type} of a pipe`,
      http({ cluster: { type, load_assignment: endpoint({ endpoint: { address: { pipe: { path: '/x' } } } }) } }),
    ],
  ]),
  ['STATIC of nothing', http({ cluster: { load_assignment: endpoint({}) } }), `Address must be set. ${RESOLVING}`],
  [
    'STATIC of a name elsewhere',
    http({ cluster: { load_assignment: endpoint({ endpoint_name: 'x' }) } }),
    'Address must be set',
  ],
  [
    "STATIC with a port's name",
    http({ cluster: { load_assignment: endpoint(at({ address: '127.0.0.1', named_port: 'http' })) } }),
    "IP resolver can't handle port specifier type",
  ],
  [
    'a pipe with a NUL in its path',
    http({ cluster: { load_assignment: endpoint({ endpoint: { address: { pipe: { path: '/a\0b' } } } }) } }),
    'UNIX domain socket pathname contains embedded null characters',
  ],
  [
    'an abstract one',
    http({ cluster: { load_assignment: endpoint({ endpoint: { address: { pipe: { path: '@a\0b' } } } }) } }),
  ],
  [
    'early data',
    http({ action: { early_data_policy: named('envoy.extensions.early_data.v3.DefaultEarlyDataPolicy') } }),
  ],
  [
    'another early data policy',
    http({ action: { early_data_policy: named('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer') } }),
    "Didn't find a registered implementation for 'x' with type URL: 'envoy.extensions.transport_sockets",
  ],
  [
    'the regex engine',
    http({ bootstrap: { default_regex_engine: named('envoy.extensions.regex_engines.v3.GoogleRE2') } }),
  ],
  [
    'settings that change nothing',
    http({
      bootstrap: {
        perf_tracing_file_path: '/nowhere/trace',
        node_context_params: ['id', 'other'],
        grpc_async_client_manager_config: { max_cached_entry_idle_duration: '5s' },
        default_socket_interface: 'envoy.extensions.network.socket_interface.default_socket_interface',
      },
    }),
  ],
  [
    'another regex engine',
    http({ bootstrap: { default_regex_engine: named('envoy.extensions.filters.http.router.v3.Router') } }),
    "Didn't find a registered implementation for 'x' with type URL: 'envoy.extensions.filters.http.router",
  ],
  [
    'a weighted cluster without weight',
    http({
      action: { cluster: undefined, weighted_clusters: { clusters: [{ name: 'c' }, { name: 'c', weight: 2 }] } },
    }),
    `Field 'weight' is missing in: name: "c"`,
  ],
  [
    'typed metadata that breaks rules',
    http({
      listener: {
        metadata: {
          typed_filter_metadata: { a: { '@type': `${TYPE}envoy.config.cluster.v3.Cluster`, connect_timeout: '-1s' } },
        },
      },
    }),
  ],
  [
    'an empty choice of locality balancing',
    http({
      cluster: {
        load_balancing_policy: {
          policies: [
            {
              typed_extension_config: {
                name: 'x',
                typed_config: {
                  '@type': `${TYPE}envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin`,
                  locality_lb_config: {},
                },
              },
            },
          ],
        },
      },
    }),
  ],
  [
    'a fraction in text with blanks around it',
    http({ cluster: { common_lb_config: { healthy_panic_threshold: { value: ' 5 ' } } } }),
  ],
  ['base64 with too little padding', http({ manager: body({ inline_bytes: 'YQ=' }) }), 'must be base64'],
  [
    'per-host thresholds: only the first of a priority counts',
    http({ cluster: { circuit_breakers: { per_host_thresholds: [{ max_connections: 4 }, { max_requests: 3 }] } } }),
  ],
  [
    'per-host thresholds of what hosts do not count',
    http({ cluster: { circuit_breakers: { per_host_thresholds: [{ max_requests: 3 }] } } }),
    'Unsupported field in per_host_thresholds',
  ],
  [
    'a link-local address with a zone',
    http({ cluster: { load_assignment: endpoint(at({ address: 'fe80::1%lo', port_value: 1 })) } }),
  ],
  [
    'a zone that is not there',
    http({ cluster: { load_assignment: endpoint(at({ address: 'fe80::1%none', port_value: 1 })) } }),
    'malformed IP address: fe80::1%none',
  ],
  [
    'the number of a zone',
    http({ cluster: { load_assignment: endpoint(at({ address: '2001:db8::1%1', port_value: 1 })) } }),
  ],
  [
    'a prefix with a zone',
    http({
      listener: {
        filter_chains: [{ filter_chain_match: { prefix_ranges: [{ address_prefix: 'fe80::%lo', prefix_len: 64 }] } }],
      },
    }),
  ],
  [
    'another address with a zone',
    http({ cluster: { load_assignment: endpoint(at({ address: '::1%lo', port_value: 1 })) } }),
    'malformed IP address: ::1%lo',
  ],
  [
    'a filter of another kind that also breaks a rule',
    http({
      listener: {
        filter_chains: [
          {
            filters: [
              named('envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'),
            ],
          },
        ],
      },
    }),
    "Didn't find a registered implementation for 'x' with type URL: 'envoy.extensions.resource_monitors.",
  ],
  [
    'a library that compresses where one is to decompress',
    http({
      manager: {
        http_filters: [
          {
            name: 'd',
            typed_config: {
              '@type': `${TYPE}envoy.extensions.filters.http.decompressor.v3.Decompressor`,
              decompressor_library: named('envoy.extensions.compression.gzip.compressor.v3.Gzip'),
            },
          },
        ],
      },
    }),
    'envoy.extensions.compression.gzip.compressor.v3.Gzip',
  ],
  ['a folder as a body', http({ manager: body({ filename: '/etc' }) })],
  ['a device as a body', http({ manager: body({ filename: '/dev/null' }) }), 'Invalid path: /dev/null'],
  ['no file as a body', http({ manager: body({ filename: '/none' }) }), 'file /none does not exist'],
  ['a number beyond a double', '{"node": {"metadata": {"a": 1e400}}}', 'number overflow'],
  ['half a character', '{"node": {"id": "\\ud83d"}}', 'id holds half of a surrogate pair'],
  ['both halves of it', '{"node": {"id": "\\ud83d\\ude00"}}'],
  ['an escape with a capital U', '{"node": {"id": "\\U0041"}}'],
  ['scalars and messages that come again', '{"node": {"id": "a", "id": "b"}, "node": {"cluster": "c"}}'],
  ['lists that come again', '{"static_resources": {"clusters": [{"name": "a"}], "clusters": [{"name": "a"}]}}', "'a'"],
  [
    'one of several that comes again',
    '{"stats_flush_on_admin": true, "stats_flush_on_admin": true}',
    'already been set',
  ],
  [
    'nothing that comes again',
    '{"admin": {"address": {"pipe": {"path": "/a"}, "pipe": null, "socket_address": null}}}',
  ],
  ['a name in a map that comes again', '{"node": {"metadata": {"a": 1, "a": 1}}}', 'unexpectedly-repeated'],
  ['a name in the next map of the same field', '{"node": {"metadata": {"a": 1}, "metadata": {"a": 2}}}'],
  [
    '@type that comes again',
    http({ manager: { upgrade_configs: [] } }).replace(/"@type":"[^"]*Router"/, '$&,$&'),
    'repeated @type in Any',
  ],
  [
    'a pattern that is to ignore case',
    http({ manager: withHeader({ safe_regex: { regex: 'a' }, ignore_case: true }) }),
    'ignore_case has no effect for safe_regex.',
  ],
  ['a pattern that is not', http({ manager: withHeader({ safe_regex: { regex: 'a' }, ignore_case: false }) })],
  [
    'a pattern of the stats matcher that is to ignore case',
    http({
      bootstrap: {
        stats_config: {
          stats_matcher: { inclusion_list: { patterns: [{ safe_regex: { regex: 'a' }, ignore_case: true }] } },
        },
      },
    }),
  ],
  [
    'a cluster type whose configuration has no type',
    http({ cluster: { cluster_type: { name: 'envoy.cluster.static', typed_config: {} } } }),
    "Didn't find a registered cluster factory implementation for type: ''",
  ],
  [
    'subsets without selectors where the cluster brings its balancing along',
    http({ cluster: { type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', lb_subset_config: {} } }),
  ],
  [
    'subsets with selectors there',
    http({
      cluster: {
        type: 'ORIGINAL_DST',
        lb_policy: 'CLUSTER_PROVIDED',
        lb_subset_config: { subset_selectors: [{ keys: ['a'] }] },
      },
    }),
    'cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config',
  ],
  [
    'subsets by weights of localities that are not set',
    http({ cluster: { lb_subset_config: { subset_selectors: [{ keys: ['a'] }], locality_weight_aware: true } } }),
    'Locality weight aware subset LB requires that a locality_weighted_lb_config be set in c',
  ],
  [
    'a folder to watch where nobody watches',
    http({
      manager: basicAuth({ inline_string: 'a:{SHA}hvfkN/qlp/zhXR3cuerq6jd2Z7g=', watched_directory: { path: '/' } }),
    }),
  ],
  [
    'a folder to watch where Envoy does',
    http({ manager: body({ inline_string: 'a', watched_directory: { path: '/' } }) }),
    'DataSource.watched_directory is not supported by Nuncio yet',
  ],
  ['clusters on demand that nobody is asked for', http({ listener: tcpProxy({ on_demand: { timeout: '5s' } }) })],
  [
    'clusters on demand',
    http({ listener: tcpProxy({ on_demand: { odcds_config: { ads: {} } } }) }),
    'OnDemand.odcds_config is not supported by Nuncio yet',
  ],
  ['options by the name of HTTP options', optioned(HTTP_OPTIONS, HTTP_OPTIONS)],
  ['options by an older name of HTTP options', optioned('envoy.upstreams.http.http_protocol_options', HTTP_OPTIONS)],
  [
    'options by a misspelt name',
    optioned(`${HTTP_OPTIONS}s`, HTTP_OPTIONS),
    "Didn't find a registered network or http",
  ],
  ['options of a filter without any', optioned('envoy.filters.http.router', HTTP_OPTIONS), 'does not support protocol'],
  ['options by the name of others', optioned(TCP_OPTIONS, HTTP_OPTIONS), `Unable to unpack as ${TCP_OPTIONS}`],
  ['options by the name of TCP options', optioned(TCP_OPTIONS, TCP_OPTIONS)],
  ['a UDP listener beside a TCP listener', JSON.stringify(besideUdp()), 'UDP is not supported by Nuncio yet'],
]

function basicAuth(users: object): object {
  const filter = {
    name: 'b',
    typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.basic_auth.v3.BasicAuth`, users },
  }
  return { http_filters: [filter, named('envoy.extensions.filters.http.router.v3.Router')] }
}

function tcpProxy(settings: object): object {
  const typeName = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
  const proxy = { '@type': TYPE + typeName, stat_prefix: 't', cluster: 'c', ...settings }
  return { filter_chains: [{ filters: [{ name: 't', typed_config: proxy }] }] }
}

function body(source: object): object {
  const route = { match: { prefix: '/' }, direct_response: { status: 200, body: source } }
  return { route_config: { virtual_hosts: [{ name: 'v', domains: ['*'], routes: [route] }] } }
}

function withHeader(matcher: object): object {
  const match = { prefix: '/', headers: [{ name: 'a', string_match: matcher }] }
  const routes = [{ match, direct_response: { status: 200 } }]
  return { route_config: { virtual_hosts: [{ name: 'v', domains: ['*'], routes }] } }
}

function besideUdp(): object {
  const tcp = { address: { socket_address: { address: '127.0.0.1', port_value: 1234 } } }
  const proxy = {
    name: 'envoy.filters.udp_listener.udp_proxy',
    typed_config: {
      '@type': `${TYPE}envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig`,
      stat_prefix: 'u',
      matcher: {
        on_no_match: {
          action: {
            name: 'route',
            typed_config: { '@type': `${TYPE}envoy.extensions.filters.udp.udp_proxy.v3.Route`, cluster: 'c' },
          },
        },
      },
    },
  }
  return {
    static_resources: {
      listeners: [
        { ...httpListener('l'), ...tcp },
        { name: 'u', ...udp(1234), listener_filters: [proxy] },
      ],
      clusters: [{ name: 'app' }, { name: 'c' }],
    },
  }
}

const yaml: readonly Row[] = [
  ['carriage returns as line ends', 'node:\r  id: a\r  cluster: b\r'],
  ['a tab in an empty line behind a plain text', 'node:\n  id: a\n\t\n', 'tab used for indentation'],
  ['a tab before a comment behind a plain text', 'node:\n  id: a\n\t# c\n', 'tab used for indentation'],
  ['a tab in an empty line behind quotes', 'node:\n  id: "a"\n\t\n'],
  ['a tag that is a number', 'node: {id: !!str 5}\n', 'id must be a string, got the number 5'],
  ['the tag of a text in quotes', 'node: {id: ! 5}\n'],
  ['halves of a character', 'node: {id: "\\ud83d\\ude00"}\n', 'invalid unicode'],
  ['a comment right behind quotes', 'node:\n  id: "a"#b\n'],
  ['a directive alone', '%YAML 1.2\nnode: {id: a}\n'],
  ['a version to come', '%YAML 2.0\n---\nnode: {id: a}\n', 'YAML major version too large'],
  ['a hundred levels', `node: {metadata: {a: ${'['.repeat(98)}${']'.repeat(98)}}}\n`, 'too deeply nested'],
  ['a hundred thousand levels', `node: {metadata: {a: ${'['.repeat(100_000)}\n`, 'too deeply nested'],
]

const protoText: readonly Row[] = [
  [
    'a field twice',
    'static_resources { clusters { name: "a" name: "b" } }',
    'Non-repeated field "name" is specified multiple',
  ],
  ['a message twice', 'node { }\nnode { id: "a" }', 'Non-repeated field "node" is specified multiple times'],
  ['a boolean in capitals', 'stats_flush_on_admin: TRUE', 'Invalid value for boolean field. Value: "TRUE"'],
  ['a boolean in short', 'stats_flush_on_admin: t'],
  ['an enum value by its number', 'static_resources { clusters { name: "a" type: 0 } }'],
  ['an enum value in another case', clusterText('type: static'), 'Unknown enumeration value of "static"'],
  ['an enum value in quotes', clusterText('type: "STATIC"'), 'Expected integer or identifier, got: STATIC'],
  ['a text without quotes', 'node { id: a }', 'Expected string, got: a'],
  ['a boolean in quotes', 'stats_flush_on_admin: "true"', 'Invalid value for boolean field. Value: "true"'],
  ['a boolean by an octal number', 'stats_flush_on_admin: 01'],
  ['an integer with a fraction', portText('80.0'), 'Expected integer, got: 80.0'],
  ['an integer in quotes', portText('"80"'), 'Expected integer, got: 80'],
  ['a sign where there can be none', portText('-0'), 'Expected integer, got: -'],
  ['a fraction with a base', metadataText('number_value: 0x10'), 'Expected double, got: 0x10'],
  ['a map as a list', 'node { metadata { fields: [ { key: "a" value { } }, { key: "b" } ] } }'],
  ['a key twice in one entry', 'node { metadata { fields { key: "a" key: "b" } } }', 'Non-repeated field "key"'],
  ['a list without a comma', 'static_resources { clusters [ { name: "a" } { name: "b" } ] }', 'Expected "]", got: {'],
  ['a list with one too many', 'node_context_params: ["id",]', 'Expected string, got: ]'],
  ['a list of texts without a colon', 'node_context_params ["id"]', 'Expected ":", got: ['],
  ['an Any of bytes', engineText(`type_url: "${TYPE}envoy.extensions.regex_engines.v3.GoogleRE2"`)],
  [
    'an Any of broken bytes',
    engineText(`type_url: "${TYPE}envoy.config.core.v3.Node" value: "\\x0a"`),
    'google.protobuf.Any',
  ],
  ['an Any of both kinds', engineText(`type_url: "x" [${TYPE}envoy.extensions.regex_engines.v3.GoogleRE2] { }`), 'Any'],
  ['a byte order mark', '\ufeffnode { }', 'unexpected character'],
  ['a character beyond all characters', 'node { id: "\\U00110000" }'],
  ['both halves of a character', 'node { id: "\\ud83d\\ude00" }'],
]

function clusterText(fields: string): string {
  return `static_resources { clusters { name: "a" ${fields} } }`
}

function portText(port: string): string {
  return `admin { address { socket_address { address: "127.0.0.1" port_value: ${port} } } }`
}

function metadataText(value: string): string {
  return `node { metadata { fields { key: "a" value { ${value} } } } }`
}

function engineText(any: string): string {
  return `default_regex_engine { name: "x" typed_config { ${any} } }`
}

const folder = mkdtempSync(join(tmpdir(), 'nuncio-configurations-'))
const registry = new ExtensionRegistry(extensions)
const command = { version: '', nuncioVersion: '', hotRestartVersion: '', findConfig: () => undefined }
const machine = { hardwareThreads: 1, readFile: () => undefined }

const UNSUPPORTED = new Set(['NU120', 'NU123'])

describe('small configurations', () => {
  for (const [extension, rows] of [
    ['json', json],
    ['yaml', yaml],
    ['pb_text', protoText],
  ] as const) {
    for (const [index, [what, text, refusal]] of rows.entries()) {
      const path = join(folder, `${index}.${extension}`)
      writeFileSync(path, text)
      test(what, () => {
        const parsed = parseCommandLine(['--mode', 'validate', '-c', path], { ...command, machine })
        if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
        const loaded = loadConfiguration(parsed.options, {
          registry,
          accessLogFiles: { open: () => ({ error: 'none' }) },
        })
        const errors = loaded.ok ? [] : loaded.errors
        if (refusal === undefined) expect(errors).toEqual([])
        else expect(errors.map(({ message }) => message).join('\n')).toContain(refusal)
        expect(errors.filter(({ place }) => place === undefined)).toEqual([])
        if (envoyPath === undefined) return
        const { exitCode } = Bun.spawnSync([envoyPath, '--mode', 'validate', '-l', 'off', '-c', path])
        const taken = errors.every(({ id }) => UNSUPPORTED.has(id))
        expect(exitCode).toBe(taken ? 0 : 1)
      })
    }
  }
})
