/*
 * Every path through the dispatcher, against what Envoy 1.40 answers to the same (checked by hand; texts that tools may
 * look for are Envoy's).
 */
import { beforeEach, describe, expect, test } from 'bun:test'
import type { Logger, LogLevel } from '../api/log.ts'
import { LOG_COMPONENTS } from '../log/components.ts'
import { MergedStats } from '../stats/merged-stats.ts'
import { PrometheusNames } from '../stats/render/prometheus-name.ts'
import { defaultStatsConfig } from '../stats/stats-config.ts'
import { StatsStore } from '../stats/stats-store.ts'
import { parseCommandLine } from '../cli/parse-command-line.ts'
import type { AdminCluster, AdminDeps, AdminHost, AdminServerState, UnreadyTargets } from './admin-deps.ts'
import { AdminDispatcher } from './admin-dispatcher.ts'
import type { AdminResponse } from './admin-endpoint.ts'
import { adminEndpoints } from './admin-endpoints.ts'
import type { StringPredicate } from '../config/matchers/string-matcher.ts'

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

const bootstrap = {
  node: { id: 'n1', cluster: 'c1', metadata: { a: 1 } },
  static_resources: { clusters: [{ name: 'b1' }] },
}
const listener = {
  name: 'l1',
  filter_chains: [
    {
      filters: [
        {
          name: 'hcm',
          typed_config: { '@type': HCM, stat_prefix: 'in', route_config: { name: 'r1', virtual_hosts: [] } },
        },
      ],
    },
  ],
}

const NO_STATS = {
  cxActive: 0,
  cxConnectFail: 0,
  cxTotal: 0,
  rqActive: 0,
  rqError: 0,
  rqPendingActive: 0,
  rqSuccess: 0,
  rqTimeout: 0,
  rqTotal: 0,
}
const host: AdminHost = {
  address: { kind: 'ip', family: 6, ip: '::1', port: 80, text: '[::1]:80' },
  hostname: 'localhost',
  healthFlags: [],
  edsHealthStatus: 'HEALTHY',
  weight: 1,
  locality: { region: 'r', zone: 'z', subZone: '' },
  localityWeight: 0,
  metadata: undefined,
  canary: false,
  priority: 1,
  health: 'healthy',
  healthCheckHostname: '',
  healthCheckPort: 0,
  stats: { ...NO_STATS, cxTotal: 2, rqTotal: 5, rqActive: 1 },
}
const limits = { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 }
const cluster: AdminCluster = {
  name: 'b1',
  observabilityName: 'alt',
  addedViaApi: false,
  defaultThresholds: { ...limits, maxConnections: 10 },
  highThresholds: limits,
  hosts: [host],
  edsServiceName: undefined,
  assignmentName: 'b1',
  overprovisioningFactor: 140,
  hasLocalityWeights: true,
}

function logger(lines: string[]): Logger {
  const write = (level: string) => (source: string, message: string) => void lines.push(`${level} ${source} ${message}`)
  return {
    component: 'admin',
    level: 'info',
    enabled: () => true,
    log: (level, source, message) => write(level)(source, message),
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warning: write('warning'),
    error: write('error'),
    critical: write('critical'),
  }
}

class Fixture {
  readonly done: unknown[] = []
  readonly log: string[] = []
  readonly store = new StatsStore()
  readonly merged = new MergedStats(this.store)
  state: AdminServerState = 'LIVE'
  runtimeHasAdminLayer = true
  unready: readonly UnreadyTargets[] = []
  clusters: readonly AdminCluster[] = [cluster]
  levels = Object.fromEntries(LOG_COMPONENTS.map((name) => [name, 'info'])) as Record<
    (typeof LOG_COMPONENTS)[number],
    LogLevel
  >

