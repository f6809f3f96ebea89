/* What workers share: whichever of them a connection falls to, limits, rows of failures and health hold for all together. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const CLIENTS = 12
const EMPTY = 'content-length: 0\\r\\n\\r\\n'

async function open(side: Side, count: number, path: string, order: string): Promise<RawClient[]> {
  const clients: RawClient[] = []
  for (let i = 0; i < count; i++) {
    const client = await side.connect('front')
    client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n\r\n`)
    clients.push(client)
    await Bun.sleep(40)
  }
  return clients
}

/** How often each first line came. */
function outcomes(clients: readonly RawClient[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const client of clients) {
    const line = client.received().split('\r\n')[0] ?? ''
    counts[line] = (counts[line] ?? 0) + 1
  }
  return counts
}

const GAUGES =
  /^cluster\.\w+\.(?:circuit_breakers\.default\.(?:\w*rq\w*|remaining_retries)|upstream_rq_(?:active|pending_active|retry\w*)|outlier_detection\.ejections_(?:active|enforced_total)|membership_\w+)$/

async function noteGauges(side: Side, name: string): Promise<void> {
  await Bun.sleep(300)
  const all = Object.entries(await side.stats()).filter(([stat]) => GAUGES.test(stat))
  side.note(name, Object.fromEntries(all))
}

const RETRIES = { retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.001s' } }, timeout: '0s' }

differential('four workers share the limits of a cluster and what they know of its hosts', {
  flags: ['--concurrency', '4'],
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('requests', '/requests', { timeout: '0s' }),
            routeTo('retries', '/retries', RETRIES),
            routeTo('budget', '/budget', RETRIES),
            routeTo('row', '/row', { timeout: '0s' }),
          ],
        }),
      ],
      clusters: [
        staticCluster('requests', [port('app')], {
          circuit_breakers: { thresholds: [{ max_requests: 5, track_remaining: true }] },
        }),
        staticCluster('retries', [port('app')], {
          circuit_breakers: { thresholds: [{ max_retries: 3, track_remaining: true }] },
        }),
        staticCluster('budget', [port('app')], {
          circuit_breakers: {
            thresholds: [
              { retry_budget: { budget_percent: { value: 25 }, min_retry_concurrency: 1 }, track_remaining: true },
            ],
          },
        }),
        staticCluster('row', [port('app')], {
          outlier_detection: {
            consecutive_5xx: 10,
            max_ejection_percent: 100,
            interval: '60s',
            base_ejection_time: '60s',
          },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const held = await open(side, CLIENTS, '/requests', 'sleep=2500;ok')
    await noteGauges(side, 'requests under way')
    await Bun.sleep(2600)
    side.note('requests', outcomes(held))
    await noteGauges(side, 'requests afterwards')
    for (const client of held) client[Symbol.dispose]()

    for (const name of ['retries', 'budget']) {
      // The first attempt of each fails at once, the second one hangs, as far as there may be one.
      const order = `once;send=HTTP/1.1 503 No\\r\\n${EMPTY}`
      const clients: RawClient[] = []
      for (let i = 0; i < CLIENTS; i++) {
        const client = await side.connect('front')
        const steps = i % 2 === 0 ? 'sleep=2500;ok' : `${order}`
        client.write(`GET /${name} HTTP/1.1\r\nhost: a\r\nx-once: ${name}${i}\r\nx-do: ${steps}\r\n\r\n`)
        clients.push(client)
        await Bun.sleep(40)
      }
      await noteGauges(side, `${name} under way`)
      await Bun.sleep(2600)
      side.note(name, outcomes(clients))
      for (const client of clients) client[Symbol.dispose]()
    }

    for (let i = 1; i <= CLIENTS; i++) {
      const request = `GET /row HTTP/1.1\r\nhost: a\r\nx-do: send=HTTP/1.1 500 No\\r\\n${EMPTY}\r\n\r\n`
      await side.exchange('front', request)
      if (i >= 9 && i <= 11) await noteGauges(side, `after ${i} failures`)
    }
  },
  stats:
    /^cluster\.\w+\.(?:circuit_breakers\.default\.\w*rq\w*|upstream_rq_(?!cancelled|pending|per_cx)\w+|outlier_detection\.\w+|membership_\w+)$/,
})
