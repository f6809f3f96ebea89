/**
 * What assignments of many endpoints cost that come by EDS (from a file) several times a second while requests run, and what
 * these notice of it, Envoy beside it. Some of the endpoints are others each time; all of them lead to one server.
 * `ENVOY=… sh tools/bun bench/macro/endpoint-churn.ts [--hosts 4000] [--changed 500] [--updates 20] [--every 250] [--rounds 2]
 *   [--policy ROUND_ROBIN] [--weights equal|unequal] [--rate 400] [--only nuncio]`
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contestant } from './contestant.ts'
import { cpuUs, rssBytes, spawnContestant } from './contestant.ts'
import { paced } from './load.ts'
import { startManyHostsBackend } from './many-hosts-backend.ts'
import { startCommand } from './start-up.ts'
import { Figures } from './table.ts'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '4000' },
    changed: { type: 'string', default: '500' },
    updates: { type: 'string', default: '20' },
    /** Milliseconds. */
    every: { type: 'string', default: '250' },
    rounds: { type: 'string', default: '2' },
    policy: { type: 'string', default: 'ROUND_ROBIN' },
    weights: { type: 'string', default: 'equal' },
    rate: { type: 'string', default: '400' },
    only: { type: 'string', default: 'envoy,nuncio' },
  },
})
const count = Number(values.hosts)
const changed = Number(values.changed)
const updates = Number(values.updates)
const everyMs = Number(values.every)
const only = values.only.split(',')
const PORTS = { envoy: [21_961, 21_962], nuncio: [21_963, 21_964] } as const
type Name = keyof typeof PORTS
const CLIENTS = 16
/** Addresses 127.1.0.0 to 127.254.255.255. */
const ADDRESSES = 254 * 65_536

interface Churned extends Contestant {
  readonly resources: string
  readonly adminPort: number
}

const folder = mkdtempSync(join(tmpdir(), 'nuncio-endpoint-churn-'))
const figures = new Figures()
const backend = await startManyHostsBackend(folder)
const contestants: Churned[] = []
let version = 0
try {
  for (const name of ['envoy', 'nuncio'] as const) if (only.includes(name)) contestants.push(await start(name))
  // Until the compilers have seen enough of both kinds of work.
  for (const contestant of contestants) await churned(contestant, updates)
  for (let round = 0; round < Number(values.rounds); round++)
    for (const contestant of contestants) await measure(contestant)
} finally {
  for (const contestant of contestants) await contestant.stop()
  await backend.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(figures.table('nuncio', only))

async function measure(contestant: Churned): Promise<void> {
  const { name, pid, adminPort } = contestant
  const still = await cpuDuring(contestant, () => load(contestant))
  await longestTurnMs(adminPort)
  const moving = await cpuDuring(contestant, () => churned(contestant, updates))
  figures.add('CPU ms, load alone', name, still.cpuMs)
  figures.add('CPU ms, load and updates', name, moving.cpuMs)
  figures.add('CPU ms an update', name, (moving.cpuMs - still.cpuMs) / updates)
  if (process.env['V']) console.log(name, still.cpuMs, moving.cpuMs, await longestTurnMs(adminPort))
  figures.add('p50 µs', name, moving.result.p50Us)
  figures.add('p99 µs', name, moving.result.p99Us)
  figures.add('p99.9 µs', name, moving.result.p999Us)
  figures.add("longest turn of the worker's loop, ms", name, await longestTurnMs(adminPort))
  figures.add('RSS MB', name, rssBytes(pid) / 1e6)
  const members = await membersOf(adminPort)
  if (members !== count) throw new Error(`${name} has ${members} endpoints`)
}

async function cpuDuring<T>(
  { pid }: Churned,
  work: () => Promise<T>,
): Promise<{ readonly cpuMs: number; readonly result: T }> {
  const before = cpuUs(pid)
  const result = await work()
  return { cpuMs: (cpuUs(pid) - before) / 1000, result }
}

async function churned(contestant: Churned, times: number): ReturnType<typeof paced> {
  const loading = load(contestant)
  for (let update = 0; update < times; update++) {
    provide(contestant.resources)
    await Bun.sleep(everyMs)
  }
  return loading
}

function load({ ports }: Churned): ReturnType<typeof paced> {
  return paced(`http://127.0.0.1:${ports.http}/`, Number(values.rate), CLIENTS, Math.ceil((updates * everyMs) / 1000))
}

/** Since the last call. */
async function longestTurnMs(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/stats?filter=worker_0.*loop_duration_us`)).text()
  return Number(/P100\(([\d.]+),/.exec(text)?.[1] ?? 0) / 1000
}

async function membersOf(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/stats?filter=^cluster.many.membership_total$`)).text()
  return Number(/: (\d+)/.exec(text)?.[1] ?? 0)
}

async function start(name: Name): Promise<Churned> {
  const tool = startCommand(name)
  if (tool === undefined) throw new Error(`${name} is not installed`)
  const [http, adminPort] = PORTS[name]
  const config = join(folder, `${name}.json`)
  const resources = join(folder, `${name}-eds.json`)
  provide(resources)
  writeFileSync(config, JSON.stringify(bootstrap(http, adminPort, resources)))
  const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  const ports = { http, routes: http, accessLog: http }
  return { ...(await spawnContestant(name, ports, [tool, ...flags])), resources, adminPort }
}

/** The first go, and as many come at the end. */
function provide(resources: string): void {
  const first = version++ * changed
  const endpoint = (n: number) => ({
    endpoint: { address: socket(addressOf(first + n), backend.ports.http) },
    ...(values.weights === 'unequal' && { load_balancing_weight: 1 + ((first + n) % 7) }),
  })
  const assignment = {
    '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
    cluster_name: 'many',
    endpoints: [{ lb_endpoints: Array.from({ length: count }, (_, n) => endpoint(n)) }],
  }
  writeFileSync(`${resources}.new`, JSON.stringify({ version_info: String(version), resources: [assignment] }))
  renameSync(`${resources}.new`, resources)
}

function addressOf(n: number): string {
  const at = n % ADDRESSES
  return `127.${1 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`
}

function bootstrap(port: number, adminPort: number, resources: string): object {
  const manager =
    'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
  const filter = {
    name: 'manager',
    typed_config: {
      '@type': manager,
      stat_prefix: 'bench',
      route_config: {
        virtual_hosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [
              {
                match: { prefix: '/' },
                route: { cluster: 'many', hash_policy: [{ header: { header_name: 'x-request-id' } }] },
              },
            ],
          },
        ],
      },
      http_filters: [{ name: 'router', typed_config: { '@type': router } }],
    },
  }
  return {
    node: { id: 'bench', cluster: 'bench' },
    admin: { address: socket('127.0.0.1', adminPort) },
    enable_dispatcher_stats: true,
    stats_flush_on_admin: true,
    static_resources: {
      listeners: [{ name: 'front', address: socket('127.0.0.1', port), filter_chains: [{ filters: [filter] }] }],
      clusters: [
        {
          name: 'many',
          type: 'EDS',
          connect_timeout: '5s',
          lb_policy: values.policy,
          eds_cluster_config: { eds_config: { path_config_source: { path: resources }, resource_api_version: 'V3' } },
        },
      ],
    },
  }
}

function socket(address: string, port: number): object {
  return { socket_address: { address, port_value: port } }
}