  deps(): AdminDeps {
    const state = (): AdminServerState => this.state
    const command = parseCommandLine(['-c', 'envoy.yaml', '--service-zone', 'zone1'], {
      machine: { hardwareThreads: 1, readFile: () => undefined },
      version: '',
      nuncioVersion: '0.0.0',
      hotRestartVersion: '11.104',
      findConfig: () => undefined,
    })
    if (command.kind !== 'run') throw new Error('no options')
    const config = defaultStatsConfig([])
    return {
      process: {
        options: command.options,
        version: 'abc/1.40.0/Clean/RELEASE/BoringSSL',
        extensions: [],
        get state() {
          return state()
        },
        uptimeS: 7,
        uptimeAllEpochsS: 7,
        hotRestartVersion: 'disabled',
        hotRestartInitializing: false,
        setHealthFailed: (failed) => void this.done.push(['health', failed]),
        quit: () => void this.done.push('quit'),
        reopenLogs: () => void this.done.push('reopen'),
        memory: () => ({
          allocated: 1,
          heapSize: 2,
          pageheapUnmapped: 3,
          pageheapFree: 4,
          totalThreadCache: 5,
          totalPhysicalBytes: 6,
        }),
        heapSnapshot: () => '{"snapshot":{}}',
        unreadyListeners: () => this.unready,
      },
      stats: {
        merged: this.merged,
        bounds: config.buckets,
        prometheusNames: new PrometheusNames(config.tags),
        refresh: async () => void this.done.push('refresh'),
      },
      runtime: {
        render: () => '{}\n',
        modify: (values) => {
          this.done.push(values)
          return this.runtimeHasAdminLayer ? undefined : 'No admin layer specified'
        },
      },
      log: {
        levels: () => this.levels,
        setLevels: (levels) => Object.assign(this.levels, levels),
        setAllLevels: (level) => {
          for (const name of LOG_COMPONENTS) this.levels[name] = level
        },
      },
      config: {
        bootstrap: { message: bootstrap, lastUpdatedMs: 0 },
        staticClusters: () =>
          this.clusters.map(({ name }) => ({ message: { name, type: 'STATIC' }, lastUpdatedMs: 1500 })),
        staticListeners: () => [{ message: listener, lastUpdatedMs: 2000 }],
      },
      clusters: () => this.clusters,
      clustersPerEndpoint: () => [],
      listeners: {
        list: () => [
          {
            name: 'l1',
            addresses: [
              { kind: 'ip', family: 4, ip: '127.0.0.1', port: 80, text: '127.0.0.1:80' },
              { kind: 'pipe', path: '/tmp/s', mode: 0, text: '/tmp/s' },
            ],
          },
        ],
        drain: (request) => {
          this.done.push(request)
          return request.skipExit ? 'no' : undefined
        },
      },
    }
  }

  async call(
    method: string,
    path: string,
    options: { form?: string; allow?: StringPredicate[] } = {},
  ): Promise<AdminResponse & { readonly body: string }> {
    const dispatcher = new AdminDispatcher({
      endpoints: adminEndpoints(this.deps()),
      allowPaths: options.allow ?? [],
      logger: logger(this.log),
    })
    const reply = await dispatcher.dispatch({ method, path, form: options.form ?? '' })
    const body = typeof reply.body === 'function' ? reply.body() : reply.body
    return { ...reply, body: typeof body === 'string' ? body : Buffer.concat(body).toString() }
  }

  async get(path: string): Promise<string> {
    return (await this.call('GET', path)).body
  }

  async json(path: string): Promise<Record<string, unknown>> {
    const reply = await this.call('GET', path)
    expect(reply.contentType).toBe('application/json')
    return JSON.parse(reply.body) as Record<string, unknown>
  }
}

let admin: Fixture
beforeEach(() => {
  admin = new Fixture()
})

