/* What the admin server says of the same configuration after the same traffic. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const bootstrap = (hosts: readonly string[]) => (port: (name: string) => number) => ({
  node: { id: 'node-1', cluster: 'cluster-1', locality: { region: 'r', zone: 'z' }, metadata: { key: 'value' } },
  layered_runtime: {
    layers: [
      { name: 'base', static_layer: { health_check: { min_interval: 5 }, some: { text: 'abc', number: 7 } } },
      { name: 'admin', admin_layer: {} },
    ],
  },
  static_resources: {
    listeners: [
      httpListener('one', { routes: [direct('/d', 'x'), { name: 'app', ...routeTo('app') }] }),
      { ...httpListener('two', { statPrefix: 'two' }), traffic_direction: 'INBOUND', stat_prefix: 'named' },
    ],
    clusters: [
      staticCluster('app', hosts.map(port), {
        alt_stat_name: 'alias',
        circuit_breakers: { thresholds: [{ priority: 'HIGH', max_connections: 7 }, { max_retries: 9 }] },
      }),
      staticCluster('unused', [port('other')]),
    ],
  },
})

const lines = (text: string): string[] => text.split('\n').toSorted()

/** Values that say something about one process, one build or one moment. */
function withoutMoments(text: string): unknown {
  const clear = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clear).toSorted(byType)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, MOMENTS.has(key) ? typeof inner : clear(inner)]),
    )
  }
  return text.startsWith('{') ? clear(JSON.parse(text)) : text
}

/** Resources come in the order of a hash table; within a resource the order counts. */
function byType(one: unknown, other: unknown): number {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)]
  const isResource = first.includes('last_updated') || first.includes('@type')
  return isResource ? first.localeCompare(second) : 0
}

const MOMENTS: ReadonlySet<string> = new Set(
  (
    'last_updated uptime_current_epoch uptime_all_epochs version hot_restart_version config_path admin_address_path ' +
    'user_agent_build_version extensions allocated heap_size total_thread_cache pageheap_unmapped pageheap_free ' +
    'total_physical_bytes port_value base_id_path'
  ).split(' '),
)

async function someTraffic(side: Side): Promise<void> {
  for (let n = 0; n < 4; n++) await side.request(`request ${n}`, 'one', `GET /${n}`)
  await side.request('direct', 'one', 'GET /d')
  await side.request('two', 'two', 'GET /', 'x-do: status=503')
}

differential('admin: listeners, clusters, configuration, runtime', {
  backends: ['app', 'other'],
  bootstrap: bootstrap(['app', 'other']),
  traffic: async (side) => {
    await side.noteAdmin('/listeners')
    await side.noteAdmin('/listeners?format=json', JSON.parse)
    await side.noteAdmin('/clusters', lines)
    await side.noteAdmin('/clusters?format=json', JSON.parse)
    await side.noteAdmin('/config_dump', withoutMoments)
    await side.noteAdmin('/config_dump?resource=static_clusters', withoutMoments)
    await side.noteAdmin('/config_dump?mask=clusters.static_clusters', withoutMoments)
    await side.noteAdmin('/config_dump?name_regex=two', withoutMoments)
    await side.noteAdmin('/runtime', JSON.parse)
    side.note('modified', await side.proxy.admin('/runtime_modify?some.number=8&new.key=true', 'POST'))
    side.note('after', JSON.parse(await side.proxy.admin('/runtime')))
    await side.noteAdmin('/server_info', withoutMoments)
    await side.noteAdmin('/memory', withoutMoments)
    await side.noteAdmin('/certs', JSON.parse)
    await side.noteAdmin('/init_dump')
    await side.noteAdmin('/nothing/here', (text) => text.split('\n')[0])
    await side.noteAdmin('/hot_restart_version', (text) => typeof text)
    await side.noteAdmin('/stats?filter=(')
    await side.noteAdmin('/logging')
    side.note('logging', await side.proxy.admin('/logging?paths=http:debug,upstream:error', 'POST'))
    side.note('logging, unknown', await side.proxy.admin('/logging?nobody=debug', 'POST'))
    side.note('health fail', await side.proxy.admin('/healthcheck/fail', 'POST'))
    await side.noteAdmin('/ready')
    side.note('health ok', await side.proxy.admin('/healthcheck/ok', 'POST'))
    side.note('GET to write', await side.proxy.admin('/reset_counters'))
  },
})

differential('admin: stats in every format', {
  backends: ['app', 'other'],
  bootstrap: bootstrap(['app']),
  traffic: async (side) => {
    await someTraffic(side)
    await Bun.sleep(100)
    const chosen = 'filter=%5E(cluster.unused.upstream_(rq|cx)|http.two.downstream_rq|listener.named.downstream)'
    await side.noteAdmin(`/stats?${chosen}`, (text) => text.replaceAll(/P0\(.*/g, 'P'))
    await side.noteAdmin(`/stats?usedonly&${chosen}`, (text) => text.replaceAll(/P0\(.*/g, 'P'))
    await side.noteAdmin('/stats?usedonly&filter=%5E(cluster.unused|runtime)')
    await side.noteAdmin(`/stats?type=Counters&${chosen}`)
    await side.noteAdmin(`/stats?type=Gauges&${chosen}`)
    await side.noteAdmin(`/stats?type=TextReadouts&${chosen}`)
    await side.noteAdmin('/stats?format=json&filter=http.two.downstream_rq_5', JSON.parse)
    await side.noteAdmin('/stats?format=json&type=Gauges&filter=http.two.downstream_(rq|cx)_active', JSON.parse)
    await side.noteAdmin('/stats/prometheus?filter=cluster.unused', lines)
    await side.noteAdmin('/stats/prometheus?usedonly&filter=downstream_rq_xx', lines)
    side.note('reset', await side.proxy.admin('/reset_counters', 'POST'))
    await side.noteAdmin('/stats?filter=http.two.downstream_rq_(5xx|completed)')
  },
})

differential('admin only: no static resources at all', {
  bootstrap: () => ({}),
  stats: /^(?:server|listener_manager|cluster_manager|http|listener|runtime|filesystem|workers|main_thread)\b/,
  volatile: /^server\.|admin|^filesystem/,
  traffic: async (side) => {
    await side.noteAdmin('/listeners')
    await side.noteAdmin('/clusters')
    await side.noteAdmin('/ready')
    await side.noteAdmin('/config_dump', withoutMoments)
    await side.noteAdmin('/runtime', JSON.parse)
  },
})
