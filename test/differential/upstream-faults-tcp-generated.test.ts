/* The TCP proxy before clusters by chance, the same in every run, whose hosts fail and whose clients leave in every way. */
import { blackHole } from '../support/black-hole.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { RawClient } from '../support/raw-client.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { clusterByHash, noteClusters, portsOf } from './support/failing-cluster.ts'
import type { Side } from './support/side.ts'

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const LOG =
  '%RESPONSE_FLAGS% failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% ' +
  'host=%UPSTREAM_HOST% hosts=%UPSTREAM_HOSTS_ATTEMPTED% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% ' +
  'ended=%UPSTREAM_DETECTED_CLOSE_TYPE%,%UPSTREAM_LOCAL_CLOSE_REASON% ' +
  'down=%DOWNSTREAM_DETECTED_CLOSE_TYPE%,%DOWNSTREAM_LOCAL_CLOSE_REASON% termination=%CONNECTION_TERMINATION_DETAILS%'

const HOSTS = ['a', 'b'] as const
const SCRIPTS = [
  'send=hello',
  'send=hello;fin',
  'reset',
  'fin',
  'sleep=60;reset',
  'send=hello;sleep=60;reset',
  'send=hello;sleep=60;fin',
  'hang',
]

interface Visit {
  readonly script: string
  readonly client: 'waits' | 'ends' | 'leaves' | 'stays'
}

function triesAgain(name: string): boolean {
  return Number(name.slice(1)) % 3 === 0
}

class Made {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  cluster(name: string, port: (backend: string) => number): object {
    const dice = this.#dice
    const places = [...HOSTS.slice(0, 1 + dice.roll(2)), ...(dice.oneIn(2) ? [dice.oneOf(['dead', 'hole'])] : [])]
    const few = (): number => 1 + dice.roll(2)
    return {
      // Another host for each cluster, as all clients come from one address.
      ...clusterByHash(name, places, port, (place) => `${name}-${place}`),
      connect_timeout: '0.15s',
      ...(dice.oneIn(2) && {
        circuit_breakers: {
          thresholds: [
            {
              track_remaining: true,
              ...(dice.oneIn(2) && { max_connections: few() }),
              ...(dice.oneIn(4) && { max_pending_requests: dice.roll(2) }),
              ...(dice.oneIn(4) && { max_requests: 1 }),
            },
          ],
          ...(dice.oneIn(3) && { per_host_thresholds: [{ max_connections: few() }] }),
        },
      }),
      // The news of an ejection comes before or after another attempt, by chance.
      ...(!triesAgain(name) && {
        outlier_detection: {
          interval: '1000s',
          base_ejection_time: '1000s',
          max_ejection_percent: 100,
          consecutive_5xx: 1 + dice.roll(3),
          ...(dice.oneIn(2) && {
            split_external_local_origin_errors: true,
            consecutive_local_origin_failure: 1 + dice.roll(3),
          }),
        },
      }),
      ...(dice.oneIn(3) && {
        typed_extension_protocol_options: {
          [HTTP_OPTIONS]: {
            '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
            common_http_protocol_options: { max_requests_per_connection: few() },
            explicit_http_config: { http_protocol_options: {} },
          },
        },
      }),
      ...(dice.oneIn(3) && { track_cluster_stats: { per_endpoint_stats: true } }),
      ...(dice.oneIn(3) && { common_lb_config: { healthy_panic_threshold: { value: dice.oneOf([0, 100]) } } }),
      ...(dice.oneIn(4) && { connection_pool_per_downstream_connection: true }),
    }
  }

  listener(name: string): object {
    const proxy = {
      '@type': TCP_PROXY,
      stat_prefix: name,
      cluster: name,
      hash_policy: [{ source_ip: {} }],
      access_log: [fileLog(`${name}.log`, textFormat(LOG))],
      ...(triesAgain(name) && { max_connect_attempts: 2 }),
    }
    return {
      name,
      address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
      filter_chains: [{ filters: [{ name: 'tcp', typed_config: proxy }] }],
    }
  }

  visits(): readonly Visit[] {
    const dice = this.#dice
    return Array.from({ length: 7 }, () => {
      const script = dice.oneOf(SCRIPTS)
      const client = dice.oneOf(['waits', 'waits', 'ends', 'leaves', 'stays'] as const)
      // Otherwise both would end it at about the same time.
      return { script, client: client === 'ends' && script.includes('sleep') ? 'waits' : client }
    })
  }
}

async function visit(side: Side, name: string, { script, client: kind }: Visit): Promise<RawClient> {
  const client = await side.connect(name)
  client.write(`TCP\r\nx-do: ${script}\r\n\r\n`)
  await Bun.sleep(30)
  if (kind === 'ends') client.end()
  if (kind === 'leaves') {
    await Bun.sleep(200)
    await Bun.sleep(60)
    client.destroy()
  } else await client.closed(kind === 'stays' ? 200 : 1500).catch(() => undefined)
  if (kind === 'waits') client.end()
  await Bun.sleep(60)
  return client
}

async function clusterTraffic(side: Side, name: string, visits: readonly Visit[]): Promise<void> {
  const clients: RawClient[] = []
  for (const each of visits) clients.push(await visit(side, name, each))
  for (const client of clients) client.destroy()
  side.note(
    `${name}: ${visits.map(({ script, client }) => `${script} ${client}`).join(' | ')}`,
    clients.map((client) => client.received()),
  )
}

function generated(seed: number, count = 30): void {
  const names = Array.from({ length: count }, (_, index) => `c${index}`)
  let hole: { readonly port: number } | undefined = undefined
  const visits = new Made(seed + 1000)
  const traffic = names.map((name) => [name, visits.visits()] as const)
  differential(`hosts that fail before the TCP proxy, by chance: ${seed}`, {
    faulty: HOSTS,
    before: async () => void (hole = await blackHole()),
    bootstrap: (backend) => {
      const made = new Made(seed)
      const port = portsOf(backend, hole?.port ?? 0)
      return {
        static_resources: {
          clusters: names.map((name) => made.cluster(name, port)),
          listeners: names.map((name) => made.listener(name)),
        },
      }
    },
    stats: /^(?:cluster|tcp)\.c\d+\./,
    // Who ends a connection that both ends have ended depends on a few milliseconds.
    volatile: /remaining_cx_pools|bytes_(?:total|buffered)|destroy_(?:local|remote)/,
    traffic: async (side) => {
      const lanes = [0, 1, 2, 3, 4].map((lane) => traffic.filter((_, index) => index % 5 === lane))
      await Promise.all(
        lanes.map(async (lane) => {
          for (const [name, all] of lane) await clusterTraffic(side, name, all)
        }),
      )
      await Bun.sleep(800)
      for (const name of names) await side.logLines(`${name}.log`, 7)
      for (const name of names) {
        const lines = await side.logLines(`${name}.log`, 0)
        side.note(`log of ${name}`, lines)
      }
      await noteClusters(side)
    },
  })
}

for (const seed of [1, 2, 3]) generated(seed)