describe('dispatch', () => {
  test('an unknown path gets the list of those there are', async () => {
    const reply = await admin.call('GET', '/nope')
    expect(reply.status).toBe(404)
    expect(reply.body).toStartWith(
      'invalid path. admin commands are:\n  /: Admin home page\n  /allocprofiler (POST): enable/disable',
    )
    expect(await admin.get('/help')).toBe(reply.body.replace('invalid path. ', ''))
  })

  test('only POST may change something', async () => {
    for (const path of ['/quitquitquit', '/logging', '/reset_counters', '/healthcheck/fail', '/runtime_modify?a=b']) {
      const reply = await admin.call('GET', path)
      expect([reply.status, reply.body]).toEqual([405, 'Method GET not allowed, POST required.'])
    }
    expect(admin.done).toEqual([])
    expect(admin.log[0]).toBe(
      'error source/server/admin/admin.cc:431 admin path "/quitquitquit" mutates state, method=GET rather than POST',
    )
  })

  test('other methods may read', async () => {
    expect((await admin.call('PUT', '/ready')).body).toBe('LIVE\n')
  })

  test('allow_paths sees the query too', async () => {
    const allow = [(path: string) => path === '/ready']
    expect((await admin.call('GET', '/ready', { allow })).status).toBe(200)
    const reply = await admin.call('GET', '/ready?x=1', { allow })
    expect([reply.status, reply.body]).toEqual([403, 'request to path /ready?x=1 not allowed'])
    expect(admin.log).toEqual([
      'info source/server/admin/admin.cc:419 Request to admin interface path /ready?x=1 is not allowed',
    ])
  })

  test('help shows parameters and their choices', async () => {
    expect(await admin.get('/help')).toContain(
      '  /listeners: print listener info\n      format: File format to use; One of (text, json)\n  /logging (POST): query',
    )
  })

  test('the home page has a form for each path', async () => {
    const page = await admin.call('GET', '/')
    expect(page.contentType).toBe('text/html; charset=UTF-8')
    const endpoints = adminEndpoints(admin.deps()).filter(({ path }) => path !== '/')
    for (const { path, mutates } of endpoints)
      expect(page.body).toContain(`action="${path.slice(1)}" method="${mutates ? 'post' : 'get'}"`)
  })
})

describe('process', () => {
  test('ready', async () => {
    admin.state = 'DRAINING'
    const reply = await admin.call('GET', '/ready')
    expect([reply.status, reply.body]).toEqual([503, 'DRAINING\n'])
  })

  test('actions', async () => {
    for (const path of ['/healthcheck/fail', '/healthcheck/ok', '/quitquitquit', '/reopen_logs'])
      expect(await admin.call('POST', path)).toMatchObject({ status: 200, body: 'OK\n' })
    expect(admin.done).toEqual([['health', true], ['health', false], 'quit', 'reopen'])
  })

  test('memory: 64-bit numbers are texts', async () => {
    expect(await admin.get('/memory')).toBe(
      '{\n "allocated": "1",\n "heap_size": "2",\n "pageheap_unmapped": "3",\n "pageheap_free": "4",\n' +
        ' "total_thread_cache": "5",\n "total_physical_bytes": "6"\n}\n',
    )
  })

  test('server_info prints every field, and the flags over the node', async () => {
    const info = await admin.json('/server_info')
    expect(info).toMatchObject({
      version: 'abc/1.40.0/Clean/RELEASE/BoringSSL',
      state: 'LIVE',
      uptime_current_epoch: '7s',
      hot_restart_version: 'disabled',
      hot_restart_initializing: false,
      node: {
        id: 'n1',
        cluster: 'c1',
        metadata: { a: 1 },
        locality: { region: '', zone: 'zone1', sub_zone: '' },
        user_agent_name: 'envoy',
        user_agent_build_version: { version: { major_number: 1, minor_number: 40, patch: 0 } },
        dynamic_parameters: {},
      },
      command_line_options: {
        base_id: '0',
        mode: 'Serve',
        drain_strategy: 'Gradual',
        drain_time: '600s',
        file_flush_interval: '10s',
        log_level: 'info',
        stats_tag: [],
      },
    })
  })

  test('what there is not says so', async () => {
    expect(await admin.get('/certs')).toBe('{\n "certificates": []\n}\n')
    expect(await admin.get('/init_dump')).toBe('{}\n')
    admin.unready = [
      { name: 'init manager l1', targetNames: [] },
      { name: 'init manager l2', targetNames: ['RDS'] },
    ]
    const dumps = [{ name: 'init manager l1' }, { name: 'init manager l2', target_names: ['RDS'] }]
    for (const query of ['', '?mask=', '?mask=listener']) {
      expect(JSON.parse(await admin.get(`/init_dump${query}`))).toEqual({ unready_targets_dumps: dumps })
    }
    for (const mask of ['cluster', 'listener,cluster']) expect(await admin.get(`/init_dump?mask=${mask}`)).toBe('{}\n')
    expect(await admin.get('/hot_restart_version')).toBe('disabled')
    expect(await admin.get('/contention')).toStartWith('Mutex contention tracing is not enabled.')
  })

  test('profilers and dumps', async () => {
    const answers = async (method: string, ...paths: string[]) => {
      const replies = await Promise.all(paths.map((path) => admin.call(method, path)))
      return replies.map(({ status, body }) => [status, body])
    }
    expect(await answers('POST', '/cpuprofiler', '/cpuprofiler?enable=n', '/cpuprofiler?enable=y')).toEqual([
      [400, '?enable=<y|n>\n'],
      [200, 'OK\n'],
      [500, 'failure to start the profiler'],
    ])
    expect(await answers('POST', '/heapprofiler?enable=y', '/allocprofiler?enable=x')).toEqual([
      [501, 'The current build does not support heap profiler'],
      [400, '?enable=<y|n>\n'],
    ])
    expect(await answers('GET', '/cpuprofiler', '/heap_dump', '/peak_heap_dump')).toEqual([
      [405, 'Method GET not allowed, POST required.'],
      [200, '{"snapshot":{}}'],
      [501, 'The current build does not support peak heap dump'],
    ])
    expect((await admin.call('GET', '/memory/tcmalloc')).contentType).toBe('text/plain')
  })
})

