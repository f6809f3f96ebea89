/*
 * Hosts that fail and come back, one after the other, under outlier detection and health checks together: where each request
 * goes meanwhile, which events there are, and what is counted in the end. Hashing makes the choice of hosts the same everywhere.
 */
import { httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']
const KEYS = Array.from({ length: 12 }, (_, index) => `key-${index}`)

const cluster = (port: (backend: string) => number, name: string, policy: string, more: object): object => ({
  name,
  type: 'STATIC',
  lb_policy: policy,
  connect_timeout: '1s',
  ...more,
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: NAMES.map((backend) => ({
          metadata: { filter_metadata: { 'envoy.lb': { hash_key: backend } } },
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(backend) } } },
        })),
      },
    ],
  },
})

const detection = (more: object): object => ({
  outlier_detection: {
    consecutive_5xx: 3,
    base_ejection_time: '3s',
    interval: '0.2s',
    enforcing_consecutive_gateway_failure: 0,
    ...more,
  },
  common_lb_config: { update_merge_window: '0s' },
})

/** The host that answered, and how. */
async function ask(side: Side, path: string, key: string, order = ''): Promise<string> {
  const count = (name: string): number => side.seenBy(name).filter(({ line }) => !line.includes(' /hz ')).length
  const before = NAMES.map(count)
  const more = order === '' ? [] : [`x-do: ${order}`]
  const lines = [`GET ${path} HTTP/1.1`, 'host: a', `x-key: ${key}`, ...more, '', '']
  const [reply] = await side.exchange('front', lines.join('\r\n'))
  const asked = NAMES.filter((name, index) => count(name) > before[index]!)
  return `${asked.join('')}${reply?.status.split(' ')[1] ?? 'none'}`
}

async function all(side: Side, path: string): Promise<string> {
  const hosts: string[] = []
  for (const key of KEYS) hosts.push(await ask(side, path, key))
  return hosts.join(' ')
}

/** A key for each host. */
async function owners(side: Side, path: string): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>()
  for (let i = 0; keys.size < NAMES.length && i < 200; i++) {
    const host = (await ask(side, path, `own-${i}`))[0]!
    if (!keys.has(host)) keys.set(host, `own-${i}`)
  }
  return keys
}

/** So often that it is taken out, as its own key says where to find it. */
async function fail(side: Side, path: string, key: string, times: number, order: string): Promise<string> {
  const replies: string[] = []
  for (let i = 0; i < times; i++) replies.push(await ask(side, path, key, order))
  // The news goes over the main thread.
  await Bun.sleep(100)
  return replies.join(' ')
}

/** Ejections take longer than anybody waits for a line. */
async function eventsUntil(side: Side, count: number): Promise<void> {
  for (let tries = 0; tries < 4 && (await side.logLines('outlier.log', count)).length < count; tries++);
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

for (const policy of ['RING_HASH', 'MAGLEV']) {
  differential(`hosts that fail and come back: ${policy}`, {
    backends: NAMES,
    bootstrap: (port) => ({
      cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: ['some', 'most'].map((name) => ({
              match: { prefix: `/${name}` },
              route: { cluster: name, hash_policy: [{ header: { header_name: 'x-key' } }] },
            })),
          }),
        ],
        clusters: [
          cluster(port, 'some', policy, detection({ max_ejection_percent: 40 })),
          cluster(port, 'most', policy, detection({ max_ejection_percent: 100 })),
        ],
      },
    }),
    traffic: async (side) => {
      const keys = await owners(side, '/some')
      const key = (host: string): string => keys.get(host)!
      side.note('keys', Object.fromEntries(keys))
      side.note('all well', await all(side, '/some'))
      side.note('a fails', await fail(side, '/some', key('a'), 3, 'status=500'))
      side.note('without a', await all(side, '/some'))
      side.note('b almost fails', await fail(side, '/some', key('b'), 2, 'status=503'))
      side.note('b recovers', await ask(side, '/some', key('b')))
      side.note('b fails', await fail(side, '/some', key('b'), 3, 'status=503'))
      side.note('without both', await all(side, '/some'))
      side.note('c fails and stays', await fail(side, '/some', key('c'), 4, 'status=500'))
      side.note('with c', await all(side, '/some'))
      await eventsUntil(side, 4)
      await Bun.sleep(100)
      side.note('all are back', await all(side, '/some'))

      for (const host of ['a', 'b']) side.note(`most: ${host} fails`, await fail(side, '/most', key(host), 3, 'reset'))
      side.note('most: two are out', await all(side, '/most'))
      side.note('most: c fails', await fail(side, '/most', key('c'), 3, 'status=502'))
      side.note('most: panic', await all(side, '/most'))
      await eventsUntil(side, 10)
      await Bun.sleep(100)
      side.note('most: all are back', await all(side, '/most'))
      const lines = await side.logLines('outlier.log', 10)
      side.note('events', lines.map(event))
    },
    stats: /^cluster\.\w+\.(outlier_detection\.\w+|membership_\w+|lb_healthy_panic|upstream_rq_\w+xx)$/,
  })
}

