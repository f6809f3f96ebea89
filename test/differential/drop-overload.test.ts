/* Assignments that have some of the requests dropped: all, none, part of them; after the maintenance mode, before anything else. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const dropping = (name: string, port: number, drop_percentage: object, more: object = {}) => {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  const policy = { drop_overloads: [{ category: 'load', drop_percentage }] }
  const load_assignment = { cluster_name: name, policy, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] }
  return { ...staticCluster(name, [], more), load_assignment }
}

const retries = { retry_policy: { retry_on: '5xx', num_retries: 2 } }
const listener = (name: string, port: (name: string) => number, router: object) =>
  httpListener(name, {
    statPrefix: name,
    routes: [
      routeTo('all', '/all', { ...retries, request_mirror_policies: [{ cluster: 'app' }] }),
      routeTo('some', '/some', retries),
      ...['none', 'maintained', 'outer', 'limited'].map((cluster) => routeTo(cluster, `/${cluster}`)),
      routeTo('app', '/app', { request_mirror_policies: [{ cluster: 'all' }] }),
    ],
    virtualHost: {
      include_attempt_count_in_response: true,
      response_headers_to_add: [{ header: { key: 'x-app', value: `${port('app') > 0}` } }],
    },
    router,
    extra: { access_log: [fileLog(`${name}.log`, textFormat(OUTCOME))] },
  })

differential('requests dropped for overload', {
  backends: ['app'],
  bootstrap: (port) => ({
    layered_runtime: {
      layers: [
        {
          name: 'static',
          static_layer: {
            'upstream.maintenance_mode.maintained': 100,
            'load_balancing_policy.drop_overload_limit': 100,
          },
        },
      ],
    },
    static_resources: {
      listeners: [listener('front', port, {}), listener('quiet', port, { suppress_envoy_headers: true })],
      clusters: [
        staticCluster('app', [port('app')]),
        dropping('all', port('app'), { numerator: 100 }),
        // All but one of a million, so that what chance decides is known as well.
        dropping('some', port('app'), { numerator: 999_999, denominator: 'MILLION' }),
        dropping('none', port('app'), { numerator: 0 }),
        dropping('maintained', port('app'), { numerator: 100 }),
        dropping('limited', port('app'), { numerator: 10_000, denominator: 'TEN_THOUSAND' }),
        {
          name: 'outer',
          connect_timeout: '1s',
          lb_policy: 'CLUSTER_PROVIDED',
          cluster_type: {
            name: 'envoy.clusters.aggregate',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig',
              clusters: ['all'],
            },
          },
        },
      ],
    },
  }),
  stats: /^cluster\.(?:all|some|none|maintained|limited|outer|app)\.(?!upstream_cx)/,
  volatile: /_ms$|_time$|bytes/,
  traffic: async (side) => {
    for (const name of ['front', 'quiet']) {
      for (const path of ['all', 'some', 'none', 'maintained', 'outer', 'limited', 'app']) {
        await side.request(`${name} ${path}`, name, `GET /${path}`)
      }
      await side.request(`${name} gRPC`, name, 'POST /some', 'content-type: application/grpc', 'content-length: 0')
      await side.noteLog(`${name}.log`, 8)
    }
  },
})

differential('a limit of the runtime to what is dropped', {
  backends: ['app'],
  bootstrap: (port) => ({
    layered_runtime: { layers: [{ name: 's', static_layer: { 'load_balancing_policy.drop_overload_limit': 0 } }] },
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('all')] })],
      clusters: [dropping('all', port('app'), { numerator: 100 })],
    },
  }),
  traffic: (side) => side.request('nothing is dropped', 'front', 'GET /'),
})
