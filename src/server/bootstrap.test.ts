import { describe, expect, test } from 'bun:test'
import type { Extension } from '../api/extension.ts'
import { bootstrapType, loadBootstrap } from '../config/load-bootstrap.ts'
import { createParseContext } from '../config/parse-context.ts'
import { parseRoot } from '../config/parse-root.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import { parseBootstrap } from './bootstrap.ts'

const echo: Extension<undefined, 'envoy.filters.network'> = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.echo',
  typeNames: ['envoy.extensions.filters.network.echo.v3.Echo'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  terminal: true,
  parse: () => undefined,
  create: () => () => {},
}

const registry = new ExtensionRegistry([echo])
const accessLogFiles = {
  open: (path: string) => (path.startsWith('/no/') ? { error: `unable to open file '${path}'` } : { write: () => {} }),
}

/** Ids and messages of the errors. */
function errorsOf(resources: object): string[] {
  const loaded = loadBootstrap({ path: 'b.json', readFile: () => Buffer.from(JSON.stringify(resources)) })
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join('; '))
  const parsed = parseRoot(
    bootstrapType,
    loaded.message,
    { sourceMap: loaded.sourceMap, allowUnsupported: false },
    (reader) =>
      parseBootstrap(reader, {
        contextFor: (clusterNames) => createParseContext(registry, { clusterNames, accessLogFiles }),
        statsTags: [],
      }),
  )
  return parsed.ok ? [] : parsed.errors.map(({ id, message }) => `${id} ${message}`)
}

const CHAIN = {
  filters: [
    { name: 'echo', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' } },
  ],
}

function listener(name: string, port: number, more: object = {}): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return { name, address, filter_chains: [CHAIN], ...more }
}

function listeners(...list: readonly object[]): string[] {
  return errorsOf({ static_resources: { listeners: list } })
}

describe('listeners of a bootstrap', () => {
  test('two on one address are refused when the file is read; Envoy’s words name the second', () => {
    expect(listeners(listener('one', 10000), listener('other', 10000))).toEqual([
      "NU145 error adding listener: 'other' has duplicate address '127.0.0.1:10000' as existing listener, to check if " +
        "the listener has duplicated addresses with other listeners or 'enable_reuse_port' is set to 'false' for the " +
        'listener',
    ])
    expect(listeners(listener('a', 0), listener('b', 0), listener('', 0))).toEqual([])
  })

  test('two of one name are one listener', () => {
    expect(listeners(listener('a', 10000), listener('a', 10000), listener('a', 10001))).toEqual([])
  })

  test('errors name the listener by its address, as Envoy does', () => {
    expect(listeners(listener('a', 10000, { filter_chains: [] }))).toEqual([
      "NU140 error adding listener '127.0.0.1:10000': no filter chains specified",
    ])
    const match = { filter_chain_match: { destination_port: 4 } }
    const chains = [
      { name: 'a', ...CHAIN, ...match },
      { name: 'b', ...CHAIN, ...match },
    ]
    expect(listeners(listener('a', 10000, { filter_chains: chains }))).toEqual([
      "NU141 error adding listener '127.0.0.1:10000': filter chain 'b' has the same matching rules defined as 'a'. " +
        'duplicate matcher is: {"destination_port":4}',
    ])
  })

  test('what is not supported is all that is said of listeners of other kinds', () => {
    const udp = { socket_address: { address: '127.0.0.1', port_value: 53, protocol: 'UDP' } }
    expect(listeners({ name: 'udp', address: udp, udp_listener_config: {} })).toEqual([
      'NU120 UDP is not supported by Nuncio yet',
      'NU120 Listener.udp_listener_config is not supported by Nuncio yet',
    ])
    expect(listeners({ name: 'inner', internal_listener: {}, filter_chains: [CHAIN] })).toEqual([
      'NU120 Listener.internal_listener is not supported by Nuncio yet',
    ])
  })

  test('how many connections an event takes is accepted', () => {
    expect(listeners(listener('a', 10000, { max_connections_to_accept_per_socket_event: 1 }))).toEqual([])
  })
})

test('clusters made by an extension are refused for that alone', () => {
  const assignment = {
    cluster_name: 'c',
    endpoints: [
      {
        lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'name.example.com', port_value: 80 } } } }],
      },
    ],
  }
  const type = 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
  const cluster = {
    name: 'c',
    lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: { name: 'envoy.clusters.dynamic_forward_proxy', typed_config: { '@type': type } },
    load_assignment: assignment,
  }
  const errors = errorsOf({ static_resources: { clusters: [cluster] } })
  expect(errors).toEqual([
    `NU123 envoy.clusters.dynamic_forward_proxy (${type.split('/')[1]}) is not supported by Nuncio yet`,
  ])
})

test('the older way to ask for an admin access log', () => {
  expect(errorsOf({ admin: { access_log_path: '/tmp/admin.log' } })).toEqual([])
  expect(errorsOf({ admin: { access_log_path: '/no/admin.log' } })).toEqual([
    "NU156 unable to open file '/no/admin.log'",
  ])
})

test('statistics are flushed at an interval or when the admin asks', () => {
  expect(errorsOf({ stats_flush_on_admin: true })).toEqual([])
  expect(errorsOf({ stats_flush_on_admin: true, stats_flush_interval: '1s' })).toEqual([
    'NU172 Only one of stats_flush_interval or stats_flush_on_admin should be set!',
  ])
})

test('messages of the log cannot stand in JSON as they are', () => {
  expect(errorsOf({ application_log_config: { log_format: { json_format: { a: '%j' } } } })).toEqual([])
  expect(errorsOf({ application_log_config: { log_format: { json_format: { a: '%v' } } } })).toEqual([
    'NU152 setJsonLogFormat error: INVALID_ARGUMENT: Usage of %v is unavailable for JSON log formats',
  ])
})

test('the cluster that this proxy belongs to is there, with one priority', () => {
  const manager = { cluster_manager: { local_cluster_name: 'own' } }
  const own = (priority: number) => ({
    static_resources: {
      clusters: [{ name: 'own', load_assignment: { cluster_name: 'own', endpoints: [{ priority }] } }],
    },
  })
  expect(errorsOf({ ...manager, ...own(0) })).toEqual([])
  expect(errorsOf({ ...manager, ...own(1) })).toEqual(["NU162 Unexpected non-zero priority for local cluster 'own'."])
  expect(errorsOf(manager)).toEqual(["NU162 local cluster 'own' must be defined"])
})