describe('logging', () => {
  const post = (query: string, form = '') => admin.call('POST', `/logging${query}`, { form })

  test('lists in order, with an empty line at the end', async () => {
    const { body } = await post('')
    expect(body).toStartWith('active loggers:\n  a2a: info\n  admin: info\n')
    expect(body).toEndWith('  ip_tagging: info\n\n')
  })

  test('one, several, all', async () => {
    expect((await post('?http=debug')).body).toContain('  http: debug\n')
    expect((await post('?paths=router:trace,main:error')).body).toContain('  router: trace\n')
    expect(admin.levels).toMatchObject({ http: 'debug', router: 'trace', main: 'error', admin: 'info' })
    await post('?level=error')
    expect(new Set(Object.values(admin.levels))).toEqual(new Set(['error']))
    await post('', 'level=off')
    expect(admin.levels.main).toBe('off')
  })

  test('the empty choice of the home page’s form changes nothing', async () => {
    expect((await post('?level=')).status).toBe(200)
    expect((await post('?paths=')).status).toBe(200)
  })

  test.each([
    ['?foo=bar', 'unknown logger level'],
    ['?foo=info', 'unknown logger name'],
    ['?level=warn', 'unknown logger level'],
    ['?paths=foo:debug', 'unknown logger name'],
    ['?paths=http:debug,foo', 'empty logger name or empty logger level'],
    ['?group=http:debug', 'group parameter requires fine-grain logging to be enabled'],
    ['?level=info&paths=http:debug', 'invalid number of parameters'],
  ])('%s is refused and changes nothing', async (query, message) => {
    const reply = await post(query)
    expect(reply.status).toBe(400)
    expect(reply.body).toStartWith(
      `error: ${message}\n\nusage: /logging?<name>=<level> (change single level)\nusage: /logging?paths=`,
    )
    expect(reply.body).toContain(
      '\nlevels: trace debug info warning error critical off \nactive loggers:\n  a2a: info\n',
    )
    expect(new Set(Object.values(admin.levels))).toEqual(new Set(['info']))
  })
})

describe('runtime', () => {
  test('modify takes query and form', async () => {
    const reply = await admin.call('POST', '/runtime_modify?a.b=7&q=x%20y', { form: 'z=1' })
    expect(reply.body).toBe('OK\n')
    expect(admin.done).toEqual([
      [
        ['a.b', '7'],
        ['q', 'x y'],
        ['z', '1'],
      ],
    ])
  })

  test('without parameters, without an admin layer', async () => {
    const reply = await admin.call('POST', '/runtime_modify')
    expect(reply.status).toBe(400)
    expect(reply.body).toStartWith('usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n')
    admin.runtimeHasAdminLayer = false
    expect(await admin.call('POST', '/runtime_modify?a=b')).toMatchObject({
      status: 503,
      body: 'No admin layer specified',
    })
  })
})

