/* Limits of clusters: who is turned away, and what gauges and counters show while requests hang and afterwards. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { rawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const HOLD_MS = 1500
const RETRIES = { retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.001s' } } }

/** By the name of the cluster and of its path: thresholds and route. */
const CASES: Readonly<Record<string, readonly [object, object?]>> = {
  requests: [{ thresholds: [{ max_requests: 1, track_remaining: true }] }],
  pending: [{ thresholds: [{ max_connections: 1, max_pending_requests: 1, track_remaining: true }] }],
  nopending: [{ thresholds: [{ max_pending_requests: 0, track_remaining: true }] }],
  high: [{ thresholds: [{ priority: 'HIGH', max_requests: 1, track_remaining: true }] }, { priority: 'HIGH' }],
  huge: [{ thresholds: [{ max_connections: 4294967295, max_requests: 4294967295, track_remaining: true }] }],
  nopools: [{ thresholds: [{ max_connection_pools: 0, track_remaining: true }] }],
  noretries: [{ thresholds: [{ max_retries: 0, track_remaining: true }] }, RETRIES],
  budget: [
    { thresholds: [{ retry_budget: { min_retry_concurrency: 0 }, track_remaining: true, max_retries: 5 }] },
    RETRIES,
  ],
}
const NAMES = Object.keys(CASES)
const RUNTIME = {
  'circuit_breakers.requests.default.max_requests': 2,
  'circuit_breakers.noretries.default.retry_budget.min_retry_concurrency': 0,
}

const head = (name: string, order: string): string => `GET /${name} HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n\r\n`

/** One number that Envoy counts down from 2^64. */
const GAUGES = /^cluster\.\w+\.(circuit_breakers\.(?!.*cx_pools)|upstream_rq_(pending_|active|retry)|upstream_cx_pool)/

async function noteGauges(side: Side, when: string): Promise<void> {
  await Bun.sleep(300)
  const all = Object.entries(await side.stats()).filter(([name]) => GAUGES.test(name))
  side.note(`gauges ${when}`, Object.fromEntries(all))
}

async function traffic(side: Side): Promise<void> {
  await noteGauges(side, 'before')
  for (const name of NAMES) {
    using first = await rawClient(side.proxy.port('front'))
    first.write(head(name, `sleep=${HOLD_MS};ok`))
    await Bun.sleep(200)
    using second = await rawClient(side.proxy.port('front'))
    second.write(head(name, `sleep=${HOLD_MS};ok`))
    await Bun.sleep(200)
    await side.request(
      `${name} third`,
      'front',
      `GET /${name}`,
      'x-do: send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
    )
    await noteGauges(side, `while ${name} hangs`)
  }
  await noteGauges(side, 'after')
  await side.noteAdmin('/clusters', (text) =>
    text
      .split('\n')
      .filter((line) => line.includes('_priority::'))
      .toSorted(),
  )
}

differential('circuit breakers', {
  faulty: ['app'],
  bootstrap: (port) => ({
    layered_runtime: { layers: [{ name: 'base', static_layer: RUNTIME }] },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: NAMES.map((name) => {
            const route = routeTo(name, `/${name}`) as { route: object }
            return { ...route, route: { ...route.route, timeout: '0s', ...CASES[name]![1] } }
          }),
        }),
      ],
      clusters: NAMES.map((name) => staticCluster(name, [port('app')], { circuit_breakers: CASES[name]![0] })),
    },
  }),
  traffic,
})
