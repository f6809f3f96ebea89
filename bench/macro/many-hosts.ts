/**
 * What a request costs by balancing and number of hosts, all of them with an open connection, and what a host takes of memory,
 * Envoy beside it. What a choice alone costs here is in bench/micro/load-balancers.bench.ts; what a cluster takes is in
 * admin-pages.ts ("RSS MB at start") and cluster-churn.ts.
 * `ENVOY=… sh tools/bun bench/macro/many-hosts.ts [--hosts 10,1000,10000] [--policies maglev,…] [--rounds 3] [--seconds 2]`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contestant } from './contestant.ts'
import { cpuUs, rssBytes, spawnContestant } from './contestant.ts'
import { wrk } from './load.ts'
import { balancings } from './many-hosts-balancing.ts'
import type { Balancing } from './many-hosts-balancing.ts'
import { startManyHostsBackend } from './many-hosts-backend.ts'
import { startCommand } from './start-up.ts'
import { Figures } from './table.ts'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10,1000,10000' },
    policies: { type: 'string', default: Object.keys(balancings).join() },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    /** Seconds, until each host has a connection, and the compilers have seen enough. */
    'warm-up': { type: 'string', default: '5' },
    only: { type: 'string', default: 'envoy,nuncio' },
  },
})
const counts = values.hosts.split(',').map(Number)
const only = values.only.split(',')
const PORTS = { envoy: 21_951, nuncio: 21_952 } as const
const NAMES = ['envoy', 'nuncio'] as const
const CONNECTIONS = 16
const FEW = 10
/** What they take without many hosts, by name. */
const bases = new Map<string, number>()

const folder = mkdtempSync(join(tmpdir(), 'nuncio-many-hosts-'))
const figures = new Figures()
const backend = await startManyHostsBackend(folder)
try {
  await measureBases()
  for (const policy of values.policies.split(',')) for (const count of counts) await measure(policy, count)
} finally {
  await backend.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(figures.table('nuncio', only))

async function measureBases(): Promise<void> {
  for (const name of NAMES.filter((each) => only.includes(each))) {
    const contestant = await start(name, balancings['round robin']!, FEW)
    try {
      await load(contestant, Number(values['warm-up']))
      bases.set(name, rssBytes(contestant.pid))
    } finally {
      await contestant.stop()
    }
  }
}

async function measure(policy: string, count: number): Promise<void> {
  const contestants: Contestant[] = []
  const balancing = balancings[policy]
  if (balancing === undefined) throw new Error(`there is no policy ${policy}`)
  const row = `${policy}, ${count} hosts`
  try {
    for (const name of NAMES.filter((each) => only.includes(each)))
      contestants.push(await start(name, balancing, count))
    const atStart = new Map(contestants.map(({ name, pid }) => [name, rssBytes(pid)]))
    for (const contestant of contestants) await load(contestant, Number(values['warm-up']))
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const contestant of contestants) {
        const before = cpuUs(contestant.pid)
        const { requests } = await load(contestant, Number(values.seconds))
        figures.add(`${row}: CPU µs/request`, contestant.name, (cpuUs(contestant.pid) - before) / requests)
      }
    }
    for (const { name, pid } of contestants) {
      const used = rssBytes(pid)
      figures.add(`${row}: RSS MB at start`, name, (atStart.get(name) ?? 0) / 1e6)
      figures.add(`${row}: RSS MB`, name, used / 1e6)
      if (count > FEW) figures.add(`${row}: KB a host`, name, (used - (bases.get(name) ?? 0)) / (count - FEW) / 1000)
    }
  } finally {
    for (const contestant of contestants) await contestant.stop()
  }
  console.log(`${row} done`)
}

function load({ ports }: Contestant, seconds: number): ReturnType<typeof wrk> {
  return wrk({ url: `http://127.0.0.1:${ports.http}/`, connections: CONNECTIONS, seconds })
}

async function start(name: (typeof NAMES)[number], balancing: Balancing, count: number): Promise<Contestant> {
  const tool = startCommand(name)
  if (tool === undefined) throw new Error(`${name} is not installed`)
  const config = join(folder, `${name}.json`)
  writeFileSync(config, JSON.stringify(bootstrap(PORTS[name], balancing, count)))
  const ports = { http: PORTS[name], routes: PORTS[name], accessLog: PORTS[name] }
  const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  return spawnContestant(name, ports, [tool, ...flags])
}

function bootstrap(port: number, balancing: Balancing, count: number): object {
  const socket = (address: string, at: number) => ({ socket_address: { address, port_value: at } })
  const address = (n: number) => socket(`127.1.${n >> 8}.${n & 255}`, backend.ports.http)
  const unlimited = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }
  const manager =
    'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
  const route = {
    match: { prefix: '/' },
    // A hash that differs from request to request.
    route: { cluster: 'many', hash_policy: [{ header: { header_name: 'x-request-id' } }], ...balancing.route },
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
    ...balancing.bootstrap,
    static_resources: {
      listeners: [{ name: 'front', address: socket('127.0.0.1', port), filter_chains: [{ filters: [filter] }] }],
      clusters: [
        {
          name: 'many',
          type: 'STATIC',
          connect_timeout: '5s',
          ...balancing.cluster,
          circuit_breakers: { thresholds: [unlimited] },
          load_assignment: {
            cluster_name: 'many',
            endpoints: balancing.endpoints(address, count),
          },
        },
        ...(balancing.moreClusters?.(address) ?? []),
      ],
    },
  }
}
