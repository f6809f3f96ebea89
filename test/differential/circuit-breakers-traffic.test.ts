/* Every limit of a cluster while four clients come one after the other: who waits, who is refused, what is counted meanwhile. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
const LOG =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  'failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% host=%UPSTREAM_HOST% ' +
  'termination=%CONNECTION_TERMINATION_DETAILS% closed=%DOWNSTREAM_LOCAL_CLOSE_REASON%'

const limits = (...thresholds: readonly object[]): object => ({
  circuit_breakers: { thresholds: thresholds.map((each) => ({ track_remaining: true, ...each })) },
})
const perHost = (max_connections: number): object => ({
  circuit_breakers: { per_host_thresholds: [{ max_connections }] },
})
const budget = (percent: number, more: object = {}): object =>
  limits({ retry_budget: { budget_percent: { value: percent }, ...more } })

const SOON = { retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' } }
const retries = (num_retries: number): object => ({ retry_policy: { retry_on: '5xx', num_retries, ...SOON } })

const TCP: Readonly<Record<string, object>> = {
  'tcp-connections': limits({ max_connections: 1 }),
  'tcp-no-pending': limits({ max_connections: 1, max_pending_requests: 0 }),
  'tcp-pending': limits({ max_connections: 1, max_pending_requests: 1 }),
  'tcp-requests': limits({ max_requests: 1 }),
  'tcp-pools': limits({ max_connection_pools: 0 }),
  'tcp-per-host': perHost(1),
}

/** By cluster: what it has, and its route. */
const WAITING: Readonly<Record<string, readonly [object, object?]>> = {
  connections: [limits({ max_connections: 1 })],
  pending: [limits({ max_connections: 2, max_pending_requests: 1 })],
  requests: [limits({ max_requests: 2 })],
  high: [limits({ max_requests: 1 }, { priority: 'HIGH', max_requests: 2 }), { priority: 'HIGH' }],
  'high-unlimited': [limits({ max_requests: 1 }), { priority: 'HIGH' }],
  pools: [{ ...limits({ max_connection_pools: 1 }), connection_pool_per_downstream_connection: true }],
  'own-pools': [{ connection_pool_per_downstream_connection: true }],
  'per-host': [perHost(1)],
  'per-host-none': [perHost(0)],
  mirrored: [limits({ max_requests: 1 }), { request_mirror_policies: [{ cluster: 'shadow' }] }],
}
const RETRYING: Readonly<Record<string, readonly [object, object?]>> = {
  retries: [limits({ max_retries: 1 }), retries(2)],
  budget: [budget(50, { min_retry_concurrency: 1 }), retries(1)],
  'budget-least': [budget(0, { min_retry_concurrency: 2 }), retries(1)],
  'budget-all': [budget(100), retries(3)],
}
const HTTP = { ...WAITING, ...RETRYING }

const GAUGES =
  /^cluster\.[^.]+\.(?:circuit_breakers\.(?!.*cx_pools)|upstream_rq_(?:pending_|active|retry)|upstream_cx_(?:pool|overflow|active|total|max))/

async function noteGauges(side: Side, cluster: string, when: string): Promise<void> {
  await Bun.sleep(250)
  const all = Object.entries(await side.stats()).filter(
    ([name, value]) => name.startsWith(`cluster.${cluster}.`) && GAUGES.test(name) && value !== '0',
  )
  side.note(`${cluster} ${when}`, Object.fromEntries(all))
}

/** One after the other, so that what follows from an end has followed before the next. */
async function leave(clients: readonly RawClient[]): Promise<void> {
  for (const client of clients) {
    client[Symbol.dispose]()
    await Bun.sleep(60)
  }
}

const tcpListener = (name: string): object => ({
  name,
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  filter_chains: [
    {
      filters: [
        {
          name: 'tcp',
          typed_config: {
            '@type': TCP_PROXY,
            stat_prefix: name,
            cluster: name,
            access_log: [fileLog('tcp.log', textFormat(LOG))],
          },
        },
      ],
    },
  ],
})

