/*
 * Health checks of random settings, whose hosts answer by random scripts: the way of each host from well to unwell and back, its
 * flags, and what was counted when all are well again.
 */
import { afterAll } from 'bun:test'
import type { CheckScript, Sayings, ScriptedHost } from '../support/check-script.ts'
import { scriptedHost } from '../support/check-script.ts'
import { framed, thriftMessage } from '../support/thrift-messages.ts'
import { Dice } from './support/dice.ts'
import { differential, envoyPath } from './support/differential.ts'
import type { Side } from './support/side.ts'

const FILE_SINK = 'type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'
const CHECKERS = 'type.googleapis.com/envoy.extensions.health_checkers'
const CLUSTERS = 16
const MS_A_ROUND = 11_000

const reply = (status: number, header = ''): string => `HTTP/1.1 ${status} x\r\n${header}content-length: 2\r\n\r\nok`

interface Kind {
  readonly check: (random: Dice) => object
  readonly well: Sayings
  /** In place of it. */
  readonly others: readonly Sayings[]
  readonly udp?: true
}

const custom = (type: string, settings: object): object => ({
  custom_health_check: { name: 'x', typed_config: { '@type': `${CHECKERS}.${type}`, ...settings } },
})

const ENDS: readonly Sayings[] = [['RESET'], ['END'], []]

const KINDS: Readonly<Record<string, Kind>> = {
  http: {
    check: (random) => ({
      http_health_check: {
        path: '/',
        ...(random.oneIn(3) ? { host: 'h.test' } : {}),
        ...(random.oneIn(3) ? { expected_statuses: [{ start: 200, end: random.oneOf([205, 405]) }] } : {}),
        ...(random.oneIn(2)
          ? {
              retriable_statuses: [
                random.oneOf([
                  { start: 500, end: 501 },
                  { start: 404, end: 600 },
                ]),
              ],
            }
          : {}),
        ...(random.oneIn(5) ? { receive: [{ text: '6f6b' }] } : {}),
      },
    }),
    well: [reply(200)],
    others: [
      [reply(500)],
      [reply(503)],
      [reply(404)],
      [reply(200, 'x-envoy-degraded: 1\r\n')],
      [reply(503, 'x-envoy-degraded: 1\r\n')],
      [reply(503, 'x-envoy-immediate-health-check-fail: 1\r\n')],
      [reply(200, 'connection: close\r\n'), 'END'],
      ['HTTP/1.1 100 x\r\n\r\n', reply(200)],
      ['HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n', '2\r\nok\r\n', '0\r\n\r\n'],
      ['HTTP/1.1 200 x\r\n', 'END'],
      ['garbage\r\n\r\n'],
      ...ENDS,
    ],
  },
  tcp: {
    check: () => ({ tcp_health_check: { send: { text: '70696e67' }, receive: [{ text: '706f' }, { text: '6e67' }] } }),
    well: ['pong'],
    others: [['po', 'ng'], ['po'], ...ENDS],
  },
  redis: {
    check: () => custom('redis.v3.Redis', {}),
    well: ['+PONG\r\n'],
    others: [['+PO', 'NG\r\n'], ['-ERR\r\n'], ['-CLUSTERDOWN\r\n'], ['-MOVED 1 2\r\n'], ['@'], ...ENDS],
  },
  thrift: {
    check: () => custom('thrift.v3.Thrift', { method_name: 'ping', transport: 'FRAMED', protocol: 'BINARY' }),
    well: [framed(thriftMessage(2))],
    others: [[framed(thriftMessage(3))], [framed(thriftMessage(2, '\x0c\0\x01\0\0'))], ...ENDS],
  },
  udp: {
    check: () => custom('udp.v3.UdpHealthCheck', { send: { text: '70696e67' }, receive: { text: '706f6e67' } }),
    well: ['pong'],
    others: [['no'], ['no', 'pong'], []],
    udp: true,
  },
}

interface Host {
  readonly script: CheckScript
  readonly endpoint: object
}

interface Cluster {
  readonly name: string
  readonly check: object
  readonly hosts: readonly Host[]
}

function settings(random: Dice): object {
  const maybe = (oneIn: number, some: object): object => (random.oneIn(oneIn) ? some : {})
  return {
    // Longer than a loaded machine is away.
    timeout: '1.2s',
    interval: random.oneOf(['0.06s', '0.1s']),
    no_traffic_interval: random.oneOf(['0.06s', '0.1s']),
    ...maybe(5, { no_traffic_healthy_interval: '0.08s' }),
    ...maybe(5, { unhealthy_interval: '0.05s' }),
    ...maybe(5, { unhealthy_edge_interval: '0.05s' }),
    ...maybe(5, { healthy_edge_interval: '0.05s' }),
    ...maybe(5, { interval_jitter: '0.03s' }),
    ...maybe(5, { interval_jitter_percent: 50 }),
    ...maybe(5, { initial_jitter: '0.1s' }),
    unhealthy_threshold: random.roll(4),
    healthy_threshold: random.roll(4),
    ...maybe(3, { reuse_connection: false }),
    ...maybe(2, { always_log_health_check_failures: true }),
    ...maybe(5, { always_log_health_check_success: true }),
    ...maybe(10, { name: 'own' }),
  }
}

