/* Histograms that clusters keep on demand: values of sizes, and of time where it is all of it or none. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const track = (track_cluster_stats: object): object => ({ track_cluster_stats })
const NEVER = { timeout: '0s' }

/** Each with the route's settings and the orders of its requests. */
const CASES: Readonly<Record<string, readonly [object, object, readonly string[]]>> = {
  nothing: [{}, {}, ['ok']],
  sizes: [
    track({ request_response_sizes: true }),
    {},
    ['ok', 'send=HTTP/1.1 200 OK\\r\\nx-a: b\\r\\ncontent-length: 9\\r\\n\\r\\n01234567\\n'],
  ],
  'failed-sizes': [
    track({ request_response_sizes: true }),
    {},
    ['reset', 'send=garbage\\r\\n;fin', 'send=HTTP/1.1 200 OK\\r\\ncontent-length: 9\\r\\n\\r\\n012;sleep=40;fin'],
  ],
  'retried-sizes': [
    track({ request_response_sizes: true }),
    { retry_policy: { retry_on: '5xx' } },
    ['reset', 'send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n'],
  ],
  budgets: [track({ timeout_budgets: true }), NEVER, ['ok', 'reset']],
  'older-budgets': [{ track_timeout_budgets: true }, NEVER, ['ok']],
  both: [track({ timeout_budgets: true, request_response_sizes: true }), NEVER, ['ok']],
}
const NAMES = Object.keys(CASES)

async function traffic(side: Side): Promise<void> {
  for (const name of NAMES) {
    for (const order of CASES[name]![2]) {
      const head = `x-do: ${order}\r\nx-envoy-expected-rq-timeout-ms: 1`
      await side.exchange('front', `GET /${name} HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\n`)
      await side.exchange('front', `POST /${name} HTTP/1.1\r\nhost: a\r\n${head}\r\ncontent-length: 5\r\n\r\nhello`)
    }
  }
  await Bun.sleep(1300) // the next flush
  const text = await side.proxy.admin(
    '/stats?filter=(budget_|_used|_rs_|rq_headers|rq_body)&histogram_buckets=disjoint',
  )
  const lines = text.split('\n').filter((line) => /_used|_rs_|rq_headers|rq_body/.test(line))
  // What has been counted so far, whenever that was.
  side.note(
    'histograms',
    lines.map((line) => line.replaceAll(/\((\d+),(\d+)\)/g, '=$2')),
  )
}

differential('per_endpoint_stats', {
  faulty: ['app'],
  bootstrap: (port) => ({
    stats_config: { stats_tags: [{ tag_name: 'fixed.one', fixed_value: 'v' }] },
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('b', '/b'), routeTo('a')] })],
      clusters: ['c', 'b', 'a'].map((name) =>
        staticCluster(name, [port('app'), 1], track({ per_endpoint_stats: name !== 'c' })),
      ),
    },
  }),
  traffic: async (side) => {
    for (const path of ['/', '/', '/b', '/b']) await side.exchange('front', `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
    const queries = [
      '',
      '&type=Counters',
      '&type=Gauges',
      '&type=Histograms',
      '&usedonly',
      '&format=json',
      '&invert_filter',
    ]
    for (const query of queries) {
      await side.noteAdmin(`/stats?filter=endpoint${query}`, (text) =>
        query === '&invert_filter' ? text.includes('endpoint') : text,
      )
    }
    await side.noteAdmin('/stats/prometheus?filter=endpoint', (text) => text)
    await side.noteAdmin('/stats', (text) => {
      const lines = text.split('\n')
      const at = lines.findIndex((line) => line.includes('.endpoint.'))
      return [lines[at - 1]?.split(': ')[0], lines.slice(at).findIndex((line) => !line.includes('.endpoint.'))]
    })
  },
})

differential('histograms of track_cluster_stats', {
  faulty: ['app'],
  bootstrap: (port) => ({
    stats_flush_interval: '1s',
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: NAMES.map((name) => routeTo(name, `/${name}`, CASES[name]![1])),
          router: { suppress_envoy_headers: true },
          extra: { generate_request_id: false },
        }),
      ],
      clusters: NAMES.map((name) => staticCluster(name, [port('app')], CASES[name]![0])),
    },
  }),
  traffic,
})
