/*
 * When hosts are asked, and the way they go from well to unwell and back: each interval has a length of its own, and a script of
 * answers leads through all of them. A host for each side, which notes when it was asked.
 */
import { afterAll } from 'bun:test'
import type { RawServer } from '../support/raw-client.ts'
import { rawServer } from '../support/raw-client.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const FILE_SINK = 'type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'

const SHORT = '0.2s'
const MIDDLE = '0.8s'
const LONG = '2.4s'

interface Case {
  /** Statuses, one an answer, from the first one after there was traffic; the last one is not followed by another. */
  readonly script: readonly number[]
  /** Which gaps follow. Only for whoever reads this: what counts is what Envoy does. */
  readonly traffic: boolean
  readonly check: object
}

const CASES: Readonly<Record<string, Case>> = {
  'no-traffic': {
    traffic: false,
    script: [200, 200, 503, 503, 503, 200, 200, 200],
    check: { interval: LONG, no_traffic_interval: SHORT, no_traffic_healthy_interval: MIDDLE },
  },
  'no-traffic-alike': {
    traffic: false,
    script: [200, 503, 503, 503, 200, 200],
    check: { interval: LONG, no_traffic_interval: SHORT },
  },
  usual: {
    traffic: true,
    script: [200, 503, 503, 503, 200, 200],
    check: { interval: SHORT, no_traffic_interval: SHORT },
  },
  'unhealthy-edge': {
    traffic: true,
    script: [200, 503, 503, 503, 503, 200, 200, 200],
    check: {
      interval: MIDDLE,
      unhealthy_edge_interval: SHORT,
      unhealthy_interval: SHORT,
      healthy_edge_interval: SHORT,
    },
  },
  'unhealthy-alone': {
    traffic: true,
    script: [200, 503, 503, 503, 200, 200, 200],
    check: { interval: SHORT, unhealthy_interval: MIDDLE },
  },
  'healthy-edge': {
    traffic: true,
    script: [200, 503, 503, 503, 200, 200, 200, 200],
    check: { interval: SHORT, healthy_edge_interval: MIDDLE, healthy_threshold: 3 },
  },
  'at-once': {
    traffic: true,
    script: [200, 404, 404, 200, 200, 503, 200, 503, 503, 200],
    check: { interval: SHORT, unhealthy_edge_interval: MIDDLE },
  },
}

const NAMES = Object.keys(CASES)

interface Host extends AsyncDisposable {
  readonly server: RawServer
  /** Of each case: when it was asked, in milliseconds, and what it said. */
  readonly asked: Map<string, { readonly atMs: number; readonly status: number }[]>
  readonly connections: Map<string, Set<unknown>>
}

async function host(): Promise<Host> {
  const asked: Host['asked'] = new Map()
  const connections: Host['connections'] = new Map()
  const begun = new Set<string>()
  const answered = new Map<string, number>()
  const server = await rawServer((socket, _all, chunk) => {
    const [, path = ''] = chunk.toString('latin1').split(' ')
    const [, kind = '', name = ''] = path.split('/')
    const reply = (status: number): void => {
      socket.write(`HTTP/1.1 ${status} x\r\ncontent-length: 0\r\n\r\n`)
    }
    if (kind === 'traffic') {
      begun.add(name)
      return reply(200)
    }
    const { script = [], traffic = false } = CASES[name] ?? {}
    const index = !traffic || begun.has(name) ? (answered.get(name) ?? 0) : -1
    if (index >= 0) answered.set(name, index + 1)
    const status = script[Math.max(index, 0)] ?? script.at(-1) ?? 200
    const list = asked.get(name) ?? []
    asked.set(name, list)
    if (index >= 0) list.push({ atMs: performance.now(), status })
    const open = connections.get(name) ?? new Set()
    connections.set(name, open.add(socket))
    reply(status)
  })
  return { server, asked, connections, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const hosts: readonly Host[] = [await host(), await host()]
const waiting = [...hosts]

afterAll(async () => {
  for (const one of hosts) await one[Symbol.asyncDispose]()
})

const cluster = (name: string, port: number, more: object): object => ({
  name,
  connect_timeout: '1s',
  health_checks: [
    {
      timeout: '5s',
      no_traffic_interval: SHORT,
      unhealthy_threshold: 2,
      healthy_threshold: 2,
      always_log_health_check_failures: true,
      event_logger: [{ name: 'file', typed_config: { '@type': FILE_SINK, event_log_path: `{folder}/${name}.log` } }],
      http_health_check: { path: `/check/${name}`, retriable_statuses: [{ start: 500, end: 600 }] },
      ...more,
    },
  ],
  load_assignment: {
    cluster_name: name,
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }] },
    ],
  },
})

/** Between the lengths that are configured. */
const gapOf = (ms: number): string => (ms < 480 ? 'short' : ms < 1550 ? 'middle' : 'long')

const hostOf = async (side: Side): Promise<Host> => {
  const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
  return hosts.find(({ server }) => String(server.port) === info.node.id)!
}

differential('health checks: when hosts are asked, and what becomes of them', {
  bootstrap: () => {
    const { port } = waiting.shift()!.server
    return {
      node: { id: String(port) },
      static_resources: {
        listeners: [httpListener('front', { routes: NAMES.map((name) => routeTo(name, `/traffic/${name}`)) })],
        clusters: NAMES.map((name) => cluster(name, port, CASES[name]!.check)),
      },
    }
  },
  traffic: async (side) => {
    const { asked, connections } = await hostOf(side)
    for (const name of NAMES) {
      if (CASES[name]!.traffic) await side.exchange('front', `GET /traffic/${name} HTTP/1.1\r\nhost: a\r\n\r\n`)
    }
    const limit = performance.now() + 25_000
    const isOver = (name: string): boolean => (asked.get(name)?.length ?? 0) > CASES[name]!.script.length
    while (!NAMES.every(isOver) && performance.now() < limit) await Bun.sleep(50)
    for (const name of NAMES) {
      const { script, traffic } = CASES[name]!
      const list = asked.get(name) ?? []
      // What comes first follows the interval of a cluster without traffic.
      const shown = script.map((status, index) => `${status} ${gapOf(list[index + 1]!.atMs - list[index]!.atMs)}`)
      side.note(`${name}: answers, and how long until the next question`, traffic ? shown.slice(1) : shown)
      side.note(`${name}: connections`, connections.get(name)?.size)
      const lines = await side.logLines(`${name}.log`, 1)
      // Of the rounds that both have had.
      const events = lines.map((line) =>
        Object.keys(JSON.parse(line) as object).find((key) => /event$|failure$|success$/.test(key)),
      )
      const stats = await side.stats()
      side.note(`${name}: events`, [
        events,
        stats[`cluster.${name}.health_check.healthy`],
        stats[`cluster.${name}.health_check.failure`],
      ])
    }
  },
})
