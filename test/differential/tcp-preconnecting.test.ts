/* Connections of the TCP proxy that are made before they are needed: how many, and what becomes of them. */
import { blackHole } from '../support/black-hole.ts'
import { httpListener, staticCluster } from '../support/configs.ts'
import { NODE, assignment, fileSource, writeResources } from '../support/dynamic-files.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

const ahead = (ratio: number, more: object = {}): object => ({
  preconnect_policy: { per_upstream_preconnect_ratio: ratio },
  ...more,
})
const limits = (thresholds: object): object => ({
  circuit_breakers: { thresholds: [{ track_remaining: true, ...thresholds }] },
})
const options = (kind: 'http' | 'tcp', settings: object): object => {
  const type = `envoy.extensions.upstreams.${kind}.v3.${kind === 'tcp' ? 'Tcp' : 'Http'}ProtocolOptions`
  return { typed_extension_protocol_options: { [type]: { '@type': `type.googleapis.com/${type}`, ...settings } } }
}
const http = (common_http_protocol_options: object): object =>
  options('http', { common_http_protocol_options, explicit_http_config: { http_protocol_options: {} } })

function listener(name: string): object {
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [
      { filters: [{ name: 'tcp', typed_config: { '@type': TCP_PROXY, stat_prefix: name, cluster: name } }] },
    ],
  }
}

const COUNTS = ['cx_total', 'cx_active', 'rq_total', 'rq_active', 'rq_pending_total', 'rq_pending_active'] as const

/** What the cluster's pools have a little later. */
async function look(side: Side, name: string, when: string, also: readonly string[] = []): Promise<void> {
  await Bun.sleep(80)
  const stats = await side.stats()
  const counts = [...COUNTS, ...also].map((count) => `${count} ${stats[`cluster.${name}.upstream_${count}`]}`)
  side.note(`${name}: ${when}`, counts.join(', '))
}

const order = (script: string): string => `TCP\r\nx-do: ${script}\r\n\r\n`

async function client(side: Side, name: string, script = 'ok'): Promise<RawClient> {
  const one = await side.connect(name)
  one.write(order(script))
  return one
}

const STATS = /^cluster\..*(?:upstream_(?:cx|rq)_|circuit_breakers)/
const VOLATILE = /bytes_(?:total|buffered)|_cx_pools$|upstream_cx_(?:length|connect)_ms|remaining_/

const SEQUENCES: Readonly<Record<string, object>> = {
  none: {},
  one: ahead(1),
  'one-and-a-half': ahead(1.5),
  two: ahead(2),
  three: ahead(3),
  limited: ahead(3, limits({ max_connections: 4 })),
  'per-host': ahead(3, { circuit_breakers: { per_host_thresholds: [{ max_connections: 2 }] } }),
  'no-pending': ahead(2, limits({ max_pending_requests: 0 })),
  'one-request': ahead(2, limits({ max_requests: 1 })),
  'no-pools': ahead(2, limits({ max_connection_pools: 0 })),
  once: ahead(2, http({ max_requests_per_connection: 1 })),
  twice: ahead(2, http({ max_requests_per_connection: 2 })),
  'per-downstream': ahead(2, { connection_pool_per_downstream_connection: true }),
}

differential('connections of the TCP proxy made ahead: clients that come and go', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.keys(SEQUENCES).map(listener),
      clusters: Object.entries(SEQUENCES).map(([name, more]) => staticCluster(name, [port('app')], more)),
    },
  }),
  stats: STATS,
  volatile: VOLATILE,
  traffic: async (side) => {
    for (const name of Object.keys(SEQUENCES)) {
      const clients: RawClient[] = []
      for (let i = 0; i < 3; i++) {
        clients.push(await client(side, name))
        await look(side, name, `client ${i}`)
      }
      clients[1]!.destroy()
      await look(side, name, 'the second is gone')
      clients[0]!.end()
      await look(side, name, 'the first has ended')
      clients.push(await client(side, name))
      await look(side, name, 'another')
      side.note(
        `${name}: received`,
        clients.map((one) => one.received()),
      )
      for (const one of clients) one.destroy()
      await look(side, name, 'all gone')
    }
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /_active|_total|_success/.test(line))
        .toSorted(),
    )
  },
})

const UNUSED: Readonly<Record<string, object>> = {
  idle: ahead(2, options('tcp', { idle_timeout: '0.5s' })),
  never: ahead(2, options('tcp', { idle_timeout: '0s' })),
  'http-idle': ahead(2, http({ idle_timeout: '0.5s' })),
  duration: ahead(2, http({ max_connection_duration: '0.5s' })),
  ended: ahead(2),
}

