/* Active health checks: what is asked, what each answer does to a host, what is logged and shown of it. */
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const FILE_SINK = 'type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'

const hex = (text: string): object => ({ text: Buffer.from(text, 'latin1').toString('hex') })
const order = (text: string): object => ({ request_headers_to_add: [{ header: { key: 'x-do', value: text } }] })
const http = (more: object = {}): object => ({ http_health_check: { path: '/hz', ...more } })

/** A check that asks often, and what a cluster of one host has besides it. */
interface CheckCase {
  readonly check: object
  readonly backend?: string
  readonly endpoint?: object
  readonly cluster?: object
  /** Lines of its log that do not depend on how often there was time to ask; none by default. */
  readonly events?: number
}

const CASES: Readonly<Record<string, CheckCase>> = {
  ok: { check: http(), events: 1 },
  'fails-first': { check: { ...http(order('fail=3')), healthy_threshold: 2 }, events: 2 },
  'always-logs': { check: { ...http(order('fail=2')), always_log_health_check_failures: true }, events: 3 },
  'logs-success': { check: { ...http(), always_log_health_check_success: true }, events: 3 },
  status: { check: http(order('status=404')), events: 1 },
  expected: { check: http({ ...order('status=404'), expected_statuses: [{ start: 400, end: 405 }] }), events: 1 },
  retriable: { check: http({ ...order('status=500'), retriable_statuses: [{ start: 500, end: 501 }] }), events: 1 },
  hang: { check: { ...http(order('hang')), timeout: '0.3s' }, events: 1 },
  reset: { check: http(order('reset')), events: 1 },
  garbage: { check: http(order('garbage')), events: 1 },
  cut: { check: http(order('cut')), events: 1 },
  closes: { check: http(order('close')), events: 1 },
  chunked: { check: http({ ...order('chunked;body=hello'), receive: [hex('hel'), hex('o')] }), events: 1 },
  'wrong-body': { check: http({ ...order('body=hello'), receive: [hex('o'), hex('h')] }), events: 1 },
  'late-body': { check: http({ ...order('body=hello'), receive: [hex('lo')], response_buffer_size: 4 }), events: 1 },
  degraded: { check: http(order('header=x-envoy-degraded:true')), events: 2 },
  immediate: { check: http(order('status=503;header=x-envoy-immediate-health-check-fail:true')), events: 1 },
  service: {
    check: http({
      ...order('header=x-envoy-upstream-healthchecked-cluster:shop-1'),
      service_name_matcher: { prefix: 'shop' },
    }),
    events: 1,
  },
  'wrong-service': { check: http({ service_name_matcher: { exact: 'shop' } }), events: 1 },
  post: { check: http({ method: 'POST', send: hex('ping'), host: 'example.com' }), events: 1 },
  head: { check: http({ method: 'HEAD' }), events: 1 },
  formats: {
    check: http({
      request_headers_to_add: [
        { header: { key: 'x-host', value: '%UPSTREAM_METADATA(["envoy.lb", "zone"])%' } },
        { header: { key: 'user-agent', value: 'me' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
        { header: { key: 'x-protocol', value: '%PROTOCOL%' } },
      ],
      request_headers_to_remove: ['x-nothing'],
    }),
    events: 1,
  },
  'endpoint-host': {
    check: http({ host: 'ignored' }),
    endpoint: { health_check_config: { hostname: 'own' } },
    events: 1,
  },
  disabled: { check: http(), endpoint: { health_check_config: { disable_active_health_check: true } } },
  'one-question': { check: { ...http(), reuse_connection: false }, events: 1 },
  dead: { check: http(), backend: 'dead', events: 1 },
  'tcp-dead': { check: { tcp_health_check: {} }, backend: 'dead', events: 1 },
  tcp: { check: { tcp_health_check: {} }, events: 1 },
  'tcp-bytes': {
    check: { tcp_health_check: { send: hex('GET /tcp HTTP/1.1\r\n\r\n'), receive: [hex('200'), hex('app')] } },
    events: 1,
  },
  'tcp-wrong': {
    check: { timeout: '0.3s', tcp_health_check: { send: hex('GET /t HTTP/1.1\r\n\r\n'), receive: [hex('nope')] } },
    events: 1,
  },
  // Envoy's lowest port is refused by everybody here.
  'other-port': { check: http(), endpoint: { health_check_config: { port_value: 1 } }, events: 1 },
}

function cluster(name: string, { check, endpoint = {}, cluster: more = {} }: CheckCase, port: number): object {
  return {
    name,
    connect_timeout: '1s',
    ...more,
    health_checks: [
      {
        timeout: '5s',
        interval: '0.2s',
        no_traffic_interval: '0.2s',
        healthy_threshold: 1,
        unhealthy_threshold: 2,
        event_logger: [{ name: 'file', typed_config: { '@type': FILE_SINK, event_log_path: `{folder}/${name}.log` } }],
        ...check,
      },
    ],
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          locality: { region: 'r', zone: 'z' },
          lb_endpoints: [
            {
              metadata: { filter_metadata: { 'envoy.lb': { zone: 'blue' } } },
              endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } }, ...endpoint },
            },
          ],
        },
      ],
    },
  }
}

