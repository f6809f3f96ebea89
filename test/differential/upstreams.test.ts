/* Circuit breakers, priorities, DNS clusters, connection limits, and which host a request goes to. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { dnsCluster, OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const LOG = { access_log: [fileLog('access.log', textFormat(OUTCOME))] }

/** A cluster of `localhost` by the message that stands for the dns_* fields. */
function typedDns(name: string, port: number, settings: object): object {
  const { type: _, ...cluster } = { ...dnsCluster(name, '', 'localhost', port) } as { type?: string }
  const type = 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster'
  return { ...cluster, cluster_type: { name: 'envoy.clusters.dns', typed_config: { '@type': type, ...settings } } }
}

function thresholds(limits: object): object {
  return { circuit_breakers: { thresholds: [{ ...limits, track_remaining: true }] } }
}

/** `count` requests at the same time; how often each first line and body came back. */
async function burst(side: Side, name: string, listener: string, path: string, count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => side.connect(listener)))
  const outcomes = new Map<string, number>()
  for (const client of clients) {
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nx-do: delay=300\r\n\r\n`)
    await Bun.sleep(15) // one after the other, so that it is clear which ones are too many
  }
  for (const client of clients) {
    const reply = await client.until(/\r\n\r\n[^]+/)
    const outcome = `${reply.split('\r\n')[0]} ${/x-envoy-overloaded: \w+/.exec(reply)?.[0] ?? ''} ${reply.split('\r\n\r\n')[1]}`
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    client.destroy()
  }
  side.note(
    name,
    [...outcomes].toSorted(([one], [other]) => one.localeCompare(other)),
  )
}

differential('circuit breakers: connections, pending requests, requests, retries', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ['one', 'pending', 'requests', 'retries'].map((name) => {
            const retry = name === 'retries' ? { retry_policy: { retry_on: '5xx', num_retries: 2 } } : {}
            return routeTo(name, `/${name}`, retry)
          }),
          extra: LOG,
        }),
      ],
      clusters: [
        staticCluster('one', [port('app')], thresholds({ max_connections: 1, max_pending_requests: 10 })),
        staticCluster('pending', [port('app')], thresholds({ max_connections: 1, max_pending_requests: 1 })),
        staticCluster('requests', [port('app')], thresholds({ max_requests: 2 })),
        staticCluster('retries', [port('app')], thresholds({ max_retries: 0 })),
      ],
    },
  }),
  stats: /^cluster\.\w+\.(?:circuit_breakers|upstream_(?:rq_(?:pending|total|retry|\d)|cx_(?:overflow|total|pool)))/,
  volatile: /remaining_cx_pools/, // see docs/differences.md
  traffic: async (side) => {
    // With the connections made, nothing depends on how long that takes.
    for (const name of ['one', 'pending', 'requests']) await side.request(name, 'front', `GET /${name}`)
    await burst(side, 'one connection', 'front', '/one', 3)
    await burst(side, 'one pending', 'front', '/pending', 4)
    await burst(side, 'two requests', 'front', '/requests', 4)
    await side.request('no retries', 'front', 'GET /retries', 'x-do: status=503')
    await side.noteLog('access.log', 15)
    const lines = side.notes['access.log'] as string[]
    lines.sort() // requests of one burst end in any order
  },
})

differential('clusters by name: STRICT_DNS and LOGICAL_DNS to localhost, a name that does not exist', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('strict', '/strict'),
            routeTo('logical', '/logical', { auto_host_rewrite: true }),
            routeTo('nobody', '/nobody'),
            routeTo('empty', '/empty'),
            routeTo('typed', '/typed'),
            routeTo('single', '/single', { auto_host_rewrite: true }),
          ],
          extra: LOG,
        }),
      ],
      clusters: [
        dnsCluster('strict', 'STRICT_DNS', 'localhost', port('app'), { dns_lookup_family: 'V4_ONLY' }),
        dnsCluster('logical', 'LOGICAL_DNS', 'localhost', port('app'), { dns_lookup_family: 'V4_ONLY' }),
        dnsCluster('nobody', 'STRICT_DNS', 'nobody.invalid', port('app')),
        staticCluster('empty', []),
        typedDns('typed', port('app'), { dns_lookup_family: 'V4_ONLY' }),
        typedDns('single', port('app'), { dns_lookup_family: 'V4_ONLY', all_addresses_in_single_endpoint: true }),
      ],
    },
  }),
  stats: /^cluster\.\w+\.(?:membership|update|upstream_(?:rq|cx_(?:total|none))|lb_healthy)|^cluster_manager/,
  volatile: /\.update_|version/,
  traffic: async (side) => {
    const names = ['strict', 'logical', 'nobody', 'empty', 'typed', 'single']
    for (const name of names) await side.request(name, 'front', `GET /${name}`)
    side.noteSeen('app')
    await side.noteLog('access.log', names.length)
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /hostname|address|health_flags|priority/.test(line))
        .toSorted(),
    )
  },
})

differential('priorities, weights, unhealthy and draining hosts, panic', {
  backends: ['a', 'b', 'c'],
  bootstrap: (port) => {
    const endpoint = (name: string, more: object = {}): object => ({
      endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(name) } } },
      ...more,
    })
    const cluster = (name: string, endpoints: readonly object[], more: object = {}): object => ({
      ...staticCluster(name, []),
      load_assignment: { cluster_name: name, endpoints },
      ...more,
    })
    return {
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: ['weights', 'fallback', 'panic', 'none'].map((name) => routeTo(name, `/${name}`)),
          }),
        ],
        clusters: [
          cluster('weights', [
            {
              lb_endpoints: [endpoint('a', { load_balancing_weight: 3 }), endpoint('b', { load_balancing_weight: 1 })],
            },
          ]),
          cluster('fallback', [
            { priority: 0, lb_endpoints: [endpoint('a', { health_status: 'UNHEALTHY' })] },
            { priority: 1, lb_endpoints: [endpoint('b')] },
          ]),
          cluster('panic', [
            { lb_endpoints: ['a', 'b', 'c'].map((name) => endpoint(name, { health_status: 'UNHEALTHY' })) },
          ]),
          cluster('none', [{ lb_endpoints: [endpoint('a', { health_status: 'DRAINING' })] }], {
            common_lb_config: { healthy_panic_threshold: { value: 0 } },
          }),
        ],
      },
    }
  },
  stats: /^cluster\.\w+\.(?:membership|lb_healthy|upstream_rq_(?:total|\d))/,
  traffic: async (side) => {
    for (const [name, rounds] of [
      ['weights', 8],
      ['fallback', 4],
      ['panic', 6],
      ['none', 2],
    ] as const) {
      const counts = new Map<string, number>()
      for (let n = 0; n < rounds; n++) {
        using client = await side.connect('front')
        client.write(`GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`)
        const body = (await client.until(/\r\n\r\n[^]+/)).split('\r\n\r\n')[1] ?? ''
        counts.set(body, (counts.get(body) ?? 0) + 1)
      }
      side.note(
        name,
        [...counts].toSorted(([one], [other]) => one.localeCompare(other)),
      )
    }
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /weight|health_flags|priority|::region/.test(line))
        .toSorted(),
    )
  },
})