function host(random: Dice, { well, others, udp }: Kind): Host {
  const answers = random.some(3, 7, () => (random.oneIn(2) ? well : random.oneOf(others)))
  const endpoint = {
    ...(random.oneIn(5) ? { hostname: 'own.test' } : {}),
    ...(random.oneIn(10) ? { disable_active_health_check: true } : {}),
  }
  return { script: { turns: [...answers, well], ...(udp === undefined ? {} : { udp }) }, endpoint }
}

function generate(seed: number): readonly Cluster[] {
  const random = new Dice(seed)
  return Array.from({ length: CLUSTERS }, (_, index) => {
    const kind = random.oneOf(['http', 'http', 'tcp', 'redis', 'thrift', 'udp'])
    const { check } = KINDS[kind]!
    const checked = { ...settings(random), ...check(random) }
    const hosts = random.some(1, 3, () => host(random, KINDS[kind]!))
    return { name: `${kind}-${index}`, check: checked, hosts }
  })
}

type Started = ReadonlyMap<string, readonly ScriptedHost[]>

const all: Started[] = []

afterAll(() => {
  for (const started of all) for (const hosts of started.values()) for (const one of hosts) one.close()
})

async function start(clusters: readonly Cluster[]): Promise<Started> {
  const started = new Map<string, readonly ScriptedHost[]>()
  for (const { name, hosts } of clusters) {
    started.set(name, await Promise.all(hosts.map(({ script }) => scriptedHost(script))))
  }
  all.push(started)
  return started
}

const cluster = ({ name, check, hosts }: Cluster, ports: readonly number[]): object => ({
  name,
  connect_timeout: '1s',
  health_checks: [
    {
      ...check,
      event_logger: [{ name: 'file', typed_config: { '@type': FILE_SINK, event_log_path: `{folder}/${name}.log` } }],
    },
  ],
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: hosts.map(({ endpoint }, index) => ({
          endpoint: {
            address: { socket_address: { address: '127.0.0.1', port_value: ports[index] } },
            health_check_config: endpoint,
          },
        })),
      },
    ],
  },
})

/** Of each host in order; what it ends with again and again is said once. */
function events(lines: readonly string[], ports: readonly number[]): readonly (readonly string[])[] {
  return ports.map((port) => {
    const own = lines
      .filter((line) => line.includes(`"port_value":${port},`))
      .map((line) => line.replaceAll(/"timestamp":"[^"]*",?|"port_value":\d+,/g, ''))
    let end = own.length
    while (end > 1 && own[end - 1] === own[end - 2]) end--
    return own.slice(0, end)
  })
}

/** What goes on being counted while hosts are well, or for as long as they are not. */
const GROWS = /\.(?:attempt|success|verify_cluster)$/

async function noteCluster(
  side: Side,
  stats: Readonly<Record<string, string>>,
  one: Cluster,
  ports: readonly number[],
) {
  const { name } = one
  side.note(`${name}: events`, events(await side.logLines(`${name}.log`, 1), ports))
  const own = Object.entries(stats).filter(([stat]) => stat.startsWith(`cluster.${name}.`))
  const isWell = stats[`cluster.${name}.membership_healthy`] === String(ports.length)
  const exact = ([stat, value]: readonly [string, string]) =>
    GROWS.test(stat) || (!isWell && stat.endsWith('failure')) ? [stat, Number(value) > 0] : [stat, value]
  const shown = own.filter(([stat]) => /health_check|membership/.test(stat)).map(exact)
  side.note(`${name}: stats`, Object.fromEntries(shown))
}

async function compareSeed(seed: number): Promise<void> {
  const clusters = generate(seed)
  const sides = envoyPath === undefined ? [] : [await start(clusters), await start(clusters)]
  const waiting = [...sides]
  const first = clusters[0]!.name
  const portsOf = (started: Started, name: string): readonly number[] => started.get(name)!.map(({ port }) => port)
  differential(`health checks, generated with ${seed}`, {
    bootstrap: () => {
      const started = waiting.shift()!
      return {
        node: { id: String(portsOf(started, first)[0]) },
        static_resources: { clusters: clusters.map((one) => cluster(one, portsOf(started, one.name))) },
      }
    },
    traffic: async (side) => {
      const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
      const started = sides.find((some) => String(portsOf(some, first)[0]) === info.node.id)!
      await Bun.sleep(MS_A_ROUND)
      const stats = await side.stats()
      for (const one of clusters) await noteCluster(side, stats, one, portsOf(started, one.name))
      await side.noteAdmin('/clusters', (text) => {
        const lines = text.split('\n').filter((line) => line.includes('health_flags'))
        return lines.map((line) => line.replace(/127\.0\.0\.1:\S+?::/, '')).sort()
      })
    },
  })
}

for (const seed of [1, 15]) await compareSeed(seed)
