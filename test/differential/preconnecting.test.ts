/* Connections that are made before they are needed. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const ratio = (preconnect_policy: object, more: object = {}): object => ({ preconnect_policy, ...more })
const limits = (thresholds: object): object => ({ circuit_breakers: { thresholds: [thresholds] } })

const CLUSTERS: Readonly<Record<string, object>> = {
  none: {},
  one: ratio({ per_upstream_preconnect_ratio: 1 }),
  'one-and-a-half': ratio({ per_upstream_preconnect_ratio: 1.5 }),
  two: ratio({ per_upstream_preconnect_ratio: 2 }),
  three: ratio({ per_upstream_preconnect_ratio: 3 }),
  limited: ratio({ per_upstream_preconnect_ratio: 3 }, limits({ max_connections: 2 })),
  ahead: ratio({ predictive_preconnect_ratio: 1.5 }),
  'far-ahead': ratio({ predictive_preconnect_ratio: 3 }),
  both: ratio({ predictive_preconnect_ratio: 2, per_upstream_preconnect_ratio: 2 }),
}
const HOSTS = ['a', 'b', 'c']
const ONE_HOST = new Set(['none', 'one', 'one-and-a-half', 'two', 'three', 'limited'])

async function traffic(side: Side, names: readonly string[]): Promise<void> {
  for (const name of names) {
    // One alone, two at a time, one more.
    for (const count of [1, 2, 1]) {
      const clients = await Promise.all(Array.from({ length: count }, () => side.connect('front')))
      for (const client of clients) {
        client.write(`GET /${name} HTTP/1.1\r\nhost: a\r\nx-do: sleep=120;ok\r\n\r\n`)
        await Bun.sleep(40)
      }
      for (const client of clients) {
        await client.until(/ok\n$/)
        client.destroy()
      }
      await Bun.sleep(30)
      const stats = await side.stats()
      const of = (stat: string): unknown => stats[`cluster.${name}.upstream_${stat}`]
      side.note(`${name}, ${count}, ${Object.keys(side.notes).length}`, [
        of('cx_total'),
        of('cx_active'),
        of('rq_total'),
      ])
    }
  }
}

function preconnecting(names: readonly string[]): void {
  differential(`preconnecting: ${names.join(', ')}`, {
    faulty: HOSTS,
    bootstrap: (port) => ({
      static_resources: {
        listeners: [httpListener('front', { routes: names.map((name) => routeTo(name, `/${name}`)) })],
        clusters: names.map((name) =>
          staticCluster(name, (ONE_HOST.has(name) ? ['a'] : HOSTS).map(port), CLUSTERS[name]),
        ),
      },
    }),
    stats:
      /^cluster\..*upstream_(?:cx_(?:total|active|overflow|preconnect|connect_fail|destroy)|rq_(?:total|pending|cancelled))/,
    traffic: (side) => traffic(side, names),
  })
}

preconnecting(Object.keys(CLUSTERS))
// What the connections of one cluster have to spare keeps others from making some ahead.
for (const name of ['ahead', 'far-ahead', 'both']) preconnecting([name])