const CHECKS = {
  health_checks: [
    {
      timeout: '5s',
      interval: '0.5s',
      no_traffic_interval: '0.5s',
      healthy_threshold: 1,
      unhealthy_threshold: 2,
      event_logger: [
        {
          name: 'file',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink',
            event_log_path: '{folder}/checks.log',
          },
        },
      ],
      http_health_check: { path: '/hz' },
    },
  ],
}

/** Without times, and hosts by name. */
const checkEvent = (side: Side, line: string): string => {
  const { timestamp: _, host, ...rest } = JSON.parse(line) as { timestamp: string; host: object }
  const { port_value: port = 0 } = (host as { socket_address?: { port_value: number } }).socket_address ?? {}
  return JSON.stringify({ host: side.places.ports.get(port), ...rest })
}

differential('hosts that fail and come back: by outlier detection, checks and what they say themselves', {
  backends: NAMES,
  bootstrap: (port) => ({
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ['some', 'kept'].map((name) => ({
            match: { prefix: `/${name}` },
            route: { cluster: name, hash_policy: [{ header: { header_name: 'x-key' } }] },
          })),
        }),
      ],
      clusters: [
        // A check that passes takes it back in.
        cluster(port, 'some', 'MAGLEV', {
          ...detection({ base_ejection_time: '60s', max_ejection_percent: 100 }),
          ...CHECKS,
        }),
        cluster(port, 'kept', 'MAGLEV', {
          ...detection({
            base_ejection_time: '60s',
            max_ejection_percent: 100,
            successful_active_health_check_uneject_host: false,
          }),
          health_checks: CHECKS.health_checks.map((check) => ({ ...check, event_logger: [] })),
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const keys = await owners(side, '/some')
    const key = (host: string): string => keys.get(host)!
    await side.logLines('checks.log', NAMES.length)
    for (const host of ['a', 'b']) {
      side.note(`${host} fails`, await fail(side, '/some', key(host), 3, 'status=500'))
      await eventsUntil(side, host === 'a' ? 2 : 4)
      await Bun.sleep(100)
      side.note(`after ${host}`, await all(side, '/some'))
    }
    const goes = 'header=x-envoy-immediate-health-check-fail:true'
    side.note('c says that it goes', await fail(side, '/some', key('c'), 1, goes))
    for (let tries = 0; tries < 4; tries++) if ((await side.logLines('checks.log', 7)).length >= 7) break
    await Bun.sleep(100)
    side.note('after c', await all(side, '/some'))
    side.note('kept: a fails', await fail(side, '/kept', key('a'), 3, 'status=500'))
    await Bun.sleep(1200)
    side.note('kept: without a', await all(side, '/kept'))
    side.note('ejections', (await side.logLines('outlier.log', 5)).map(event))
    const checks = await side.logLines('checks.log', 7)
    side.note(
      'first checks',
      checks
        .slice(0, NAMES.length)
        .map((line) => checkEvent(side, line))
        .sort(),
    )
    side.note(
      'later checks',
      checks.slice(NAMES.length).map((line) => checkEvent(side, line)),
    )
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => line.includes('health_flags'))
        .sort(),
    )
  },
  stats:
    /^cluster\.\w+\.(outlier_detection\.\w+|membership_\w+|lb_healthy_panic|upstream_rq_\w+xx|health_check\.(healthy|degraded|passive_failure|failure|network_failure|verify_cluster))$/,
})
