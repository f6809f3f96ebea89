/* load_aware_locality: what hosts say of their load decides what their localities get. */
import { afterAll, beforeAll } from 'bun:test'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { httpListener } from '../support/configs.ts'
import { eventually, fileSource, writeResources } from '../support/dynamic-files.ts'
import { hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import { sharesNear } from './support/shares.ts'
import type { Side } from './support/side.ts'

/** Says its address, and reports the load that the request gives it in `load-<host>`. */
let server: Server
let port = 0

beforeAll(async () => {
  server = createServer((socket) => {
    const { localAddress = '' } = socket
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      const line = new RegExp(`^load-${localAddress.split('.').at(-1)}: (.*)\r$`, 'm').exec(data.toString('latin1'))
      const report = line === null ? '' : `endpoint-load-metrics: ${line[1]}\r\n`
      socket.write(`HTTP/1.1 200 OK\r\n${report}content-length: ${localAddress.length}\r\n\r\n${localAddress}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const one = (name: string, type: string, fields: object = {}): object => ({
  policies: [
    { typed_extension_config: { name, typed_config: { '@type': `${POLICIES}.${name}.v3.${type}`, ...fields } } },
  ],
})
const ROUND_ROBIN = one('round_robin', 'RoundRobin')
/** What hosts said before counts for next to nothing. */
const policy = (fields: object = {}, within = ROUND_ROBIN): object =>
  one('load_aware_locality', 'LoadAwareLocality', {
    weight_update_period: '0.1s',
    smoothing_time_constant: '0.01s',
    endpoint_picking_policy: within,
    ...fields,
  })

interface Place {
  readonly zone: string
  readonly hosts: readonly number[]
  readonly status?: string
  readonly priority?: number
}

const assignment = (name: string, places: readonly Place[]): object => ({
  cluster_name: name,
  endpoints: places.map(({ zone, hosts, status = 'HEALTHY', priority = 0 }) => ({
    locality: { region: 'r', zone },
    priority,
    lb_endpoints: hosts.map((number) => ({
      health_status: status,
      metadata: { filter_metadata: { 'envoy.lb': { odd: number % 2 } } },
      endpoint: { address: { socket_address: { address: `127.0.1.${number}`, port_value: port } } },
    })),
  })),
})

const cluster = (name: string, policyOf: object, places: readonly Place[] = TWO_ZONES): object => ({
  name,
  type: 'STATIC',
  load_balancing_policy: policyOf,
  load_assignment: assignment(name, places),
})

/** The proxy is in zone a. */
const TWO_ZONES: readonly Place[] = [
  { zone: 'b', hosts: [3, 4] },
  { zone: 'a', hosts: [1, 2] },
]
const ELSEWHERE: readonly Place[] = [
  { zone: 'b', hosts: [3] },
  { zone: 'c', hosts: [4] },
]
const MANY_PROBES = { remote_probe_fraction: 0.3 }
const hashing = { hash_policy: [{ header: { header_name: 'x-key' } }] }

const CLUSTERS = (): readonly object[] => [
  cluster('near', policy()),
  cluster('direct', policy({ remote_probe_fraction: 0 })),
  cluster('loaded', policy(MANY_PROBES)),
  cluster('spill', policy({ ...MANY_PROBES, utilization_variance_threshold: 0.2 })),
  cluster('named', policy({ ...MANY_PROBES, metric_names_for_computing_utilization: ['named_metrics.q'] })),
  cluster('elsewhere', policy(), ELSEWHERE),
  cluster('expiring', policy({ ...MANY_PROBES, weight_expiration_period: '3s' })),
  cluster('degraded', policy(), [
    { zone: 'a', hosts: [1] },
    { zone: 'b', hosts: [3], status: 'DEGRADED' },
  ]),
  cluster('panic', policy(), [
    { zone: 'a', hosts: [1] },
    { zone: 'b', hosts: [3, 4], status: 'UNHEALTHY' },
  ]),
  cluster('priorities', policy({ remote_probe_fraction: 0 }), [
    { zone: 'a', hosts: [1], status: 'UNHEALTHY' },
    { zone: 'b', hosts: [2], status: 'UNHEALTHY' },
    { zone: 'b', hosts: [3], priority: 1 },
    { zone: 'a', hosts: [4], priority: 1 },
  ]),
  cluster('ring', policy({}, one('ring_hash', 'RingHash'))),
  cluster('maglev', policy({}, one('maglev', 'Maglev'))),
  cluster(
    'subset',
    policy(
      { remote_probe_fraction: 0.5 },
      one('subset', 'Subset', { subset_selectors: [{ keys: ['odd'] }], subset_lb_policy: ROUND_ROBIN }),
    ),
  ),
  cluster(
    'override',
    policy(
      { remote_probe_fraction: 0 },
      one('override_host', 'OverrideHost', {
        override_host_sources: [{ header: 'wanted' }],
        fallback_policy: ROUND_ROBIN,
      }),
    ),
  ),
  cluster(
    'weighted',
    policy(
      MANY_PROBES,
      one('client_side_weighted_round_robin', 'ClientSideWeightedRoundRobin', {
        blackout_period: '0s',
        weight_update_period: '0.1s',
      }),
    ),
  ),
]

async function ask(side: Side, path: string, times: number, ...headers: readonly string[]): Promise<string> {
  let hosts = ''
  const head = [`GET /${path} HTTP/1.1`, 'host: a', ...headers].join('\r\n')
  for (let i = 0; i < times; i++) {
    const [reply] = await side.exchange('front', `${head}\r\n\r\n`)
    hosts += reply?.body.split('.').at(-1) ?? '-'
  }
  return hosts
}

const loads = (own: string, others: string): readonly string[] =>
  [1, 2, 3, 4].map((number) => `load-${number}: TEXT ${number < 3 ? own : others}`)

/** The hosts are told what to report, and a few periods pass. */
async function load(side: Side, path: string, own: string, others: string): Promise<void> {
  await ask(side, path, 60, ...loads(own, others))
  await Bun.sleep(400)
}

async function counters(side: Side, name: string): Promise<readonly string[]> {
  const stats = await side.proxy.admin(
    `/stats?filter=cluster.${name}.(load_aware|lb_zone_routing|lb_healthy|lb_recalc)`,
  )
  // How often there was something to count is a matter of time, and of chance.
  return stats
    .trim()
    .split('\n')
    .map((line) => line.replace(/: [1-9].*/, ': some'))
}

const HALVES = { 1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25 }

differential('localities by load', {
  bootstrap: () => ({
    node: { id: 'n', cluster: 'n', locality: { region: 'r', zone: 'a' } },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: (CLUSTERS() as { name: string }[]).map(({ name }) =>
            name === 'subset'
              ? {
                  match: { prefix: '/subset' },
                  route: { cluster: name, metadata_match: { filter_metadata: { 'envoy.lb': { odd: 1 } } } },
                }
              : { match: { prefix: `/${name}` }, route: { cluster: name, ...hashing } },
          ),
        }),
      ],
      clusters: CLUSTERS(),
    },
  }),
  traffic: async (side) => {
    const shares = async (path: string, wanted: Readonly<Record<string, number>>, when = ''): Promise<void> =>
      side.note(`${path} ${when}`, sharesNear(await hostsOf(side, `/${path}`, 400), wanted, 0.08))

    await shares('near', { 1: 0.485, 2: 0.485, 3: 0.015, 4: 0.015 })
    await shares('direct', { 1: 0.5, 2: 0.5 })
    await load(side, 'loaded', 'cpu_utilization=0.3', 'cpu_utilization=0.25')
    await shares('loaded', { 1: 0.35, 2: 0.35, 3: 0.15, 4: 0.15 })
    await load(side, 'loaded', 'cpu_utilization=1', 'cpu_utilization=1.5')
    await shares('loaded', HALVES, 'too much')
    await load(side, 'spill', 'cpu_utilization=0.8', 'cpu_utilization=0.2')
    await shares('spill', { 1: 0.1, 2: 0.1, 3: 0.4, 4: 0.4 })
    await load(side, 'named', 'cpu_utilization=0.8,named_metrics.q=0.1', 'named_metrics.q=0.5')
    await shares('named', { 1: 0.35, 2: 0.35, 3: 0.15, 4: 0.15 })
    await shares('elsewhere', { 3: 0.5, 4: 0.5 })
    await load(side, 'elsewhere', '', 'cpu_utilization=0.5')
    await ask(side, 'elsewhere', 30, 'load-4: TEXT application_utilization=0.875')
    await Bun.sleep(400)
    await shares('elsewhere', { 3: 0.8, 4: 0.2 }, 'loaded')
    await load(side, 'expiring', 'cpu_utilization=0.9', 'cpu_utilization=0.1')
    await shares('expiring', { 1: 0.05, 2: 0.05, 3: 0.45, 4: 0.45 })
    await Bun.sleep(3600)
    await shares('expiring', HALVES, 'in silence')
    await shares('degraded', { 1: 0.7, 3: 0.3 })
    await shares('panic', { 1: 0.97, 3: 0.015, 4: 0.015 })
    await shares('priorities', { 4: 1 })
    for (const path of ['ring', 'maglev']) {
      side.note(path, await hostsOf(side, `/${path}`, 40))
    }
    await shares('subset', { 1: 0.5, 3: 0.5 })
    let named = ''
    for (let i = 0; i < 12; i++) named += await ask(side, 'override', 1, `wanted: 127.0.1.${i < 6 ? 2 : 3}:${port}`)
    side.note('nobody looks for the host that is named', ['121212121212', '212121212121'].includes(named))
    await load(side, 'weighted', 'cpu_utilization=0.3,rps_fractional=30', 'cpu_utilization=0.3,rps_fractional=60')
    const lines = (await side.proxy.admin('/clusters')).split('\n')
    side.note(
      'weights',
      lines.filter((line) => line.startsWith('weighted::') && line.includes('::weight::')),
    )
    for (const name of ['near', 'direct', 'spill', 'elsewhere', 'expiring', 'degraded', 'panic', 'priorities']) {
      side.note(`counters of ${name}`, await counters(side, name))
    }
  },
})

const STEPS: Readonly<Record<string, readonly [places: readonly Place[], shares: Readonly<Record<string, number>>]>> = {
  begin: [TWO_ZONES, { 1: 0.35, 2: 0.35, 3: 0.15, 4: 0.15 }],
  'another host': [
    [
      { zone: 'a', hosts: [1, 2, 5] },
      { zone: 'b', hosts: [3, 4] },
    ],
    { 1: 0.7 / 3, 2: 0.7 / 3, 3: 0.15, 4: 0.15, 5: 0.7 / 3 },
  ],
  'only elsewhere': [[{ zone: 'b', hosts: [3, 4] }], { 3: 0.5, 4: 0.5 }],
  'a new zone': [[...TWO_ZONES, { zone: 'A', hosts: [5] }], { 1: 0.35, 2: 0.35, 3: 0.1, 4: 0.1, 5: 0.1 }],
  nobody: [[], {}],
  'all in the second': [[{ zone: 'b', hosts: [1], priority: 1 }], { 1: 1 }],
  'well again': [TWO_ZONES, { 1: 0.35, 2: 0.35, 3: 0.15, 4: 0.15 }],
}

const write = (folder: string, places: readonly Place[], version: string): void =>
  writeResources(folder, 'hosts.json', 'endpoints', [assignment('moving', places)], version)

differential('localities by load, as they come and go', {
  prepare: (folder) => write(folder, [], '0'),
  bootstrap: () => ({
    node: { id: 'n', cluster: 'n', locality: { region: 'r', zone: 'a' } },
    static_resources: {
      listeners: [httpListener('front', { routes: [{ match: { prefix: '/' }, route: { cluster: 'moving' } }] })],
      clusters: [
        {
          name: 'moving',
          type: 'EDS',
          eds_cluster_config: { eds_config: fileSource('hosts.json') },
          load_balancing_policy: policy(MANY_PROBES),
        },
      ],
    },
  }),
  traffic: async (side) => {
    let version = 1
    for (const [step, [places, wanted]] of Object.entries(STEPS)) {
      write(side.proxy.folder, places, String(++version))
      await eventually('the update', async () => {
        const stats = await side.stats()
        return Number(stats['cluster.moving.update_success']) >= version
      })
      await Bun.sleep(300)
      const found =
        places.length === 0 ? await ask(side, '', 1) : sharesNear(await hostsOf(side, '/', 300), wanted, 0.1)
      side.note(step, found)
    }
  },
  stats: /^cluster\.moving\.(membership_\w+|lb_healthy_panic|lb_recalculate_zone_structures)$/,
})
