/*
 * Where outlier detection learns of failures: the TCP proxy, matchers of a cluster's own, gRPC statuses, attempts of retries and
 * hedges; and what becomes of ejections as hosts and clusters change.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { blackHole } from '../support/black-hole.ts'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { masked } from './support/mask.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

const detection = (settings: object): object => ({
  outlier_detection: { max_ejection_percent: 100, base_ejection_time: '60s', interval: '60s', ...settings },
})

const SPLIT = { consecutive_local_origin_failure: 2, split_external_local_origin_errors: true }
const GATEWAY = { consecutive_gateway_failure: 2, enforcing_consecutive_gateway_failure: 100 }

/** By cluster: its settings and who is there. */
const TCP: Readonly<Record<string, readonly [object, 'dead' | 'hole' | 'app']>> = {
  dead: [{ consecutive_5xx: 2 }, 'dead'],
  'dead-split': [SPLIT, 'dead'],
  'dead-gateway': [GATEWAY, 'dead'],
  hole: [{ consecutive_5xx: 2 }, 'hole'],
  'hole-split': [SPLIT, 'hole'],
  live: [{ consecutive_5xx: 2 }, 'app'],
  'live-split': [SPLIT, 'app'],
}

const matcher = (error_matcher: object): object => ({
  typed_extension_protocol_options: {
    [OPTIONS]: {
      '@type': `type.googleapis.com/${OPTIONS}`,
      explicit_http_config: { http_protocol_options: {} },
      outlier_detection: { error_matcher },
    },
  },
})
const header = (name: string, match: object): object => ({
  http_response_headers_match: { headers: [{ name, ...match }] },
})
const IS_404 = matcher(header(':status', { string_match: { exact: '404' } }))
const TWICE = { consecutive_5xx: 2 }

/** By cluster: its detection, what else it has, and its route. */
const HTTP: Readonly<Record<string, readonly [object, object?, object?]>> = {
  matched: [TWICE, IS_404],
  'matched-header': [
    TWICE,
    matcher({
      or_match: {
        rules: [header('x-bad', { present_match: true }), header(':status', { string_match: { prefix: '5' } })],
      },
    }),
  ],
  'matched-gateway': [{ ...GATEWAY, enforcing_consecutive_5xx: 0 }, IS_404],
  'matched-split': [{ ...TWICE, ...SPLIT }, IS_404],
  grpc: [TWICE],
  watched: [
    {
      ...TWICE,
      enforcing_consecutive_5xx: 0,
      consecutive_gateway_failure: 3,
      enforcing_consecutive_gateway_failure: 0,
    },
  ],
  'per-try': [TWICE, {}, { timeout: '1s', retry_policy: { retry_on: '5xx', per_try_timeout: '0.1s', num_retries: 2 } }],
  hedged: [
    TWICE,
    {},
    {
      timeout: '2s',
      hedge_policy: { hedge_on_per_try_timeout: true },
      retry_policy: { retry_on: '5xx', per_try_timeout: '0.1s', num_retries: 2 },
    },
  ],
  retried: [{ consecutive_5xx: 3 }, {}, { retry_policy: { retry_on: '5xx' } }],
  never: [{ consecutive_5xx: 0 }],
}

const event = (line: string): string => {
  const {
    timestamp: _,
    upstream_url: __,
    secs_since_last_action: ___,
    ...rest
  } = JSON.parse(line) as Record<string, unknown>
  return JSON.stringify(rest)
}

async function repeat(side: Side, path: string, times: number, ...headers: readonly string[]): Promise<void> {
  const statuses: string[] = []
  for (let i = 0; i < times; i++) {
    const lines = [`GET /${path}/ HTTP/1.1`, 'host: a', ...headers, '', '']
    const [reply] = await side.exchange('front', lines.join('\r\n'))
    statuses.push(reply?.status ?? 'none')
    // The news goes over the main thread.
    await Bun.sleep(15)
  }
  side.note(`${path} ${headers.join()} ${Object.keys(side.notes).length}`, statuses)
}

async function noteHealth(side: Side, name: string): Promise<void> {
  const text = masked(await side.proxy.admin('/clusters'), side.places)
  side.note(
    name,
    text
      .split('\n')
      .filter((line) => /health_flags|success_rate/.test(line))
      .toSorted(),
  )
}

let hole: { readonly port: number } | undefined = undefined

const answer = (status: number, more = ''): string =>
  `x-do: send=HTTP/1.1 ${status} X\\r\\n${more}content-length: 0\\r\\n\\r\\n`