describe('stats', () => {
  beforeEach(() => {
    admin.store.root.counter('cluster.b1.upstream_rq_total').add(3)
    admin.store.root.counter('cluster.b1.upstream_rq_timeout')
    admin.store.root.gauge('server.live').set(1)
  })

  test('text, json, prometheus', async () => {
    expect(await admin.get('/stats')).toBe(
      'cluster.b1.upstream_rq_timeout: 0\ncluster.b1.upstream_rq_total: 3\nserver.live: 1\n',
    )
    expect(await admin.get('/stats?format=json&filter=live')).toBe('{"stats":[{"name":"server.live","value":1}]}')
    expect(await admin.get('/stats/prometheus?filter=rq_total')).toBe(
      '# TYPE envoy_cluster_upstream_rq_total counter\nenvoy_cluster_upstream_rq_total{envoy_cluster_name="b1"} 3\n',
    )
    expect(admin.done).toEqual(['refresh', 'refresh', 'refresh'])
  })

  test('filters match anywhere, in RE2 syntax', async () => {
    expect(await admin.get('/stats?filter=^server|rq_total$')).toBe('cluster.b1.upstream_rq_total: 3\nserver.live: 1\n')
    expect(await admin.get('/stats?usedonly&type=Counters')).toBe('cluster.b1.upstream_rq_total: 3\n')
    expect(await admin.get('/stats?filter=^cluster&invert_filter')).toBe('server.live: 1\n')
    const bad = await admin.call('GET', '/stats?filter=(')
    expect([bad.status, bad.body]).toEqual([400, 'Invalid re2 regex: missing ): ('])
  })

  test('an empty choice is none, a wrong one is refused in the words of Envoy', async () => {
    expect(await admin.get('/stats?format=&type=&hidden=&histogram_buckets=&filter=live')).toBe('server.live: 1\n')
    expect(await admin.get('/stats?hidden=include&filter=live')).toBe('server.live: 1\n')
    expect(await admin.get('/stats?hidden=only')).toBe('')
    for (const [query, body] of [
      ['?format=x', 'usage: /stats?format=(html|active-html|json|prometheus|text)\n\n'],
      ['?hidden=x', 'usage: /stats?hidden=(include|only|exclude)\n\n'],
      ['?histogram_buckets=prometheusnative', 'Invalid histogram_buckets type for non prometheus stats type'],
    ]) {
      expect(await admin.call('GET', `/stats${query}`)).toMatchObject({ status: 400, body })
    }
  })

  test('a page for browsers', async () => {
    const page = await admin.call('GET', '/stats?format=html&filter=live&usedonly')
    expect(page.contentType).toBe('text/html; charset=UTF-8')
    expect(page.body).toContain('<h2>gauges</h2>\n<pre>\nserver.live: 1\n</pre>')
    expect(page.body).toContain('<p><i>No counters found</i></p>')
    expect(page.body).toContain('name="filter" form="stats" value="live"')
    expect(page.body).not.toContain('http-equiv')
    expect(await admin.get('/stats?format=active-html')).toContain('<meta http-equiv="refresh" content="5">')
  })

  test('no name is looked up while requests are served', async () => {
    const path = '/stats/recentlookups'
    const disabled = await admin.get(path)
    expect(disabled).toBe('Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n')
    expect((await admin.call('POST', `${path}/clear`)).body).toBe('OK\n')
  })

  test('reset', async () => {
    await admin.call('POST', '/reset_counters')
    expect(await admin.get('/stats')).toContain('upstream_rq_total: 0\n')
  })
})

