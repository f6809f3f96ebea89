/* Hosts that come, change and go by EDS: their health, their places, and what is counted of it. */
import { httpListener, routeTo } from '../support/configs.ts'
import { NODE, eventually, fileSource, writeResources } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const BACKENDS = ['a', 'b', 'c']

interface Endpoint {
  readonly backend: string
  readonly weight?: number
  readonly status?: string
  readonly zone?: string
  readonly priority?: number
  readonly metadata?: object
}

const check = (more: object = {}, order = ''): object => ({
  health_checks: [
    {
      timeout: '60s',
      interval: '0.2s',
      no_traffic_interval: '0.2s',
      healthy_threshold: 1,
      unhealthy_threshold: 1,
      http_health_check: {
        path: '/hz',
        ...(order === '' ? {} : { request_headers_to_add: [{ header: { key: 'x-do', value: order } }] }),
      },
    },
  ],
  ...more,
})

const CLUSTERS: Readonly<Record<string, object>> = {
  plain: {},
  checked: check(),
  forgetful: check({ ignore_health_on_host_removal: true }),
  failing: check({}, 'status=500'),
  waiting: check({ common_lb_config: { ignore_new_hosts_until_first_hc: true }, wait_for_warm_on_init: false }, 'hang'),
}
const NAMES = Object.keys(CLUSTERS)

const STEPS: Readonly<Record<string, readonly Endpoint[]>> = {
  begin: [{ backend: 'a' }, { backend: 'b' }],
  'same again': [{ backend: 'a' }, { backend: 'b' }],
  'another order': [{ backend: 'b' }, { backend: 'a' }],
  'one less': [{ backend: 'a' }],
  'it is back': [{ backend: 'a' }, { backend: 'b' }],
  weights: [
    { backend: 'a', weight: 3 },
    { backend: 'b', weight: 7 },
  ],
  'by EDS': [
    { backend: 'a', status: 'UNHEALTHY' },
    { backend: 'b', status: 'DEGRADED' },
  ],
  'well again': [{ backend: 'a' }, { backend: 'b' }],
  // Envoy forgets to leave it out where it was unhealthy already.
  'on its way out': [
    { backend: 'a', status: 'DRAINING' },
    { backend: 'b', status: 'TIMEOUT' },
  ],
  'and back': [{ backend: 'a' }, { backend: 'b' }],
  'another zone': [
    { backend: 'a', zone: 'z' },
    { backend: 'b', zone: 'y' },
  ],
  'another priority': [
    { backend: 'a', zone: 'z' },
    { backend: 'b', priority: 1 },
  ],
  metadata: [{ backend: 'a', metadata: { canary: true } }, { backend: 'b' }],
  twice: [{ backend: 'a' }, { backend: 'a', weight: 5 }, { backend: 'c' }],
  nobody: [],
  'all new': [{ backend: 'c' }, { backend: 'b' }],
}

const assignment = (port: (backend: string) => number, name: string, list: readonly Endpoint[]): object => ({
  cluster_name: name,
  endpoints: list.map(({ backend, weight = 1, status = 'UNKNOWN', zone = '', priority = 0, metadata }) => ({
    ...(zone === '' ? {} : { locality: { zone } }),
    priority,
    lb_endpoints: [
      {
        health_status: status,
        load_balancing_weight: weight,
        ...(metadata === undefined ? {} : { metadata: { filter_metadata: { 'envoy.lb': metadata } } }),
        endpoint: {
          address: { socket_address: { address: '127.0.0.1', port_value: port(backend) } },
        },
      },
    ],
  })),
})

/** Envoy counts what EDS says of a host that fails its checks as nothing new. */
const UNCOUNTED = /\.(failing|waiting)\.(update_no_rebuild|membership_excluded)$/
const SHOWN = /::(hostname|health_flags|weight|zone|priority|canary)::/

async function look(side: Side, step: string): Promise<void> {
  const lines = (await side.proxy.admin('/clusters')).split('\n').filter((line) => SHOWN.test(line))
  const named = lines.map((line) => {
    const port = Number(/::127\.0\.0\.1:(\d+)::/.exec(line)?.[1])
    return line.replace(/127\.0\.0\.1:\d+/, side.places.ports.get(port) ?? '?')
  })
  side.note(`${step}: hosts`, named.sort())
  const stats = await side.stats()
  const shown =
    /^cluster\.\w+\.(membership_\w+|max_host_weight|update_no_rebuild|update_success|upstream_cx_active|health_check\.(healthy|degraded))$/
  const isShown = (name: string): boolean => shown.test(name) && !UNCOUNTED.test(name)
  side.note(`${step}: stats`, Object.fromEntries(Object.entries(stats).filter(([name]) => isShown(name))))
}

let portsOf: (backend: string) => number = () => 1
const write = (folder: string, port: (backend: string) => number, list: readonly Endpoint[], version: string): void => {
  for (const name of NAMES) writeResources(folder, `${name}.json`, 'endpoints', [assignment(port, name, list)], version)
}

differential('endpoints that come, change and go', {
  backends: BACKENDS,
  prepare: (folder) => write(folder, portsOf, [], '0'),
  bootstrap: (port) => {
    portsOf = port
    return {
      node: NODE,
      static_resources: {
        listeners: [httpListener('front', { routes: [routeTo('plain')] })],
        clusters: NAMES.map((name) => ({
          name,
          type: 'EDS',
          eds_cluster_config: { eds_config: fileSource(`${name}.json`) },
          ...CLUSTERS[name],
        })),
      },
    }
  },
  traffic: async (side) => {
    const ports = new Map([...side.places.ports].map(([port, name]) => [name, port]))
    let version = 1
    for (const [step, list] of Object.entries(STEPS)) {
      write(side.proxy.folder, (backend) => ports.get(backend)!, list, String(++version))
      await eventually('the update', async () => {
        const stats = await side.stats()
        return NAMES.every((name) => Number(stats[`cluster.${name}.update_success`]) >= version)
      })
      // Some rounds of checks.
      await Bun.sleep(500)
      await look(side, step)
      if (step !== 'begin') continue
      for (let i = 0; i < 4; i++) await side.exchange('front', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    }
  },
})
