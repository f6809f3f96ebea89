/* Hosts that are measured by each other: success rates and failure percentages, what they lead to and what is told of them. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const GOOD = ['a', 'b', 'c', 'd', 'e']
/** One interval must be enough for all requests. */
const RATES = {
  success_rate_minimum_hosts: 3,
  success_rate_request_volume: 3,
  consecutive_5xx: 1000,
  consecutive_gateway_failure: 1000,
  max_ejection_percent: 100,
  base_ejection_time: '60s',
  interval: '8s',
}
const LOCAL = { split_external_local_origin_errors: true, consecutive_local_origin_failure: 1000 }
const PERCENTAGES = {
  failure_percentage_minimum_hosts: 2,
  failure_percentage_request_volume: 3,
  failure_percentage_threshold: 50,
}

/** By the name of the cluster: whether a host of it cannot be reached (the others fail themselves), and its settings. */
const CASES: Readonly<Record<string, readonly [boolean, object]>> = {
  rate: [false, {}],
  factor: [false, { success_rate_stdev_factor: 500 }],
  watched: [false, { enforcing_success_rate: 0 }],
  'too-few-hosts': [false, { success_rate_minimum_hosts: 8 }],
  'too-few-requests': [false, { success_rate_request_volume: 8 }],
  'at-most-one': [false, { success_rate_stdev_factor: 100, max_ejection_percent: 20 }],
  percentage: [false, { ...PERCENTAGES, enforcing_success_rate: 0, enforcing_failure_percentage: 100 }],
  'any-percentage': [false, { ...PERCENTAGES, enforcing_success_rate: 0, failure_percentage_threshold: 0 }],
  local: [true, LOCAL],
  'local-percentage': [
    true,
    {
      ...LOCAL,
      ...PERCENTAGES,
      enforcing_success_rate: 0,
      enforcing_local_origin_success_rate: 0,
      enforcing_failure_percentage_local_origin: 100,
    },
  ],
}
const NAMES = Object.keys(CASES)
const HOSTS = GOOD.length + 2
const ROUNDS = 7
const EVENTS = 40

const failing: { all: number; third: number; servers: Server[] } = { all: 0, third: 0, servers: [] }

async function listen(server: Server): Promise<number> {
  failing.servers.push(server.unref())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

interface HostStatus {
  readonly success_rate?: unknown
  readonly local_origin_success_rate?: unknown
  readonly health_status: unknown
}
interface Status {
  readonly name: string
  readonly success_rate_ejection_threshold?: unknown
  readonly local_origin_success_rate_ejection_threshold?: unknown
  readonly host_statuses: readonly HostStatus[]
}

const event = (line: string): string => {
  const { timestamp: _, upstream_url: __, ...rest } = JSON.parse(line) as Record<string, unknown>
  return JSON.stringify(rest)
}

differential('success rates and failure percentages, and what is told of them', {
  backends: GOOD,
  before: async () => {
    failing.all = await listen(createServer((_, response) => response.writeHead(503).end()))
    failing.third = await listen(
      createServer(({ headers }, response) => {
        response.writeHead(Number(headers['x-round']) % 3 === 0 ? 500 : 200).end()
      }),
    )
  },
  bootstrap: (port) => ({
    cluster_manager: { outlier_detection: { event_log_path: '{folder}/outlier.log' } },
    static_resources: {
      listeners: [httpListener('front', { routes: NAMES.map((name) => routeTo(name, `/${name}/`)) })],
      clusters: NAMES.map((name) => {
        const [unreachable, settings] = CASES[name]!
        const ports = [...GOOD.map(port), unreachable ? port('a') : failing.all, unreachable ? 1 : failing.third]
        return staticCluster(name, ports, { outlier_detection: { ...RATES, ...settings } })
      }),
    },
  }),
  traffic: async (side) => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of NAMES) {
        const request = `GET /${name}/ HTTP/1.1\r\nhost: a\r\nx-round: ${round}\r\n\r\n`
        for (let i = 0; i < HOSTS; i++) await side.exchange('front', request)
      }
    }
    for (
      let tries = 0;
      tries < 40 && (await side.stats())['cluster.rate.outlier_detection.ejections_active'] !== '1';
      tries++
    ) {
      await Bun.sleep(250)
    }
    await Bun.sleep(500)
    side.note('events', (await side.logLines('outlier.log', 1)).map(event).toSorted().slice(0, EVENTS))
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /health_flags|success_rate/.test(line))
        .toSorted(),
    )
    await side.noteAdmin('/clusters?format=json', (text) => {
      const { cluster_statuses: all } = JSON.parse(text) as { cluster_statuses: readonly Status[] }
      return all
        .toSorted((one, other) => one.name.localeCompare(other.name))
        .map((status) => [
          status.name,
          status.success_rate_ejection_threshold,
          status.local_origin_success_rate_ejection_threshold,
          status.host_statuses.map((host) => [host.success_rate, host.local_origin_success_rate, host.health_status]),
        ])
    })
  },
  stats: /^cluster\.[^.]+\.(?:outlier_detection|membership)/,
})