differential('limits and the TCP proxy', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.keys(TCP).map(tcpListener),
      clusters: Object.entries(TCP).map(([name, more]) => staticCluster(name, [port('app')], more)),
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(TCP)) {
      const clients: RawClient[] = []
      for (let i = 0; i < 4; i++) {
        const client = await side.connect(name)
        client.write(`GET /${i} HTTP/1.1\r\n\r\n`)
        clients.push(client)
        await Bun.sleep(100)
        await noteGauges(side, name, `with ${i + 1}`)
      }
      for (const [i, client] of clients.entries()) {
        client[Symbol.dispose]()
        await noteGauges(side, name, `without ${i + 1}`)
      }
      side.note(
        `${name} replies`,
        clients.map((client) => client.received()),
      )
    }
    await side.noteLog('tcp.log', 4 * Object.keys(TCP).length)
  },
  stats: /^cluster\.[^.]+\.(?:circuit_breakers\.(?!.*cx_pools)|upstream_(?:rq|cx)_(?!.*bytes))/,
})

/** Of four clients, one after the other: three answers that take a second, and one at once. */
async function fourClients(side: Side, name: string, orders: readonly [slow: string, fast: string]): Promise<void> {
  const clients: RawClient[] = []
  for (let i = 0; i < 4; i++) {
    const client = await side.connect('front')
    client.write(`GET /${name}/${i} HTTP/1.1\r\nhost: a\r\nx-do: ${i < 3 ? orders[0] : orders[1]}\r\n\r\n`)
    clients.push(client)
    await Bun.sleep(120)
  }
  await noteGauges(side, name, 'while they hang')
  await Bun.sleep(1700)
  side.note(
    `${name} replies`,
    clients.map((client) => client.received()),
  )
  await leave(clients)
  await noteGauges(side, name, 'afterwards')
}

const REFUSED = 'send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n'
const GROUPS = [
  ['limits of what waits and of what is under way', WAITING, ['sleep=1000;ok', 'sleep=1000;ok']],
  ['limits of retries', RETRYING, [`sleep=1000;${REFUSED}`, REFUSED]],
] as const

for (const [title, cases, orders] of GROUPS) {
  const names = Object.keys(cases)
  differential(title, {
    faulty: ['app'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: names.map((name) => routeTo(name, `/${name}/`, { timeout: '0s', ...HTTP[name]![1] })),
            extra: { access_log: [fileLog('access.log', textFormat(LOG))] },
          }),
        ],
        clusters: [
          ...names.map((name) => staticCluster(name, [port('app')], HTTP[name]![0])),
          staticCluster('shadow', [port('app')], limits({ max_requests: 1 })),
        ],
      },
    }),
    traffic: async (side) => {
      for (const name of names) await fourClients(side, name, orders)
      await side.logLines('access.log', 4 * names.length)
      await Bun.sleep(50)
      side.note('access.log', (await side.logLines('access.log', 4 * names.length)).toSorted())
    },
    stats: /^cluster\.[^.]+\.(?:circuit_breakers\.(?!.*cx_pools)|upstream_(?:rq|cx)_(?!.*bytes))/,
  })
}

differential('limits of pools: a host without connections has none', {
  faulty: ['one', 'other'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front')],
      clusters: [staticCluster('app', [port('one'), port('other')], limits({ max_connection_pools: 1 }))],
    },
  }),
  traffic: async (side) => {
    const gone = 'send=HTTP/1.1 200 OK\\r\\nconnection: close\\r\\ncontent-length: 0\\r\\n\\r\\n;fin'
    for (const [at, order] of [gone, gone, 'reset', gone, 'ok', 'ok', 'ok'].entries()) {
      await side.request(`${at} ${order}`, 'front', 'GET /', `x-do: ${order}`)
      await Bun.sleep(50)
      side.note(`shown after ${at}`, await side.proxy.admin('/stats?usedonly&filter=cx_pool'))
    }
  },
})
