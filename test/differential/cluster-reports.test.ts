/*
 * Everything that is told of clusters of every kind (stats, histograms, Prometheus, /clusters as text and as JSON) after the same
 * good and bad requests to each of them.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

type PortOf = (backend: string) => number

const CLUSTERS = 'type.googleapis.com/envoy.extensions.clusters'
const LOCAL_DNS = { dns_lookup_family: 'V4_ONLY', dns_refresh_rate: '60s' }

const endpoint = (port: number, more: object = {}, outer: object = {}, address = '127.0.0.1'): object => ({
  endpoint: { address: { socket_address: { address, port_value: port } }, ...more },
  ...outer,
})
const lbMetadata = (values: object): object => ({ metadata: { filter_metadata: { 'envoy.lb': values } } })
const hosts = (...lbEndpoints: readonly object[]): object => ({ endpoints: [{ lb_endpoints: lbEndpoints }] })
const assigned = (assignment: object): object => ({ load_assignment: { cluster_name: 'any', ...assignment } })

/** By name, what a cluster has besides one live host. */
const cases = (port: PortOf): Readonly<Record<string, object>> => ({
  plain: {},
  'dotted.name': {},
  'colon:name': { alt_stat_name: 'alt:stat.name' },
  localities: assigned({
    // The live host alone is enough.
    policy: { overprovisioning_factor: 200 },
    endpoints: [
      {
        locality: { region: 'r', zone: 'z', sub_zone: 's' },
        load_balancing_weight: 3,
        lb_endpoints: [
          endpoint(
            port('app'),
            { hostname: 'h.example' },
            { load_balancing_weight: 5, ...lbMetadata({ canary: true }) },
          ),
          endpoint(5, {}, { health_status: 'UNHEALTHY' }),
        ],
      },
      {
        locality: { region: 'r2' },
        priority: 1,
        lb_endpoints: [
          endpoint(1, { hostname: 'x' }, { health_status: 'UNHEALTHY' }),
          endpoint(2, {}, { health_status: 'DRAINING' }),
          endpoint(3, {}, { health_status: 'TIMEOUT' }),
          endpoint(4, {}, { health_status: 'DEGRADED' }),
        ],
      },
    ],
  }),
  outlier: {
    outlier_detection: {
      consecutive_5xx: 2,
      interval: '60s',
      max_ejection_percent: 50,
      split_external_local_origin_errors: true,
    },
  },
  health: {
    ...assigned(hosts(endpoint(port('app')), endpoint(1))),
    health_checks: [
      {
        timeout: '5s',
        interval: '60s',
        no_traffic_interval: '60s',
        unhealthy_threshold: 1,
        healthy_threshold: 1,
        http_health_check: { path: '/hz' },
      },
    ],
  },
  tracked: {
    track_cluster_stats: { timeout_budgets: true, request_response_sizes: true, per_endpoint_stats: true },
  },
  breakers: {
    circuit_breakers: {
      thresholds: [
        { max_connections: 5, track_remaining: true, retry_budget: { budget_percent: { value: 33.3 } } },
        { priority: 'HIGH', max_retries: 7, max_connection_pools: 9, track_remaining: true },
      ],
      per_host_thresholds: [{ max_connections: 4 }],
    },
  },
  empty: assigned({ endpoints: [] }),
  dead: assigned(hosts(endpoint(1))),
  maintained: {},
  subset: {
    ...assigned(hosts(endpoint(port('app'), {}, lbMetadata({ version: '1' })))),
    lb_subset_config: { fallback_policy: 'ANY_ENDPOINT', subset_selectors: [{ keys: ['version'] }] },
  },
  ring: { lb_policy: 'RING_HASH' },
  maglev: { lb_policy: 'MAGLEV' },
  least: { lb_policy: 'LEAST_REQUEST' },
  random: { lb_policy: 'RANDOM' },
  strict: { ...assigned(hosts(endpoint(port('app'), {}, {}, 'localhost'))), type: 'STRICT_DNS', ...LOCAL_DNS },
  logical: {
    ...assigned(hosts(endpoint(port('app'), { hostname: 'own' }, {}, 'localhost'))),
    type: 'LOGICAL_DNS',
    ...LOCAL_DNS,
  },
  eds: {
    type: 'EDS',
    load_assignment: undefined,
    eds_cluster_config: {
      service_name: 'service',
      eds_config: { path_config_source: { path: '{folder}/eds.json' } },
    },
  },
  original: {
    type: 'ORIGINAL_DST',
    load_assignment: undefined,
    lb_policy: 'CLUSTER_PROVIDED',
    original_dst_lb_config: { use_http_header: true },
  },
  aggregate: {
    type: undefined,
    load_assignment: undefined,
    lb_policy: 'CLUSTER_PROVIDED',
    cluster_type: {
      name: 'envoy.clusters.aggregate',
      typed_config: { '@type': `${CLUSTERS}.aggregate.v3.ClusterConfig`, clusters: ['plain', 'dead'] },
    },
  },
})
const NAMES = Object.keys(cases(() => 0))