differential('connections of the TCP proxy made ahead: those that nobody uses', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.keys(UNUSED).map(listener),
      clusters: Object.entries(UNUSED).map(([name, more]) => staticCluster(name, [port('app')], more)),
    },
  }),
  stats: STATS,
  volatile: VOLATILE,
  traffic: async (side) => {
    const ends = ['cx_destroy_local', 'cx_destroy_remote', 'cx_idle_timeout', 'cx_max_duration_reached']
    for (const name of Object.keys(UNUSED).filter((each) => each !== 'ended')) {
      const first = await client(side, name)
      await look(side, name, 'one', ends)
      await Bun.sleep(700)
      await look(side, name, 'later', ends)
      const second = await client(side, name)
      await look(side, name, 'another', ends)
      for (const one of [first, second]) one.destroy()
      await Bun.sleep(700)
      await look(side, name, 'nobody', ends)
    }
    const first = await client(side, 'ended')
    await look(side, 'ended', 'one', ends)
    first.write(order('fin-unused;ok'))
    await look(side, 'ended', 'without the other', ends)
    const second = await client(side, 'ended', 'greet=hello;ok')
    await look(side, 'ended', 'second', ends)
    // From here on hosts speak first.
    const greeted: RawClient[] = []
    for (let i = 0; i < 3; i++) {
      greeted.push(await client(side, 'ended'))
      await look(side, 'ended', `greeted ${i}`, ends)
    }
    first.write(order('fin-unused;ok'))
    await look(side, 'ended', 'no greeting is left', ends)
    const last = await client(side, 'ended')
    await look(side, 'ended', 'last', ends)
    const received = greeted.map((one) => one.received())
    side.note('ended: received', [first.received(), second.received(), ...received, last.received()])
    for (const one of [first, second, last, ...greeted]) one.destroy()
    await look(side, 'ended', 'all gone', ends)
  },
})

/** Fails once a client has said so. */
const check = (more: object = {}): object =>
  ahead(2, {
    health_checks: [
      {
        timeout: '5s',
        interval: '0.3s',
        no_traffic_interval: '0.3s',
        healthy_threshold: 1,
        unhealthy_threshold: 1,
        http_health_check: {
          path: '/hz',
          request_headers_to_add: [
            { header: { key: 'x-do', value: 'after=bad;send=HTTP/1.1 500 No\\r\\ncontent-length: 0\\r\\n\\r\\n' } },
          ],
        },
      },
    ],
    ...more,
  })

const CHANGING: Readonly<Record<string, object>> = {
  removed: ahead(2),
  'changed-set': ahead(2, { common_lb_config: { close_connections_on_host_set_change: true } }),
}
const FAILING: Readonly<Record<string, object>> = {
  failing: check(),
  'failing-closed': check({ close_connections_on_host_health_failure: true }),
}
let portOf: (backend: string) => number = () => 1

differential('connections of the TCP proxy made ahead: hosts that go or fail', {
  faulty: ['app', 'other'],
  bootstrap: (port) => {
    portOf = port
    return {
      node: NODE,
      static_resources: {
        listeners: [...Object.keys(CHANGING), ...Object.keys(FAILING)].map(listener),
        clusters: [
          ...Object.entries(CHANGING).map(([name, more]) => ({
            name,
            type: 'EDS',
            eds_cluster_config: { eds_config: fileSource(`${name}.json`) },
            ...more,
          })),
          ...Object.entries(FAILING).map(([name, more]) => staticCluster(name, [port('app')], more)),
        ],
      },
    }
  },
  prepare: (folder) => {
    for (const name of Object.keys(CHANGING)) {
      writeResources(folder, `${name}.json`, 'endpoints', [assignment(name, [portOf('app')])])
    }
  },
  stats: /^cluster\.(?!changed)\w*.*upstream_(?:cx|rq)_(?:total|active|destroy|pending|connect_fail)/,
  traffic: async (side) => {
    const names = [...Object.keys(FAILING), ...Object.keys(CHANGING)]
    const ends = ['cx_destroy_local', 'cx_destroy_remote', 'cx_connect_fail']
    const clients = await Promise.all(names.map((name) => client(side, name)))
    for (const name of names) await look(side, name, 'one', ends)
    for (const name of Object.keys(CHANGING)) {
      const folder = side.proxy.folder
      // Of a set that closes connections Envoy leaves those of hosts that went.
      const hosts = name === 'removed' ? ['other'] : ['app', 'other']
      const ports = hosts.map((host) => portFor(side, host))
      writeResources(folder, `${name}.json`, 'endpoints', [assignment(name, ports)], '2')
    }
    clients[0]!.write(order('mark=bad;ok'))
    await Bun.sleep(1000)
    for (const name of names) await look(side, name, 'afterwards', ends)
    // Of a set that closes connections Envoy goes on with the pools that it drains.
    const others = names.filter((name) => name !== 'changed-set')
    clients.push(...(await Promise.all(others.map((name) => client(side, name)))))
    for (const name of others) await look(side, name, 'another', ends)
    side.note(
      'received',
      clients.map((one) => one.received()),
    )
    for (const one of clients) one.destroy()
    for (const name of names) await look(side, name, 'all gone', ends)
  },
})