describe('clusters and listeners', () => {
  test('clusters as text', async () => {
    const lines = (await admin.get('/clusters')).split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'b1::observability_name::alt',
      'b1::default_priority::max_connections::10',
      'b1::default_priority::max_pending_requests::1024',
    ])
    expect(lines.slice(8, 12)).toEqual([
      'b1::high_priority::max_retries::3',
      'b1::added_via_api::false',
      'b1::[::1]:80::cx_active::0',
      'b1::[::1]:80::cx_connect_fail::0',
    ])
    expect(lines.slice(-11)).toEqual([
      'b1::[::1]:80::hostname::localhost',
      'b1::[::1]:80::health_flags::healthy',
      'b1::[::1]:80::weight::1',
      'b1::[::1]:80::region::r',
      'b1::[::1]:80::zone::z',
      'b1::[::1]:80::sub_zone::',
      'b1::[::1]:80::canary::false',
      'b1::[::1]:80::priority::1',
      'b1::[::1]:80::success_rate::-1',
      'b1::[::1]:80::local_origin_success_rate::-1',
      '',
    ])
    expect(await admin.get('/clusters?filter=nope')).toBe('')
    expect(await admin.call('GET', '/clusters?filter=(')).toMatchObject({ status: 400, body: 'Invalid re2 regex' })
  })

  test('the order does not depend on the configuration’s', async () => {
    admin.clusters = ['m', 'z', 'a'].map((name) => ({ ...cluster, name, hosts: [] }))
    const text = await admin.get('/clusters')
    expect(text.match(/^.*(?=::observability_name)/gm)).toEqual(['z', 'm', 'a'])
    const dump = await admin.get('/config_dump?resource=static_clusters&mask=cluster.name')
    expect(dump.match(/(?<="name": ").(?=")/g)).toEqual(['a', 'm', 'z'])
  })

  test('an endpoint about which nothing was said is healthy', async () => {
    admin.clusters = [{ ...cluster, hosts: [{ ...host, edsHealthStatus: 'UNKNOWN' }] }]
    expect(await admin.get('/clusters?format=json')).toContain('"eds_health_status": "HEALTHY"')
  })

  test('clusters as JSON: nothing that stands at its default', async () => {
    expect(await admin.json('/clusters?format=json')).toEqual({
      cluster_statuses: [
        {
          name: 'b1',
          host_statuses: [
            {
              address: { socket_address: { address: '::1', port_value: 80 } },
              stats: [
                { name: 'cx_connect_fail' },
                { value: '2', name: 'cx_total' },
                { name: 'rq_error' },
                { name: 'rq_success' },
                { name: 'rq_timeout' },
                { value: '5', name: 'rq_total' },
                { type: 'GAUGE', name: 'cx_active' },
                { type: 'GAUGE', value: '1', name: 'rq_active' },
                { type: 'GAUGE', name: 'rq_pending_active' },
              ],
              health_status: { eds_health_status: 'HEALTHY' },
              weight: 1,
              hostname: 'localhost',
              priority: 1,
              locality: { region: 'r', zone: 'z' },
            },
          ],
          circuit_breakers: {
            thresholds: [
              { max_connections: 10, max_pending_requests: 1024, max_requests: 1024, max_retries: 3 },
              {
                priority: 'HIGH',
                max_connections: 1024,
                max_pending_requests: 1024,
                max_requests: 1024,
                max_retries: 3,
              },
            ],
          },
          observability_name: 'alt',
        },
      ],
    })
  })

  test('listeners', async () => {
    expect(await admin.get('/listeners')).toBe('l1::127.0.0.1:80\nl1::/tmp/s\n')
    expect(await admin.json('/listeners?format=json')).toEqual({
      listener_statuses: [
        {
          name: 'l1',
          local_address: { socket_address: { address: '127.0.0.1', port_value: 80 } },
          additional_local_addresses: [{ pipe: { path: '/tmp/s' } }],
        },
      ],
    })
  })

  test('drain', async () => {
    expect((await admin.call('POST', '/drain_listeners?graceful&inboundonly')).body).toBe('OK\n')
    expect(await admin.call('POST', '/drain_listeners?skip_exit')).toMatchObject({ status: 400, body: 'no' })
    expect(admin.done).toEqual([
      { graceful: true, skipExit: false, inboundOnly: true },
      { graceful: false, skipExit: true, inboundOnly: false },
    ])
  })
})