const GRPC = 'content-type: application/grpc'
const grpcStatus = (status: number): string => answer(200, `${GRPC}\\r\\ngrpc-status: ${status}\\r\\n`)

differential('where outlier detection learns of failures', {
  faulty: ['app'],
  before: async () => {
    hole = await blackHole()
  },
  bootstrap: (port) => ({
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    static_resources: {
      listeners: [
        ...Object.keys(TCP).map((name) => ({
          name: `tcp-${name}`,
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [
            {
              filters: [{ name: 'tcp', typed_config: { '@type': TCP_PROXY, stat_prefix: 'tcp', cluster: name } }],
            },
          ],
        })),
        httpListener('front', {
          routes: Object.entries(HTTP).map(([name, [, , route = { timeout: '0.3s' }]]) =>
            routeTo(name, `/${name}/`, route),
          ),
          extra: {
            access_log: [
              fileLog(
                'access.log',
                textFormat('%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%'),
              ),
            ],
          },
        }),
      ],
      clusters: [
        ...Object.entries(TCP).map(([name, [settings, who]]) => {
          const ports = { dead: 1, hole: hole?.port ?? 0, app: port('app') }
          return staticCluster(name, [ports[who]], { connect_timeout: '0.2s', ...detection(settings) })
        }),
        ...Object.entries(HTTP).map(([name, [settings, more]]) =>
          staticCluster(name, [port('app')], { ...detection(settings), ...more }),
        ),
      ],
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(TCP)) {
      for (let i = 0; i < 4; i++) {
        using client = await side.connect(`tcp-${name}`)
        client.write('GET / HTTP/1.1\r\nx-do: reset\r\n\r\n')
        await client.closed(1000).catch(() => undefined)
        await Bun.sleep(15)
      }
    }
    await repeat(side, 'matched', 3, answer(404))
    await repeat(side, 'matched-header', 1, answer(200, 'x-bad: 1\\r\\n'))
    await repeat(side, 'matched-header', 2, answer(500))
    await repeat(side, 'matched-gateway', 1, answer(503))
    await repeat(side, 'matched-gateway', 3, answer(404))
    await repeat(side, 'matched-split', 2, answer(503))
    await repeat(side, 'matched-split', 2, 'x-do: reset')
    await repeat(side, 'grpc', 1, GRPC, grpcStatus(13))
    const trailers = `transfer-encoding: chunked\\r\\n\\r\\n1\\r\\nx\\r\\n0\\r\\ngrpc-status: 14\\r\\n\\r\\n`
    await repeat(side, 'grpc', 1, GRPC, `x-do: send=HTTP/1.1 200 OK\\r\\n${GRPC}\\r\\n${trailers}`)
    await repeat(side, 'grpc', 2, GRPC, grpcStatus(2))
    await repeat(side, 'grpc', 2, GRPC, grpcStatus(14))
    await repeat(side, 'watched', 7, answer(503))
    await repeat(side, 'per-try', 1, 'x-do: hang')
    await repeat(side, 'hedged', 1, 'x-do: hang')
    await repeat(side, 'retried', 3, answer(500))
    await repeat(side, 'never', 2, answer(500))
    await side.noteLog('access.log', 28)
    side.note('events', (await side.logLines('outlier.log', 24)).map(event))
    await noteHealth(side, 'health')
  },
  stats: /^cluster\.[^.]+\.(?:outlier|membership|upstream_rq_[^t]|upstream_cx_(?!.*bytes))/,
})

const SECONDS = { consecutive_5xx: 2, interval: '0.1s', base_ejection_time: '0.6s', max_ejection_time: '1.5s' }

/** ms from an ejection to its end. */
function ejectionTimes(lines: readonly string[]): number[] {
  const events = lines.map((line) => JSON.parse(line) as { action: string; timestamp: string })
  return events.flatMap(({ action, timestamp }, index) =>
    action === 'UNEJECT' ? [Date.parse(timestamp) - Date.parse(events[index - 1]?.timestamp ?? '')] : [],
  )
}

differential('ejections grow longer up to a limit', {
  backends: ['app'],
  bootstrap: (port) => ({
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('app', '/app/')] })],
      clusters: [staticCluster('app', [port('app')], detection(SECONDS))],
    },
  }),
  traffic: async (side) => {
    for (let round = 1; round <= 4; round++) {
      await repeat(side, 'app', 2, 'x-do: status=500')
      for (let tries = 0; tries < 3 && (await side.logLines('outlier.log', 2 * round)).length < 2 * round; tries++);
    }
    const lines = await side.logLines('outlier.log', 8)
    side.note('events', lines.map(event))
    // Looked at once an interval, and on a busy machine later than that.
    side.note(
      'times',
      ejectionTimes(lines).map((ms) => [0.6, 1.2, 1.5].findLast((least) => ms >= least * 1000 - 5)),
    )
  },
  stats: /^cluster\.app\.(?:outlier|membership)/,
})