function portFor(side: Side, backend: string): number {
  const found = [...side.places.ports].find(([, name]) => name === backend)
  if (found === undefined) throw new Error(`no backend ${backend}`)
  return found[0]
}

let hole: { readonly port: number } | undefined = undefined
const CANCELLED: Readonly<Record<string, object>> = { 'tcp-one': {}, 'tcp-two': ahead(2) }

differential('connections on their way whose clients leave', {
  faulty: ['app'],
  before: async () => void (hole = await blackHole()),
  bootstrap: () => ({
    static_resources: {
      listeners: [
        ...Object.keys(CANCELLED).map(listener),
        httpListener('front', {
          routes: [
            {
              match: { connect_matcher: {} },
              route: { cluster: 'tunnel', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
            },
            { match: { prefix: '/' }, route: { cluster: 'http' } },
          ],
          extra: { upgrade_configs: [{ upgrade_type: 'CONNECT' }] },
        }),
      ],
      clusters: Object.entries({ ...CANCELLED, tunnel: {}, http: {} }).map(([name, more]) =>
        staticCluster(name, [hole?.port ?? 0], { connect_timeout: '60s', ...more }),
      ),
    },
  }),
  stats: STATS,
  volatile: VOLATILE,
  traffic: async (side) => {
    const all = ['tcp-one', 'tcp-two', 'tunnel', 'http']
    const clients = new Map<string, RawClient[]>()
    for (const name of all) {
      const requests = { tunnel: 'CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n', http: 'GET / HTTP/1.1\r\nhost: a\r\n\r\n' }
      const some: RawClient[] = []
      for (let i = 0; i < 3; i++) {
        const one = await side.connect(name.startsWith('tcp') ? name : 'front')
        one.write(requests[name as 'http'] ?? 'hello')
        some.push(one)
      }
      clients.set(name, some)
      await look(side, name, 'three', ['cx_connect_fail', 'rq_cancelled'])
      for (const [i, one] of some.entries()) {
        one.destroy()
        await look(side, name, `without ${i}`, ['cx_connect_fail', 'rq_cancelled'])
      }
    }
  },
})

const HOSTS = ['a', 'b', 'c']
const PREDICTIVE: Readonly<Record<string, object>> = {
  ahead: { preconnect_policy: { predictive_preconnect_ratio: 1.5 } },
  'far-ahead': { preconnect_policy: { predictive_preconnect_ratio: 3 } },
  both: { preconnect_policy: { predictive_preconnect_ratio: 2, per_upstream_preconnect_ratio: 2 } },
  random: { preconnect_policy: { predictive_preconnect_ratio: 3 }, lb_policy: 'RANDOM' },
  least: { preconnect_policy: { predictive_preconnect_ratio: 3 }, lb_policy: 'LEAST_REQUEST' },
}

for (const [name, more] of Object.entries(PREDICTIVE)) {
  differential(`connections of the TCP proxy made ahead: to the hosts that come next, ${name}`, {
    faulty: HOSTS,
    bootstrap: (port) => ({
      static_resources: {
        listeners: [listener(name)],
        clusters: [
          // Random hosts would be others on each side.
          staticCluster(name, (name === 'random' ? ['a'] : HOSTS).map(port), more),
        ],
      },
    }),
    stats: STATS,
    volatile: VOLATILE,
    traffic: async (side) => {
      const clients: RawClient[] = []
      for (let i = 0; i < 4; i++) {
        clients.push(await client(side, name))
        await look(side, name, `client ${i}`)
      }
      for (const one of clients.splice(1, 2)) one.destroy()
      await look(side, name, 'two gone')
      for (let i = 0; i < 2; i++) {
        clients.push(await client(side, name))
        await look(side, name, `another ${i}`)
      }
      for (const one of clients) one.destroy()
      await look(side, name, 'all gone')
    },
  })
}
