/* Pieces of bootstraps for whole-proxy tests: plain objects to put together. */

export interface ManagerOptions {
  readonly statPrefix?: string
  readonly routes?: readonly object[]
  /** Merged over the only virtual host, over the route table and over the router filter's configuration. */
  readonly virtualHost?: object
  readonly table?: object
  readonly router?: object
  /** In front of the router. */
  readonly filters?: readonly object[]
  /** Merged over the rest of the connection manager. */
  readonly extra?: object
}

export function httpListener(name: string, options: ManagerOptions = {}): object {
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager(options) }] },
    ],
  }
}

function manager(options: ManagerOptions): object {
  const { statPrefix = 'ingress', routes = [routeTo('app')], virtualHost, table, router, filters = [], extra } = options
  return {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: statPrefix,
    http_filters: [
      ...filters,
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router', ...router },
      },
    ],
    route_config: { name: 'local', virtual_hosts: [{ name: 'all', domains: ['*'], routes, ...virtualHost }], ...table },
    ...extra,
  }
}

export function routeTo(cluster: string, prefix = '/', route: object = {}): object {
  return { match: { prefix }, route: { cluster, ...route } }
}

export function direct(prefix: string, body: string, status = 200): object {
  return { match: { prefix }, direct_response: { status, body: { inline_string: body } } }
}

export function staticCluster(name: string, ports: readonly number[], extra: object = {}): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '2s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: ports.map((port) => ({
            endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
          })),
        },
      ],
    },
    ...extra,
  }
}

/** One endpoint that has a name, as `auto_host_rewrite` needs. */
export function namedEndpointCluster(name: string, hostname: string, port: number): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  const endpoints = [{ lb_endpoints: [{ endpoint: { hostname, address } }] }]
  return staticCluster(name, [], { load_assignment: { cluster_name: name, endpoints } })
}