const staged = (name: string, folder: string, content: object): void => {
  writeFileSync(join(folder, `${name}.new`), JSON.stringify(content))
  renameSync(join(folder, `${name}.new`), join(folder, name))
}
const assignment = (ports: readonly number[], more: object = {}): object => ({
  resources: [
    {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: 'eds',
      endpoints: [
        {
          lb_endpoints: ports.map((port_value) => ({
            endpoint: { address: { socket_address: { address: '127.0.0.1', port_value } } },
            ...more,
          })),
        },
      ],
    },
  ],
})
const clusters = (port: number, more: object): object => ({
  resources: [
    {
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      ...staticCluster('cds', [port], { ...detection(TWICE), ...more }),
    },
  ],
})

async function until(side: Side, stat: string, value: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await side.stats())[stat] !== value; tries++) await Bun.sleep(50)
}

differential('ejected hosts that change, go and come back', {
  backends: ['app', 'other'],
  prepare: (folder) => {
    staged('eds.json', folder, assignment([]))
    staged('cds.json', folder, { resources: [] })
  },
  bootstrap: () => ({
    node: { id: 'node', cluster: 'nodes' },
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    dynamic_resources: { cds_config: { path_config_source: { path: '{folder}/cds.json' } } },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [routeTo('eds', '/eds/'), routeTo('cds', '/cds/')],
          table: { validate_clusters: false },
        }),
      ],
      clusters: [
        {
          name: 'eds',
          type: 'EDS',
          connect_timeout: '1s',
          eds_cluster_config: { eds_config: { path_config_source: { path: '{folder}/eds.json' } } },
          common_lb_config: { update_merge_window: '0s' },
          ...detection(TWICE),
        },
      ],
    },
  }),
  traffic: async (side) => {
    const portOf = (wanted: string): number => [...side.places.ports].find(([, name]) => name === wanted)?.[0] ?? 0
    const [app, other] = [portOf('app'), portOf('other')]
    const { folder } = side.proxy
    const eds = async (count: number, ports: readonly number[], more: object = {}): Promise<void> => {
      staged('eds.json', folder, assignment(ports, more))
      await until(side, 'cluster.eds.update_success', String(count))
      await Bun.sleep(60)
    }
    await eds(2, [app])
    await repeat(side, 'eds', 3, 'x-do: status=500')
    await eds(3, [app], { load_balancing_weight: 3 })
    await noteHealth(side, 'heavier')
    await eds(4, [app], { health_status: 'DEGRADED' })
    await noteHealth(side, 'degraded')
    await eds(5, [app, other])
    await noteHealth(side, 'with another')
    await eds(6, [other])
    await noteHealth(side, 'gone')
    await eds(7, [app, other])
    await noteHealth(side, 'back')
    side.note('eds stats', await outlierStats(side, 'eds'))

    staged('cds.json', folder, clusters(app, {}))
    await until(side, 'cluster_manager.cluster_added', '2')
    await Bun.sleep(60)
    await repeat(side, 'cds', 3, 'x-do: status=500')
    side.note('cds stats', await outlierStats(side, 'cds'))
    staged('cds.json', folder, clusters(app, { connect_timeout: '3s' }))
    await until(side, 'cluster_manager.cluster_modified', '1')
    await Bun.sleep(60)
    await noteHealth(side, 'modified')
    await repeat(side, 'cds', 3, 'x-do: status=500')
    side.note('cds stats, modified', await outlierStats(side, 'cds'))
    staged('cds.json', folder, { resources: [] })
    await until(side, 'cluster_manager.cluster_removed', '1')
    await Bun.sleep(60)
    side.note('events', (await side.logLines('outlier.log', 3)).map(event))
  },
  stats: /^cluster\.eds\.(?:outlier|membership)/,
})

async function outlierStats(side: Side, cluster: string): Promise<object> {
  const wanted = new RegExp(`^cluster\\.${cluster}\\.(?:outlier|membership)`)
  return Object.fromEntries(Object.entries(await side.stats()).filter(([name]) => wanted.test(name)))
}
