/**
 * What a request costs by policy and number of hosts, all of them with an open connection, and what a host takes of memory,
 * Envoy beside it. What a choice alone costs here is in bench/micro/load-balancers.bench.ts; what a cluster takes is in
 * admin-pages.ts ("RSS MB at start") and cluster-churn.ts.
 * `ENVOY=… sh tools/bun bench/macro/many-hosts.ts [--hosts 10,1000,10000] [--policies ROUND_ROBIN,…] [--rounds 3] [--seconds 2]`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contestant } from './contestant.ts'
import { cpuUs, rssBytes, spawnContestant } from './contestant.ts'
import { wrk } from './load.ts'
import { startCommand } from './start-up.ts'
import { Figures } from './table.ts'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10,1000,10000' },
    policies: { type: 'string', default: 'ROUND_ROBIN,LEAST_REQUEST,RANDOM,RING_HASH,MAGLEV' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'envoy,nuncio' },
  },
})
const counts = values.hosts.split(',').map(Number)
const only = values.only.split(',')
const PORTS = { envoy: 21_951, nuncio: 21_952 } as const
const NAMES = ['envoy', 'nuncio'] as const
const CONNECTIONS = 16
/** Until each host has a connection, and the compilers have seen enough. */
const WARM_UP_SECONDS = 5

const folder = mkdtempSync(join(tmpdir(), 'nuncio-many-hosts-'))
const figures = new Figures()
// Any address of 127.0.0.0/8 leads here.
const backend = Bun.serve({ hostname: '0.0.0.0', port: 0, fetch: () => new Response('ok') })
try {
  for (const policy of values.policies.split(',')) for (const count of counts) await measure(policy, count)
} finally {
  await backend.stop(true)
  rmSync(folder, { recursive: true, force: true })
}
console.log(figures.table('nuncio', only))

async function measure(policy: string, count: number): Promise<void> {
  const contestants: Contestant[] = []
  const row = `${policy}, ${count} hosts`
  try {
    for (const name of NAMES.filter((each) => only.includes(each))) contestants.push(await start(name, policy, count))
    for (const { name, pid } of contestants) figures.add(`${row}: RSS MB at start`, name, rssBytes(pid) / 1e6)
    for (const contestant of contestants) await load(contestant, WARM_UP_SECONDS)
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const contestant of contestants) {
        const before = cpuUs(contestant.pid)
        const { requests } = await load(contestant, Number(values.seconds))
        figures.add(`${row}: CPU µs/request`, contestant.name, (cpuUs(contestant.pid) - before) / requests)
      }
    }
    for (const { name, pid } of contestants) figures.add(`${row}: RSS MB, all hosts used`, name, rssBytes(pid) / 1e6)
  } finally {
    for (const contestant of contestants) await contestant.stop()
  }
  console.log(`${row} done`)
}

function load({ ports }: Contestant, seconds: number): ReturnType<typeof wrk> {
  return wrk({ url: `http://127.0.0.1:${ports.http}/`, connections: CONNECTIONS, seconds })
}

async function start(name: (typeof NAMES)[number], policy: string, count: number): Promise<Contestant> {
  const tool = startCommand(name)
  if (tool === undefined) throw new Error(`${name} is not installed`)
  const config = join(folder, `${name}.json`)
  writeFileSync(config, JSON.stringify(bootstrap(PORTS[name], policy, count)))
  const ports = { http: PORTS[name], routes: PORTS[name], accessLog: PORTS[name] }
  const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  return spawnContestant(name, ports, [tool, ...flags])
}

function bootstrap(port: number, policy: string, count: number): object {
  const socket = (address: string, at: number) => ({ socket_address: { address, port_value: at } })
  const endpoint = (n: number) => ({
    endpoint: { address: socket(`127.1.${n >> 8}.${n & 255}`, backend.port ?? 0) },
  })
  const unlimited = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }
  const manager =
    'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
  const route = {
    match: { prefix: '/' },
    // A hash that differs from request to request.
    route: { cluster: 'many', hash_policy: [{ header: { header_name: 'x-request-id' } }] },
  }
  const filter = {
    name: 'manager',
    typed_config: {
      '@type': manager,
      stat_prefix: 'bench',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
      http_filters: [{ name: 'router', typed_config: { '@type': router } }],
    },
  }
  return {
    static_resources: {
      listeners: [{ name: 'front', address: socket('127.0.0.1', port), filter_chains: [{ filters: [filter] }] }],
      clusters: [
        {
          name: 'many',
          type: 'STATIC',
          connect_timeout: '5s',
          lb_policy: policy,
          circuit_breakers: { thresholds: [unlimited] },
          load_assignment: {
            cluster_name: 'many',
            endpoints: [{ lb_endpoints: Array.from({ length: count }, (_, n) => endpoint(n)) }],
          },
        },
      ],
    },
  }
}