/** Without times, and with ports by name. */
function withoutTimes(line: string): unknown {
  return JSON.parse(line.replaceAll(/"timestamp":"[^"]*"/g, '"timestamp":"…"'))
}

const GAUGES = ['healthy', 'degraded'] as const
const COUNTERS = ['attempt', 'success', 'failure', 'network_failure', 'passive_failure', 'verify_cluster'] as const

async function noteCase(side: Side, name: string, { events = 0 }: CheckCase): Promise<void> {
  const lines = await side.logLines(`${name}.log`, events)
  side.note(`events of ${name}`, lines.slice(0, events).map(withoutTimes))
}

differential('health checks: answers, events and flags', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('ok')] })],
      clusters: Object.entries(CASES).map(([name, one]) =>
        cluster(name, one, one.backend === 'dead' ? 1 : port(one.backend ?? 'app')),
      ),
    },
  }),
  traffic: async (side) => {
    // A few rounds and a timeout.
    await Bun.sleep(1500)
    for (const [name, one] of Object.entries(CASES)) await noteCase(side, name, one)
    const stats = await side.stats()
    for (const name of Object.keys(CASES)) {
      const scope = `cluster.${name}.health_check.`
      const values = GAUGES.map((gauge) => stats[scope + gauge])
      side.note(`stats of ${name}`, [...values, ...COUNTERS.map((counter) => Number(stats[scope + counter]) > 0)])
      side.note(
        `members of ${name}`,
        ['total', 'healthy', 'degraded', 'excluded', 'change'].map(
          (kind) => stats[`cluster.${name}.membership_${kind}`],
        ),
      )
    }
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => line.includes('health_flags'))
        .sort(),
    )
    const asked = new Set(side.seenBy('app').map(({ line, headers, body }) => JSON.stringify([line, headers, body])))
    side.note('asked', [...asked].sort())
  },
})

const flags = (side: Side, name: string, wanted: RegExp): Promise<boolean> =>
  until(async () => {
    const lines = (await side.proxy.admin('/clusters')).split('\n')
    return lines.some((line) => line.startsWith(`${name}::`) && wanted.test(line))
  })

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const limit = performance.now() + 5000
  while (performance.now() < limit) {
    if (await holds()) return true
    await Bun.sleep(20)
  }
  return false
}

differential('health checks: a response that fails its host, and panic', {
  backends: ['app', 'bad'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('none', '/none'), routeTo('app')] })],
      clusters: [
        {
          ...cluster('app', { check: { ...http(), interval: '60s', no_traffic_interval: '60s' } }, port('app')),
        },
        {
          ...cluster('none', { check: http(order('status=500')) }, port('bad')),
          common_lb_config: { healthy_panic_threshold: { value: 0 } },
        },
      ],
    },
  }),
  traffic: async (side) => {
    await side.request('before', 'front', 'GET /')
    const fail = 'x-do: header=x-envoy-immediate-health-check-fail:true'
    await side.request('fails its host', 'front', 'GET /', fail)
    side.note('excluded', await flags(side, 'app', /health_flags::\/failed_active_hc\/excluded_via_immediate_hc_fail/))
    const stats = await side.stats()
    side.note('passive', [
      stats['cluster.app.health_check.passive_failure'],
      stats['cluster.app.health_check.failure'],
      stats['cluster.app.membership_healthy'],
      stats['cluster.app.membership_excluded'],
    ])
    await side.noteLog('app.log', 2, (line) => line.replaceAll(/"timestamp":"[^"]*"/g, '').replaceAll(/\d{4,5}/g, 'N'))
    await side.request('nobody healthy', 'front', 'GET /none')
  },
  stats: /^cluster\.(app|none)\.(upstream_cx_none_healthy|lb_healthy_panic|upstream_rq_\w+)$/,
})
