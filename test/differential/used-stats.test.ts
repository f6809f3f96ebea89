/* Which statistics count as used: those that were written, be it with 0. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const address = (host: string): object => ({ socket_address: { address: host, port_value: 1 } })
const endpoint = (host = '127.0.0.1'): object => ({ endpoint: { address: address(host) } })
const cluster = (name: string, type: string, endpoints?: readonly object[], more: object = {}): object => ({
  name,
  type,
  ...(endpoints === undefined ? {} : { load_assignment: { cluster_name: name, endpoints } }),
  ...more,
})
const subsets = { fallback_policy: 'ANY_ENDPOINT', subset_selectors: [{ keys: ['version'] }] }
const versioned = (version: string): object => ({
  ...endpoint(),
  metadata: { filter_metadata: { 'envoy.lb': { version } } },
})
const AGGREGATE = 'type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig'
const FORWARD = 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
const provided = (name: string, type: string, settings: object): object => ({
  name,
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: { name, typed_config: { '@type': type, ...settings } },
})

differential('used statistics of clusters of all kinds', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('app')] })],
      clusters: [
        staticCluster('app', [port('app')]),
        cluster('nothing', 'STATIC'),
        cluster('no_places', 'STATIC', []),
        cluster('empty_place', 'STATIC', [{ locality: { zone: 'a' } }]),
        cluster('second', 'STATIC', [{ priority: 0 }, { priority: 1, lb_endpoints: [endpoint()] }]),
        cluster('no_names', 'STRICT_DNS'),
        cluster('names', 'STRICT_DNS', [{ lb_endpoints: [endpoint('localhost')] }]),
        cluster('no_such_name', 'STRICT_DNS', [{ lb_endpoints: [endpoint('nothing.invalid')] }]),
        cluster('one_name', 'LOGICAL_DNS', [{ lb_endpoints: [endpoint('nothing.invalid')] }]),
        cluster('original', 'ORIGINAL_DST', undefined, { lb_policy: 'CLUSTER_PROVIDED' }),
        provided('together', AGGREGATE, { clusters: ['nothing', 'app'] }),
        provided('forward', FORWARD, { dns_cache_config: { name: 'cache', dns_lookup_family: 'V4_ONLY' } }),
        cluster('subsets', 'STATIC', [{ lb_endpoints: [versioned('1')] }], { lb_subset_config: subsets }),
        cluster('no_subsets', 'STATIC', [{ lb_endpoints: [endpoint()] }], { lb_subset_config: subsets }),
      ],
    },
  }),
  stats: /\.(membership_\w+|lb_subsets_\w+)$/,
  traffic: async (side) => {
    await side.request('request', 'front', 'GET /')
    await Bun.sleep(200)
    await side.noteAdmin('/stats?usedonly&filter=%5Ecluster.*(membership_|lb_subsets)')
    await side.noteAdmin('/stats?usedonly&type=Gauges&filter=%5E(cluster_manager|listener_manager|runtime|workers)')
  },
})

const HEAP = 'envoy.resource_monitors.fixed_heap'
const triggers = [{ name: HEAP, threshold: { value: 0.9 } }]
const limit = {
  '@type': 'type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
  max_heap_size_bytes: 1e12,
}

differential('used statistics of the overload manager', {
  bootstrap: () => ({
    overload_manager: {
      refresh_interval: '0.1s',
      resource_monitors: [{ name: HEAP, typed_config: limit }],
      actions: [{ name: 'envoy.overload_actions.stop_accepting_requests', triggers }],
      loadshed_points: [{ name: 'envoy.load_shed_points.tcp_listener_accept', triggers }],
    },
  }),
  stats: /^overload\..*(active|percent|count)$/,
  traffic: async (side) => {
    await Bun.sleep(300)
    await side.noteAdmin('/stats?usedonly&filter=%5Eoverload.*(active|percent|count|pressure|skipped|failed)')
  },
})
