/* LEAST_REQUEST while some requests wait: what number of choices, a full scan, weights and the bias make of it. */
import type { RawClient } from '../support/raw-client.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { sharesNear } from './support/shares.ts'
import type { Side } from './support/side.ts'

const HOSTS = ['a', 'b', 'c'] as const
type Host = (typeof HOSTS)[number]

interface Case {
  readonly hosts: readonly Host[]
  /** 1 where it has none. */
  readonly weights?: Readonly<Partial<Record<Host, number>>>
  readonly policy?: object
  readonly legacy?: object
  /** So many requests wait there. */
  readonly waiting: Readonly<Partial<Record<Host, number>>>
  readonly shares: Readonly<Record<string, number>>
  /** 0.09 unless said otherwise. */
  readonly tolerance?: number
}

const bias = (default_value: number): object => ({ active_request_bias: { default_value, runtime_key: 'bias' } })

const CASES: Readonly<Record<string, Case>> = {
  // Both choices have to be a.
  two: { hosts: ['a', 'b'], waiting: { a: 1 }, shares: { a: 1 / 4, b: 3 / 4 } },
  'two-of-three': { hosts: ['a', 'b', 'c'], waiting: { a: 2, b: 1 }, shares: { a: 1 / 9, b: 1 / 3, c: 5 / 9 } },
  five: { hosts: ['a', 'b'], legacy: { choice_count: 5 }, waiting: { a: 1 }, shares: { a: 1 / 32, b: 31 / 32 } },
  scan: {
    hosts: ['a', 'b', 'c'],
    policy: { selection_method: 'FULL_SCAN' },
    waiting: { a: 1, b: 1 },
    shares: { c: 1 },
    tolerance: 0.001,
  },
  'scan-of-equals': {
    hosts: ['a', 'b', 'c'],
    policy: { selection_method: 'FULL_SCAN' },
    waiting: { b: 1 },
    shares: { a: 1 / 2, c: 1 / 2 },
  },
  'scan-with-weights': {
    hosts: ['a', 'b'],
    weights: { a: 3 },
    policy: { selection_method: 'FULL_SCAN' },
    waiting: { b: 1 },
    shares: { a: 6 / 7, b: 1 / 7 },
  },
  weights: { hosts: ['a', 'b'], weights: { a: 3 }, waiting: { a: 2 }, shares: { a: 1 / 2, b: 1 / 2 } },
  'weights-and-nobody': { hosts: ['a', 'b'], weights: { a: 3 }, waiting: {}, shares: { a: 3 / 4, b: 1 / 4 } },
  unbiased: {
    hosts: ['a', 'b'],
    weights: { a: 3 },
    legacy: bias(0),
    waiting: { a: 2 },
    shares: { a: 3 / 4, b: 1 / 4 },
  },
  'biased-more': {
    hosts: ['a', 'b'],
    weights: { a: 3 },
    policy: bias(2),
    waiting: { a: 2 },
    shares: { a: 1 / 4, b: 3 / 4 },
  },
  // One below zero is as good as none.
  'bias-without-weights': { hosts: ['a', 'b'], policy: bias(2), waiting: { a: 1 }, shares: { a: 1 / 4, b: 3 / 4 } },
}

const LEAST_REQUEST = 'type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest'

const balancing = ({ policy, legacy }: Case): object =>
  policy === undefined
    ? { lb_policy: 'LEAST_REQUEST', ...(legacy === undefined ? {} : { least_request_lb_config: legacy }) }
    : {
        load_balancing_policy: {
          policies: [
            { typed_extension_config: { name: 'least', typed_config: { '@type': LEAST_REQUEST, ...policy } } },
          ],
        },
      }

/** The host that a request comes to that is not answered. */
async function hostOf(side: Side, client: RawClient, path: string): Promise<Host> {
  const counts = HOSTS.map((name) => side.seenBy(name).length)
  client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-do: hang\r\n\r\n`)
  const limit = performance.now() + 5000
  while (performance.now() < limit) {
    const host = HOSTS.find((name, index) => side.seenBy(name).length > counts[index]!)
    if (host !== undefined) return host
    await Bun.sleep(1)
  }
  throw new Error(`${path}: nobody was asked`)
}

/** Where so many requests come to, one after the other. */
async function hostsOf(side: Side, path: string, count: number): Promise<string> {
  using client = await side.connect('front')
  client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(count))
  const limit = performance.now() + 20_000
  const hosts = () => [...client.received().matchAll(/x-backend: ([abc])/g)].map(([, host]) => host)
  while (hosts().length < count && performance.now() < limit) await Bun.sleep(20)
  return hosts().join('')
}

/** Requests that wait, at each host as many as wanted; those that come elsewhere are given up. */
async function wait(side: Side, path: string, wanted: Case['waiting']): Promise<readonly RawClient[]> {
  const kept: RawClient[] = []
  const missing = new Map(Object.entries(wanted))
  while ([...missing.values()].some((count) => count > 0)) {
    const client = await side.connect('front')
    const host = await hostOf(side, client, path)
    const left = missing.get(host) ?? 0
    if (left > 0) {
      missing.set(host, left - 1)
      kept.push(client)
      continue
    }
    client.destroy()
    const name = path.slice(1)
    const count = kept.length
    while ((await side.proxy.stat(`cluster.${name}.upstream_rq_active`)) !== count) await Bun.sleep(2)
  }
  return kept
}

differential('least request', {
  backends: HOSTS,
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: Object.keys(CASES)
            .map((name) => routeTo(name, `/${name}`))
            .reverse(),
        }),
      ],
      clusters: Object.entries(CASES).map(([name, one]) => ({
        name,
        ...balancing(one),
        load_assignment: {
          cluster_name: name,
          endpoints: [
            {
              lb_endpoints: one.hosts.map((host) => ({
                load_balancing_weight: one.weights?.[host] ?? 1,
                endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(host) } } },
              })),
            },
          ],
        },
      })),
    },
  }),
  traffic: async (side) => {
    for (const [name, { waiting, shares, tolerance = 0.09 }] of Object.entries(CASES)) {
      const kept = await wait(side, `/${name}`, waiting)
      side.note(name, sharesNear(await hostsOf(side, `/${name}`, 200), shares, tolerance))
      for (const one of kept) one.destroy()
    }
  },
})