const empty = (status: string): string => `send=HTTP/1.1 ${status}\\r\\ncontent-length: 0\\r\\n\\r\\n`

/** A request each, whatever becomes of the one before it. */
const SCRIPTS = [
  'ok',
  'ok',
  empty('404 No'),
  empty('503 No'),
  empty('200 OK\\r\\nx-envoy-upstream-canary: true'),
  'reset',
  'send=garbage\\r\\n\\r\\n;fin',
  'hang',
]

async function traffic(side: Side): Promise<void> {
  const [app = 0] = [...side.places.ports].find(([, name]) => name === 'app') ?? []
  for (const name of NAMES) {
    for (const [index, script] of SCRIPTS.entries()) {
      const head = [
        `GET /${name}/ HTTP/1.1`,
        'host: h',
        `x-do: ${script}`,
        `x-envoy-original-dst-host: 127.0.0.1:${app}`,
        // Those of the proxy's own network say more.
        ...(index === 2 ? ['x-forwarded-for: 8.8.8.8', 'x-envoy-upstream-alt-stat-name: alternate'] : []),
        ...(index === 3 ? ['x-envoy-upstream-alt-stat-name: alternate'] : []),
      ]
      await side.send(`${name} ${index} ${script}`, 'front', `${head.join('\r\n')}\r\n\r\n`)
    }
  }
  // Histograms show what was flushed.
  await Bun.sleep(1200)
  await side.noteAdmin('/clusters', (text) => text.split('\n').toSorted())
  await side.noteAdmin('/clusters?format=json', (text) => {
    const { cluster_statuses: all } = JSON.parse(text) as { cluster_statuses: readonly { name: string }[] }
    return all.toSorted((one, other) => one.name.localeCompare(other.name))
  })
  await side.noteAdmin('/stats?type=Histograms&filter=^cluster', (text) =>
    text
      .split('\n')
      .map((line) => (DEPENDS_ON_TIME.test(line) ? line.slice(0, line.indexOf(':')) : line))
      .toSorted(),
  )
  await side.noteAdmin('/stats/prometheus?filter=^cluster', (text) =>
    text
      .split('\n')
      .map((line) => (DIFFERENT.test(line) ? line.replace(/ [\d.]+$/, '') : line))
      .toSorted(),
  )
}

/** Values that no two runs share, or that differ for a reason of docs/differences.md. */
const DIFFERENT = /bucket|sum|version|bytes|remaining_cx_pools|update_time/
const DEPENDS_ON_TIME = /_ms:|_time:|budget|rq_headers_size/

differential('what is told of clusters of every kind', {
  faulty: ['app'],
  prepare: (folder) => {
    const resource = {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: 'service',
      endpoints: [{ locality: { region: 'q' }, lb_endpoints: [endpoint(1)] }],
    }
    writeFileSync(join(folder, 'eds.json'), JSON.stringify({ version_info: '1', resources: [resource] }))
  },
  bootstrap: (port) => ({
    stats_flush_interval: '0.5s',
    node: { id: 'node', cluster: 'nodes', locality: { region: 'r', zone: 'here' } },
    layered_runtime: {
      layers: [{ name: 'static', static_layer: { upstream: { maintenance_mode: { maintained: 100 } } } }],
    },
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: {
            delayed_close_timeout: '0.1s',
            use_remote_address: true,
            internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
          },
          routes: NAMES.map((name) =>
            routeTo(name, `/${name}/`, {
              timeout: '0.5s',
              retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' } },
            }),
          ),
        }),
      ],
      clusters: Object.entries(cases(port)).map(([name, more]) => ({
        name,
        type: 'STATIC',
        connect_timeout: '2s',
        ...assigned(hosts(endpoint(port('app')))),
        ...more,
      })),
    },
  }),
  traffic,
  stats: /^cluster/,
  volatile: DIFFERENT,
})