describe('config_dump', () => {
  const types = async (path: string) =>
    ((await admin.json(path))['configs'] as { '@type': string }[]).map((part) => part['@type'].replace(/^.*v3\./, ''))

  test('everything, in Envoy’s order', async () => {
    expect(await types('/config_dump')).toEqual([
      'BootstrapConfigDump',
      'ClustersConfigDump',
      'ListenersConfigDump',
      'ScopedRoutesConfigDump',
      'RoutesConfigDump',
      'SecretsConfigDump',
    ])
    const dump = await admin.json('/config_dump')
    expect(dump).toMatchObject({
      configs: [
        {
          bootstrap: {
            node: { id: 'n1', user_agent_name: 'envoy' },
            static_resources: { clusters: [{ name: 'b1' }] },
          },
          last_updated: '1970-01-01T00:00:00Z',
        },
        {
          static_clusters: [
            {
              cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'b1' },
              last_updated: '1970-01-01T00:00:01.500Z',
            },
          ],
        },
        { static_listeners: [{ listener: { name: 'l1' } }] },
        {},
        {
          static_route_configs: [
            { route_config: { '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration', name: 'r1' } },
          ],
        },
        {},
      ],
    })
  })

  test('include_eds', async () => {
    expect(await types('/config_dump?include_eds')).toContain('EndpointsConfigDump')
    expect(await admin.get('/config_dump?include_eds&resource=static_endpoint_configs')).toContain(
      '"overprovisioning_factor": 140',
    )
  })

  test('resource lists the elements of one field', async () => {
    expect(await admin.json('/config_dump?resource=static_clusters')).toEqual({
      configs: [
        {
          '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump.StaticCluster',
          cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'b1', type: 'STATIC' },
          last_updated: '1970-01-01T00:00:01.500Z',
        },
      ],
    })
    expect(await admin.json('/config_dump?resource=dynamic_listeners')).toEqual({})
  })

  test('resource with mask reaches into what an Any holds', async () => {
    expect(await admin.json('/config_dump?resource=static_clusters&mask=cluster.name')).toEqual({
      configs: [
        {
          '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump.StaticCluster',
          cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'b1' },
        },
      ],
    })
  })

  test('mask alone leaves out sections without the field', async () => {
    expect(await admin.json('/config_dump?mask=bootstrap.node.id')).toEqual({
      configs: [
        { '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump', bootstrap: { node: { id: 'n1' } } },
      ],
    })
  })

  test('name_regex means whole names, and leaves the bootstrap', async () => {
    expect(await types('/config_dump?name_regex=l.')).toHaveLength(6)
    expect(await admin.json('/config_dump?name_regex=l.&mask=static_listeners')).toMatchObject({
      configs: [{ static_listeners: [{ listener: { name: 'l1' } }] }],
    })
    expect(await admin.json('/config_dump?resource=static_clusters&name_regex=b')).toEqual({})
  })

  test.each([
    ['resource=foo', 404, 'foo not found in config dump'],
    ['resource=bootstrap', 400, 'bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field'],
    ['mask=nope', 400, 'FieldMask nope could not be successfully applied to any configs.'],
    [
      'mask=static_clusters.cluster',
      400,
      'FieldMask static_clusters.cluster could not be successfully applied to any configs.',
    ],
    ['resource=static_clusters&mask=cluster', 400, 'FieldMask cluster could not be successfully used.'],
    ['resource=static_clusters&mask=cluster.nope', 400, 'FieldMask cluster.nope could not be successfully used.'],
    [
      'resource=static_clusters&mask=cluster.load_assignment.endpoints.priority',
      400,
      'FieldMask cluster.load_assignment.endpoints.priority could not be successfully used.',
    ],
  ])('%s is refused', async (query, status, body) => {
    expect(await admin.call('GET', `/config_dump?${query}`)).toEqual({
      status,
      contentType: 'text/plain',
      body,
      noSniffTwice: true,
    })
  })

  test('a bad name_regex', async () => {
    expect(await admin.call('GET', '/config_dump?name_regex=(')).toEqual({
      status: 400,
      contentType: 'text/plain',
      body: 'INVALID_ARGUMENT: Error while parsing name_regex from (: missing ): (',
    })
  })
})
